"""The settings of webhooks, a family of its own."""

from typing import Any

from environs import Env
from marshmallow import ValidationError

from shared.address_gate import AddressGate, networks
from shared.signing import key_of

MOST_SECRETS = 2


def webhook_settings(env: Env) -> dict[str, Any]:
    """Read them. What is wrong is reported when `env` is sealed."""
    allowed: list[str] | None = env.list("DMPS_WEBHOOK_ALLOW", [], validate=_networks)
    secrets: list[str] | None = env.list("DMPS_WEBHOOK_SECRET", [], validate=_secrets)
    return {
        "webhook_gate": AddressGate(networks(allowed or ())),
        "webhook_secrets": tuple(map(str.strip, secrets or ())),
    }


def _networks(texts: list[str]) -> None:
    try:
        networks(texts)
    except ValueError as error:
        raise ValidationError(
            f"Must be networks, separated by commas, such as 10.0.0.0/8,fd00::/8: {error}."
        ) from error


def _secrets(texts: list[str]) -> None:
    if len(texts) > MOST_SECRETS:
        raise ValidationError(f"Must be one secret, or {MOST_SECRETS} while they are rotated, the new one first.")
    for text in texts:
        try:
            key_of(text.strip())
        except ValueError as error:
            raise ValidationError(str(error)) from error
