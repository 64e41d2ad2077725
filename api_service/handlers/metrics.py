"""Metrics: for Prometheus, of this process and of what all of them share."""

from aiohttp import web

from api_service.access import Role
from api_service.keys import METER, STORE
from api_service.routes import Answer, Operation, get
from shared.errors import StoreUnavailable
from shared.metrics import MEDIA_TYPES

PATH = "/metrics"


async def tell(request: web.Request) -> web.Response:
    """`GET /metrics`: 200 also while the store is away; then `dmps_store_up` is 0."""
    meter, store = request.app[METER], request.app[STORE]
    try:
        meter.fleet.seen(store.now(), await store.queues(), await store.workers())
    except StoreUnavailable:
        meter.fleet.not_seen()
    body, content_type = meter.process.exposition(request.headers.get("Accept", ""))
    return web.Response(body=body, headers={"Content-Type": content_type})


ROUTES = (
    get(
        PATH,
        tell,
        Operation(
            "readMetrics",
            Role.ADMIN,
            "Read the metrics of this process, and of queues and workers.",
            (Answer(200, "In the text format of Prometheus, or as OpenMetrics.", media_types=MEDIA_TYPES),),
            "They tell of all tenants. `DMPS_METRICS_TOKEN` opens this, and nothing else.",
        ),
    ),
)
