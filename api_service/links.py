"""Links to files that need no key: signed, for a time.

A link ends in `MAC EXPIRES TENANT FILE` in base64url: an HMAC-SHA-256 over the rest, ms since the epoch, whose file it
is, which.
"""

import binascii
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from api_service.problems import Problem
from shared.store import Store
from shared.store.secret import secret

PATH = "/downloads"
_MAC, _SECRET = 32, 32  # bytes


@dataclass(frozen=True)
class Links:
    """Makes and reads them. Without a secret of the settings, the store's is used; another one makes all links void."""

    store: Store
    secret: bytes

    async def make(self, tenant: str, file_id: str, expires: int) -> str:
        """An absolute path."""
        body = f"{expires} {tenant} {file_id}".encode()
        token = urlsafe_b64encode(await self._mac(body) + body).decode().rstrip("=")
        return f"{PATH}/{token}"

    async def read(self, token: str) -> tuple[str, str]:
        """Whose file it is, and which. Raises a 403 `Problem` for a link that we did not make, 410 for an old one."""
        try:
            whole = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            whole = b""
        mac, body = whole[:_MAC], whole[_MAC:]
        if not hmac.compare_digest(mac, await self._mac(body)):
            raise Problem(403, "Link not valid", "The link was not made here, or somebody has changed it.")
        expires, tenant, file_id = body.decode().split(" ")
        if int(expires) <= self.store.now():
            raise Problem(410, "Link expired", "The time of the link is over.")
        return tenant, file_id

    async def _mac(self, body: bytes) -> bytes:
        key = self.secret or await secret(self.store.link.redis, secrets.token_bytes(_SECRET))
        return hmac.digest(key, b"link\0" + body, "sha256")
