"""What came of a job: its result, its attempts, its log."""

from contextlib import aclosing

from aiohttp import web

from api_service import views
from api_service.access import Role, tenant
from api_service.addressed import ID, job_id
from api_service.answers import answer_cacheable, answer_json, encode, has_already
from api_service.bodies import JSON
from api_service.keys import FILES, STORE
from api_service.negotiation import accepts
from api_service.problem_types import JOB_NOT_FOUND, RESULT_EXPIRED, RESULT_NOT_FOUND
from api_service.problems import Problem
from api_service.queries import read_query
from api_service.routes import Answer, Operation, get
from api_service.schemas.jobs import AttemptsSchema, LogSchema
from shared.errors import FileNotFound
from shared.job import Job, ResultFile, Status
from shared.schemas.listing import LogQuerySchema
from shared.store import reading

TEXT = "text/plain"
_NOT_GUESSED = {"X-Content-Type-Options": "nosniff"}  # whatever a browser would make of it
_QUERY = LogQuerySchema()
_PATH = f"{views.PATH}/{{id:(?!batch/)[^/]+}}"


async def result(request: web.Request) -> web.StreamResponse:
    """`GET /api/jobs/{id}/result`: as its processor returned it, from the record or from a file."""
    store = request.app[STORE]
    job = await reading.record(store.link, tenant(request), job_id(request))
    if job.expires_at is not None and job.expires_at <= store.now():
        raise _expired("The job's time is over; it is about to be removed.")
    if job.status is not Status.COMPLETED:
        raise Problem(404, "Result not found", f"The job is {job.status}: only a completed one has a result.")
    if job.result_file is None:
        answer = answer_cacheable(request, bytes(job.result))
        answer.headers.update(_NOT_GUESSED)
        return answer
    return await _from_file(request, job, job.result_file)


async def attempts(request: web.Request) -> web.Response:
    """`GET /api/jobs/{id}/attempts`: its runs, in order."""
    found = await request.app[STORE].view(tenant(request), job_id(request))
    return answer_cacheable(request, encode({"attempts": views.attempts(found.job)}))


async def logs(request: web.Request) -> web.Response:
    """`GET /api/jobs/{id}/logs`: what its processor wrote down, the oldest line first."""
    asked, store, id = read_query(request, _QUERY), request.app[STORE], job_id(request)
    await store.view(tenant(request), id)
    offset = asked["offset"]
    found = await reading.log_lines(store.link, id, offset, asked["page_size"])
    end = offset + len(found.lines)
    next_offset = end if found.lines and end < found.total else None
    headers = {"Vary": "Accept"}
    if next_offset is not None:
        headers["Link"] = f'<{request.rel_url.update_query(offset=str(next_offset))}>; rel="next"'
    if not accepts(request, (JSON,)):
        return web.Response(text="".join(f"{line}\n" for line in found.lines), content_type=TEXT, headers=headers)
    body = {"lines": found.lines, "offset": offset, "total": found.total, "nextOffset": next_offset}
    return answer_json(body, headers=headers)


ROUTES = (
    get(
        f"{_PATH}/result",
        result,
        Operation(
            "getResult",
            Role.VIEWER,
            "Read the result of a job alone.",
            (
                Answer(
                    200,
                    "What its processor returned, of any size.",
                    media_types=(JSON,),
                    example={"sum": 15, "product": 120, "average": 3, "min": 1, "max": 5},
                    headers=("X-Content-Type-Options",),
                ),
            ),
            "404 until the job has completed, and if it never does. 410 once it has expired, for as long as the service"
            " can tell that from a job that never was.",
            path=ID,
            refusals=(JOB_NOT_FOUND, RESULT_NOT_FOUND, RESULT_EXPIRED),
            cacheable=True,
        ),
    ),
    get(
        f"{_PATH}/attempts",
        attempts,
        Operation(
            "listAttempts",
            Role.VIEWER,
            "List the runs of a job: the newest hundred.",
            (Answer(200, "The runs, in order.", AttemptsSchema),),
            path=ID,
            refusals=(JOB_NOT_FOUND,),
            cacheable=True,
        ),
    ),
    get(
        f"{_PATH}/logs",
        logs,
        Operation(
            "readLog",
            Role.VIEWER,
            "Read what a job's processor wrote down: the newest thousand lines.",
            (
                Answer(
                    200,
                    "Lines, the oldest first.",
                    LogSchema,
                    media_types=(TEXT,),
                    headers=("Vary",),
                    sometimes=("Link",),
                ),
            ),
            "Follow the Link, or ask again from offset plus the number of lines that came. Of a log of a thousand lines"
            " each new one drops the oldest, and the others move up.",
            path=ID,
            query=LogQuerySchema,
            refusals=(JOB_NOT_FOUND,),
        ),
    ),
)


async def _from_file(request: web.Request, job: Job, file: ResultFile) -> web.StreamResponse:
    """The file goes before the record, so a job may be without it for a moment."""
    files = request.app[FILES].of(job.tenant)
    try:
        stored = await files.info_async(file.file_id)
        headers = {"ETag": f'"{stored.sha256}"', "Cache-Control": "no-cache", **_NOT_GUESSED}
        if has_already(request, stored.sha256):
            return web.Response(status=304, headers=headers)
        content = await files.stream(file.file_id)
    except FileNotFound as error:
        raise _expired("The file of the result was removed.") from error
    response = web.StreamResponse(headers=headers)
    response.content_type = stored.media_type
    response.content_length = stored.bytes
    async with aclosing(content):
        await response.prepare(request)
        if request.method != "HEAD":
            async for chunk in content:
                await response.write(chunk)
    return response


def _expired(detail: str) -> Problem:
    return Problem(410, "Result expired", detail)
