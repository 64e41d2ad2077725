"""What most calls do: ask once, and read the answer."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from dmps.encoding import encode
from dmps.exchange import Again, Ask, Plan, Query

T = TypeVar("T")

JSON: Mapping[str, str] = {"Content-Type": "application/json"}


def path(*parts: str) -> str:
    """A path under `/api`; whatever a part holds stays one part."""
    return "/".join(("/api", *(quote(part, safe="") for part in parts)))


def query(**values: str | int | Iterable[str] | None) -> Query:
    """Parameters; None is left out, an iterable repeated."""
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, str | int):
            pairs.append((name, str(value)))
        elif value is not None:
            pairs += [(name, each) for each in value]
    return pairs


def fetch(kind: type[T], where: str, asked: Query = ()) -> Plan[T]:
    """Read something."""
    answer = yield Ask("GET", where, asked)
    return answer.read(kind)


def act(kind: type[T], where: str, asked: Query = (), again: Again = Again.ALWAYS) -> Plan[T]:
    """Do something by POST. The default is for what may be done twice."""
    answer = yield Ask("POST", where, asked, again=again)
    return answer.read(kind)


def change(kind: type[T], where: str, body: Any) -> Plan[T]:  # noqa: ANN401 - any JSON
    """Change something by PATCH: to do it twice is to do it once."""
    answer = yield ask_with("PATCH", where, body, Again.ALWAYS)
    return answer.read(kind)


def remove(where: str, asked: Query = ()) -> Plan[None]:
    """Remove something. It is not tried again once it may have been done: then it would not be there."""
    yield Ask("DELETE", where, asked, again=Again.IF_REFUSED)


def ask_with(method: str, where: str, body: Any, again: Again) -> Ask:  # noqa: ANN401 - any JSON
    """A request with a body in JSON, or none."""
    return Ask(
        method,
        where,
        headers=JSON if body is not None else {},
        body=None if body is None else encode(body),
        again=again,
    )
