"""The body of an upload: a file as it is, or a form of one, and what its headers say of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import StreamReader, web

from api_service import digests
from api_service.file_names import sent_name
from api_service.forms import FORM, Form
from api_service.problems import FieldError, Problem
from api_service.validation import invalid
from shared.files.intake import Intake

_CHUNK = 256 * 1024  # bytes


@dataclass(frozen=True)
class FileBody:
    """What arrives, what it is called, and the SHA-256 that its headers announce."""

    chunks: AsyncIterator[bytes]
    name: str = ""
    announced: tuple[tuple[str, str | None], ...] = ()

    def check(self, intake: Intake) -> None:
        """Raise a 422 `Problem` unless that has arrived which was announced."""
        for header, sha256 in self.announced:
            digests.check(header, sha256, intake.sha256.hexdigest())


async def file_body(request: web.Request) -> FileBody:
    """Raises a 4xx `Problem` for a body that is no file."""
    announced = tuple((header, digests.asked(request, header)) for header in digests.BOTH)
    if request.content_type == FORM:
        for header, sha256 in announced:
            if sha256 is not None:
                raise invalid(
                    [FieldError(f"/{header}", "of_a_form", "A form has no digest here: send the file alone.")]
                )
        form = await Form.of(request)
        return FileBody(form.chunks(), form.name)
    check_no_form(request)
    name = sent_name(request.headers.get("Content-Disposition")) or ""
    return FileBody(chunks(request.content), name, announced)


def check_no_form(request: web.Request) -> None:
    """Other forms would be kept as they are, their boundaries and all: nobody means that."""
    if request.content_type.startswith("multipart/") or request.content_type == "application/x-www-form-urlencoded":
        detail = (
            f"Send the file itself (curl --data-binary @FILE -H 'Content-Type: application/octet-stream'), or {FORM}."
        )
        raise Problem(415, "Unsupported media type", detail)


async def chunks(content: StreamReader) -> AsyncIterator[bytes]:
    """What arrives, as it comes."""
    async for chunk in content.iter_chunked(_CHUNK):
        yield chunk
