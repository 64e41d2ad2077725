"""Uploads that were begun: how far one is, adding to it, ending it. `POST /api/files` begins one."""

from http import HTTPStatus

from aiohttp import web

from api_service import digests, resumable
from api_service.access import Role
from api_service.answers import answer_json
from api_service.bodies import check_not_encoded
from api_service.file_problem_types import (
    DIGEST_MISMATCH,
    FILE_TOO_LARGE,
    STORAGE_FULL,
    UPLOAD_BUSY,
    UPLOAD_IS_COMPLETE,
    UPLOAD_LENGTH_DIFFERS,
    UPLOAD_NOT_FOUND,
    UPLOAD_OFFSET_DIFFERS,
)
from api_service.problem_types import UNSUPPORTED_MEDIA_TYPE
from api_service.problems import FieldError, Problem
from api_service.routes import Answer, Body, Operation, delete, get, patch
from api_service.schemas.files import FileSchema, UploadSchema
from api_service.validation import invalid


async def view(request: web.Request) -> web.Response:
    """`GET /api/uploads/{id}`. Who asks by HEAD is about to go on: whatever still adds to it is cut off first."""
    if request.method == "HEAD":
        await resumable.cut_off(request, request.match_info["id"])
    pending = await resumable.find(request)
    headers = resumable.told(request, pending) | {"Cache-Control": "no-store"}
    return answer_json(resumable.view(pending), headers=headers)


async def append(request: web.Request) -> web.Response:
    """`PATCH /api/uploads/{id}`: 204 if there is more to come, 201 once it is a file."""
    check_not_encoded(request)
    if request.content_type != resumable.PARTIAL:
        headers = {"Accept-Patch": resumable.PARTIAL}
        raise Problem(415, "Unsupported media type", f"Send it as {resumable.PARTIAL}.", headers=headers)
    is_last, offset = resumable.is_complete(request), resumable.integer(request, resumable.OFFSET)
    if offset is None:
        raise invalid([FieldError(f"/{resumable.OFFSET}", "required", "Say where what you send begins.")])
    await resumable.cut_off(request, request.match_info["id"])
    pending = await resumable.find(request)
    if pending.is_complete:
        raise Problem(400, "Upload is complete", "It is a file already; nothing can be added to it.")
    if offset != pending.offset:
        headers = {resumable.OFFSET: str(pending.offset), resumable.COMPLETE: "?0"}
        detail = f"The upload has {pending.offset} bytes: go on from there."
        raise Problem(409, "Upload offset does not match", detail, headers=headers)
    return await resumable.receive(request, pending, HTTPStatus.NO_CONTENT, is_last=is_last)


async def cancel(request: web.Request) -> web.Response:
    """`DELETE /api/uploads/{id}`: what has arrived is forgotten, unless it is a file."""
    await resumable.discard(request, await resumable.find(request))
    return web.Response(status=HTTPStatus.NO_CONTENT)


_UPLOAD = f"{resumable.PATH}/{{id}}"
_ID = {"id": "The upload's id."}
_FAR = (resumable.COMPLETE, resumable.OFFSET, resumable.LIMIT)

ROUTES = (
    get(
        _UPLOAD,
        view,
        Operation(
            "getUpload",
            Role.SUBMITTER,
            "Ask how far an upload has come.",
            (
                Answer(
                    200,
                    "How many bytes are there.",
                    UploadSchema,
                    headers=(*_FAR, "Cache-Control"),
                    sometimes=(resumable.LENGTH,),
                ),
            ),
            "Before going on with an upload that was broken off, ask with HEAD.",
            path=_ID,
            refusals=(UPLOAD_NOT_FOUND, UPLOAD_BUSY),
        ),
    ),
    patch(
        _UPLOAD,
        append,
        Operation(
            "appendToUpload",
            Role.SUBMITTER,
            "Add to an upload.",
            (
                Answer(
                    201,
                    "It was the last of it: the upload is a file, of the same id.",
                    FileSchema,
                    headers=("Location", resumable.COMPLETE),
                    links={"downloadFile": "$response.body#/fileId"},
                ),
                Answer(204, "There is more to come.", headers=(*_FAR, "Location"), sometimes=(resumable.LENGTH,)),
            ),
            "As draft-ietf-httpbis-resumable-upload has it. What arrives before it breaks off is kept.",
            path=_ID,
            headers=(resumable.OFFSET, resumable.COMPLETE, *digests.BOTH),
            body=Body("What comes next of the file.", media_types=(resumable.PARTIAL,)),
            refusals=(
                UPLOAD_NOT_FOUND,
                UPLOAD_OFFSET_DIFFERS,
                UPLOAD_BUSY,
                UPLOAD_IS_COMPLETE,
                UPLOAD_LENGTH_DIFFERS,
                FILE_TOO_LARGE,
                UNSUPPORTED_MEDIA_TYPE,
                DIGEST_MISMATCH,
                STORAGE_FULL,
            ),
        ),
    ),
    delete(
        _UPLOAD,
        cancel,
        Operation(
            "cancelUpload",
            Role.SUBMITTER,
            "End an upload before it is complete.",
            (Answer(204, "It is forgotten."),),
            path=_ID,
            refusals=(UPLOAD_NOT_FOUND, UPLOAD_BUSY),
        ),
    ),
)
