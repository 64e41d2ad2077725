"""The files of checkpoints go once their jobs have ended, however that was, unless another job needs one by then."""

import structlog

from shared.disposal import dispose
from shared.errors import FileNotFound, StoreUnavailable
from shared.files import FileStore
from shared.store.checkpoints import Part, forget, leftovers
from shared.store.link import Link

log = structlog.get_logger(__name__)


async def remove_leftovers(link: Link, files: FileStore) -> int:
    """All that there are now. Answers how many; what cannot be removed is tried again the next time."""
    total = 0
    async for parts in leftovers(link):
        gone = [part for part in parts if await _is_gone(link, files, part)]
        await forget(link, gone)
        total += len(gone)
    if total:
        log.info("files of checkpoints removed", files=total)
    return total


async def _is_gone(link: Link, files: FileStore, part: Part) -> bool:
    try:
        theirs = files.of(part.tenant)
        return await dispose(link, theirs, await theirs.info_async(part.file_id))
    except (FileNotFound, ValueError):  # or of no tenant that there could be: so there is no file
        return True
    except StoreUnavailable as error:
        log.warning("the file of a checkpoint cannot be removed", job=part.job_id, reason=str(error))
        return False
