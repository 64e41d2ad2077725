"""One tenant's part of the storage: what its keys are, and how facts are kept there.

    TENANT/content/NAME     the bytes of a file
    TENANT/facts/NAME.json  a `StoredFile`, written last
    TENANT/results/NAME     the same of a result of a job, which is too large for its record: it goes with that
    TENANT/sha256/HASH      the bytes that equal files share, where the storage can
    TENANT/pending/NAME     the bytes of an upload that has not ended
    TENANT/uploads/NAME     an `Upload`

A file exists if and only if its facts do: what a crash leaves behind without them is invisible to everyone, and removed
two days later. A name is an id with its digits inverted (`facts.inverted`), so that the newest come first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from shared.errors import FileNotFound
from shared.files.facts import StoredFile, Upload, inverted, wall_clock
from shared.files.storage import Storage, storage_errors
from shared.ids import is_id
from shared.job import DEFAULT_TENANT

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Shelf:
    """A tenant's files, and the job that makes those which are made from now on, if one does."""

    storage: Storage
    tenant: str = DEFAULT_TENANT
    job_id: str = ""
    clock: Callable[[], int] = wall_clock

    def facts(self, file_id: str) -> StoredFile:
        """The facts of a file. Raises `FileNotFound`."""
        try:
            return self._read(self.key("facts", file_id), file_id, StoredFile)
        except FileNotFound:
            return self._read(self.key("results", file_id), file_id, StoredFile)

    def upload(self, upload_id: str) -> Upload:
        """An upload. Raises `FileNotFound`."""
        return self._read(self.key("uploads", upload_id), upload_id, Upload)

    def keep_upload(self, upload: Upload) -> None:
        """Write what is known of an upload."""
        with storage_errors():
            self.storage.save(self.key("uploads", upload.upload_id), _encode(upload))

    def publish(self, stored: StoredFile) -> StoredFile:
        """From now on, there is this file, whose content is there already."""
        with storage_errors():
            self.storage.save(self._facts(stored), _encode(stored))
            self.storage.unite(self.key("content", stored.file_id), self.common(stored.sha256))
        return stored

    def remove(self, stored: StoredFile) -> None:
        """Forget a file: it is gone as soon as its facts are. Its upload, which would make it anew, goes before."""
        with storage_errors():
            self.storage.delete(self.key("uploads", stored.file_id))
            self.storage.delete(self._facts(stored))
            self.storage.separate(self.key("content", stored.file_id), self.common(stored.sha256))

    def key(self, folder: str, id: str) -> str:
        """Nothing but an id that we could have made ever becomes part of a path. Raises `FileNotFound`."""
        if not is_id(id):
            raise FileNotFound(id)
        return f"{self.tenant}/{folder}/{inverted(id)}{'.json' if folder == 'facts' else ''}"

    def common(self, sha256: str) -> str:
        """Where the bytes that equal files share are."""
        return f"{self.tenant}/sha256/{sha256}"

    def _facts(self, stored: StoredFile) -> str:
        return self.key("results" if stored.is_result else "facts", stored.file_id)

    def _read(self, key: str, id: str, kind: type[T]) -> T:
        with storage_errors(id):
            text = self.storage.get(key)
        return msgspec.json.decode(text, type=kind)
