"""A file as it is answered."""

from typing import Any

from api_service.views import rfc3339
from shared.files import StoredFile

PATH = "/api/files"
ID = {"id": "The file's fileId."}


def present(stored: StoredFile) -> dict[str, Any]:
    """Its facts."""
    path = f"{PATH}/{stored.file_id}"
    return {
        "fileId": stored.file_id,
        "name": stored.name or None,
        "mediaType": stored.media_type,
        "size": stored.bytes,
        "sha256": stored.sha256,
        "createdAt": rfc3339(stored.created_at),
        "jobId": stored.job_id or None,
        "links": {"self": path, "metadata": f"{path}/metadata"},
    }
