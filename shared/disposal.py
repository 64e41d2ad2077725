"""Removing a file, unless somebody needs it."""

import asyncio

from shared.errors import StoreUnavailable
from shared.files import FileStore, StoredFile
from shared.store import needs
from shared.store.link import Link


async def dispose(link: Link, files: FileStore, stored: StoredFile) -> bool:
    """Remove a file of a tenant. Answers whether: else somebody needs it. Raises `StoreUnavailable`."""
    tenant = files.shelf.tenant
    if not await needs.free(link, tenant, stored):
        return False
    try:
        await asyncio.to_thread(files.remove, stored.file_id)
    except StoreUnavailable:
        await needs.spare(link, tenant, stored.file_id)
        raise
    return True
