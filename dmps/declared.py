"""How a call, written once as a plan, becomes a method of both clients, with its parameters typed."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, Generic, ParamSpec, TypeVar, overload

from dmps.async_driver import AsyncDriver
from dmps.driver import Driver
from dmps.exchange import Flow, Plan

P = ParamSpec("P")
T = TypeVar("T")


class Call(Generic[P, T]):
    """A plan as a method: `Client` answers what it comes to, `AsyncClient` has it awaited."""

    def __init__(self, plan: Callable[P, Plan[T]]) -> None:
        self._plan = plan
        self.__doc__ = plan.__doc__

    @overload
    def __get__(self, client: None, owner: type[object]) -> Callable[P, Plan[T]]: ...
    @overload
    def __get__(self, client: Driver, owner: type[object]) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: AsyncDriver, owner: type[object]) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(
        self, client: Driver | AsyncDriver | None, owner: type[object]
    ) -> Callable[P, T] | Callable[P, Coroutine[Any, Any, T]] | Callable[P, Plan[T]]:
        """Of the class, the plan itself: `help(Client.submit)` shows its parameters."""
        if client is None:
            return self._plan
        perform: Callable[[Plan[T]], T | Coroutine[Any, Any, T]] = client.perform

        def call(*args: P.args, **kwargs: P.kwargs) -> T | Coroutine[Any, Any, T]:
            return perform(self._plan(*args, **kwargs))

        return call  # type: ignore[return-value]  # the driver's kind says which of the two


class Iteration(Generic[P, T]):
    """A flow as a method: an iterator of `Client`, an asynchronous one of `AsyncClient`."""

    def __init__(self, flow: Callable[P, Flow[T]]) -> None:
        self._flow = flow
        self.__doc__ = flow.__doc__

    @overload
    def __get__(self, client: None, owner: type[object]) -> Callable[P, Flow[T]]: ...
    @overload
    def __get__(self, client: Driver, owner: type[object]) -> Callable[P, Generator[T, None, None]]: ...
    @overload
    def __get__(self, client: AsyncDriver, owner: type[object]) -> Callable[P, AsyncGenerator[T, None]]: ...
    def __get__(
        self, client: Driver | AsyncDriver | None, owner: type[object]
    ) -> Callable[P, Generator[T, None, None]] | Callable[P, AsyncGenerator[T, None]] | Callable[P, Flow[T]]:
        """Of the class, the flow itself."""
        if client is None:
            return self._flow
        iterate: Callable[[Flow[T]], Generator[T, None, None] | AsyncGenerator[T, None]] = client.iterate

        def call(*args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None] | AsyncGenerator[T, None]:
            return iterate(self._flow(*args, **kwargs))

        return call  # type: ignore[return-value]  # the driver's kind says which of the two
