"""What is answered where an earlier job stands for the one that was submitted (`dedup`)."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from msgspec import json

from api_service import views
from api_service.answers import answer_json
from shared.store import Standing, Stands

MESSAGE = "An earlier job with this key stands for this one"
MARK = {"deduplicated": True}


def entry(stands: Stands) -> dict[str, Any]:
    """The earlier job, as an entry of a batch."""
    return {"jobId": stands.job_id, "status": stands.status, **MARK}


def answer(stands: Stands, applied: Mapping[str, str]) -> web.Response:
    """The earlier job, to one who submitted another. `applied`: the `Preference-Applied` header, if there is one."""
    return answer_json(
        {"message": MESSAGE, **entry(stands)}, 200, {"Location": views.job_path(stands.job_id), **applied}
    )


def corrected(body: str, standing: Standing, applied: Mapping[str, str]) -> web.Response:
    """The answer to a submission or a batch, made before it was known that others stand for some of its jobs."""
    said = json.decode(body)
    if "jobs" not in said:
        return answer(standing[said["jobId"]], applied)
    stands = [standing.get(each.get("jobId", "")) for each in said["jobs"]]
    entries = [each if other is None else entry(other) for each, other in zip(said["jobs"], stands, strict=True)]
    return answer_json({**said, "jobs": entries}, 202)
