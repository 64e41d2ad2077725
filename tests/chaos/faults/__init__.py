"""The faults, a small function each, by the names that the fault matrix gives them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.chaos.faults import (
    api,
    clock,
    control,
    cron,
    deploys,
    failover,
    flows,
    hostile,
    network,
    poison,
    power,
    store,
    ticks,
    webhooks,
    workers,
)
from tests.chaos.trial import Trial


@dataclass(frozen=True)
class Fault:
    """What is done to the system, in words and as a function."""

    what: str
    how: str
    inject: Callable[[Trial], Awaitable[None]]


FAULTS: Mapping[str, Fault] = {
    "F1": Fault(
        "workers killed at random",
        "SIGKILL to one of 4 workers every few seconds, 6 times, each replaced",
        workers.kill_at_random,
    ),
    "F1-backlog": Fault(
        "a worker killed while 100,000 jobs wait",
        "SIGKILL to a worker with 8 long jobs; another has the backlog before it",
        workers.kill_behind_a_backlog,
    ),
    "F2": Fault("all workers killed", "SIGKILL to both, 3 s without any, then two new ones", workers.kill_all),
    "F3": Fault("a worker stands still", "SIGSTOP for 5 s, another for 20 s", workers.pause),
    "F4": Fault("rolling deploys", "20 times: a new worker, then SIGTERM to the oldest, drain 0.5 s", deploys.roll),
    "F5": Fault(
        "SIGTERM amid a claim or settlement",
        "6 times, with every call to the store 200 ms late",
        deploys.stop_at_any_moment,
    ),
    "F6": Fault("the store killed", "SIGKILL to Valkey, 1 s away, 3 times under load", store.kill),
    "F7": Fault(
        "power lost",
        "3 times: SIGKILL to Valkey, then its AOF cut at the last fdatasync that strace saw end",
        power.lose_power,
    ),
    "F7-everysec": Fault(
        "power lost, with appendfsync everysec",
        "the same once, as a check of the model: here it must lose jobs",
        power.lose_power_everysec,
    ),
    "F8": Fault(
        "the AOF torn or broken",
        "half a command at its end; then a byte of its framing changed",
        power.tear,
    ),
    "F9": Fault("the store stands still", "SIGSTOP to Valkey for 15 s", store.pause),
    "F10": Fault(
        "a worker cut off from the store",
        "a black hole of 15 s both ways, then one for the answers alone",
        network.cut_workers_off,
    ),
    "F11": Fault("the API cut off from the store", "the same two black holes, 8 s each", network.cut_the_api_off),
    "F12": Fault(
        "links cut around calls",
        "3,000 submissions, two of three cut before or after the call; so is one in ten claims and settlements",
        network.cut_around_calls,
    ),
    "F13": Fault("a slow store", "25, 100 and 500 ms a round trip, with a fifth more by chance", network.slow_down),
    "F14": Fault(
        "slices and resets",
        "every byte a packet of its own; then 5 % of all packets met by a reset",
        network.slice_and_reset,
    ),
    "F15": Fault("the store's memory full", "maxmemory 400 kB above what is used, for 5 s", store.fill),
    "F18": Fault(
        "wrong clocks",
        "workers 1 h ahead and 5 min behind, the API 1 h behind, the store 5 min ahead; a worker killed",
        clock.skew,
    ),
    "F18-step": Fault(
        "the store's clock set back",
        "by 5 min, while jobs wait and run; then a worker killed",
        clock.step,
    ),
    "F19": Fault("a replica takes over", "FAILOVER, old connections dropped", failover.hand_over),
    "F19-readonly": Fault(
        "a replica takes over, old connections stay",
        "the same, but they lead to the read-only store for 10 s",
        failover.stay_with_the_old,
    ),
    "F19-crash": Fault(
        "a replica takes over from a dead primary",
        "SIGKILL to the primary, REPLICAOF NO ONE; replication is asynchronous",
        failover.lose_the_primary,
    ),
    "F20": Fault("the API killed amid requests", "until 1,000 requests were cut, by 60 callers", api.kill),
    "F23": Fault(
        "poison in a child",
        "SIGSEGV, os._exit, SystemExit, infinite loop, swallowed exceptions, forks, leaked files, 20 MB of stdout",
        poison.poison_children,
    ),
    "F23-worker": Fault(
        "poison that ends its worker",
        "os._exit on the event loop, each time it runs, among 5 innocent long jobs; the worker is restarted",
        poison.poison_workers,
    ),
    "F24": Fault("memory hogs", "8 GiB at once and a leak, in a child limited to 256 MiB", poison.eat_memory),
    "F25": Fault("a blocked event loop", "time.sleep(15) in an async processor", workers.block),
    "F25-forever": Fault("a wedged event loop", "time.sleep(3600), with a timeout of 1 s", workers.wedge),
    "F26": Fault("a job type that always fails", "half of the load, with the default retry policy", poison.fail_always),
    "F28": Fault("an unknown job type", "workers without it for 4 s, then replaced one by one", deploys.unknown_type),
    "F30": Fault(
        "schedulers disturbed",
        "of 3, one killed or stopped for 2.5 s every 5 s, for 40 s; arq remembers a tick for 1 s, not for a minute",
        cron.disturb,
    ),
    "F30-schedules": Fault(
        "workers killed at the ticks of schedules",
        "of 3 workers, one of them 1 h ahead, one killed every 2 s, while 10 schedules tick each second, 30 times",
        ticks.kill_at_ticks,
    ),
    "flows": Fault(
        "flows disturbed",
        "half of the load are trees, some with children that fail; twice, a worker, the API and the store are killed, "
        "and a worker stands still for 12 s, the store for 3 s of them",
        flows.disturb_flows,
    ),
    "webhooks": Fault(
        "webhooks and a schedule disturbed",
        "the same is done while a schedule ticks each second, and a receiver that refuses a tenth hears of every end",
        webhooks.disturb_webhooks,
    ),
    "F31": Fault("hostile bytes in the store", "pickles, broken records, keys of another kind", hostile.write_nonsense),
    "F32": Fault("scripts flushed", "SCRIPT FLUSH 20 times under load", store.flush_scripts),
    "F32-all": Fault("the store emptied", "FLUSHALL under load; then new jobs", store.flush_all),
    "control": Fault(
        "an operator who meddles",
        "pauses, limits and cancellations at random for 25 s, ten a second, while workers are killed",
        control.meddle,
    ),
}

ELSEWHERE: Mapping[str, str] = {
    "F16": "A full disk under the store is no part of this run.",
    "F17": "A full disk under uploads and results is no part of this run.",
    "F21": "Ten thousand clients are no part of this run: the API has no limits to shed them yet.",
    "F22": "Slow clients are no part of this run: tests/api_service/test_crowds.py and test_connections.py have them.",
    "F27": "How tenants share the workers is no part of this run.",
    "F29": "Payloads are not encrypted, so there is no such key to rotate.",
}


def chosen(only: Sequence[str]) -> list[str]:
    """The names of the faults to run: `F7` means `F7-everysec`, too; none means all. Raises `KeyError`."""
    found = {one: [name for name in FAULTS if name == one or name.startswith(f"{one}-")] for one in only}
    if unknown := [one for one, names in found.items() if not names]:
        raise KeyError(*unknown)
    return list(dict.fromkeys(name for names in found.values() for name in names)) or list(FAULTS)
