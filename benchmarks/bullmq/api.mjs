// Express in front of BullMQ, with the routes of ours that are measured. The checks are written by hand, which is
// faster than any schema library: the comparison is meant to favour this side where it cannot be even.
import express from "express";
import { Queue } from "bullmq";
import { QUEUE, RETRIES, connection } from "./queue.mjs";

const OPERATIONS = new Set(
  ["complex", "sum", "product", "average", "min", "max", "median", "mode", "variance", "stdev", "percentiles"],
);
const MEMBERS = new Set(["type", "payload", "options"]);
const PAYLOAD_MEMBERS = new Set(["operation", "numbers"]);
const OPTIONS = new Set(["priority", "delay", "maxAttempts", "timeout", "tags", "metadata"]);

const queue = new Queue(QUEUE, { connection });
const app = express();
app.disable("x-powered-by");
app.use("/api/jobs/batch", express.json({ limit: "16mb" }));
app.use(express.json({ limit: "1mb" }));

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function unknown(object, known, pointer) {
  return Object.keys(object)
    .filter((name) => !known.has(name))
    .map((name) => ({ pointer: `${pointer}/${name}`, code: "unknown" }));
}

function checkPayload(payload) {
  if (!isObject(payload)) return [{ pointer: "/payload", code: "invalid" }];
  const errors = unknown(payload, PAYLOAD_MEMBERS, "/payload");
  if (!OPERATIONS.has(payload.operation)) errors.push({ pointer: "/payload/operation", code: "invalid" });
  const { numbers } = payload;
  if (!Array.isArray(numbers) || numbers.length === 0 || !numbers.every(Number.isFinite)) {
    errors.push({ pointer: "/payload/numbers", code: "invalid" });
  }
  return errors;
}

function check(body) {
  if (!isObject(body)) return [{ pointer: "", code: "invalid" }];
  const errors = [...unknown(body, MEMBERS, ""), ...checkPayload(body.payload)];
  if (body.type !== "calculation") errors.push({ pointer: "/type", code: "unknown" });
  if (body.options !== undefined) {
    if (isObject(body.options)) errors.push(...unknown(body.options, OPTIONS, "/options"));
    else errors.push({ pointer: "/options", code: "invalid" });
  }
  return errors;
}

const toJob = ({ type, payload, options = {} }) => ({
  name: type,
  data: payload,
  opts: { ...RETRIES, attempts: options.maxAttempts ?? RETRIES.attempts },
});

app.get("/health/live", (request, response) => response.json({ status: "live" }));

app.post("/api/jobs", async (request, response) => {
  const errors = check(request.body);
  if (errors.length > 0) return response.status(422).json({ title: "Invalid", status: 422, errors });
  const { name, data, opts } = toJob(request.body);
  const job = await queue.add(name, data, opts);
  response.status(202).location(`/api/jobs/${job.id}`);
  response.json({ message: "Job submitted successfully", jobId: job.id, status: "pending" });
});

app.post("/api/jobs/batch", async (request, response) => {
  const errors = request.body.jobs.flatMap(check);
  if (errors.length > 0) return response.status(422).json({ title: "Invalid", status: 422, errors });
  const jobs = await queue.addBulk(request.body.jobs.map(toJob));
  const message = `${jobs.length} of ${jobs.length} jobs submitted successfully`;
  response.status(202).json({ message, jobs: jobs.map((job) => ({ jobId: job.id, status: "pending" })) });
});

app.listen(Number(process.env.PORT), process.env.HOST);
