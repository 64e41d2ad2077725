"""Which files are needed by jobs that have not ended, and by schedules: those stay.

A payload names files by its members `fileId` and `fileIds` (and others whose names end so), and by `database` and
`table`. Who needs a file is noted before it is written itself, and a file is free only once none of those noted needs
it, which marks it in the same step: whoever would need it from then on is refused. So, of a submission and a removal at
the same time, one comes first for everybody.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Raw

from shared.codec import decode, encode
from shared.errors import FileIsGoing
from shared.files.facts import StoredFile
from shared.ids import ID
from shared.job import Job
from shared.schedules import Schedule
from shared.store import keys
from shared.store.connection import Argument, script, store_errors
from shared.store.link import Link

GRACE = 60_000  # ms from the note of a job to its record at the latest
GOING = 600_000  # ms that the removal of a file takes at the latest
LOOK_EVERY = 600_000  # ms between two looks at who needs a file
MOST = 50  # files looked at in one call
MOST_NOTES = 1_000  # in one call

NEEDED, FREE, AGAIN = 0, 1, 2  # the words of `lua/free.lua`

_ID = ID.pattern.encode()
_WORDS = (b"ileId", b'"database"', b'"table"', b"\\u")  # without one of them, no file is named
_NAMED = re.compile(rb'"(?:[A-Za-z]{0,60}[fF]ileIds?|database|table)"\s*:\s*(?:"(%s)"|\[([^\]]*)\])' % _ID)
_ALONE = re.compile(rb'"(%s)"' % _ID)


def named(payload: Raw) -> set[str]:
    """The ids of the files that a payload names, at whatever depth."""
    text = bytes(payload)
    if not any(word in text for word in _WORDS):
        return set()
    if b"\\u" in text:  # the same can be written in other characters
        text = encode(decode(text))
    found = (match[1] or match[2] for match in _NAMED.finditer(text))
    return {id.decode() for each in found for id in (_ALONE.findall(each) or [each]) if ID.fullmatch(id.decode())}


async def note(link: Link, jobs: Iterable[Job]) -> None:
    """Jobs that are about to be written need their files. Raises `FileIsGoing`."""
    going = await _note(link, [fact for job in jobs for fact in _facts(job, job.id)])
    if going:
        raise FileIsGoing(going[0])


async def note_again(link: Link, jobs: Iterable[Job], schedule: Schedule | None = None) -> None:
    """The same for jobs that will be, and for a schedule; for a file that goes, it is as if it had gone before."""
    facts = [fact for job in jobs for fact in _facts(job, job.id)]
    if schedule is not None:
        facts += _facts(schedule.job, f"{keys.SCHEDULE}{schedule.id}")
    await _note(link, facts)


async def free(link: Link, tenant: str, stored: StoredFile) -> bool:
    """Whether a tenant's file may be removed now. Then nobody can begin to need it for a while."""
    arguments: list[Argument] = [tenant, stored.file_id, stored.job_id, int(stored.is_result), GRACE, GOING]
    word = AGAIN
    while word == AGAIN:
        (reply,) = await link.run((script("free"), arguments))
        word = reply[1]
    return word == FREE


async def spare(link: Link, tenant: str, file_id: str) -> None:
    """A file that was free was not removed after all."""
    with store_errors():
        await link.redis.delete(keys.going(tenant, file_id))


async def tidy(link: Link) -> None:
    """Forget notes of jobs that have ended, and of those that never came to be."""
    looked = MOST
    while looked == MOST:
        (reply,) = await link.run((script("tidy"), [MOST, LOOK_EVERY, GRACE]))
        looked = reply[1]


async def _note(link: Link, facts: Sequence[Argument]) -> list[str]:
    """Answers the ids of files that go."""
    going: list[str] = []
    for start in range(0, len(facts), 3 * MOST_NOTES):
        (reply,) = await link.run((script("note"), facts[start : start + 3 * MOST_NOTES]))
        going += [id.decode() for id in reply[1:]]
    return going


def _facts(job: Job, holder: str) -> Iterator[Argument]:
    for file_id in named(job.payload):
        yield from (job.tenant, file_id, holder)
