"""Any jobs that wait for any others, through whatever may happen to them, on the real store: `model` says what becomes.

No worker process runs: `crew` takes the steps of workers one at a time. To try far more:
`pytest -n 0 tests/worker_service/families --hypothesis-profile=thorough --timeout=0`.
"""

import asyncio
import itertools
import operator
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis import Redis

from api_service import subtrees
from shared import lifecycle
from shared.embedded import EmbeddedStore
from shared.errors import IllegalTransition
from shared.files import FileStore
from shared.ids import Ids
from shared.job import Job, Outcome
from shared.job_types.calculation import CALCULATION
from shared.store import Store, families, keys, stopping, trees
from shared.store.removal import Removal, remove
from shared.store.retention import expire
from tests.shared.store.claiming import lapse
from tests.worker_service.families.crew import ENDINGS, Crew
from tests.worker_service.families.model import ENDED, OPEN, STANDS, Node, World
from tests.worker_service.families.plans import Plan, child, jobs_of, plans
from worker_service.failures import Added
from worker_service.families import Families

EXAMPLES = 40  # unless more are asked for
STEPS = 30
MOST_CLAIMS = 100  # until all has ended
T = TypeVar("T")

picks = st.integers(0, 99)
endings = st.sampled_from(["reject", "fail", "complete", "hand back"])


