"""What a job waits for, what that waits for, and so on."""

from collections import Counter

from aiohttp import web

from api_service import views
from api_service.access import Role, tenant
from api_service.addressed import ID, job_id
from api_service.answers import answer_json
from api_service.keys import STORE
from api_service.problem_types import JOB_NOT_FOUND
from api_service.routes import Answer, Operation, get
from api_service.schemas.trees import TreeAnswerSchema
from shared.errors import JobNotFound
from shared.store import trees


async def read(request: web.Request) -> web.Response:
    """`GET /api/jobs/{id}/tree`."""
    root = job_id(request)
    tree = await trees.read(request.app[STORE].link, tenant(request), root)
    if tree.nodes[root].status is None:
        raise JobNotFound(root)
    counts = Counter(str(node.status) for node in tree.nodes.values() if node.status is not None)
    jobs = [
        {"id": node.id, "status": node.status, "type": node.type, "children": node.children}
        for node in tree.nodes.values()
    ]
    return answer_json({"id": root, "counts": dict(sorted(counts.items())), "isWhole": tree.is_whole, "jobs": jobs})


ROUTES = (
    get(
        f"{views.PATH}/{{id}}/tree",
        read,
        Operation(
            "getJobTree",
            Role.VIEWER,
            "Read all that a job waits for, or did.",
            (Answer(200, "The jobs, each once, the root first.", TreeAnswerSchema),),
            f"Up to {trees.MOST:,} jobs, level by level.",
            path=ID,
            refusals=(JOB_NOT_FOUND,),
        ),
    ),
)
