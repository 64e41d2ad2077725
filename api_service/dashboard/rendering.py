"""Templates, and how they write times, sizes and statuses. Everything that is put into one is escaped."""

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from api_service.dashboard import units
from api_service.html import phrase
from shared.job import FINISHED, Status

HERE = files("api_service") / "dashboard" / "static"
ASSETS: Mapping[str, bytes] = {
    name: (HERE / name).read_bytes() for name in ("dashboard.css", "dashboard.js", "icon.svg")
}
VERSION = hashlib.blake2b(b"".join(ASSETS.values()), digest_size=6).hexdigest()  # a browser may keep what it stands for


def made(template: str, **facts: Any) -> str:  # noqa: ANN401 - as the template needs them
    """The text of a page."""
    return _ENVIRONMENT.get_template(template).render(**facts)


def _part(text: str) -> str:
    """A part of a path, or a value in a query."""
    return quote(text, safe="")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("api_service.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        ago=units.ago,
        between=units.between,
        clock=units.clock,
        duration=units.duration,
        number=units.number,
        part=_part,
        phrase=phrase,
        size=units.volume,
    )
    environment.globals.update(finished=FINISHED, statuses=tuple(map(str, Status)), version=VERSION)
    return environment


_ENVIRONMENT = _environment()
