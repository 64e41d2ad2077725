import asyncio
from collections.abc import Sequence

import pytest

from shared.store.coalescer import Coalescer


async def test_what_arrives_together_goes_out_together_in_order() -> None:
    calls: list[list[int]] = []

    async def call(items: Sequence[int]) -> None:
        calls.append(list(items))
        await asyncio.sleep(0)

    coalescer: Coalescer[int, None] = Coalescer(call, weigh=lambda _: 1, most=3, heaviest=100)
    await asyncio.gather(*(coalescer.send([n]) for n in range(7)))
    assert calls == [[0, 1, 2], [3, 4, 5], [6]]


async def test_heavy_items_share_fewer_to_a_call_and_one_callers_stay_together() -> None:
    calls: list[list[int]] = []

    async def call(items: Sequence[int]) -> None:
        calls.append(list(items))

    coalescer: Coalescer[int, None] = Coalescer(call, weigh=lambda item: item, most=100, heaviest=10)
    await asyncio.gather(*(coalescer.send(items) for items in ([4], [5], [6], [50, 60], [1])))
    assert calls == [[4, 5], [6], [50, 60], [1]]


async def test_a_failure_reaches_the_callers_of_its_call_and_no_others() -> None:
    async def call(items: Sequence[int]) -> None:
        if 1 in items:
            raise ValueError("no")

    coalescer: Coalescer[int, None] = Coalescer(call, weigh=lambda _: 1, most=1, heaviest=1)
    found = await asyncio.gather(coalescer.send([1]), coalescer.send([2]), return_exceptions=True)
    assert isinstance(found[0], ValueError)
    assert found[1] is None


async def test_each_caller_hears_what_their_call_answered() -> None:
    async def call(items: Sequence[int]) -> int:
        return sum(items)

    coalescer: Coalescer[int, int] = Coalescer(call, weigh=lambda _: 1, most=2, heaviest=100)
    assert await asyncio.gather(*(coalescer.send([n]) for n in (1, 2, 3))) == [3, 3, 3]


async def test_a_caller_that_went_away_takes_nobody_along() -> None:
    sent: list[int] = []

    async def call(items: Sequence[int]) -> None:
        sent.extend(items)

    coalescer: Coalescer[int, None] = Coalescer(call, weigh=lambda _: 1, most=10, heaviest=10)
    gone, stays = asyncio.create_task(coalescer.send([1])), asyncio.create_task(coalescer.send([2]))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    await stays
    assert sent == [1, 2]
