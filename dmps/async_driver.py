"""Runs plans on asyncio's event loop: a call is awaited."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, closing
from typing import Self, TypeVar

import httpx2

from dmps.bodies import Reader
from dmps.connecting import OK, connection, headers, link_errors, timeouts, without_password
from dmps.errors import Unreachable
from dmps.exchange import Answer, Ask, Flow, Item, Part, Plan, Read, Scan, Step
from dmps.patience import Patience, Run

T = TypeVar("T")
V = TypeVar("V")


class AsyncDriver:
    """A pool of connections. It belongs to one event loop."""

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        patience: Patience | None = None,
        numbers: type = float,
    ) -> None:
        self._connection = connection(url, api_key, patience, numbers)
        self._http = httpx2.AsyncClient(base_url=self._connection.url, headers=self._connection.headers)

    @property
    def url(self) -> str:
        """Where the API is."""
        return self._connection.url

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def perform(self, plan: Plan[T]) -> T:
        """What a plan comes to."""
        run: Run[object, T] = Run(plan, self._connection.patience)
        with closing(run):
            async with aclosing(_Stream()) as stream:
                step = run.begin()
                while step is not None:
                    step = run.go_on(None if isinstance(step, Item) else await self._take(step, stream))
                return run.result

    async def iterate(self, flow: Flow[V]) -> AsyncGenerator[V, None]:
        """What a flow has for its caller, as it comes."""
        run: Run[V, None] = Run(flow, self._connection.patience)
        with closing(run):
            async with aclosing(_Stream()) as stream:
                step = run.begin()
                while step is not None:
                    if isinstance(step, Item):
                        yield step.value
                    step = run.go_on(None if isinstance(step, Item) else await self._take(step, stream))

    async def _take(self, step: Step, stream: "_Stream") -> Answer | Unreachable:
        if isinstance(step, Scan):
            async for _ in _pieces(step.part):
                pass
            return Answer(OK)
        try:
            with link_errors(self.url):
                if isinstance(step, Read):
                    return Answer(OK, body=await stream.read())
                return await self._ask(step, stream)
        except Unreachable as error:
            return error

    async def _ask(self, ask: Ask, stream: "_Stream") -> Answer:
        await asyncio.sleep(ask.after)
        body = _pieces(ask.body) if isinstance(ask.body, Part) else ask.body
        request = self._http.build_request(
            ask.method, ask.path, params=list(ask.query), headers=headers(ask), content=body, timeout=timeouts(ask)
        )
        response = await self._http.send(request, stream=True)
        found = {name.lower(): value for name, value in response.headers.items()}
        if ask.stream and response.status_code == OK:
            await stream.open(response)
            return Answer(response.status_code, found)
        async with aclosing(response):
            numbers, base = self._connection.numbers, without_password(self.url)
            return Answer(response.status_code, found, await response.aread(), numbers, base)


class _Stream:
    """The body that is read piece by piece, if there is one."""

    def __init__(self) -> None:
        self._response: httpx2.Response | None = None
        self._pieces: AsyncIterator[bytes] | None = None

    async def open(self, response: httpx2.Response) -> None:
        """It takes the place of the one before."""
        await self.aclose()
        self._response, self._pieces = response, response.aiter_bytes()

    async def read(self) -> bytes:
        """The next piece; empty at the end."""
        while self._pieces is not None and (piece := await anext(self._pieces, None)) is not None:
            if piece:
                return piece
        return b""

    async def aclose(self) -> None:
        """There is no more to be read."""
        if self._response is not None:
            await self._response.aclose()


async def _pieces(part: Part) -> AsyncIterator[bytes]:
    """Read beside the event loop."""
    with closing(Reader(part)) as reader:
        place = reader.place
        while piece := await asyncio.to_thread(reader.read):
            yield piece
            part.heard(place, piece)
            place = reader.place
