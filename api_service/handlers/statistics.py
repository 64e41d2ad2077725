"""Statistics: what became of a tenant's jobs over the last hour or day, for charts."""

from typing import Any

from aiohttp import web

from api_service.access import Role, tenant
from api_service.answers import answer_json
from api_service.keys import STORE
from api_service.queries import read_query
from api_service.routes import Answer, Operation, get
from api_service.schemas.statistics import StatisticsSchema
from api_service.views import rfc3339
from shared.schemas.statistics import StatisticsQuerySchema
from shared.store import counts
from shared.store.counts import Histogram, Point

_QUERY = StatisticsQuerySchema()


async def read_statistics(request: web.Request) -> web.Response:
    """`GET /api/statistics`: from counters, so it costs the same however many jobs there are."""
    name = read_query(request, _QUERY)["window"]
    window = counts.WINDOWS[name]
    points = await counts.read(request.app[STORE].link, tenant(request), window)
    return answer_json({"window": name, "step": window.step, "points": [_present(point) for point in points]})


ROUTES = (
    get(
        "/api/statistics",
        read_statistics,
        Operation(
            "getStatistics",
            Role.VIEWER,
            "Read what became of jobs over the last hour or day, for charts.",
            (Answer(200, "A point for each minute of the hour, or quarter of an hour of the day.", StatisticsSchema),),
            "Steps in which nothing happened are there, too. Percentiles are right to within a factor of 1.3.",
            query=StatisticsQuerySchema,
        ),
    ),
)


def _present(point: Point) -> dict[str, Any]:
    return {
        "at": rfc3339(point.at),
        **point.events,
        "wait": _percentiles(point.wait),
        "run": _percentiles(point.run),
        "depth": point.depth,
        "oldestWait": point.oldest_wait,
    }


def _percentiles(histogram: Histogram) -> dict[str, float | None]:
    """Milliseconds are all that was measured; four digits, all that a percentile is good for."""
    found = {percent: counts.percentile(histogram, percent) for percent in counts.PERCENTILES}
    return {f"p{percent}": None if seconds is None else float(f"{seconds:.4g}") for percent, seconds in found.items()}
