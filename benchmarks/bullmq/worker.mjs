// One worker process, at BullMQ's defaults but for the concurrency. Finished jobs are kept.
import { appendFileSync } from "node:fs";
import { Worker } from "bullmq";
import { QUEUE, connection, monotonic } from "./queue.mjs";

const processors = {
  noop: async () => null,
  stamp: async (job) => {
    const latency = monotonic() - job.data.submittedAt;
    appendFileSync(process.env.BENCH_STAMPS, `${latency}\n`);
    return null;
  },
};

const worker = new Worker(QUEUE, (job) => processors[job.name](job), {
  connection,
  concurrency: Number(process.env.BENCH_CONCURRENCY),
});
worker.on("error", (error) => console.error(error));
worker.on("failed", (job, error) => console.error(error));
