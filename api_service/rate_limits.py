"""How many requests a caller may send: RateLimit headers (draft-ietf-httpapi-ratelimit-headers-10), and 429."""

from math import ceil

from api_service.access import Caller
from api_service.problems import Problem
from shared.settings import Rate
from shared.store import keys
from shared.store.connection import script
from shared.store.link import Link

POLICY = '"requests"'


class RateLimits:
    """One limit, the same for each key; without keys, for all callers together."""

    def __init__(self, link: Link, rate: Rate) -> None:
        self._link = link
        self._rate = rate
        self._policy = f"{POLICY};q={rate.requests};w={rate.seconds}"

    async def count(self, caller: Caller) -> tuple[dict[str, str], Problem | None]:
        """Count a request. Answers the headers that tell how things stand, and the refusal of one too many."""
        who = keys.RATE + (caller.key or f"of:{caller.tenant}")
        (reply,) = await self._link.run((script("rate"), [who, self._rate.requests, self._rate.seconds * 1000]))
        _, passes, left, until_all, until_next = reply
        told = {"RateLimit-Policy": self._policy, "RateLimit": f"{POLICY};r={left};t={ceil(until_all / 1000)}"}
        return told, None if passes else _refusal(self._rate, until_next)


def _refusal(rate: Rate, wait: int) -> Problem:
    detail = f"There may be {rate.requests} requests in {rate.seconds} s, and no more."
    return Problem(429, "Rate limit exceeded", detail, headers={"Retry-After": str(max(1, ceil(wait / 1000)))})
