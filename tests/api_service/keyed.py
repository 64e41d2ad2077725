"""An API with keys in force, and keys for it."""

import dataclasses
from typing import Any

from api_service.access import Role
from api_service.authentication import new_key
from shared.settings import Settings
from shared.store import Store, api_keys

PEPPER = "0123456789abcdef0123456789abcdef"


def with_keys(settings: Settings, **others: Any) -> Settings:
    """The same, with keys in force."""
    return dataclasses.replace(settings, pepper=PEPPER, **others)


async def make_key(
    store: Store, tenant: str = "acme", role: Role = Role.VIEWER, *, lifetime: float | None = None
) -> str:
    """A key as its holder shows it."""
    token, key = new_key(PEPPER, store.now(), tenant, role, lifetime=lifetime)
    await api_keys.add(store.link, key)
    return token


def shown(token: str) -> dict[str, str]:
    """The headers that show a key."""
    return {"Authorization": f"Bearer {token}"}


def id_of(token: str) -> str:
    """The id of a key."""
    return token.split("_")[1]
