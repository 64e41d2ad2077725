"""Submissions that hold submissions, which schemathesis is not asked for: any of them, right or wrong in a few places.

What the document allows is taken but for rules that no schema says, what it forbids is refused, and nothing half-way.
"""

import asyncio
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from redis import Redis

from api_service.app import create_app
from api_service.keys import DOCUMENT
from shared.settings import Settings
from shared.store import keys
from tests.api_service.conftest import Client, ServerUnderTest
from tests.api_service.contract import Contract, contract

UNSAID = (
    "There is no such job.",
    "Another job cannot stand for",
    "Nobody knows when a job that waits for others",
)
NOBODY, SOMEBODY = "01a20bd9-6453-76ed-b412-7526b44b1ca6", "an id of a job that is there"
LEAF = {"type": "calculation", "payload": {"operation": "sum", "numbers": [1, 2]}}
WRONG: tuple[Any, ...] = (
    *(None, True, 0, -1, "", "x", [], [[]], {}, [None], [{}], [LEAF], {"children": [LEAF]}, LEAF, 10**30, 1.5),
    *([NOBODY], [SOMEBODY, SOMEBODY], [SOMEBODY], NOBODY, "fail", "\x00", {"dedup": {"key": "a"}}, {"expiresIn": 5}),
    *({"onChildFailure": "retry", "expiresIn": 9}, {"onChildFailure": None}, {"tags": ["a", "a"]}),
)
MEMBERS = ("type", "payload", "options", "dependsOn", "children", "completion", "jobs", "atomic", "childCount", "")

options = st.fixed_dictionaries(
    {}, optional={"onChildFailure": st.sampled_from(["fail", "continue", "ignore", "retry"]), "maxAttempts": st.just(2)}
)
alone = st.fixed_dictionaries(
    {key: st.just(text) for key, text in LEAF.items()},
    optional={"options": options, "dependsOn": st.sampled_from([[], [SOMEBODY]])},
)
families = st.recursive(
    alone, lambda below: st.builds(lambda job, some: {**job, "children": some}, alone, st.lists(below, max_size=3))
)
batches = st.fixed_dictionaries({"jobs": st.lists(families, min_size=1, max_size=3), "completion": alone})
mistakes = st.lists(st.tuples(st.integers(0, 50), st.sampled_from(MEMBERS), st.sampled_from(WRONG)), max_size=2)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """All batches and submissions in it, itself among them."""
    if isinstance(value, dict) and {"jobs", "payload"} & value.keys():
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(each)


def mistaken(body: Any, mistakes: Sequence[tuple[int, str, Any]]) -> Any:
    """With some member of some object in it otherwise."""
    body = deepcopy(body)
    for place, member, value in mistakes:
        found = list(objects(body)) or [body]
        found[place % len(found)][member] = deepcopy(value)
    return body


def with_somebody(value: Any, somebody: str) -> Any:
    if isinstance(value, dict):
        return {member: with_somebody(each, somebody) for member, each in value.items()}
    if isinstance(value, list):
        return [with_somebody(each, somebody) for each in value]
    return somebody if value == SOMEBODY else value


class Service:
    """One that runs, and what its document says."""

    def __init__(self, loop: asyncio.Runner, client: Client, contract: Contract, redis: Redis) -> None:
        self.loop, self.client, self.contract, self.redis = loop, client, contract, redis
        _, job = self.post("/api/jobs", LEAF)
        self.somebody = job["jobId"]

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        """The status and the answer, which is held against the document as every answer is."""

        async def post() -> tuple[int, Any]:
            async with self.client.post(path, json=body) as response:
                return response.status, await response.json()

        return self.loop.run(post())

    def jobs(self) -> int:
        depth: dict[bytes, bytes] = self.redis.hgetall(keys.DEPTH)  # type: ignore[assignment]
        return sum(int(count) for field, count in depth.items() if field.startswith(b"queue:"))

    def judge(self, path: str, schema: str, body: Any) -> None:
        """Whatever is sent is taken as a whole, and then the document allows it; or refused, and nothing is written."""
        body, before = with_somebody(body, self.somebody), self.jobs()
        errors = list(self.contract.errors(f"#/components/schemas/{schema}", body))
        status, answer = self.post(path, body)
        if status == 202:
            assert errors == []
            assert self.jobs() - before == sum(1 for one in objects(body) if "payload" in one)
            return
        assert self.jobs() == before
        if status == 200:  # an earlier one with the same key for deduplication stands for it
            assert (errors, answer["deduplicated"]) == ([], True)
            return
        assert status in {400, 422}, answer
        if not errors:
            told = answer.get("errors", [answer])
            assert all(error["detail"].startswith(UNSAID) for error in told), told


@pytest.fixture
def service(settings: Settings, redis: Redis) -> Iterator[Service]:
    app = create_app(settings)
    held = contract(app[DOCUMENT])
    with asyncio.Runner() as loop:
        client: Client = loop.run(connected(app, held))
        yield Service(loop, client, held, redis)
        loop.run(client.close())


async def connected(app: Any, held: Contract) -> Client:
    client = TestClient(ServerUnderTest(app), middlewares=(held.watch,))
    await client.start_server()
    return client


quick = settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(body=families, mistakes=mistakes)
def test_any_job_with_children_is_taken_or_refused_as_the_document_says(
    service: Service, body: Any, mistakes: Any
) -> None:
    service.judge("/api/jobs", "Submission", mistaken(body, mistakes))


@quick
@given(body=batches, mistakes=mistakes)
@example(body={"jobs": [LEAF], "completion": None}, mistakes=[])
@example(body={"jobs": [LEAF], "completion": {**LEAF, "children": [LEAF]}}, mistakes=[])
def test_any_batch_with_a_completion_is_taken_or_refused_as_the_document_says(
    service: Service, body: Any, mistakes: Any
) -> None:
    service.judge("/api/jobs/batch", "Batch", mistaken(body, mistakes))
