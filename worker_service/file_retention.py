"""Files go when their time is over, or when they take too much room, the oldest first; never one that is needed.

So does what nobody can ask for any more: uploads that were begun a day ago, content without facts, which a crash has
left, and results of jobs whose record names another one, or is gone.

Who takes most of the room makes some first, and nobody has to who takes no more than an equal share of the limit: so no
tenant can have another's files removed by sending many of its own.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import structlog

from shared.disposal import dispose
from shared.errors import FileNotFound, StoreUnavailable
from shared.file_settings import FileSettings
from shared.files import FileStore
from shared.files.facts import UPLOAD_KEPT, inverted, time_of
from shared.files.storage import Entry, storage_errors
from shared.ids import is_id
from shared.store import needs
from shared.store.link import Link

HOUR, UPLOAD_KEPT_MS = 3_600_000, UPLOAD_KEPT * 1000
UNSEEN = 2 * UPLOAD_KEPT_MS  # content without facts: an upload that began a day ago may just have ended
MOST = 10_000  # files of a tenant that one look may remove

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Found:
    """A file that might go. `copy`: where its bytes are, which others may share."""

    id: str
    tenant: str
    bytes: int
    copy: str


@dataclass
class Look:
    """What there is: how often each copy is named, how many bytes each tenant takes, and the oldest of the files."""

    used: Counter[str] = field(default_factory=Counter)
    copies: Counter[str] = field(default_factory=Counter)
    files: list[Found] = field(default_factory=list)
    results: list[Found] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        """What all take."""
        return self.used.total()

    def count(self, file: Found) -> None:
        """One more, or one more name of what was counted."""
        self.used[file.tenant] += 0 if self.copies[file.copy] else file.bytes
        self.copies[file.copy] += 1

    def forget(self, file: Found) -> None:
        """It was removed."""
        self.copies[file.copy] -= 1
        self.used[file.tenant] -= 0 if self.copies[file.copy] else file.bytes


async def remove_old(link: Link, files: FileStore, settings: FileSettings) -> int:
    """All that may go now. Answers how many files went."""
    await needs.tidy(link)
    now, removed = link.now(), 0
    look = await asyncio.to_thread(look_at, files, now)
    for file in look.results:
        removed += await _remove(link, files, file, look)
    kept_from = now - settings.keep * 1000 if settings.keep else 0
    for file in sorted(look.files, key=lambda file: file.id):
        if time_of(file.id) < kept_from:
            removed += await _remove(link, files, file, look)
    if settings.limit:
        rest = [file for file in look.files if kept_from <= time_of(file.id) < now - HOUR]
        removed += await _make_room(link, files, settings.limit, look, rest)
    if removed:
        log.info("old files removed", files=removed)
    return removed


def look_at(files: FileStore, now: int) -> Look:
    """Walk through all that is kept, and remove what nobody can ask for. Waits for the storage."""
    look = Look()
    with storage_errors():
        tenants = files.shelf.storage.tenants()
    for tenant in tenants:
        try:
            theirs = files.of(tenant)
        except ValueError:  # not ours
            continue
        with storage_errors():
            theirs.shelf.storage.tidy(tenant, (now - UPLOAD_KEPT_MS) / 1000)
            _end_uploads(theirs, now)
            _count(look, theirs, now)
    return look


async def _make_room(link: Link, files: FileStore, limit: int, look: Look, candidates: list[Found]) -> int:
    """Who takes most loses its oldest file, until all take no more than the limit, or nobody has any more to lose."""
    removed, share = 0, limit / max(1, sum(1 for used in look.used.values() if used))
    oldest: dict[str, list[Found]] = {}
    for file in sorted(candidates, key=lambda file: file.id, reverse=True):
        oldest.setdefault(file.tenant, []).append(file)
    while look.bytes > limit:
        above = [tenant for tenant, theirs in oldest.items() if theirs and look.used[tenant] > share]
        if not above:
            log.warning("files take more than they may", bytes=look.bytes, limit=limit)
            break
        removed += await _remove(link, files, oldest[max(above, key=look.used.__getitem__)].pop(), look)
    return removed


async def _remove(link: Link, files: FileStore, file: Found, look: Look) -> int:
    theirs = files.of(file.tenant)
    try:
        stored = await theirs.info_async(file.id)
        if not await dispose(link, theirs, stored):
            return 0
    except FileNotFound:  # somebody else was faster
        return 0
    except StoreUnavailable as error:
        log.warning("an old file stays for now", file=file.id, reason=str(error))
        return 0
    look.forget(file)
    return 1


def _count(look: Look, files: FileStore, now: int) -> None:
    """Names are in order, the newest first: so the last of them are the oldest, and facts pass by beside contents."""
    tenant, storage = files.shelf.tenant, files.shelf.storage
    facts = _Passing(name.removesuffix(".json") for name in storage.names(f"{tenant}/facts"))
    results = _Passing(storage.names(f"{tenant}/results"))
    oldest: deque[Found] = deque(maxlen=MOST)
    for entry in storage.entries(f"{tenant}/content"):
        file = _found(tenant, entry)
        if file is None:
            continue
        look.count(file)
        if facts.has(entry.name):
            oldest.append(file)
        elif results.has(entry.name):
            if time_of(file.id) < now - HOUR:
                look.results.append(file)
        elif time_of(file.id) < now - UNSEEN:
            storage.delete(f"{tenant}/content/{entry.name}")
            look.forget(file)
    look.files += oldest
    look.used[tenant] += sum(entry.bytes for entry in storage.entries(f"{tenant}/pending"))


def _found(tenant: str, entry: Entry) -> Found | None:
    id = inverted(entry.name)
    return Found(id, tenant, entry.bytes, f"{tenant}/{entry.copy}") if is_id(id) else None


class _Passing:
    """Names in order, beside which others pass in the same order."""

    def __init__(self, names: Iterator[str]) -> None:
        self._names = names
        self._next = next(names, "")

    def has(self, name: str) -> bool:
        """Whether it is among them; those before it are not asked for any more."""
        while self._next and self._next < name:
            self._next = next(self._names, "")
        return self._next == name


def _end_uploads(files: FileStore, now: int) -> None:
    shelf = files.shelf
    for name in shelf.storage.names(f"{shelf.tenant}/uploads"):
        id = inverted(name)
        if is_id(id) and time_of(id) < now - UPLOAD_KEPT_MS:
            shelf.storage.discard(shelf.key("pending", id))
            shelf.storage.delete(shelf.key("uploads", id))
