"""Runs plans the plain way: a call returns when it is done."""

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Self, TypeVar

import httpx2

from dmps.bodies import Reader
from dmps.connecting import OK, connection, headers, link_errors, timeouts, without_password
from dmps.errors import Unreachable
from dmps.exchange import Answer, Ask, Flow, Item, Part, Plan, Scan, Step
from dmps.patience import Patience, Run

T = TypeVar("T")
V = TypeVar("V")


class Driver:
    """A pool of connections. It is made when it is first used, and may be used by several threads."""

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        patience: Patience | None = None,
        numbers: type = float,
    ) -> None:
        self._connection = connection(url, api_key, patience, numbers)
        self._http = httpx2.Client(base_url=self._connection.url, headers=self._connection.headers)

    @property
    def url(self) -> str:
        """Where the API is."""
        return self._connection.url

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def perform(self, plan: Plan[T]) -> T:
        """What a plan comes to."""
        run: Run[object, T] = Run(plan, self._connection.patience)
        with closing(run), closing(_Stream()) as stream:
            step = run.begin()
            while step is not None:
                step = run.go_on(None if isinstance(step, Item) else self._take(step, stream))
            return run.result

    def iterate(self, flow: Flow[V]) -> Generator[V, None, None]:
        """What a flow has for its caller, as it comes."""
        run: Run[V, None] = Run(flow, self._connection.patience)
        with closing(run), closing(_Stream()) as stream:
            step = run.begin()
            while step is not None:
                if isinstance(step, Item):
                    yield step.value
                step = run.go_on(None if isinstance(step, Item) else self._take(step, stream))

    def _take(self, step: Step, stream: "_Stream") -> Answer | Unreachable:
        if isinstance(step, Scan):
            for _ in _pieces(step.part):
                pass
            return Answer(OK)
        try:
            with link_errors(self.url):
                return self._ask(step, stream) if isinstance(step, Ask) else Answer(OK, body=stream.read())
        except Unreachable as error:
            return error

    def _ask(self, ask: Ask, stream: "_Stream") -> Answer:
        time.sleep(ask.after)
        body = _pieces(ask.body) if isinstance(ask.body, Part) else ask.body
        request = self._http.build_request(
            ask.method, ask.path, params=list(ask.query), headers=headers(ask), content=body, timeout=timeouts(ask)
        )
        response = self._http.send(request, stream=True)
        found = {name.lower(): value for name, value in response.headers.items()}
        if ask.stream and response.status_code == OK:
            stream.open(response)
            return Answer(response.status_code, found)
        with closing(response):
            numbers, base = self._connection.numbers, without_password(self.url)
            return Answer(response.status_code, found, response.read(), numbers, base)


class _Stream:
    """The body that is read piece by piece, if there is one."""

    def __init__(self) -> None:
        self._response: httpx2.Response | None = None
        self._pieces: Iterator[bytes] = iter(())

    def open(self, response: httpx2.Response) -> None:
        """It takes the place of the one before."""
        self.close()
        self._response, self._pieces = response, response.iter_bytes()

    def read(self) -> bytes:
        """The next piece; empty at the end."""
        return next(filter(None, self._pieces), b"")

    def close(self) -> None:
        """There is no more to be read."""
        if self._response is not None:
            self._response.close()


def _pieces(part: Part) -> Iterator[bytes]:
    with closing(Reader(part)) as reader:
        place = reader.place
        while piece := reader.read():
            yield piece
            part.heard(place, piece)
            place = reader.place
