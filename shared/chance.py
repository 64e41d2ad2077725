"""Random bits from the system's generator, many at a time: asking takes microseconds, however little is asked for."""

import os

AT_A_TIME = 4096  # bytes


class RandomBits:
    """`secrets.randbits`, a tenth as dear for few bits."""

    def __init__(self) -> None:
        self._stock = b""
        self._used = 0

    def __call__(self, bits: int) -> int:
        """A number of so many random bits, at most 32,768."""
        length = (bits + 7) // 8
        if self._used + length > len(self._stock):
            self._stock, self._used = os.urandom(AT_A_TIME), 0
        start, self._used = self._used, self._used + length
        return int.from_bytes(self._stock[start : self._used], "big") >> (length * 8 - bits)
