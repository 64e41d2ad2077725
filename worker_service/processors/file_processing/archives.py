"""What a zip may be before anybody opens what is in it: few entries, little air, no tricks."""

import stat
import zipfile
from dataclasses import dataclass

from worker_service.processors import Reject

MAX_ENTRIES = 1_000
MAX_RATIO = 100
MAX_TOTAL = 200 * 1024 * 1024  # bytes, counted while reading
FREE = 1024 * 1024  # bytes that may come out whatever the ratio: a small file of zeros is no bomb
ENCRYPTED = 0x1  # a bit of an entry's flags (APPNOTE 6.3.10, section 4.4.4)


@dataclass
class Budget:
    """How many bytes may still come out. Headers lie, so they are counted."""

    left: int
    limit: int = MAX_TOTAL

    def take(self, count: int) -> None:
        """Raises `Reject` once there were too many."""
        self.left -= count
        if self.left < 0:
            raise Reject(f"It unpacks to more than {self.limit:,} bytes, or {MAX_RATIO} times its size.")


def budget_for(packed: int) -> Budget:
    """What so many packed bytes may become."""
    limit = min(MAX_TOTAL, max(FREE, packed * MAX_RATIO))
    return Budget(limit, limit)


def refuse_hostile(archive: zipfile.ZipFile) -> None:
    """Raises `Reject` for what no honest archive has."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Reject(f"The archive has {len(entries):,} entries; the limit is {MAX_ENTRIES:,}.")
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        raise Reject("The archive has two entries of one name.")
    for entry in entries:
        _refuse_entry(entry)
    budget_for(sum(entry.compress_size for entry in entries)).take(sum(entry.file_size for entry in entries))


def _refuse_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    if name.startswith(("/", "\\")) or name[1:2] == ":" or "\0" in name or ".." in name.replace("\\", "/").split("/"):
        raise Reject(f"The archive has an entry that leads out of it: {name[:100]!r}.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise Reject(f"The archive has a link or a device: {name[:100]!r}.")
    if entry.flag_bits & ENCRYPTED:
        raise Reject(f"The archive is encrypted: {name[:100]!r}.")
