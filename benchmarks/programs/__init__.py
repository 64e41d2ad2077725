"""What runs in processes of its own: the peers' workers and submitters, the load generator, the bare server.

The names of the peers' settings: `REDIS_URL`, `BENCH_CONCURRENCY` (jobs at a time) and `BENCH_STAMPS` (see
`noop/stamps.py`).
"""
