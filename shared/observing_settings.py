"""The settings of metrics and traces, a family of its own."""

from typing import Any

from environs import Env, validate
from marshmallow import ValidationError

LEAST_TOKEN = 16  # characters


def observing_settings(env: Env) -> dict[str, Any]:
    """Read them. What is wrong is reported when `env` is sealed."""
    token: str | None = env.str("DMPS_METRICS_TOKEN", "", validate=_token)
    endpoint = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "") or env.str("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "")
    return {
        "metrics_port": env.int("DMPS_METRICS_PORT", 0, validate=validate.Range(min=0, max=65_535)),
        "metrics_host": env.str("DMPS_METRICS_HOST", "127.0.0.1"),
        "metrics_token": (token or "").strip(),
        "traces": bool(endpoint) and not env.bool("OTEL_SDK_DISABLED", False),
    }


def _token(token: str) -> None:
    if token and len(token.strip()) < LEAST_TOKEN:
        raise ValidationError(f"Must have at least {LEAST_TOKEN} characters; openssl rand -hex 32 makes a good one.")
