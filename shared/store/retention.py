"""What finished jobs leave behind once their time is over. Their files go first, so that none is ever forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.store.connection import script
from shared.store.link import Link

MOST = 500  # jobs looked at in one call


@dataclass(frozen=True)
class Kept:
    """A job that stays until the file of its result is gone."""

    job_id: str
    tenant: str
    file_id: str


@dataclass(frozen=True)
class Expired:
    """How many jobs were removed, which stay for their files, and whether there may be more."""

    removed: int
    kept: list[Kept]
    more: bool


async def expire(link: Link, passed_over: int = 0, freed: Sequence[str] = ()) -> Expired:
    """Remove some finished jobs whose time is over, and those whose files are gone.

    `passed_over`: so many of the first stay for now, since their files cannot be removed.
    """
    (reply,) = await link.run((script("expire"), [MOST, passed_over, *freed]))
    _, removed, more, *kept = reply
    facts = [fact.decode() for fact in kept]
    stay = [Kept(*fact) for fact in zip(facts[::3], facts[1::3], facts[2::3], strict=True)]
    return Expired(removed, stay, bool(more))
