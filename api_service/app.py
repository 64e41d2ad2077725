"""The composition root of the HTTP service: every part is made and put together here, and nowhere else."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from functools import cache, partial

import structlog
from aiohttp import web

from api_service.answers import encode
from api_service.authentication import Authentication
from api_service.bulk import Bulks
from api_service.bulk_actions import Means
from api_service.callbacks import Callbacks
from api_service.dashboard.asking import OPERATIONS
from api_service.dashboard.routes import PAGES
from api_service.gate import Gate
from api_service.handlers import (
    actions,
    batches,
    bulk,
    changes,
    deliveries,
    diagnostics,
    docs,
    downloads,
    errors,
    events,
    files,
    health,
    home,
    job_types,
    jobs,
    listing,
    metrics,
    queues,
    replays,
    results,
    schedule_runs,
    schedules,
    statistics,
    submissions,
    trees,
    uploads,
    webhooks,
    workers,
)
from api_service.keys import (
    BULKS,
    CALLBACKS,
    CATALOGUE,
    DOCS,
    DOCUMENT,
    FILES,
    GATE,
    IDS,
    JOB_TYPES,
    LINKS,
    LIVE,
    METER,
    PACE,
    PAGE_TOKENS,
    SETTINGS,
    SITES,
    STOPPING,
    STORE,
    TRACER,
    UPLOADING,
)
from api_service.links import Links
from api_service.live import Live
from api_service.metering import ApiMeter
from api_service.middlewares import mark, problems
from api_service.openapi.document import document
from api_service.openapi.page import docs_page
from api_service.pace import Pace
from api_service.page_tokens import PageTokens
from api_service.rate_limits import RateLimits
from api_service.sites import Sites
from api_service.uploading import Uploading
from shared import discovery
from shared.cancelling import was_cancelled
from shared.chance import RandomBits
from shared.errors import StoreUnavailable
from shared.files import FileStore
from shared.ids import Ids
from shared.job import Keep
from shared.job_types import JobType
from shared.settings import Settings
from shared.spans import Tracer, submitting
from shared.store import Store

JOBS = (submissions, batches, listing, jobs, trees, results, errors, actions, changes, replays, bulk, events)
RESOURCES = (
    *JOBS,
    schedules,
    schedule_runs,
    webhooks,
    deliveries,
    files,
    downloads,
    uploads,
    job_types,
    queues,
    workers,
    statistics,
    diagnostics,
    metrics,
    health,
    docs,
    home,
)
ROUTES = [route for resource in RESOURCES for route in resource.ROUTES]
ASK_TIME, ASK_AGAIN = 30.0, 1.0  # seconds between two looks at the store's clock; while the store is away

log = structlog.get_logger(__name__)


def create_app(settings: Settings, tracer: Tracer | None = None) -> web.Application:
    """The application, not yet connected to anything. Raises `Misconfigured`."""
    # Bodies come as they are: one in a Content-Encoding is refused, never unpacked to who knows how much.
    app = web.Application(middlewares=[problems], handler_args={"auto_decompress": False, "access_log": None})
    known = _known(settings.plugins, settings.keep)
    app[SETTINGS], app[STOPPING] = settings, asyncio.Event()
    app[JOB_TYPES] = known
    app[CALLBACKS] = Callbacks.of(settings)
    app[CATALOGUE] = job_types.catalogue(known.values())
    app[FILES] = FileStore(settings.files_url)
    app[UPLOADING] = Uploading()
    app[IDS] = Ids(RandomBits())
    app[METER] = ApiMeter()
    if not settings.pepper:
        app[SITES] = Sites.of(settings)
    if tracer is not None:
        app[TRACER] = tracer
    app.add_routes([*ROUTES, *PAGES])
    app[OPERATIONS] = {route.operation.id: route for route in ROUTES}
    app[DOCUMENT], app[DOCS] = _described(settings.plugins, settings.keep, has_keys=bool(settings.pepper))
    app.cleanup_ctx.append(_store)
    app.cleanup_ctx.append(_bulks)
    app.cleanup_ctx.append(_gate)
    app.on_shutdown.append(_silence)
    app.on_response_prepare.append(mark)
    return app


# Both take as long as all else together, and a process that has several applications (one that tests) has them once.
@cache
def _known(plugins: tuple[str, ...], keep: Keep) -> Mapping[str, JobType]:
    """The job types, by name."""
    types = discovery.job_types(discovery.plugins(plugins))
    return {name: job_type.keeping(keep) for name, job_type in types.items()}


@cache
def _described(plugins: tuple[str, ...], keep: Keep, *, has_keys: bool) -> tuple[bytes, str]:
    """What the application says of itself: OpenAPI, in JSON, and the same as a page."""
    described = document(ROUTES, _known(plugins, keep).values(), has_keys=has_keys)
    return encode(described), docs_page(described)


async def _store(app: web.Application) -> AsyncIterator[None]:
    store = app[STORE] = Store.connect(app[SETTINGS].redis_url)
    store.link.observer = app[METER].process
    if (tracer := app.get(TRACER)) is not None:
        store.submitting = partial(submitting, tracer)
    app[LIVE], app[PACE] = Live(store.link), Pace(store)
    secret = app[SETTINGS].secret.encode()
    app[PAGE_TOKENS], app[LINKS] = PageTokens(store, secret), Links(store, secret)
    work = [asyncio.create_task(task) for task in (_keep_time(store), app[METER].process.watch_loop())]
    yield
    for task in work:
        task.cancel()
    await asyncio.gather(*work, app[PACE].close(), return_exceptions=True)
    await store.close()
    if tracer is not None:
        await asyncio.to_thread(tracer.close)


async def _bulks(app: web.Application) -> AsyncIterator[None]:
    app[BULKS] = Bulks(Means(app[STORE], app[FILES], app[JOB_TYPES], app[CALLBACKS]))
    work = asyncio.create_task(app[BULKS].work())
    yield
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def _gate(app: web.Application) -> AsyncIterator[None]:
    """Without keys and limits there is none, and a request passes at no cost."""
    settings, link = app[SETTINGS], app[STORE].link
    authentication = Authentication(link, settings.pepper) if settings.pepper else None
    rates = RateLimits(link, settings.rate_limit) if settings.rate_limit else None
    tokens = {metrics.PATH: settings.metrics_token} if settings.metrics_token else {}
    if authentication or rates or tokens:
        app[GATE] = Gate(authentication, rates, tokens)
    watch = asyncio.create_task(authentication.watch()) if authentication else None
    yield
    if watch is not None:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


async def _silence(app: web.Application) -> None:
    """Streams would go on for as long as the service waits for its requests to end."""
    await app[LIVE].close()


async def _keep_time(store: Store) -> None:
    """Follow the store's clock, by which jobs are due. The service starts even while the store is away."""
    away, pause = False, 0.0
    while not was_cancelled():
        await asyncio.sleep(pause)
        try:
            await store.synchronise()
        except StoreUnavailable as error:
            if not away:
                log.warning("store away", reason=str(error))
            away, pause = True, ASK_AGAIN
        else:
            if away:
                log.info("store back")
            away, pause = False, ASK_TIME
