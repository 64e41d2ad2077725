from collections.abc import Iterator

import pytest

from benchmarks.bench import Bench
from benchmarks.figures import Measure, Sample
from benchmarks.peers import ARQ, BULL, DMPS, PEERS, Peer
from benchmarks.processes import BenchFailed

RATE = Measure("rate", "jobs/s", "more")


@pytest.fixture
def bench() -> Bench:
    return Bench(rounds=3, peers=PEERS, say=lambda _: None, part="drain")


def test_peers_are_measured_in_turn_round_after_round(bench: Bench) -> None:
    samples = bench.in_turn((DMPS, BULL), lambda peer: [Sample(RATE, peer.name, 1)])
    assert [sample.peer for sample in samples] == ["dmps", "BullMQ"] * 3


def test_a_peer_that_fails_is_left_out_of_the_part_with_its_reason(bench: Bench) -> None:
    def measure(peer: Peer) -> Iterator[Sample]:
        if peer is ARQ and len(seen) > 2:
            raise BenchFailed("it hangs")
        seen.append(peer)
        yield Sample(RATE, peer.name, 1)

    seen: list[Peer] = []
    samples = bench.in_turn((DMPS, ARQ), measure)
    assert [sample.peer for sample in samples] == ["dmps", "arq", "dmps", "dmps"]
    assert bench.not_run == {"arq in drain": "it hangs"}


def test_our_own_failure_ends_the_run(bench: Bench) -> None:
    def fail(_: Peer) -> Iterator[Sample]:
        raise BenchFailed("ours hangs")

    with pytest.raises(BenchFailed, match="ours hangs"):
        list(bench.in_turn((BULL, DMPS), fail))


def test_each_peer_has_two_databases_of_its_own() -> None:
    numbers = [peer.number for peer in PEERS]
    assert len(set(numbers)) == len(PEERS)
