"""The arq settings of a user, in arq's words."""

import asyncio
import time
from typing import Any

from arq import Retry, cron, func

from tests.arq.client import NOTES
from worker_service import worker_settings

Ctx = dict[Any, Any]


class MailError(Exception):
    """An error that no client of arq knows."""


async def note(ctx: Ctx, *words: object) -> None:
    await ctx["redis"].rpush(NOTES, " ".join(map(str, words)))


async def add(ctx: Ctx, a: int, b: int = 0) -> int:
    return a + b


async def nap(ctx: Ctx, seconds: float) -> int:
    await note(ctx, "nap", ctx["job_try"])
    await asyncio.sleep(seconds)
    return int(ctx["job_try"])


async def block(ctx: Ctx, seconds: float) -> int:
    time.sleep(seconds)  # noqa: ASYNC251 - as careless functions do
    return int(await ctx["redis"].pttl(f"arq:in-progress:{ctx['job_id']}"))


async def fail(ctx: Ctx, kind: str) -> None:
    raise {"value": ValueError("wrong", 3), "mail": MailError("returned"), "exit": SystemExit(3)}[kind]


async def again(ctx: Ctx, defer: float | None) -> list[Any]:
    await note(ctx, "again", ctx["score"], round(time.time() * 1000))
    if ctx["job_try"] == 1:
        raise Retry(defer=defer)
    return [ctx["job_try"], ctx["score"]]


async def nest(ctx: Ctx) -> str:
    job = await ctx["redis"].enqueue_job("add", 20, b=22)
    return str(job.job_id)


async def seen(ctx: Ctx) -> list[str]:
    """What `on_startup` left in the ctx, under names that a framework would like to have for itself."""
    return [ctx["engine"], ctx["store"], ctx["crew"]]


async def tick(ctx: Ctx) -> None:
    await note(ctx, "tick", ctx["job_id"])


async def start(ctx: Ctx) -> None:
    ctx.update(engine="mine", store="mine", crew="mine")
    await note(ctx, "on_startup")


async def stop(ctx: Ctx) -> None:
    await note(ctx, "on_shutdown")


async def on_job_start(ctx: Ctx) -> None:
    await note(ctx, "on_job_start", ctx["job_id"])


async def on_job_end(ctx: Ctx) -> None:
    await note(ctx, "on_job_end", ctx["job_id"])


async def after_job_end(ctx: Ctx) -> None:
    await note(ctx, "after_job_end", ctx["job_id"])


async def stumble(ctx: Ctx) -> None:
    raise RuntimeError("This hook is broken.")


FUNCTIONS = [add, nap, block, fail, again, nest, seen, func(nap, name="once", max_tries=1, timeout=0.2, keep_result=0)]


@worker_settings
class WorkerSettings:
    """As arq documents it, with one line above."""

    functions = FUNCTIONS
    on_startup = start
    on_shutdown = stop
    allow_abort_jobs = True
    poll_delay = 0.05
    max_jobs = 2


@worker_settings
class Watched:
    """Hooks and cron jobs."""

    functions = FUNCTIONS
    cron_jobs = [cron(tick, second=set(range(60)))]  # noqa: RUF012 - as arq's users write it
    on_job_start = on_job_start
    on_job_end = on_job_end
    after_job_end = after_job_end
    poll_delay = 0.05


Clumsy = worker_settings(
    {
        "functions": FUNCTIONS,
        "on_job_start": stumble,
        "on_job_end": stumble,
        "after_job_end": stumble,
        "keep_result_forever": True,
        "poll_delay": 0.05,
    }
)

Broken = worker_settings({"functions": FUNCTIONS, "on_startup": stumble, "on_shutdown": stumble})

Patient = worker_settings({"functions": FUNCTIONS, "job_completion_wait": 20, "poll_delay": 0.05})

Elsewhere = worker_settings(
    {
        "functions": FUNCTIONS,
        "queue_name": "arq:queue:elsewhere",
        "health_check_key": "elsewhere:health",
        "health_check_interval": 1,
        "poll_delay": 0.05,
    }
)

LOGGING = {
    "version": 1,
    "handlers": {"acme": {"class": "logging.StreamHandler", "formatter": "acme"}},
    "formatters": {"acme": {"format": "ACME %(message)s"}},
    "loggers": {"arq": {"handlers": ["acme"], "level": "INFO"}},
}
