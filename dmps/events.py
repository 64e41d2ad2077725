"""Server-sent events, taken apart as they come.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_LINE = re.compile(rb"\r\n|\n|\r(?!\Z)")  # a carriage return at the end may be half of a pair


@dataclass
class EventReader:
    """Pieces of a stream in, whole events out, as (name, data); `last_id` is what to come back with."""

    last_id: str = ""
    _rest: bytes = b""
    _name: str = ""
    _data: list[str] = field(default_factory=list)

    def feed(self, piece: bytes) -> Iterator[tuple[str, str]]:
        """The events that this piece completes."""
        *lines, self._rest = _LINE.split(self._rest + piece)
        for line in lines:
            if line:
                self._take(line.decode("utf-8", "replace"))
            elif self._data:
                yield self._name or "message", "\n".join(self._data)
                self._name, self._data = "", []
            else:
                self._name = ""

    def restart(self) -> None:
        """What was begun will not be ended: another stream follows."""
        self._rest, self._name, self._data = b"", "", []

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "id" and "\0" not in value:
            self.last_id = value
