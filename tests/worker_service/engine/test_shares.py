import random
from collections import Counter

from shared.job import Priority
from worker_service.engine.shares import WEIGHTS, Shares


def test_the_heaviest_comes_first_whatever_the_order_of_the_queues() -> None:
    shares = Shares({"default": 1, "images": 3}, lambda: 0.0).of(0)
    assert [(share.queue, share.priority) for share in shares] == [
        ("images", Priority.HIGH),
        ("default", Priority.HIGH),
        ("images", Priority.NORMAL),
        ("default", Priority.NORMAL),
        ("images", Priority.LOW),
        ("default", Priority.LOW),
    ]


def test_over_time_each_gets_its_weight_even_of_single_slots() -> None:
    shares, turns = Shares({"default": 1, "images": 3}, random.Random(7).random), 20_000  # noqa: S311 - no secret
    got: Counter[tuple[str, Priority]] = Counter()
    for _ in range(turns):
        for share in shares.of(1):
            got[share.queue, share.priority] += share.jobs
    total = 4 * sum(WEIGHTS.values())
    for (queue, priority), jobs in got.items():
        weight = {"default": 1, "images": 3}[queue] * WEIGHTS[priority]
        assert abs(jobs / turns - weight / total) < 0.01
    assert len(got) == 6


def test_shares_never_exceed_what_is_wanted_by_more_than_their_rounding() -> None:
    shares = Shares({"default": 1}, lambda: 0.99).of(50)
    assert 50 <= sum(share.jobs for share in shares) <= 50 + len(shares)
