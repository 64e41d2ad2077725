"""What a caller would like, if it can be had: the `Prefer` header (RFC 7240). What is not understood is ignored."""

import asyncio
import re
from dataclasses import dataclass

from aiohttp import web

from api_service.access import REVOKED, tenant
from api_service.keys import GATE, LIVE, SETTINGS, STORE
from shared.job import FINISHED
from shared.store import JobView

APPLIED = "Preference-Applied"

# Elements of a list, at commas outside of quotes; of each its name and its value, which may have stood in quotes.
_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*+"?)++')
_PREFERENCE = re.compile(
    r"""\s*([\w!#$%&'*+.^`|~-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";]*))\s*)?(?:;.*)?""", re.ASCII
)
_SECONDS = re.compile(r"[0-9]{1,100}")


@dataclass(frozen=True)
class Preferences:
    """How many seconds to wait for a job's end, and whether a short answer will do."""

    wait: float = 0.0
    is_minimal: bool = False

    @property
    def applied(self) -> dict[str, str]:
        """The `Preference-Applied` header, where there is anything to say."""
        said = [f"wait={self.wait:.0f}"] if self.wait else []
        said += ["return=minimal"] if self.is_minimal else []
        return {APPLIED: ", ".join(said)} if said else {}


NONE = Preferences()
A_LOOK = 0.5  # seconds


def preferences(request: web.Request) -> Preferences:
    """Those of a request; a wait is no longer than the settings allow."""
    written = request.headers.getall("Prefer", ())
    if not written:
        return NONE
    asked: dict[str, str] = {}
    for found in map(_PREFERENCE.fullmatch, _ELEMENT.findall(",".join(written))):
        if found is not None:
            asked.setdefault(found[1].lower(), found[2] or found[3] or "")  # of several, the first counts
    wait = asked.get("wait", "")
    seconds = int(wait) if _SECONDS.fullmatch(wait) else 0
    longest = request.app[SETTINGS].max_wait
    return Preferences(float(min(seconds, longest)), asked.get("return", "").lower() == "minimal")


async def wait_for_end(request: web.Request, found: JobView, seconds: float) -> JobView:
    """The job once it has ended, or as it stands after so many seconds. Raises `JobNotFound` if it goes meanwhile."""
    app, loop = request.app, asyncio.get_running_loop()
    deadline = loop.time() + seconds
    longest = A_LOOK if GATE in app else seconds  # a key may be revoked meanwhile
    while found.job.status not in FINISHED and (left := deadline - loop.time()) > 0 and not app[LIVE].is_closed:
        if REVOKED in request:
            break
        await app[LIVE].ended(tenant(request), found.job.id, min(left, longest), found.job.rev)
        found = await app[STORE].view(tenant(request), found.job.id)
    return found
