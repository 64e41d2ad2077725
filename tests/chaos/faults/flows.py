"""What befalls jobs that wait for others, while workers, the API and the store are disturbed."""

from collections import Counter

from shared.job import DEFAULT_TENANT, Job, Status
from shared.store import families, trees
from tests.chaos.families import ended_after
from tests.chaos.faults.disturbances import disturb
from tests.chaos.ledger import by_job
from tests.chaos.load import Script, mixed
from tests.chaos.outcome import worst
from tests.chaos.seeds import Chance
from tests.chaos.trial import Trial

FAILS = Script("chaos", [{"do": "reject"}], Status.FAILED)
RECOVERS = Script("chaos", [{"do": "reject"}, {"do": "return"}], Status.COMPLETED)  # once it is retried


async def disturb_flows(trial: Trial, *, rounds: int = 2) -> None:
    """F-flows: half of the load are trees, some with children that fail."""
    await trial.start(3)
    async with trial.pressure(rate=40, mix=planted) as load:
        kills = await disturb(trial, load, {}, rounds=rounds)
    assert trial.watch is not None
    roots = [job for job in trial.watch.jobs.values() if job.child_count]
    found = {id: job for root in roots for id, job in (await _tree(trial, root.id)).items()}
    parents = [job for job in found.values() if job.child_count]
    below = await families.children(trial.system.reader.link, DEFAULT_TENANT, [parent.id for parent in parents])
    runs = by_job(trial.runs)
    broken: list[str] = []
    for parent, ids in zip(parents, below, strict=True):
        broken += ended_after(parent, [found[id] for id in ids if id in found], runs)
    ends = Counter(job.error.code if job.error else str(job.status) for job in parents)
    trial.outcome.broken += worst(broken)
    trial.outcome.figures |= {"killed": kills, "trees": len(roots), "joins": len(parents), "their jobs": len(found)}
    trial.outcome.figures["ran, though not acknowledged"] = len(runs.keys() - found.keys() - trial.watch.jobs.keys())
    trial.outcome.figures |= {f"joins {end}": count for end, count in sorted(ends.items())}


def planted(chance: Chance) -> Script:
    """A plain job; or one that waits for some, of which one may fail, and one may wait for others itself."""
    top = mixed(chance)
    if chance.random() < 0.5:
        return top
    policy = chance.choice(["fail", "continue", "ignore", "retry"])
    children = [mixed(chance) for _ in range(chance.randint(1, 5))]
    if chance.random() < 0.3:
        children.append(mixed(chance)._replace(children=[mixed(chance) for _ in range(2)]))
    has_lost = chance.random() < 0.4
    if has_lost:
        children.append(RECOVERS if policy == "retry" else FAILS)
    ends = Status.FAILED if has_lost and policy == "fail" else Status.COMPLETED
    return top._replace(ends=ends, options={"onChildFailure": policy}, children=children)


async def _tree(trial: Trial, root: str) -> dict[str, Job]:
    link = trial.system.reader.link
    tree = await trees.read(link, DEFAULT_TENANT, root)
    found = await families.records(link, DEFAULT_TENANT, [*tree.nodes])
    return {id: job for id, job in found.items() if job is not None}
