"""Files and the front door, as they are answered."""

from api_service.schemas.fields import Answered, instant, integer, mapping, part, path, text

_ID = "01932c5e-7a3b-7c4d-8e5f-0123456789ab"


class FileLinksSchema(Answered):
    """Where to read more."""

    self = path("The file's content.", f"/api/files/{_ID}")


class FileSchema(Answered):
    """A file that was stored."""

    file_id = text("The file.", _ID, data_key="fileId", format="uuid")
    media_type = text(
        "What its content looks like (RFC 6838), whatever its sender said.", "image/jpeg", data_key="mediaType"
    )
    size = integer("Bytes.", 123_456)
    sha256 = text("Of its content, in hexadecimal.", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
    created_at = instant("When it was stored.", data_key="createdAt")
    links = part(FileLinksSchema, "Where to read more.")


class HomeSchema(Answered):
    """Where you are."""

    name = text("Always dmps.", "dmps")
    description = text("What it is.", "A distributed message processing system.")
    attempt = text("A command that submits a job.", "curl http://127.0.0.1:3000/api/jobs -d ...", data_key="try")
    links = mapping("What there is: method and path, each with what it does.", {"GET /api/jobs": "The jobs."})
