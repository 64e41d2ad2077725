"""Uploads: a small file in one request, a large one in parts, so that one which breaks off goes on where it was.

https://datatracker.ietf.org/doc/draft-ietf-httpbis-resumable-upload/ (interop version 8)
"""

import hashlib
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from dmps.calls.asking import path
from dmps.calls.files import file
from dmps.errors import Damaged, DmpsError, NotUnderstood, Refused, Unreachable, UploadStopped
from dmps.exchange import SILENCE, Again, Answer, Ask, Part, Plan, Scan
from dmps.models.files import File, UploadProgress

OnUpload: TypeAlias = Callable[[UploadProgress], object]

IN_PARTS_FROM = 8 * 1024 * 1024  # bytes
MOST_A_PART = 16 * 1024 * 1024  # bytes: what a proxy may keep to itself before it passes it on
STALLED = 60.0  # seconds without a byte after which an upload is given up
PAUSE = 1.0  # seconds until one that broke off goes on
SLOWEST = 20_000_000  # bytes a second that the service reads at least, when it makes a file of an upload
BYTES: Mapping[str, str] = {"Content-Type": "application/octet-stream"}
PARTIAL: Mapping[str, str] = {"Content-Type": "application/partial-upload"}
PASSING = frozenset({408, 409, 429, 500, 502, 503, 504})  # 409: somebody else adds to it, or it is elsewhere by now


def upload(
    content: bytes | Path,
    *,
    name: str | None = None,
    on_progress: OnUpload | None = None,
    resume: str | None = None,
    stalled: float = STALLED,
) -> Plan[File]:
    """Store a file, from memory or from disk. `name` is what it is called: by default as on disk.

    One of 8 MiB or more goes in parts: where it breaks off, the service is asked how far it is, and it goes on from
    there, until it is stored, once. It is given up when nothing has gone for `stalled` seconds: then `UploadStopped`
    is raised, and `resume`, the id of the upload, goes on with it within a day. A smaller one that broke off is not
    sent again: it may have been stored. Raises `ValueError` where `resume` is of a file of another length.
    """
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    called = name if name is not None else (content.name if isinstance(content, Path) else "")
    sending = _Sending(content, size, on_progress, resume)
    if resume is None and size < IN_PARTS_FROM:
        return _at_once(sending, called)
    return _InParts(sending, stalled).run(called)


def cancel_upload(upload_id: str) -> Plan[None]:
    """Forget what has arrived of an upload that is not to go on. Raises `NotFound`."""
    yield Ask("DELETE", path("uploads", upload_id), again=Again.IF_REFUSED)


def _at_once(sending: "_Sending", name: str) -> Plan[File]:
    body = sending.part(0, sending.size)
    answer = yield Ask("POST", path("files"), headers={**BYTES, **_named(name)}, body=body, again=Again.IF_REFUSED)
    return answer.read(File)


@dataclass
class _Sending:
    """What is sent, how far it is, and its digest so far."""

    source: bytes | Path
    size: int
    on_progress: OnUpload | None
    upload_id: str | None
    furthest: int = 0
    moved_at: float = field(default_factory=time.monotonic)
    hashed: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def part(self, start: int, size: int) -> Part:
        """A part, to be sent."""
        return Part(self.source, start, size, self._sent)

    def unread(self, end: int) -> Part:
        """What of it has no digest yet, up to there."""
        return Part(self.source, self.hashed, max(0, end - self.hashed), self._hash)

    def tell(self, sent: int, trouble: DmpsError | None = None) -> None:
        """Say how far it is, and that this is something new."""
        if sent > self.furthest:
            self.furthest, self.moved_at = sent, time.monotonic()
        if self.on_progress is not None:
            self.on_progress(UploadProgress(self.upload_id, sent, self.size, trouble))

    def _sent(self, start: int, piece: bytes) -> None:
        self._hash(start, piece)
        self.tell(start + len(piece))

    def _hash(self, start: int, piece: bytes) -> None:
        """What is sent again is hashed once."""
        if start <= self.hashed < start + len(piece):
            self.digest.update(memoryview(piece)[self.hashed - start :])
            self.hashed = start + len(piece)


