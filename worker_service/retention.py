"""Finished jobs go as soon as their time is over, with all their traces: every worker looks each second."""

import asyncio
from collections.abc import Sequence

import structlog

from shared.cancelling import was_cancelled
from shared.errors import StoreUnavailable
from shared.files import FileStore
from shared.store.link import Link
from shared.store.retention import Kept, expire

EVERY = 1.0  # seconds

log = structlog.get_logger(__name__)


async def keep_removing(link: Link, files: FileStore) -> None:
    """Until cancelled. What cannot be removed now is tried again."""
    while not was_cancelled():
        try:
            await remove_expired(link, files)
        except StoreUnavailable as error:
            log.debug("expired jobs stay for now", reason=str(error))
        except Exception:
            log.exception("expired jobs stay for now")
        await asyncio.sleep(EVERY)


async def remove_expired(link: Link, files: FileStore) -> int:
    """All that is due now. Answers how many jobs were removed."""
    expired = await expire(link)
    total, stuck = expired.removed, 0
    while expired.more or expired.kept:
        freed = await asyncio.to_thread(_free, files, expired.kept)
        stuck += len(expired.kept) - len(freed)
        if not freed and not expired.more:
            break
        expired = await expire(link, stuck, freed)
        total += expired.removed
    if total:
        log.info("expired jobs removed", jobs=total)
    return total


def _free(files: FileStore, kept: Sequence[Kept]) -> list[str]:
    """Remove the files of results. Answers the jobs whose files are gone; the others stay, and are tried again."""
    freed = []
    for job in kept:
        try:
            files.of(job.tenant).remove(job.file_id)
        except ValueError:  # of no tenant that there could be: so there is no file
            freed.append(job.job_id)
        except StoreUnavailable as error:
            log.warning("the file of a result cannot be removed", job=job.job_id, reason=str(error))
        else:
            freed.append(job.job_id)
    return freed
