"""Files: upload the raw body, download it again. What a file is called or claims to be is never trusted."""

from collections.abc import AsyncIterator
from mimetypes import MimeTypes

from aiohttp import StreamReader, web

from api_service.access import Role, tenant
from api_service.answers import answer_json, has_already
from api_service.bodies import check_not_encoded
from api_service.idempotency import take_no_key
from api_service.keys import FILES, SETTINGS
from api_service.problem_types import (
    FILE_NOT_FOUND,
    FILE_TOO_LARGE,
    IDEMPOTENCY_KEY_NOT_HEEDED,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION_FAILED,
)
from api_service.problems import FieldError, Problem
from api_service.routes import ANY_TYPE, Answer, Body, Operation, get, post
from api_service.schemas.files import FileSchema
from api_service.views import rfc3339
from shared.errors import FileTooLarge
from shared.files import StoredFile

PATH = "/api/files"
_CHUNK = 256 * 1024  # bytes
_EXTENSIONS = MimeTypes()  # Python's own table, whatever this machine's says


async def upload(request: web.Request) -> web.Response:
    """`POST /api/files`: 201 once the file is on disk."""
    take_no_key(request)
    check_not_encoded(request)
    _check_no_form(request)
    limit = request.app[SETTINGS].files.largest
    if (request.content_length or 0) > limit:
        raise FileTooLarge(limit)
    start = await request.content.readany()
    if not start:
        raise Problem(422, "Validation failed", "An empty body is no file.", [FieldError("", "empty", "Send a file.")])
    stored = await request.app[FILES].of(tenant(request)).save_stream(_body(start, request.content), limit)
    path = f"{PATH}/{stored.file_id}"
    return answer_json(_present(stored, path), 201, {"Location": path})


async def download(request: web.Request) -> web.StreamResponse:
    """`GET /api/files/{id}`: its content, as an attachment that no browser runs."""
    files = request.app[FILES].of(tenant(request))
    stored = await files.info_async(request.match_info["id"])
    headers = _headers(stored)
    if has_already(request, stored.sha256):
        return web.Response(status=304, headers=headers)
    response = web.StreamResponse(headers=headers)
    response.content_type = stored.media_type
    response.content_length = stored.bytes
    content = await files.stream(stored.file_id)
    await response.prepare(request)
    if request.method != "HEAD":
        async for chunk in content:
            await response.write(chunk)
    return response


ROUTES = (
    post(
        PATH,
        upload,
        Operation(
            "uploadFile",
            Role.SUBMITTER,
            "Upload a file for jobs to work on.",
            (
                Answer(
                    201,
                    "The file is on disk.",
                    FileSchema,
                    headers=("Location",),
                    links={"downloadFile": "$response.body#/fileId"},
                ),
            ),
            "The media type is told by the content, not by the caller.",
            body=Body(
                "The file's content, as it is, under any Content-Type.", media_types=("application/octet-stream",)
            ),
            refusals=(IDEMPOTENCY_KEY_NOT_HEEDED, FILE_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, VALIDATION_FAILED),
        ),
    ),
    get(
        f"{PATH}/{{id}}",
        download,
        Operation(
            "downloadFile",
            Role.VIEWER,
            "Download a file.",
            (
                Answer(
                    200,
                    "The file's content, as an attachment that no browser runs.",
                    media_types=(ANY_TYPE,),
                    headers=("Content-Disposition", "Content-Security-Policy", "X-Content-Type-Options"),
                ),
            ),
            path={"id": "The file's fileId."},
            refusals=(FILE_NOT_FOUND,),
            cacheable=True,
        ),
    ),
)


def _check_no_form(request: web.Request) -> None:
    """A form would be kept as it is, its boundaries and all: nobody means that."""
    if request.content_type.startswith("multipart/") or request.content_type == "application/x-www-form-urlencoded":
        detail = (
            "Send the file itself, not a form: curl --data-binary @FILE -H 'Content-Type: application/octet-stream'."
        )
        raise Problem(415, "Unsupported media type", detail)


async def _body(start: bytes, rest: StreamReader) -> AsyncIterator[bytes]:
    yield start
    async for chunk in rest.iter_chunked(_CHUNK):
        yield chunk


def _present(stored: StoredFile, path: str) -> dict[str, object]:
    return {
        "fileId": stored.file_id,
        "mediaType": stored.media_type,
        "size": stored.bytes,
        "sha256": stored.sha256,
        "createdAt": rfc3339(stored.created_at),
        "links": {"self": path},
    }


def _headers(stored: StoredFile) -> dict[str, str]:
    extension = _EXTENSIONS.guess_extension(stored.media_type, strict=False) or ""
    return {
        "ETag": f'"{stored.sha256}"',
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Disposition": f'attachment; filename="{stored.file_id}{extension}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