class _InParts:
    """An upload in parts. The service has `offset` bytes of it, or had when it was last heard."""

    def __init__(self, sending: _Sending, stalled: float) -> None:
        self._sending = sending
        self._stalled = stalled
        self._reading = SILENCE + sending.size / SLOWEST  # seconds in which the service can read all of it
        self._offset = 0
        self._is_known = False
        self._pause = 0.0

    def run(self, name: str) -> Plan[File]:
        """Begin it, unless it is one to go on with, and keep on until it is a file."""
        sending = self._sending
        if sending.upload_id is None:
            yield from self._begin(name)
        sending.moved_at = time.monotonic()
        while True:
            try:
                if not self._is_known and (yield from self._is_complete()):
                    return (yield from self._stored())
                while self._offset < sending.size:
                    yield from self._append()
                return (yield from self._finish())
            except (Unreachable, Refused) as error:
                self._take_breath(error)

    def _begin(self, name: str) -> Plan[None]:
        """To begin two is no harm: an upload that nobody goes on with is forgotten."""
        headers = {**_named(name), "Upload-Complete": "?0", "Upload-Length": str(self._sending.size)}
        answer = yield Ask("POST", path("files"), headers=headers, body=b"")
        self._sending.upload_id = answer.headers.get("location", "").rpartition("/")[2]
        if not self._sending.upload_id:
            raise NotUnderstood(answer.body, "it does not say where the upload is")
        self._is_known = True

    def _is_complete(self) -> Plan[bool]:
        """Ask how far it is; whoever else still adds to it is cut off."""
        ask = Ask("HEAD", self._where, after=self._pause, within=self._reading)
        try:
            answer = yield ask
        except Refused as error:
            if error.status == HTTPStatus.CONFLICT:  # somebody is making a file of it, and nothing goes meanwhile
                self._stalled = max(self._stalled, self._reading)
            yield replace(ask, method="GET", after=0.0)  # which says why, as no answer to HEAD does
            raise
        length = _number(answer, "upload-length")
        if length != self._sending.size:
            text = (
                f"Upload {self._sending.upload_id} is of a file of {length} bytes; this one has {self._sending.size}."
            )
            raise ValueError(text)
        self._offset, self._is_known = _number(answer, "upload-offset"), True
        self._sending.tell(self._offset)
        return answer.headers.get("upload-complete") == "?1"

    def _stored(self) -> Plan[File]:
        """The file that it has become. Raises `Damaged` where that is of another content than what is here."""
        yield Scan(self._sending.unread(self._sending.size))
        stored = yield from file(str(self._sending.upload_id))
        if stored.sha256 != self._sending.digest.hexdigest():
            raise Damaged(f"Upload {stored.file_id} is stored, and of another content than what was to be sent.")
        return stored

    def _append(self) -> Plan[None]:
        offset = self._offset
        yield Scan(self._sending.unread(offset))
        headers = {**PARTIAL, "Upload-Offset": str(offset), "Upload-Complete": "?0"}
        body = self._sending.part(offset, min(MOST_A_PART, self._sending.size - offset))
        answer = yield Ask("PATCH", self._where, headers=headers, body=body, again=Again.IF_REFUSED)
        self._offset = _number(answer, "upload-offset")

    def _finish(self) -> Plan[File]:
        """Have it be a file, if it has the digest of what was read here. The service reads all of it once more."""
        sending = self._sending
        yield Scan(sending.unread(sending.size))
        self._stalled = max(self._stalled, self._reading)  # nothing goes meanwhile
        digest = b64encode(sending.digest.digest()).decode()
        headers = {
            **PARTIAL,
            "Upload-Offset": str(sending.size),
            "Upload-Complete": "?1",
            "Repr-Digest": f"sha-256=:{digest}:",
        }
        ask = Ask("PATCH", self._where, headers=headers, body=b"", again=Again.IF_REFUSED, within=self._reading)
        return (yield ask).read(File)

    def _take_breath(self, error: Unreachable | Refused) -> None:
        """Go on after a pause, if that may help and there was something new of late; else raise the error."""
        if isinstance(error, Refused) and error.status not in PASSING:
            raise error
        asked = error.retry_after if isinstance(error, Refused) else None
        self._pause = PAUSE if asked is None else asked
        sending = self._sending
        if time.monotonic() + self._pause > sending.moved_at + self._stalled:
            raise UploadStopped(str(sending.upload_id), self._offset, sending.size, error) from error
        sending.tell(self._offset, error)
        self._is_known = False

    @property
    def _where(self) -> str:
        return path("uploads", str(self._sending.upload_id))


def _number(answer: Answer, header: str) -> int:
    try:
        return int(answer.headers.get(header, ""))
    except ValueError:
        raise NotUnderstood(answer.body, f"it has no {header}") from None


def _named(name: str) -> Mapping[str, str]:
    """What the file is called (RFC 6266, RFC 8187)."""
    return (
        {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='', errors='replace')}"}
        if name
        else {}
    )
