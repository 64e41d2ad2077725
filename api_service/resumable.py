"""Uploads that may be broken off and go on, as draft-ietf-httpbis-resumable-upload has it (interop version 8).

POST begins one, and an interim answer, 104, tells where it is; HEAD asks how far it came, PATCH adds to it, DELETE ends
it. What arrived is kept for a day, in the place where files are: any process of the API can go on with it. Once it is
there in whole, it is a file of the same id.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import hdrs, web
from msgspec.structs import replace

from api_service import digests
from api_service.access import tenant
from api_service.answers import answer_json
from api_service.file_bodies import check_no_form, chunks
from api_service.file_names import sent_name
from api_service.file_problem_types import UPLOAD_LENGTH_DIFFERS
from api_service.file_views import present
from api_service.forms import FORM
from api_service.keys import FILES, SETTINGS, UPLOADING
from api_service.problems import FieldError, Problem
from api_service.validation import invalid
from api_service.views import rfc3339
from shared.errors import FileNotFound, FileTooLarge, UploadBusy, WrongOffset
from shared.files import FileStore, StoredFile, sender_errors
from shared.files.facts import UPLOAD_KEPT, Upload
from shared.files.intake import Intake
from shared.files.storage import storage_errors

PATH = "/api/uploads"
PARTIAL = "application/partial-upload"
COMPLETE, OFFSET, LENGTH, LIMIT = "Upload-Complete", "Upload-Offset", "Upload-Length", "Upload-Limit"
INTEROP, VERSION = "Upload-Draft-Interop-Version", "8"
REFUSALS = (UPLOAD_LENGTH_DIFFERS,)

_INTEGER = re.compile(r"[0-9]{1,15}")  # of RFC 9651, and not negative
_BOOLEANS = {"?0": False, "?1": True}


@dataclass(frozen=True)
class Pending:
    """An upload, and how much of it is there. `is_complete`: it is a file."""

    upload: Upload
    offset: int
    is_complete: bool = False


def is_asked(request: web.Request) -> bool:
    """Whether a POST begins an upload that may be broken off."""
    return COMPLETE in request.headers or LENGTH in request.headers


async def create(request: web.Request) -> web.Response:
    """Begin an upload, and take what of it comes at once. Raises a 4xx `Problem`."""
    is_last = is_complete(request)
    if request.content_type == FORM:
        raise Problem(415, "Unsupported media type", "What may be broken off is the file itself, not a form.")
    check_no_form(request)
    files, length = files_of(request), integer(request, LENGTH)
    upload = Upload(
        upload_id=files.new_id(),
        created_at=files.shelf.clock(),
        length=request.content_length if is_last and length is None else length,
        name=sent_name(request.headers.get("Content-Disposition")) or "",
        sha256=digests.asked(request, digests.REPRESENTATION) or "",
    )
    if (upload.length or 0) > request.app[SETTINGS].files.largest:
        raise FileTooLarge(request.app[SETTINGS].files.largest)
    await asyncio.to_thread(_begin, files, upload)
    await _tell(request, upload)
    return await receive(request, Pending(upload, 0), HTTPStatus.CREATED, is_last=is_last)


async def find(request: web.Request) -> Pending:
    """The upload that a request is about, and how far it is. Raises a 404 `Problem`."""
    return await asyncio.to_thread(_find, files_of(request), request.match_info["id"])


async def receive(request: web.Request, pending: Pending, status: HTTPStatus, *, is_last: bool) -> web.Response:
    """Add what comes, and make a file of the whole. `status`: that of the answer if there is more to come."""
    upload, files = pending.upload, files_of(request)
    if is_last and (announced := digests.asked(request, digests.REPRESENTATION)):
        upload = replace(upload, sha256=announced)
    with _refusals():
        async with request.app[UPLOADING].alone(request, upload.upload_id):
            offset = pending.offset + await _append(request, files, upload, pending.offset, is_last=is_last)
            if not is_last:
                headers = told(request, Pending(upload, offset)) | {"Location": f"{PATH}/{upload.upload_id}"}
                if status is HTTPStatus.NO_CONTENT:
                    return web.Response(status=status, headers=headers)
                return answer_json(view(Pending(upload, offset)), status, headers)
            stored = await _complete(files, upload, offset)
    shown = present(stored)
    return answer_json(shown, 201, {"Location": shown["links"]["self"], COMPLETE: "?1"})


async def cut_off(request: web.Request, upload_id: str) -> None:
    """Whoever adds to it is cut off, in this process. Raises a 409 `Problem` once all of it has arrived."""
    with _refusals():
        await request.app[UPLOADING].end(request, upload_id)


async def discard(request: web.Request, pending: Pending) -> None:
    """Forget an upload. A file that it has become stays."""
    await cut_off(request, pending.upload.upload_id)
    await asyncio.to_thread(_discard, files_of(request), pending.upload)


def files_of(request: web.Request) -> FileStore:
    """The files of whoever sent the request."""
    return request.app[FILES].of(tenant(request))


def is_complete(request: web.Request) -> bool:
    """Whether what comes is the last. Raises a 422 `Problem`."""
    written = request.headers.get(COMPLETE, "").strip()
    if written not in _BOOLEANS:
        raise invalid([FieldError(f"/{COMPLETE}", "invalid", "Must be ?1 if what comes is the last of it, else ?0.")])
    return _BOOLEANS[written]


def integer(request: web.Request, header: str) -> int | None:
    """A number of bytes. Raises a 422 `Problem` for what is none."""
    written = request.headers.get(header)
    if written is None:
        return None
    if not _INTEGER.fullmatch(written.strip()):
        raise invalid([FieldError(f"/{header}", "invalid", "Must be a number of bytes, in up to 15 digits.")])
    return int(written)


def told(request: web.Request, pending: Pending) -> dict[str, str]:
    """The headers that tell how far an upload is."""
    length = {} if pending.upload.length is None else {LENGTH: str(pending.upload.length)}
    return {
        COMPLETE: "?1" if pending.is_complete else "?0",
        OFFSET: str(pending.offset),
        LIMIT: _limit(request),
        **length,
    }


def view(pending: Pending) -> dict[str, object]:
    """An upload as it is answered."""
    upload = pending.upload
    return {
        "uploadId": upload.upload_id,
        "offset": pending.offset,
        "length": upload.length,
        "complete": pending.is_complete,
        "expiresAt": rfc3339(upload.created_at + UPLOAD_KEPT * 1000),
        "links": {"self": f"{PATH}/{upload.upload_id}"},
    }


async def _arriving(request: web.Request, upload_id: str, *, is_last: bool) -> AsyncIterator[bytes]:
    """What comes. Once the last of it has, nobody cuts off who makes a file of it."""
    async for chunk in chunks(request.content):
        yield chunk
    if is_last:
        request.app[UPLOADING].completes(request, upload_id)


async def _append(request: web.Request, files: FileStore, upload: Upload, offset: int, *, is_last: bool) -> int:
    """Answers how many bytes were added. What does not have the digest that was announced is taken away again."""
    expected = digests.asked(request, digests.CONTENT)
    largest, shelf = request.app[SETTINGS].files.largest, files.shelf
    key, intake = shelf.key("pending", upload.upload_id), Intake((upload.length or largest) - offset)

    def check() -> None:
        digests.check(digests.CONTENT, expected, intake.sha256.hexdigest())

    try:
        with sender_errors(intake), storage_errors(upload.upload_id):
            blocks = intake.blocks(_arriving(request, upload.upload_id, is_last=is_last))
            await shelf.storage.append(key, offset, blocks, check)
    except FileTooLarge:
        raise (FileTooLarge(largest) if upload.length is None else _differs(upload.length)) from None
    return intake.count


async def _complete(files: FileStore, upload: Upload, size: int) -> StoredFile:
    if not size:
        raise invalid([FieldError("", "empty", "Send a file.")])
    if upload.length not in {None, size}:
        raise _differs(upload.length)

    def check(intake: Intake) -> None:
        if intake.count != size:  # another process has added to it since
            raise UploadBusy
        digests.check(digests.REPRESENTATION, upload.sha256 or None, intake.sha256.hexdigest())

    try:
        return await files.adopt(upload.upload_id, check, name=upload.name)
    except Problem:  # it is there in whole, and is not what it was to be
        await asyncio.to_thread(_discard, files, upload)
        raise


def _begin(files: FileStore, upload: Upload) -> None:
    with storage_errors():
        files.shelf.storage.begin(files.shelf.key("pending", upload.upload_id))
    files.shelf.keep_upload(upload)


def _find(files: FileStore, id: str) -> Pending:
    try:
        return _found(files, files.shelf.upload(id))
    except FileNotFound:
        raise Problem(404, "Upload not found", f"There is no upload {id!r}.") from None


def _found(files: FileStore, upload: Upload) -> Pending:
    shelf, id = files.shelf, upload.upload_id
    try:
        with storage_errors(id):
            return Pending(upload, shelf.storage.arrived(shelf.key("pending", id)))
    except FileNotFound:
        return Pending(upload, _file(files, upload).bytes, is_complete=True)


def _file(files: FileStore, upload: Upload) -> StoredFile:
    """The file that an upload is. If its facts are not there, whoever wrote its content died before telling them."""
    try:
        return files.info(upload.upload_id)
    except FileNotFound:
        return files.finish(upload.upload_id, name=upload.name)


def _discard(files: FileStore, upload: Upload) -> None:
    shelf = files.shelf
    with storage_errors():
        shelf.storage.delete(shelf.key("uploads", upload.upload_id))
        shelf.storage.discard(shelf.key("pending", upload.upload_id))


async def _tell(request: web.Request, upload: Upload) -> None:
    """An interim answer (RFC 9110, section 15.2), before the body has come: its sender knows where to go on.

    Only for those who say that they know it: others, Python's own client among them, take it for the last answer.
    aiohttp has no interim answer but 100; it forgets of that, as we do here, that something was written.
    """
    if request.headers.get(INTEROP, "").strip() != VERSION or request.version < (1, 1):
        return
    lines = (
        "HTTP/1.1 104 Upload Resumption Supported",
        f"{INTEROP}: {VERSION}",
        f"{hdrs.LOCATION}: {PATH}/{upload.upload_id}",
        f"{LIMIT}: {_limit(request)}",
    )
    await request.writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())
    request.writer.output_size = 0


def _limit(request: web.Request) -> str:
    return f"max-size={request.app[SETTINGS].files.largest}, max-age={UPLOAD_KEPT}"


def _differs(length: int | None) -> Problem:
    detail = f"The upload was to have {length} bytes, and this would not be so."
    return Problem(400, "Upload length differs", detail)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except WrongOffset as error:
        headers = {OFFSET: str(error.expected), COMPLETE: "?0"}
        raise Problem(409, "Upload offset does not match", str(error), headers=headers) from None
    except UploadBusy as error:
        raise Problem(409, "Upload is busy", str(error), headers={"Retry-After": "1"}) from None
    except FileNotFound as error:
        raise Problem(404, "Upload not found", f"There is no upload {error.file_id!r} any more.") from None
