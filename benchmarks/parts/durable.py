"""The same again, with every write on disk before it is answered: the persistence that we promise."""

from collections.abc import Iterator

from benchmarks.bench import Bench, valkey
from benchmarks.figures import OURS, Sample
from benchmarks.parts import Part
from benchmarks.parts.drain import drain, usual
from benchmarks.parts.http import submit


def on_disk(bench: Bench) -> Iterator[Sample]:
    """One worker process, then one API process."""
    with valkey(durable=True) as server:
        yield from bench.in_turn(bench.peers, lambda peer: drain(server, peer, usual(peer)))
        yield from bench.in_turn(bench.named(OURS, "BullMQ"), lambda peer: submit(server, peer))


DURABLE = Part(
    "durable",
    "With `appendfsync always`",
    "Draining and submitting as above, with an append-only file that the store syncs before it answers.",
    on_disk,
)
