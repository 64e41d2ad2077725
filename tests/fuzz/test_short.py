"""The short form of `make fuzz`, and that its corpus comes out the same again."""

from redis import Redis

from tests.fuzz.attack import attack, summary
from tests.fuzz.corpus import MAKERS, case
from tests.processes import Fleet

SHORT = 100 * len(MAKERS)


async def test_nothing_of_the_corpus_hurts(processes: Fleet, redis: Redis) -> None:
    findings = await attack(processes, redis, range(SHORT))
    assert findings.wrong == [], summary(findings)
    assert findings.statuses.total() == SHORT


def test_a_seed_makes_the_same_request_again() -> None:
    assert [case(seed) for seed in range(100)] == [case(seed) for seed in range(100)]
