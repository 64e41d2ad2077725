"""Sessions of the dashboard: `KEY_ID.UNTIL.MAC`, signed, so that the cookie is worth less than the key it stands for.

It ends after half a day, with its key, and with the pepper. The MAC is over the key's digest, too.
"""

import hmac
import re

from shared.store.api_keys import ApiKey

LIFETIME = 43_200  # seconds

_SESSION = re.compile(r"[0-9a-f]{16}\.([0-9]{1,16})\.[0-9a-f]{64}")


def new_session(pepper: str, key: ApiKey, now: int) -> str:
    """A session that begins now (ms since the epoch)."""
    return _signed(pepper, key, now + LIFETIME * 1000)


def is_valid(pepper: str, key: ApiKey, session: str, now: int) -> bool:
    """Whether it is one of that key, and not over yet (`now` in ms since the epoch)."""
    found = _SESSION.fullmatch(session)
    if found is None:
        return False
    until = int(found[1])
    return hmac.compare_digest(_signed(pepper, key, until), session) and until > now


def _signed(pepper: str, key: ApiKey, until: int) -> str:
    text = f"session {key.id} {until} {key.digest}"
    return f"{key.id}.{until}.{hmac.digest(pepper.encode(), text.encode(), 'sha256').hex()}"
