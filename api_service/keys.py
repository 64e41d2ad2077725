"""What handlers find in the application, by typed keys."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from api_service.bulk import Bulks
from api_service.callbacks import Callbacks
from api_service.gate import Gate
from api_service.links import Links
from api_service.live import Live
from api_service.metering import ApiMeter
from api_service.pace import Pace
from api_service.page_tokens import PageTokens
from api_service.sites import Sites
from api_service.uploading import Uploading
from shared.files import FileStore
from shared.ids import Ids
from shared.job_types import JobType
from shared.settings import Settings
from shared.spans import Tracer
from shared.store import Store

TRACER: web.AppKey[Tracer] = web.AppKey("TRACER", Tracer)  # only where spans are told to somebody
SETTINGS: web.AppKey[Settings] = web.AppKey("SETTINGS", Settings)
STOPPING: web.AppKey[asyncio.Event] = web.AppKey("STOPPING", asyncio.Event)  # set by the first signal
STORE: web.AppKey[Store] = web.AppKey("STORE", Store)
FILES: web.AppKey[FileStore] = web.AppKey("FILES", FileStore)
JOB_TYPES: web.AppKey[Mapping[str, JobType]] = web.AppKey("JOB_TYPES", Mapping)
UPLOADING: web.AppKey[Uploading] = web.AppKey("UPLOADING", Uploading)
IDS: web.AppKey[Ids] = web.AppKey("IDS", Ids)
METER: web.AppKey[ApiMeter] = web.AppKey("METER", ApiMeter)
LIVE: web.AppKey[Live] = web.AppKey("LIVE", Live)
GATE: web.AppKey[Gate] = web.AppKey("GATE", Gate)  # only where keys are in force, or a rate is limited
SITES: web.AppKey[Sites] = web.AppKey("SITES", Sites)  # only where no keys are in force
PACE: web.AppKey[Pace] = web.AppKey("PACE", Pace)
LINKS: web.AppKey[Links] = web.AppKey("LINKS", Links)
PAGE_TOKENS: web.AppKey[PageTokens] = web.AppKey("PAGE_TOKENS", PageTokens)
CALLBACKS: web.AppKey[Callbacks] = web.AppKey("CALLBACKS", Callbacks)
BULKS: web.AppKey[Bulks] = web.AppKey("BULKS", Bulks)
DOCUMENT: web.AppKey[bytes] = web.AppKey("DOCUMENT", bytes)  # OpenAPI, in JSON
DOCS: web.AppKey[str] = web.AppKey("DOCS", str)  # the same as a page
CATALOGUE: web.AppKey[Mapping[str, Mapping[str, Any]]] = web.AppKey("CATALOGUE", Mapping)  # of job types, by name
