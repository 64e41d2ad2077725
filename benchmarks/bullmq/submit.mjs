// `fill N BYTES` submits N no-op jobs, `stamp N` submits N jobs one by one: see programs/client.py.
import { setTimeout } from "node:timers/promises";
import { Queue } from "bullmq";
import { QUEUE, RETRIES, connection, monotonic } from "./queue.mjs";

const CHUNK = 500;
const [verb, count, size] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4] ?? 0)];
const data = size > 0 ? { text: "x".repeat(size) } : {};
const queue = new Queue(QUEUE, { connection });

async function fill() {
  for (let done = 0; done < count; done += CHUNK) {
    const length = Math.min(CHUNK, count - done);
    await queue.addBulk(Array.from({ length }, () => ({ name: "noop", data, opts: RETRIES })));
  }
}

async function stamp() {
  for (let number = 0; number < count; number++) {
    await setTimeout(5 + 10 * ((number * 0.618) % 1)); // as in programs/client.py
    await queue.add("stamp", { submittedAt: monotonic() }, RETRIES);
  }
}

await { fill, stamp }[verb]();
await queue.close();
