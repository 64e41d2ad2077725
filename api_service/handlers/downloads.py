"""Files on their way out: whole or in part, with a key or by a link. No browser ever runs them."""

from contextlib import aclosing
from http import HTTPStatus

from aiohttp import web

from api_service.access import ANYONE, Role, tenant
from api_service.answers import answer_json, has_already
from api_service.bodies import read_json
from api_service.decoding import json_object
from api_service.digests import CONTENT, REPRESENTATION, digest_of
from api_service.file_names import disposition
from api_service.file_problem_types import (
    FILE_NOT_FOUND,
    LINK_EXPIRED,
    LINK_NOT_VALID,
    PRECONDITION_FAILED,
    RANGE_NOT_SATISFIABLE,
)
from api_service.file_views import ID, PATH
from api_service.keys import FILES, LINKS, SETTINGS, STORE
from api_service.links import PATH as LINK
from api_service.ranges import asked_range, check_if_match, content_range
from api_service.routes import ANY_TYPE, Answer, Body, Operation, get, post
from api_service.schemas.files import LinkSchema
from api_service.validation import invalid, load
from api_service.views import rfc3339
from shared.files import FileStore, StoredFile
from shared.schemas.files import LinkRequestSchema

FOR_EVER = "private, max-age=31536000, immutable"  # the content of an id never changes
_LINK = LinkRequestSchema()


async def download(request: web.Request) -> web.StreamResponse:
    """`GET /api/files/{id}`: its content, as an attachment that no browser runs."""
    return await _serve(request, request.app[FILES].of(tenant(request)), request.match_info["id"], FOR_EVER)


async def make_link(request: web.Request) -> web.Response:
    """`POST /api/files/{id}/links`: whoever has the link has the file, for a time."""
    members = json_object(await read_json(request, request.app[SETTINGS].max_body)) if request.body_exists else {}
    asked, errors = load(_LINK, members)
    if errors:
        raise invalid(errors)
    stored = await request.app[FILES].of(tenant(request)).info_async(request.match_info["id"])
    expires = request.app[STORE].now() + asked["expires_in"] * 1000
    url = await request.app[LINKS].make(tenant(request), stored.file_id, expires)
    return answer_json({"url": url, "expiresAt": rfc3339(expires)}, 201, {"Location": url})


async def by_link(request: web.Request) -> web.StreamResponse:
    """`GET /downloads/{token}`: the same, without a key."""
    whose, file_id = await request.app[LINKS].read(request.match_info["token"])
    return await _serve(request, request.app[FILES].of(whose), file_id, "private, no-cache")


_HEADERS = (
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Security-Policy",
    "Referrer-Policy",
    REPRESENTATION,
    "X-Content-Type-Options",
)
_ANSWERS = (
    Answer(
        200,
        "The file's content, as an attachment that no browser runs.",
        media_types=(ANY_TYPE,),
        headers=_HEADERS,
        sometimes=(CONTENT,),
    ),
    Answer(
        206, "The part that was asked for.", media_types=(ANY_TYPE,), headers=_HEADERS, sometimes=("Content-Range",)
    ),
)
_REFUSALS = (FILE_NOT_FOUND, PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE)

ROUTES = (
    get(
        f"{PATH}/{{id}}",
        download,
        Operation(
            "downloadFile",
            Role.VIEWER,
            "Download a file, or a part of it.",
            _ANSWERS,
            path=ID,
            headers=("Range", "If-Range"),
            refusals=_REFUSALS,
            cacheable=True,
        ),
    ),
    post(
        f"{PATH}/{{id}}/links",
        make_link,
        Operation(
            "createFileLink",
            Role.SUBMITTER,
            "Make a link to a file that needs no key, for a time.",
            (Answer(201, "Whoever has the link has the file.", LinkSchema, headers=("Location",)),),
            path=ID,
            body=Body("How long it is good for.", LinkRequestSchema, is_required=False),
            refusals=(FILE_NOT_FOUND,),
        ),
    ),
    get(
        f"{LINK}/{{token}}",
        by_link,
        Operation(
            "downloadByLink",
            ANYONE,
            "Download a file by a link.",
            _ANSWERS,
            path={"token": "What the link ends in."},
            headers=("Range", "If-Range"),
            refusals=(LINK_NOT_VALID, LINK_EXPIRED, *_REFUSALS),
            cacheable=True,
        ),
    ),
)


async def _serve(request: web.Request, files: FileStore, file_id: str, kept: str) -> web.StreamResponse:
    stored = await files.info_async(file_id)
    headers = _headers(stored) | {"Cache-Control": kept}
    check_if_match(request, stored.sha256)
    if has_already(request, stored.sha256):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    part = asked_range(request, stored.bytes, stored.sha256)
    start, end = part or (0, stored.bytes)
    response = web.StreamResponse(status=HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK, headers=headers)
    response.headers.update(content_range(part, stored.bytes) if part else {CONTENT: digest_of(stored.sha256)})
    response.content_type = stored.media_type
    response.content_length = end - start
    if request.method == "HEAD":
        await response.prepare(request)
        return response
    async with aclosing(await files.stream(stored.file_id, start, end)) as content:
        await response.prepare(request)
        async for chunk in content:
            await response.write(chunk)
    return response


def _headers(stored: StoredFile) -> dict[str, str]:
    return {
        "Accept-Ranges": "bytes",
        "ETag": f'"{stored.sha256}"',
        "Content-Disposition": disposition(stored),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Referrer-Policy": "no-referrer",
        REPRESENTATION: digest_of(stored.sha256),
        "X-Content-Type-Options": "nosniff",
    }
