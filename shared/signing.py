"""Signatures of webhooks, as Standard Webhooks 1.0 has them (symmetric, `v1`).

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence

PREFIX = "whsec_"
LEAST, MOST, USUAL = 24, 64, 32  # bytes of a key


def new_secret(random: bytes) -> str:
    """A secret as people copy it, of 24 to 64 random bytes."""
    return PREFIX + b64encode(random).decode()


def key_of(secret: str) -> bytes:
    """The key of a secret. Raises `ValueError` for what is none; the message does not repeat it."""
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else b""
    except (binascii.Error, ValueError):
        key = b""
    if not LEAST <= len(key) <= MOST:
        raise ValueError(f"Must be {PREFIX} and {LEAST} to {MOST} bytes in base64; openssl rand -base64 32 makes them.")
    return key


def signatures(secrets: Sequence[str], id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature by each secret. `timestamp`: seconds since the epoch."""
    message = b".".join((id.encode(), str(timestamp).encode(), body))
    return " ".join(
        f"v1,{b64encode(hmac.digest(key_of(secret), message, hashlib.sha256)).decode()}" for secret in secrets
    )
