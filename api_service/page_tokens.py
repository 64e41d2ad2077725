"""Page tokens: where a page begins, signed, and good for one tenant's list with one filter alone.

A token is `MAC FILTER PLACE` in base64url: an HMAC-SHA-256 over the tenant and the rest, a hash of the filter, and the
place where the page before ended.
"""

import binascii
import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import json

from api_service.problems import FieldError
from api_service.validation import invalid
from shared.store import Store
from shared.store.secret import secret

_MAC, _FILTER = 16, 8  # bytes
_SECRET = 32  # bytes
_FOREIGN = "Must be the nextPageToken of another page."
_OTHER_FILTER = f"{_FOREIGN} This one belongs to a list with another filter or sort."


@dataclass(frozen=True)
class PageTokens:
    """Makes and reads tokens. Without a secret of the settings, the store's is used."""

    store: Store
    secret: bytes

    async def make(self, tenant: str, filter: Mapping[str, Any], place: str) -> str:
        """The token of the page that begins there."""
        body = _hash(filter) + place.encode()
        return urlsafe_b64encode(await self._mac(tenant, body) + body).decode().rstrip("=")

    async def read(self, tenant: str, filter: Mapping[str, Any], token: str) -> str:
        """Where the page begins. Raises a 422 `Problem` for a token of another list, or none at all."""
        try:
            whole = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            whole = b""
        mac, body = whole[:_MAC], whole[_MAC:]
        if not hmac.compare_digest(mac, await self._mac(tenant, body)):
            raise invalid([FieldError("/pageToken", "invalid", _FOREIGN)])
        if body[:_FILTER] != _hash(filter):
            raise invalid([FieldError("/pageToken", "other_filter", _OTHER_FILTER)])
        return body[_FILTER:].decode()

    async def _mac(self, tenant: str, body: bytes) -> bytes:
        key = self.secret or await secret(self.store.link.redis, secrets.token_bytes(_SECRET))
        return hmac.digest(key, b"page\0" + tenant.encode() + b"\0" + body, "sha256")[:_MAC]


def _hash(filter: Mapping[str, Any]) -> bytes:
    """The same for the same filter, in whichever order it is written."""
    plain = {name: sorted(value) if isinstance(value, list | tuple) else value for name, value in filter.items()}
    return hashlib.blake2b(json.encode(plain, order="sorted"), digest_size=_FILTER).digest()
