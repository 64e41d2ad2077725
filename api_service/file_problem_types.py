"""The types of problems that are about files and uploads."""

from api_service.problem_type import ProblemType

FILE_NOT_FOUND = ProblemType(
    404, "File not found", "There is no file of this id.", "Upload it with POST /api/files, and keep its fileId."
)
FILE_IS_NEEDED = ProblemType(
    409,
    "File is needed",
    "A job that has not ended needs the file, or one whose output it is, or a schedule names it.",
    "Wait for the job, or cancel it; then remove the file.",
)
LINK_NOT_VALID = ProblemType(
    403,
    "Link not valid",
    "The link was not made here, or somebody has changed it.",
    "Ask for another: POST /api/files/{id}/links.",
)
LINK_EXPIRED = ProblemType(
    410, "Link expired", "The time of the link is over.", "Ask for another: POST /api/files/{id}/links."
)
PRECONDITION_FAILED = ProblemType(
    412,
    "Precondition Failed",
    "If-Match names another content than the file has.",
    "Leave If-Match out, or name the file's ETag.",
)
RANGE_NOT_SATISFIABLE = ProblemType(
    416,
    "Range beyond the end",
    "The file ends before the range begins.",
    "Ask for another range; Content-Range tells how long the file is.",
)
DIGEST_MISMATCH = ProblemType(
    422,
    "Digest does not match",
    "The content that arrived is not the one that Content-Digest or Repr-Digest announced. Nothing of it was kept.",
    "Send it again; if that is of no use, see how the digest is made.",
)
MALFORMED_FORM = ProblemType(
    400,
    "Malformed form",
    "The body is not multipart/form-data as RFC 7578 has it.",
    "curl -F file=@FILE sends a right one; the file alone, as it is, will do as well.",
)
UPLOAD_NOT_FOUND = ProblemType(
    404,
    "Upload not found",
    "There is no upload of this id: there never was, it was ended, or it began more than a day ago.",
    "Begin again with POST /api/files.",
)
UPLOAD_OFFSET_DIFFERS = ProblemType(
    409,
    "Upload offset does not match",
    "What was sent does not begin where the upload ends.",
    "Go on from where Upload-Offset says.",
)
UPLOAD_BUSY = ProblemType(
    409,
    "Upload is busy",
    "Another request, of another process of the API, is adding to the upload, or making a file of it.",
    "Ask after a second, with HEAD, how far the upload is, and go on from there.",
)
UPLOAD_IS_COMPLETE = ProblemType(
    400, "Upload is complete", "The upload is a file by now.", "Use it: its fileId is the id of the upload."
)
UPLOAD_LENGTH_DIFFERS = ProblemType(
    400,
    "Upload length differs",
    "The upload would become longer, or end shorter, than its Upload-Length says.",
    "Send as many bytes as you announced; else end the upload, and begin another.",
)
STORAGE_FULL = ProblemType(
    507, "Insufficient Storage", "There is no room left where files are kept.", "Tell the operator."
)
FILE_TOO_LARGE = ProblemType(
    413,
    "File too large",
    "The file takes more bytes than DMPS_MAX_UPLOAD allows. Nothing of it was kept.",
    "Send a smaller file, or have the operator raise the limit.",
)

FILE_PROBLEM_TYPES = (
    FILE_NOT_FOUND,
    FILE_IS_NEEDED,
    LINK_NOT_VALID,
    LINK_EXPIRED,
    RANGE_NOT_SATISFIABLE,
    DIGEST_MISMATCH,
    MALFORMED_FORM,
    UPLOAD_NOT_FOUND,
    UPLOAD_OFFSET_DIFFERS,
    UPLOAD_BUSY,
    UPLOAD_IS_COMPLETE,
    UPLOAD_LENGTH_DIFFERS,
    FILE_TOO_LARGE,
)  # that have a page
