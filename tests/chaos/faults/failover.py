"""A replica takes over. Services find the store through a proxy, as they would through a virtual address."""

import asyncio
import time

from shared.embedded import EmbeddedStore
from shared.store import keys
from shared.store.connection import connect
from tests.chaos.load import Load, brief
from tests.chaos.proxy import Proxy
from tests.chaos.trial import RESUME, Trial
from tests.waiting import until

PATIENCE = 20.0  # seconds


async def hand_over(trial: Trial, *, drop_after: float = 0.0) -> None:
    """F19: planned, by FAILOVER: the replica has all before it is promoted; the old primary refuses to write.

    Until they are dropped, old connections lead to that one. (Sentinel drops them: CLIENT KILL TYPE normal.)
    """
    replica, proxy = await _pair(trial)
    workers = await trial.start(2, api=proxy.url, url=proxy.url)
    async with trial.pressure() as load:
        await load.accepts(60)
        primary = trial.system.redis
        await primary.execute_command("FAILOVER", "TO", "127.0.0.1", replica.port)

        async def demoted() -> bool:
            return bool((await primary.info("replication"))["role"] == "slave")

        await until(demoted, "the end of the old primary's reign", PATIENCE)
        await _switch(trial, replica, proxy)
        switched = time.monotonic()
        await asyncio.sleep(drop_after)
        proxy.drop()
        await load.accepts(60)
    trial.expect_resume(switched)
    trial.expect_alive(*workers)


async def stay_with_the_old(trial: Trial) -> None:
    """F19-readonly: nobody drops the old connections, for long."""
    await hand_over(trial, drop_after=2 * RESUME)


async def lose_the_primary(trial: Trial) -> None:
    """F19-crash: the primary is killed and the replica promoted. Replication is asynchronous; what is lost is told."""
    replica, proxy = await _pair(trial)
    trial.system.api(proxy.url)
    await trial.system.ready()
    async with Load(trial.system.http, trial.system.ledger, rate=300, mix=brief) as load:
        await load.accepts(600)
        trial.system.store.kill()
        await _switch(trial, replica, proxy)
        await trial.system.redis.execute_command("REPLICAOF", "NO", "ONE")
        switched = time.monotonic()
        await load.accepts(100)
    acknowledged = load.answers.acknowledged
    here = await trial.system.redis.mget([keys.JOB + job_id for job_id in acknowledged])
    lost = sum(record is None for record in here)
    trial.outcome.figures |= {"acknowledged": len(acknowledged), "lost with the primary": lost}
    first = min(at for at in acknowledged.values() if at > switched)
    trial.outcome.at_most("accepting again", first - switched, RESUME, " s")


async def _pair(trial: Trial) -> tuple[EmbeddedStore, Proxy]:
    """A replica that has caught up, and a proxy to the primary."""
    replica = EmbeddedStore(trial.system.directory / "replica", port=0)
    replica.start()
    trial.stack.callback(replica.stop)
    host, port = trial.system.address
    async with connect(replica.url) as redis:
        await redis.execute_command("REPLICAOF", host, port)

    async def caught_up() -> bool:
        info = await trial.system.redis.info("replication")
        return bool(info["connected_slaves"] == 1 and info["slave0"]["state"] == "online")

    await until(caught_up, "a replica", PATIENCE)
    return replica, await trial.proxy()


async def _switch(trial: Trial, replica: EmbeddedStore, proxy: Proxy) -> None:
    left = await trial.system.fail_over(replica)
    trial.stack.callback(left.stop)
    proxy.target = trial.system.address
