"""A file that is sent as a form (multipart/form-data, RFC 7578), read as it comes: nothing of it is gathered."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import BadHttpMessage

from api_service.file_names import sent_name
from api_service.problems import FieldError, Problem
from api_service.validation import invalid

FORM = "multipart/form-data"
_CHUNK = 256 * 1024  # bytes
_AS_IT_IS = frozenset({"", "7bit", "8bit", "binary"})


_ENCODINGS = ("Content-Transfer-Encoding", "Content-Encoding")


class Form:
    """A form of one file. `name`: what its sender calls the file."""

    def __init__(self, reader: MultipartReader, file: BodyPartReader, name: str) -> None:
        self._reader = reader
        self._file = file
        self.name = name

    @classmethod
    async def of(cls, request: web.Request) -> "Form":
        """Read up to its file. Raises a 4xx `Problem` for a form that is none, or has none."""
        with _malformed():
            reader = await request.multipart()
            first = await reader.next()
        name = sent_name(first.headers.get("Content-Disposition")) if isinstance(first, BodyPartReader) else None
        if not isinstance(first, BodyPartReader) or name is None:
            raise _one_file()
        encodings = [first.headers.get(header, "").strip().lower() for header in _ENCODINGS]
        if not _AS_IT_IS.issuperset(encodings):
            raise Problem(415, "Unsupported media type", "Send the file as it is, without an encoding.")
        return cls(reader, first, name)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file. Raises a 4xx `Problem` if there is more in the form, or it does not end as a form does."""
        with _malformed():
            while chunk := await self._file.read_chunk(_CHUNK):
                yield chunk
            if not self._file.at_eof():
                raise ValueError("It breaks off.")
            more = await self._reader.next()
        if more is not None:
            raise _one_file()


def _one_file() -> Problem:
    return invalid([FieldError("", "one_file", "Send a form of one part, which is a file: curl -F file=@FILE.")])


@contextmanager
def _malformed() -> Iterator[None]:
    """What aiohttp raises of forms that are none."""
    try:
        yield
    except (ValueError, AssertionError, RuntimeError, BadHttpMessage) as error:
        raise Problem(400, "Malformed form", "The body is not multipart/form-data as RFC 7578 has it.") from error
