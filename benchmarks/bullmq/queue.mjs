// What the three programs share: where the store is, and the queue in it.
export const QUEUE = "bench";

const url = new URL(process.env.REDIS_URL);
export const connection = {
  host: url.hostname,
  port: Number(url.port),
  db: Number(url.pathname.slice(1)),
  enableAutoPipelining: process.env.BENCH_PIPELINED === "1", // ioredis' default is false
};

// As ours: an attempt that fails is followed by two others.
export const RETRIES = { attempts: 3, backoff: { type: "exponential", delay: 1000 } };

// The clock that Python calls time.monotonic_ns(): both read CLOCK_MONOTONIC.
export const monotonic = () => Number(process.hrtime.bigint());
