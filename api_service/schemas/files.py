"""Files and the front door, as they are answered."""

from api_service.schemas.fields import Answered, flag, instant, integer, mapping, part, parts, path, text

_ID = "01932c5e-7a3b-7c4d-8e5f-0123456789ab"


class FileLinksSchema(Answered):
    """Where to read more."""

    self = path("The file's content.", f"/api/files/{_ID}")
    metadata = path("What is known of it.", f"/api/files/{_ID}/metadata")


class FileSchema(Answered):
    """A file that was stored."""

    file_id = text("The file.", _ID, data_key="fileId", format="uuid")
    name = text("What its sender called it.", "photo.jpg", allow_none=True)
    media_type = text(
        "What its content looks like (RFC 6838), whatever its sender said.", "image/jpeg", data_key="mediaType"
    )
    size = integer("Bytes.", 123_456)
    sha256 = text("Of its content, in hexadecimal.", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
    created_at = instant("When it was stored.", data_key="createdAt")
    job_id = text("The job that made it.", None, data_key="jobId", format="uuid", allow_none=True)
    links = part(FileLinksSchema, "Where to read more.")


class FilesSchema(Answered):
    """A page of files."""

    files = parts(FileSchema, "Files, the newest first.")
    next_page_token = text(
        "Where the next page begins; null on the last.", None, data_key="nextPageToken", allow_none=True
    )


class UploadLinksSchema(Answered):
    """Where to go on."""

    self = path("The upload.", f"/api/uploads/{_ID}")


class UploadSchema(Answered):
    """An upload that may be broken off and go on."""

    upload_id = text("The upload; once complete, the file.", _ID, data_key="uploadId", format="uuid")
    offset = integer("How many bytes are there.", 500_000)
    length = integer("How many there will be, if that is known.", 1_000_000, allow_none=True)
    complete = flag("Whether it is a file.", example=False)
    expires_at = instant("When it is forgotten, unless it is complete.", data_key="expiresAt")
    links = part(UploadLinksSchema, "Where to go on.")


class LinkSchema(Answered):
    """A link that needs no key."""

    url = path("Where the file is to be had: an absolute path.", "/downloads/AbCd")
    expires_at = instant("Until when.", data_key="expiresAt")


class HomeSchema(Answered):
    """Where you are."""

    name = text("Always dmps.", "dmps")
    description = text("What it is.", "A distributed message processing system.")
    attempt = text("A command that submits a job.", "curl http://127.0.0.1:3000/api/jobs -d ...", data_key="try")
    links = mapping("What there is: method and path, each with what it does.", {"GET /api/jobs": "The jobs."})
