"""How the command ends, for scripts, and what it says then. `docs/client.md` lists the statuses."""

from enum import IntEnum

from dmps.errors import (
    Damaged,
    DmpsError,
    Forbidden,
    JobFailed,
    NotFound,
    NotInTime,
    NotUnderstood,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
    Unreachable,
    UploadStopped,
)


class Exit(IntEnum):
    """Statuses."""

    OK = 0
    FAILED = 1  # a job failed or was cancelled; `doctor` found something that does not work
    USAGE = 2  # the command is none, or its JSON or files cannot be read
    NOT_FOUND = 3
    REFUSED = 4
    UNREACHABLE = 5  # nothing answers, or the service cannot do its work now
    NOT_ALLOWED = 6  # no key, or one that may not
    NOT_IN_TIME = 7
    INTERRUPTED = 130  # by Ctrl-C, as shells have it


_EXITS: tuple[tuple[type[DmpsError], Exit], ...] = (
    (JobFailed, Exit.FAILED),
    (NotInTime, Exit.NOT_IN_TIME),
    (NotFound, Exit.NOT_FOUND),
    (Unauthorized, Exit.NOT_ALLOWED),
    (Forbidden, Exit.NOT_ALLOWED),
    (Unavailable, Exit.UNREACHABLE),
    (Unreachable, Exit.UNREACHABLE),
    (NotUnderstood, Exit.UNREACHABLE),
    (UploadStopped, Exit.UNREACHABLE),
    (Damaged, Exit.UNREACHABLE),
)

_ADVICE: tuple[tuple[type[DmpsError], str], ...] = (
    (Unreachable, "Is it running? `make dev` starts one. --url or DMPS_URL says where it is."),
    (NotUnderstood, "Is there another service at that address? --url or DMPS_URL says where ours is."),
    (Unauthorized, "Set DMPS_API_KEY to a key. `dmps keys create`, where the API runs, makes one."),
    (Forbidden, "Ask for a key with that role, and set DMPS_API_KEY to it."),
    (
        NotFound,
        "`dmps ls`, `dmps queues`, `dmps files` and such list what there is; a key sees its own tenant alone.",
    ),
    (RateLimited, "Try again later, or have DMPS_RATE_LIMIT raised."),
    (Unavailable, "Try again; `dmps doctor` says what is wrong."),
)


def exit_of(error: DmpsError) -> Exit:
    """The status for an error."""
    return next((status for kind, status in _EXITS if isinstance(error, kind)), Exit.REFUSED)


def advice(error: DmpsError) -> str:
    """What to do about it; empty where the error itself says so."""
    if isinstance(error, UploadStopped):
        return f"To go on with it: dmps upload FILE --resume {error.upload_id}"
    if isinstance(error, Refused) and error.problem.type == "/problems/upload-not-found":
        return "It is stored, was cancelled, or began more than a day ago. Without --resume, another begins."
    return next((text for kind, text in _ADVICE if isinstance(error, kind)), "")


def details(error: DmpsError) -> dict[str, object]:
    """The error for programs."""
    told: dict[str, object] = {"error": type(error).__name__, "message": str(error), "exitStatus": exit_of(error)}
    if isinstance(error, Refused):
        told["problem"] = error.problem
    if isinstance(error, UploadStopped):
        told["uploadId"] = error.upload_id
    return {**told, "advice": advice(error) or None}
