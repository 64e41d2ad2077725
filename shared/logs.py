"""Logs: one event a line on standard error, for people or as JSON. Ours and the libraries' look the same.

Nothing here or elsewhere logs a payload, a result or metadata, nor the message of a processor's error, which may quote
them. Texts of others may still come in, in a path; control characters in them are escaped, so that no text can make
itself look like a line of the log.

A line that is logged on behalf of a request, or of a job, by whatever code, names it: `request_id`, `job`, `trace_id`.
"""

import logging
import re
import sys
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from shared.job import Job

# C0 and C1 controls, line and paragraph separators, and what turns the direction of writing round.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL_IN_LINES = re.compile(_CONTROL.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))

# The job on whose behalf code runs, or its marks. Setting this costs far less than structlog's own variables would.
IN_HAND: ContextVar[Job | Mapping[str, str] | None] = ContextVar("IN_HAND", default=None)


def marks(job: Job) -> dict[str, str]:
    """By what a line of the log names a job: also the request that submitted it, and its trace, if it has them."""
    found = {"job": job.id, "type": job.type}
    if job.request_id:
        found["request_id"] = job.request_id
    if job.traceparent:
        found["trace_id"] = trace_id(job.traceparent)
    return found


def trace_id(traceparent: str) -> str:
    """That of a traceparent (https://www.w3.org/TR/trace-context/#traceparent-header)."""
    return traceparent.split("-")[1]


def configure(log_format: str, log_level: str = "info") -> None:
    """Set logging up for this process: `console` for people, `json` for machines; our own from that level on."""
    shared_steps: list[Processor] = [
        structlog.contextvars.merge_contextvars,  # the ids of the request, if there is one
        _mark,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _escape,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared_steps,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processors=_last(log_format), foreign_pre_chain=shared_steps)
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for ours in ("api_service", "shared", "worker_service"):
        logging.getLogger(ours).setLevel(log_level.upper())
    logging.captureWarnings(capture=True)


def _last(log_format: str) -> Sequence[Processor]:
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if log_format == "json":
        return [remove_meta, structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer()]
    colors = sys.stderr.isatty()
    return [remove_meta, structlog.dev.ConsoleRenderer(colors=colors)]


def _mark(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    in_hand = IN_HAND.get()
    if in_hand is None:
        return event
    return {**(marks(in_hand) if isinstance(in_hand, Job) else in_hand), **event}


def _escape(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {key: _escaped(value, key) for key, value in event.items()}


def _escaped(value: Any, key: str) -> Any:  # noqa: ANN401 - whatever is logged
    if not isinstance(value, str):
        return value
    pattern = _CONTROL_IN_LINES if key == "exception" else _CONTROL
    return pattern.sub(lambda found: found.group().encode("unicode_escape").decode(), value)
