"""All pages of the dashboard; the overview stands at `/`, beside what programs get there (`handlers/home.py`)."""

from api_service.dashboard import (
    assets,
    failures,
    job,
    jobs,
    live,
    overview,
    queues,
    replaying,
    schedules,
    signing_in,
    submitting,
    webhooks,
    workers,
)
from api_service.dashboard.pages import Page

_PARTS = (
    overview,
    assets,
    failures,
    jobs,
    job,
    live,
    queues,
    replaying,
    schedules,
    signing_in,
    submitting,
    webhooks,
    workers,
)
PAGES: tuple[Page, ...] = tuple(page for part in _PARTS for page in part.PAGES)
