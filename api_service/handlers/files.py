"""Files: upload one, list them, read what is known of one, remove it. What a file claims to be is never trusted."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from api_service import digests, resumable
from api_service.access import Role, tenant
from api_service.answers import answer_cacheable, answer_json, encode
from api_service.bodies import check_not_encoded
from api_service.file_bodies import FileBody, file_body
from api_service.file_problem_types import (
    DIGEST_MISMATCH,
    FILE_IS_NEEDED,
    FILE_NOT_FOUND,
    FILE_TOO_LARGE,
    MALFORMED_FORM,
    STORAGE_FULL,
)
from api_service.file_views import ID, PATH, present
from api_service.forms import FORM
from api_service.idempotency import take_no_key
from api_service.keys import FILES, PAGE_TOKENS, SETTINGS, STORE
from api_service.problem_types import IDEMPOTENCY_KEY_NOT_HEEDED, UNSUPPORTED_MEDIA_TYPE
from api_service.problems import FieldError
from api_service.queries import read_query
from api_service.routes import Answer, Body, Operation, delete, get, post
from api_service.schemas.files import FileSchema, FilesSchema, UploadSchema
from api_service.validation import invalid
from shared.disposal import dispose
from shared.errors import FileIsNeeded, FileNotFound, FileTooLarge
from shared.files import FileStore
from shared.schemas.listing import FilesQuerySchema

_QUERY = FilesQuerySchema()
_LIST: Mapping[str, Any] = {"list": "files"}  # for page tokens


async def upload(request: web.Request) -> web.Response:
    """`POST /api/files`: 201 once the file is on disk, or an upload that may be broken off has begun."""
    take_no_key(request)
    check_not_encoded(request)
    limit = request.app[SETTINGS].files.largest
    if resumable.is_asked(request):
        return await resumable.create(request)
    if request.content_type != FORM and (request.content_length or 0) > limit:
        raise FileTooLarge(limit)
    body = await file_body(request)
    stored = await _files(request).save_stream(_some(body), limit, body.check, name=body.name)
    view = present(stored)
    return answer_json(view, 201, {"Location": view["links"]["self"]})


async def list_files(request: web.Request) -> web.Response:
    """`GET /api/files`: the newest first."""
    asked, tokens, whose = read_query(request, _QUERY), request.app[PAGE_TOKENS], tenant(request)
    after = await tokens.read(whose, _LIST, asked["page_token"]) if asked["page_token"] else ""
    found, place = await asyncio.to_thread(_files(request).page, asked["page_size"], after)
    token = None if place is None else await tokens.make(whose, _LIST, place)
    headers = {} if token is None else {"Link": f'<{request.rel_url.update_query(pageToken=token)}>; rel="next"'}
    return answer_json({"files": list(map(present, found)), "nextPageToken": token}, headers=headers)


async def metadata(request: web.Request) -> web.Response:
    """`GET /api/files/{id}/metadata`."""
    stored = await _files(request).info_async(request.match_info["id"])
    return answer_cacheable(request, encode(present(stored)))


async def remove(request: web.Request) -> web.Response:
    """`DELETE /api/files/{id}`: 204 once it is gone; 409 as long as somebody needs it."""
    files, id = _files(request), request.match_info["id"]
    stored = await files.info_async(id)
    if stored.is_result:  # it goes with its job
        raise FileNotFound(id)
    if not await dispose(request.app[STORE].link, files, stored):
        raise FileIsNeeded(id)
    return web.Response(status=HTTPStatus.NO_CONTENT)


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
                    "The file is on disk; or, with Upload-Complete: ?0, an upload has begun, and more can be added.",
                    (FileSchema, UploadSchema),
                    headers=("Location",),
                    sometimes=("Upload-Complete", "Upload-Offset", "Upload-Limit", "Upload-Length"),
                    links={"downloadFile": "$response.body#/fileId"},
                ),
            ),
            "The media type is told by the content, not by the caller. With the header Upload-Complete, the upload may"
            " be broken off and go on (draft-ietf-httpbis-resumable-upload); Location, or an answer 104, tells where.",
            headers=(*digests.BOTH, resumable.COMPLETE, resumable.LENGTH),
            body=Body(
                "The file's content, as it is, under any Content-Type; or a form of one file.",
                media_types=("application/octet-stream", FORM),
            ),
            refusals=(
                MALFORMED_FORM,
                IDEMPOTENCY_KEY_NOT_HEEDED,
                *resumable.REFUSALS,
                FILE_TOO_LARGE,
                UNSUPPORTED_MEDIA_TYPE,
                DIGEST_MISMATCH,
                STORAGE_FULL,
            ),
        ),
    ),
    get(
        PATH,
        list_files,
        Operation(
            "listFiles",
            Role.VIEWER,
            "List files, the newest first.",
            (Answer(200, "A page of files.", FilesSchema, sometimes=("Link",)),),
            "Give nextPageToken back as pageToken, or follow the Link. A page may be short, even empty, and yet have a"
            " next one.",
            query=FilesQuerySchema,
        ),
    ),
    get(
        f"{PATH}/{{id}}/metadata",
        metadata,
        Operation(
            "getFile",
            Role.VIEWER,
            "Read what is known of a file.",
            (Answer(200, "Its facts.", FileSchema),),
            path=ID,
            refusals=(FILE_NOT_FOUND,),
            cacheable=True,
        ),
    ),
    delete(
        f"{PATH}/{{id}}",
        remove,
        Operation(
            "deleteFile",
            Role.OPERATOR,
            "Remove a file.",
            (Answer(204, "It is gone."),),
            "A file that a job needs which has not ended, or that a schedule names, stays.",
            path=ID,
            refusals=(FILE_NOT_FOUND, FILE_IS_NEEDED),
        ),
    ),
)


def _files(request: web.Request) -> FileStore:
    return request.app[FILES].of(tenant(request))


async def _some(body: FileBody) -> AsyncIterator[bytes]:
    """Raises a 422 `Problem` where there is nothing."""
    is_empty = True
    async for chunk in body.chunks:
        yield chunk
        is_empty = False
    if is_empty:
        raise invalid([FieldError("", "empty", "Send a file.")])
