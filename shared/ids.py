"""Ids ordered by time: UUID version 7 (RFC 9562, section 5.7), in canonical text. Time and chance arrive as arguments.

Layout, from the left: 48 bits of Unix time in ms, version, 12 bits of sequence, variant, 14 bits of sequence, 48 random
bits. The sequence is the counter of RFC 9562, section 6.2, method 1: ids of one millisecond keep the order in which
they were made.
"""

import hashlib
import re
from collections.abc import Callable

SEQUENCE_BITS = 26
RANDOM_BITS = 48
_FIRST_SEQUENCE_BITS = SEQUENCE_BITS - 1  # the top bit starts as 0: room for 33 million ids in a millisecond
_VERSION, _VARIANT = 7, 0b10
ID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def is_id(text: str) -> bool:
    """Whether a text could be one of our ids."""
    return ID.fullmatch(text) is not None


def uuid7(ms: int, sequence: int, random: int) -> str:
    """The id of these three numbers, which must fit into 48, 26 and 48 bits."""
    high, low = divmod(sequence, 1 << 14)
    parts = (ms >> 16, ms & 0xFFFF, _VERSION << 12 | high, _VARIANT << 14 | low, random)
    return "%08x-%04x-%04x-%04x-%012x" % parts  # noqa: UP031 - twice as fast as any other way


def derived(ms: int, sequence: int, *parts: bytes) -> str:
    """The id of something that is made at that time, the same whenever it is made of the same parts again."""
    digest = hashlib.blake2b(digest_size=RANDOM_BITS // 8)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return uuid7(ms, sequence, int.from_bytes(digest.digest(), "big"))


class Ids:
    """Makes the ids of one process, each greater than the one before, also when the clock stands or goes back.

    `random_bits` gives that many random bits, as `secrets.randbits` does.
    """

    def __init__(self, random_bits: Callable[[int], int]) -> None:
        self._random_bits = random_bits
        self._ms = 0
        self._sequence = 0

    def next(self, now: int) -> str:
        """A new id for something made now (ms since the epoch)."""
        if now > self._ms:
            self._restart(now)
        else:
            self._sequence += 1
            if self._sequence >> SEQUENCE_BITS:
                self._restart(self._ms + 1)
        return uuid7(self._ms, self._sequence, self._random_bits(RANDOM_BITS))

    def _restart(self, ms: int) -> None:
        self._ms = ms
        self._sequence = self._random_bits(_FIRST_SEQUENCE_BITS)
