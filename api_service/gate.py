"""The way in, where API keys are in force or a rate is limited: who calls, whether they may, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from api_service.access import ANYBODY, CALLER, Caller, Role
from api_service.authentication import CHALLENGE, Authentication
from api_service.problems import Problem
from api_service.rate_limits import RateLimits
from api_service.tracing import TOLD
from shared.metrics import is_shown


@dataclass(frozen=True)
class Gate:
    """What a request passes before its handler sees it."""

    authentication: Authentication | None
    rates: RateLimits | None
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)  # by a path, what opens that alone

    async def enter(self, request: web.Request, role: Role) -> None:
        """Raises a 401, 403 or 429 `Problem`, and `StoreUnavailable`. Call `leave` in any case."""
        if request.path in self.tokens and self._is_open(request):
            return
        if self.authentication is None:
            caller = ANYBODY
        else:
            caller = request[CALLER] = await self.authentication.caller(request)
            self.authentication.begins(request, caller)
        if self.rates is not None:
            request[TOLD], refusal = await self.rates.count(caller)
            if refusal is not None:
                raise refusal
        if caller.role < role:
            raise forbidden(caller, role)

    def leave(self, request: web.Request) -> None:
        """The request is answered."""
        if self.authentication is not None and CALLER in request:
            self.authentication.ends(request, request[CALLER])

    def _is_open(self, request: web.Request) -> bool:
        """Whether the request shows the path's token. Where there are no keys, nothing else opens it."""
        if is_shown(request.headers.get("Authorization", ""), self.tokens[request.path]):
            return True
        if self.authentication is None:
            detail = "This needs the token that the operator has set: Authorization: Bearer ..."
            raise Problem(401, "API key needed", detail, headers={"WWW-Authenticate": CHALLENGE})
        return False

    async def knows(self, request: web.Request) -> bool:
        """Whether somebody who needs no key has shown one all the same. Raises a 401 `Problem` for a wrong one."""
        if self.authentication is None:
            return True
        if "Authorization" not in request.headers:
            return False
        await self.authentication.caller(request)
        return True


def forbidden(caller: Caller, role: Role) -> Problem:
    """The refusal of a caller whose role is not `role`, and none above it."""
    needed, has = role.name.lower(), caller.role.name.lower()
    challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{needed}"'
    detail = f"This takes a key with the role {needed}; this one has the role {has}."
    return Problem(403, "Role does not suffice", detail, headers={"WWW-Authenticate": challenge})
