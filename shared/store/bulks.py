"""Bulk actions: what was asked for, and how far it is. Whoever works on one holds it for a while, until replaced."""

from enum import StrEnum

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from shared.codec import read
from shared.store import keys
from shared.store.connection import Argument, script, store_errors
from shared.store.link import Link

KEPT = 86_400_000  # ms after the last write
LEASE = 5_000  # ms until another process takes over
ENDED = -1  # in place of a lease


class Action(StrEnum):
    """What is done with each job."""

    CANCEL = "cancel"
    RETRY = "retry"
    REPLAY = "replay"
    DELETE = "delete"


class BulkStatus(StrEnum):
    """Where a bulk action stands."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"  # by a fault of ours


class Bulk(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A bulk action. Times are ms since the epoch."""

    rev: int  # counts writes; the first member, where the scripts find it
    id: str  # greater than those of the jobs that it is about
    tenant: str
    action: Action
    filter: Raw  # as it was written
    status: BulkStatus = BulkStatus.PENDING
    created_at: int
    started_at: int | None = None
    ended_at: int | None = None
    matched: int = 0
    done: int = 0
    failed: int = 0
    skipped: int = 0
    after: str  # where to go on, as in `JobFilter`
    is_last: bool = False  # nothing is left behind what is in hand
    in_hand: tuple[str, ...] = ()  # the jobs that are dealt with now; they are counted once that is done
    revs: tuple[int, ...] = ()  # of their records before


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Bulk).decode


async def save(link: Link, bulk: Bulk, lease: int = LEASE) -> Bulk | None:
    """Write how far it is. Answers it as it stands then; None if somebody else has written it since."""
    written = replace(bulk, rev=bulk.rev + 1)
    arguments: list[Argument] = [keys.bulk(bulk.tenant, bulk.id), bulk.rev, _encode(written), KEPT, lease]
    (reply,) = await link.run((script("save_bulk"), arguments))
    return written if reply[1] else None


async def take(link: Link) -> Bulk | None:
    """One that nobody works on, for as long as a lease."""
    (reply,) = await link.run((script("take_bulk"), [LEASE]))
    return read(_decode, reply[1], "a bulk action") if len(reply) > 1 else None


async def find(link: Link, tenant: str, id: str) -> Bulk | None:
    """How far one is; None if there is none (any more)."""
    with store_errors():
        return read(_decode, await link.redis.get(keys.bulk(tenant, id)), "a bulk action")
