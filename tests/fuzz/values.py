"""Values that are wrong in most places."""

import random
from typing import Any

IDS = (
    "018bcfe5-6800-7000-8000-000000000000",
    "0",
    "018BCFE5-6800-7000-8000-000000000000",
    "%2e%2e%2f",
    "%00",
    "%ff",
    "\udcff",
    "ü",
    "a" * 5_000,
    "calculation",
    "default",
    "maintenance",
    "*",
)
NAMES = (
    "id",
    "status",
    "rev",
    "fence",
    "tenant",
    "createdAt",
    "result",
    "__proto__",
    "constructor",
    "a/b~",
    "",
    "\u202e",
)
TEXTS = (
    "",
    '"',
    "\\",
    "\x00",
    "\ud800",
    "\ufeff",
    "\u202e",
    "{",
    "[",
    ",",
    "NaN",
    "-",
    "1e999",
    "null",
    "\U0001f600",
    "é",
    " ",
)
TIMES: tuple[Any, ...] = (
    "2030-02-30T00:00:00Z",
    "2030-01-01T00:00:00",
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+14:00",
    "2030-01-01T24:00:00Z",
    "2030-01-01T00:00:60Z",
    "٢٠٣٠-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z",
    -1,
    10**30,
    1e308,
    float("nan"),
    True,
    None,
    [],
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**63,
    10**100,
    1e308,
    float("nan"),
    float("-inf"),
    [],
    {},
    [[]],
    [None],
    {"a": {"a": {}}},
    "x" * 10_000,
    "1",
    " 7 ",
    "1_000",
    "٣",
    "\x00",
    "\ud800",
    "${jndi:ldap://x}",
    "'; DROP TABLE jobs; --",
    "../../etc/passwd",
    list(range(10_001)),
    {str(number): number for number in range(300)},
    [{"type": "calculation"}] * 50,
)


def wrong(chance: random.Random) -> Any:
    """One of them, or a text of odd characters."""
    if chance.random() < 0.2:
        return "".join(chr(chance.randrange(0x11_0000)) for _ in range(chance.randrange(1, 20)))
    return chance.choice(VALUES)