class AnyFamily(RuleBasedStateMachine):
    """The store and the model, side by side."""

    url: str
    files: FileStore

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.redis: Any = Redis.from_url(self.url)
        self.redis.flushall()
        self.store = Store.connect(self.url)
        self.run(self.store.synchronise())
        self.crew = Crew(self.store, Families(self.store, self.files, {CALCULATION.name: CALCULATION}))
        self.world = World()
        self.unborn: list[Job] = []
        self.adding: dict[str, list[Added]] = {}  # what jobs had added when they were lost
        numbers = itertools.count()
        self.ids, self.numbers = Ids(lambda bits: next(numbers) % 2**bits), numbers

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    # What callers do.

    @initialize(plan=plans)
    def begin(self, plan: Plan) -> None:
        self.submit(plan, [], at_once=True)

    @rule(plan=plans, on=st.lists(picks, max_size=2), at_once=st.booleans())
    def submit(self, plan: Plan, on: list[int], *, at_once: bool) -> None:
        """A tree, whose root depends on others, too; in one go, or job by job, as time goes on."""
        there = self.world.standing(*OPEN, "completed", "failed")
        others = {there[n % len(there)] for n in on if there}
        self.unborn += jobs_of(plan, self.ids, self.store.now(), others)
        while at_once and self.unborn:
            self.bear()

    @precondition(operator.attrgetter("unborn"))
    @rule()
    def bear(self) -> None:
        """The next job of a tree is written: before the one that waits for it."""
        job = self.unborn.pop(0)
        self.run(self.store.submit([job]))
        children = [*self.run(self.crew.children(job))]
        assert len(children) == job.child_count
        stands = "blocked" if children else "waiting"
        self.world.nodes[job.id] = Node(job.on_child_failure, job.max_attempts, children, len(children), stands)
        self.world.released()

    @precondition(lambda self: self.world.standing(*OPEN))
    @rule(n=picks, subtree=st.booleans())
    def cancel(self, n: int, *, subtree: bool) -> None:
        id = self.world.pick(n, *OPEN)
        self.run(stopping.cancel(self.store, "default", id))
        self.world.cancel(id)
        if subtree:
            self.run(subtrees.cancel(self.store, "default", id))
            self.world.cancel(*self.world.exclusive(id))

    @precondition(lambda self: self.world.standing("failed"))
    @rule(n=picks, subtree=st.booleans())
    def retry(self, n: int, *, subtree: bool) -> None:
        id = self.world.pick(n, "failed")
        if subtree:
            self.run(subtrees.retry(self.store, "default", id))
            return self.world.retry(*self.world.exclusive(id))
        self.run(self.store.change("default", id, lambda job: lifecycle.retry(job, self.store.now())))
        return self.world.retry(id)

    @precondition(lambda self: self.world.standing(*ENDED))
    @rule(n=picks)
    def delete(self, n: int) -> None:
        """What a job will ask for stays."""
        id = self.world.pick(n, *ENDED)
        (answer,) = self.run(remove(self.store.link, [self.run(self.store.view("default", id)).job]))
        assert answer is (Removal.NEEDED if self.world.is_needed(id) else Removal.REMOVED)
        if answer is Removal.REMOVED:
            self.world.remove(id)

    @precondition(lambda self: self.world.standing(*ENDED))
    @rule(n=picks)
    def delete_subtree(self, n: int) -> None:
        """All or nothing: what runs below, or a job that will ask for the root, keeps it all."""
        id = self.world.pick(n, *ENDED)
        theirs = self.world.exclusive(id)
        job = self.run(self.store.view("default", id)).job
        if any(self.world.of(one, *OPEN) for one in theirs):
            with pytest.raises(IllegalTransition):
                self.run(subtrees.remove(self.store, self.files, job))
            return
        answer = self.run(subtrees.remove(self.store, self.files, job))
        assert answer is (Removal.NEEDED if self.world.is_needed(id) else Removal.REMOVED)
        if answer is Removal.REMOVED:
            self.world.remove(*theirs)

    # What workers do.

    @rule(slots=st.integers(1, 5))
    def claim(self, slots: int) -> None:
        """They take jobs over from those that were lost, and others, and look at what their children came to."""
        for job, is_taken_over in self.run(self.crew.claim(slots)):
            node = self.world.nodes[job.id]
            if is_taken_over:
                self.world.lose(job.id)
                if node.stands != "running":
                    continue
            else:
                assert node.stands == "waiting"
                node.stands = "running"
            outcomes = self.run(self.crew.look(job))
            runs = self.world.look(job.id) if node.counted else True
            assert (outcomes is not None) == runs
            if outcomes is not None and node.counted:
                assert {*outcomes.results} == {*self.world.completed(node)}
                assert {*outcomes.failed} == {*(self.world.failed(node) if node.policy == "continue" else ())}

    @rule(how=endings, rest=endings)
    def work(self, how: str, rest: str) -> None:
        """All that may run runs: the first of them ends so, the rest otherwise."""
        self.claim(slots=100)
        for each in itertools.chain([how], itertools.repeat(rest, len(self.crew.held))):
            if self.crew.held:
                self.end(0, each)

    @precondition(operator.attrgetter("crew.held"))
    @rule(n=picks, how=endings)
    def end(self, n: int, how: str) -> None:
        """An attempt ends."""
        job = self.one_held(n)
        self.run(self.crew.settle(job, ENDINGS[how]))
        self.adding.pop(job.id, None)
        if how in {"fail", "reject"}:
            self.world.fail(job.id, is_final=how == "reject")
        else:
            self.world.nodes[job.id].end("completed" if how == "complete" else "waiting")
        self.world.released()

    @precondition(operator.attrgetter("crew.held"))
    @rule(n=picks, more=st.integers(1, 2), dies=st.booleans())
    def add(self, n: int, more: int, *, dies: bool) -> None:
        """A job adds children, and waits for them; or is lost in between, and adds the same again the next time."""
        job = self.one_held(n)
        added = self.adding.pop(job.id, None) or [child(next(self.numbers)) for _ in range(more)]
        ending = self.run(self.crew.families.add(job, added))
        node = self.world.nodes[job.id]
        for one in self.run(self.crew.children(job)):
            if one not in self.world.nodes:
                self.world.nodes[one] = Node("fail", 2, [], 0)
                node.children.append(one)
        if dies:
            self.adding[job.id] = added
            return self.lose(n)
        self.run(self.crew.settle(job, ending))
        node.counted += 0 if node.is_cancelled else len(added)
        node.end("blocked")
        return self.world.released()

    def one_held(self, n: int) -> Job:
        return [*self.crew.held.values()][n % len(self.crew.held)]

    @precondition(operator.attrgetter("crew.held"))
    @rule(n=picks)
    def lose(self, n: int) -> None:
        """A worker is not heard of any more. Its job is whoever claims next."""
        self.run(lapse(self.store, self.redis, self.one_held(n)))

    @precondition(operator.attrgetter("crew.stale"))
    @rule(n=picks)
    def settle_late(self, n: int) -> None:
        """A worker that was taken for lost comes back. Nobody hears it."""
        job = self.crew.stale[n % len(self.crew.stale)]
        assert not self.run(self.crew.settle_late(job))

    # What must hold.

    @invariant()
    def the_store_says_what_the_model_says(self) -> None:
        records = self.run(families.records(self.store.link, "default", [*self.world.nodes]))
        for id, node in self.world.nodes.items():
            job = records[id]
            if job is None:
                assert node.stands == "gone"
                continue
            assert STANDS.get(job.status, job.status) == node.stands, (id, job.status, node)
            assert (job.failures, job.losses, job.child_count) == (node.failures, node.losses, node.counted)
            assert sum(attempt.outcome is Outcome.COMPLETED for attempt in job.attempts) <= 1

    @invariant()
    def trees_and_counts_agree(self) -> None:
        there = [id for id, node in self.world.nodes.items() if node.stands != "gone"]
        depth = self.redis.hgetall(keys.DEPTH)
        found: Counter[str] = Counter()
        for field, count in depth.items():
            subject, _, status = field.decode().rpartition(":")
            found[STANDS.get(status, status)] += int(count) if subject == "queue:default" else 0
        assert +found == Counter(self.world.nodes[id].stands for id in there)
        for id in there[-1:]:
            tree = self.run(trees.read(self.store.link, "default", id))
            assert set(tree.nodes) == set(self.world.below(id))
            exclusive = self.run(trees.exclusive(self.store.link, "default", tree))
            assert {one for one in exclusive if one in there} == self.world.exclusive(id).intersection(there)
            places = {one: place for place, one in enumerate(exclusive)}
            assert all(
                place < places.get(c, len(places)) for one, place in places.items() for c in tree.nodes[one].children
            )

    def teardown(self) -> None:
        try:
            self.let_it_all_end()
        finally:
            self.run(self.store.close())
            self.redis.close()
            self.loop.close()

    def let_it_all_end(self) -> None:
        """Nothing waits for ever, and nothing is left behind."""
        while self.unborn:
            self.bear()
        for _ in range(MOST_CLAIMS):
            if not self.world.standing(*OPEN):
                break
            self.claim(slots=100)
            while self.crew.held:
                self.end(0, "complete")
        assert not self.world.standing(*OPEN)
        self.the_store_says_what_the_model_says()
        ids = [id for id in self.world.nodes if not self.world.of(id, "gone")]
        if ids:
            self.redis.zadd(keys.RETENTION, dict.fromkeys(ids, 0))
        assert self.run(expire(self.store.link)).removed == len(ids)
        left = [*self.redis.scan_iter("dmps:default:children:*"), *self.redis.scan_iter("dmps:default:waits:*")]
        assert not left
        assert not self.redis.exists(keys.PARENTS, keys.FLOWS)


def test_any_family_comes_to_the_one_end_that_it_may(server: EmbeddedStore, tmp_path: Path) -> None:
    class Here(AnyFamily):
        url = server.url
        files = FileStore((tmp_path / "files").as_uri())

    examples = settings().max_examples if settings.get_current_profile_name().startswith("thorough") else EXAMPLES
    run_state_machine_as_test(Here, settings=settings(max_examples=examples, stateful_step_count=STEPS))
