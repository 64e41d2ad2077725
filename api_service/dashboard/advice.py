"""What somebody can do who sees a page in place of the one that was asked for. Pure."""

from http import HTTPStatus

from api_service.problem_type import type_uri
from api_service.problem_types import PROBLEM_TYPES
from api_service.problems import Problem

_MEND = "Go back, mend what is named here, and send it again."
_OF_A_PAGE = {  # by title: where what a program would do is not what one does in a browser
    "Validation failed": _MEND,
    "Malformed JSON": _MEND,
    "Forbidden": (
        "Open the page by its own address, and press the button there. If you did so, a proxy in front of this service"
        " changes `Host` on the way: whoever runs it can have it pass `Host` on as it comes."
    ),
    "Role does not suffice": "Sign out, and in again with another key, if you have one.",
    "API key needed": "Sign in, then do it again.",
    "API key not valid": "Your session is over, or its key was revoked. Sign in again.",
    "Rate limit exceeded": "Too much was asked for with this key. Wait a little, then read the page again.",
    "Status does not allow this": "It has changed since you saw it. Go back: the page shows how it stands now.",
    "Not Found": "Look for a slip in the address, or begin with the overview.",
    "Method Not Allowed": "This address takes what a button sends, and shows nothing itself.",
    "Internal Server Error": "Try again. If it stays so, tell whoever runs this service; the log knows this number.",
}
_GONE = "It may have expired, or somebody has deleted it. Finished jobs are kept for a while."
_AWAY = "This page tries again by itself. Jobs that were accepted are kept; workers go on once the store is back."
_UNSURE = "Look whether it was done before you do it again: the store may have heard it, and not have answered."


def advice(problem: Problem, *, was_sent: bool) -> str:
    """What to do about it; what stands between backticks is code. `was_sent`: something was to be done."""
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return _UNSURE if was_sent else _AWAY
    if problem.title in _OF_A_PAGE:
        return _OF_A_PAGE[problem.title]
    if problem.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return _GONE
    known = PROBLEM_TYPES.get(type_uri(problem.status, problem.title).rpartition("/")[2])
    return known.remedy if known else _MEND
