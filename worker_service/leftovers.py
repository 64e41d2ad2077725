"""The files of checkpoints go once their jobs have ended, however that was."""

import asyncio
from collections.abc import Sequence

import structlog

from shared.errors import StoreUnavailable
from shared.files import FileStore
from shared.store.checkpoints import Part, forget, leftovers
from shared.store.link import Link

log = structlog.get_logger(__name__)


async def remove_leftovers(link: Link, files: FileStore) -> int:
    """All that there are now. Answers how many; what cannot be removed is tried again the next time."""
    total = 0
    async for parts in leftovers(link):
        gone = await asyncio.to_thread(_remove, files, parts)
        await forget(link, gone)
        total += len(gone)
    if total:
        log.info("files of checkpoints removed", files=total)
    return total


def _remove(files: FileStore, parts: Sequence[Part]) -> list[Part]:
    gone = []
    for part in parts:
        try:
            files.of(part.tenant).remove(part.file_id)
        except StoreUnavailable as error:
            log.warning("the file of a checkpoint cannot be removed", job=part.job_id, reason=str(error))
        except ValueError:  # of no tenant that there could be: so there is no file
            gone.append(part)
        else:
            gone.append(part)
    return gone
