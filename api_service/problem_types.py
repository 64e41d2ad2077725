"""Every type of problem that has a page of its own; those about files stand in `file_problem_types`."""

from collections.abc import Mapping
from types import MappingProxyType

from api_service.file_problem_types import FILE_PROBLEM_TYPES
from api_service.problem_type import ProblemType

BAD_REQUEST = ProblemType(
    400,
    "Bad Request",
    "The request is not as HTTP/1.1 has it, its first line or a header is too long, or its body did not arrive whole.",
    "Mend it, and send it again.",
)
NOT_ACCEPTABLE = ProblemType(
    406,
    "Not Acceptable",
    "Accept rules out every media type that this route answers in.",
    "Leave Accept out, or let it name one of them; */* takes any.",
)
API_KEY_NEEDED = ProblemType(
    401,
    "API key needed",
    "API keys are in force here (DMPS_PEPPER is set), and the request shows none.",
    "Send Authorization: Bearer dmps_...; the operator makes keys with python -m api_service keys create.",
)
API_KEY_NOT_VALID = ProblemType(
    401,
    "API key not valid",
    "There is no such key, or it has expired or was revoked.",
    "Look for a slip in copying; else ask the operator for another key.",
)
ROLE_DOES_NOT_SUFFICE = ProblemType(
    403,
    "Role does not suffice",
    "The key is valid, but its role may not do this.",
    "Use a key with the role that the detail names. Roles from least to most: viewer, submitter, operator, admin.",
)
PAGE_OF_ANOTHER_ORIGIN = ProblemType(
    403,
    "Page of another origin",
    "API keys are not in force here, and a web page of another origin sent what would change something.",
    "Name the page's origin in DMPS_CORS_ORIGINS, or put API keys in force: DMPS_PEPPER.",
)
HOST_NOT_SERVED = ProblemType(
    421,
    "Host not served",
    "API keys are not in force, the service listens for this machine alone, and Host is a name that anybody may own.",
    "Call it localhost, NAME.localhost, or by its IP address; for other names, put API keys in force: DMPS_PEPPER.",
)
RATE_LIMIT_EXCEEDED = ProblemType(
    429,
    "Rate limit exceeded",
    "The key has sent more requests than DMPS_RATE_LIMIT allows.",
    "Wait for as many seconds as Retry-After says. RateLimit tells in every answer how many are left.",
)
REQUEST_TIMEOUT = ProblemType(
    408, "Request Timeout", "The body came too slowly, or stopped coming.", "Send it again, in one go."
)
NOT_FOUND = ProblemType(404, "Not Found", "There is nothing at this path.", "GET / lists what there is.")
MALFORMED_JSON = ProblemType(
    400,
    "Malformed JSON",
    "The body is not JSON as RFC 8259 has it, or not UTF-8.",
    "The errors say where it breaks. NaN, comments and trailing commas are no JSON.",
)
DEEP_JSON = ProblemType(
    400,
    "JSON nested too deeply",
    "Arrays and objects nest deeper in the body than 32 levels.",
    "Send a flatter body; upload a large structure as a file instead.",
)
JOB_NOT_FOUND = ProblemType(
    404,
    "Job not found",
    "There is no job of this id: there never was, or it has expired.",
    "Look for it under GET /api/jobs. The option keepFor decides how long a finished job is kept.",
)
JOB_TYPE_NOT_FOUND = ProblemType(
    404,
    "Job type not found",
    "This service knows no job type of this name.",
    "GET /api/job-types lists those it knows. One of a plug-in has to be named in DMPS_PLUGINS.",
)
RESULT_NOT_FOUND = ProblemType(
    404,
    "Result not found",
    "The job has not completed: it has yet to end, or it failed or was cancelled.",
    "Read the job: its status says whether a result is to come, its error why there is none.",
)
RESULT_EXPIRED = ProblemType(
    410,
    "Result expired",
    "The job completed, but its time is over, or the file of its result was removed.",
    "Submit it again. The option keepFor decides how long a finished job and its result are kept.",
)
QUEUE_NOT_FOUND = ProblemType(
    404,
    "Queue not found",
    "No job waits or is kept there, no limit is set, and no worker serves it; or no queue can be called so.",
    "GET /api/queues lists the queues. A queue begins with its first job, limit or worker.",
)
WORKER_NOT_FOUND = ProblemType(
    404,
    "Worker not found",
    "No worker of this id was heard in the last ten seconds.",
    "GET /api/workers lists those that live.",
)
SCHEDULE_NOT_FOUND = ProblemType(
    404,
    "Schedule not found",
    "There is no schedule of this id: there never was, or it was removed.",
    "GET /api/schedules lists those there are.",
)
BULK_NOT_FOUND = ProblemType(
    404,
    "Bulk action not found",
    "There is no bulk action of this id: there never was, or it ended more than a day ago.",
    "POST /api/bulk answers the id of a new one.",
)
WEBHOOK_NOT_FOUND = ProblemType(
    404,
    "Webhook not found",
    "There is no webhook of this id: there never was, or it was removed.",
    "GET /api/webhooks lists those of the tenant.",
)
DELIVERY_NOT_FOUND = ProblemType(
    404,
    "Delivery not found",
    "The webhook has no delivery of this id (any more).",
    "GET /api/webhooks/{id}/deliveries lists those that are kept: three days, failed ones fourteen.",
)
TOO_MANY_WEBHOOKS = ProblemType(
    409,
    "Too many webhooks",
    "The tenant has as many webhooks as it may.",
    "Remove one, or have one tell of more: it may have many events, types and queues.",
)
STATUS_FORBIDS = ProblemType(
    409,
    "Status does not allow this",
    "The job's status does not allow what was asked, such as to cancel one that has ended.",
    "Read the job: its status says where it stands, its links what can be done with it.",
)
JOB_IS_WAITED_FOR = ProblemType(
    409,
    "Job is waited for",
    "A job that has not ended waits for this one, or for more than this one, and will ask for its result.",
    "Remove the job that waits once it has ended, and all that it waited for with it: ?subtree=true.",
)
SUBTREE_TOO_LARGE = ProblemType(
    409,
    "Subtree too large",
    "The job waits, by way of others, for more jobs than one request can deal with.",
    "Begin with the jobs that it waits for: GET /api/jobs/{id}/tree names them.",
)
IDEMPOTENCY_KEY_MALFORMED = ProblemType(
    400,
    "Malformed Idempotency-Key",
    "The header Idempotency-Key is not one string of 1 to 255 ASCII characters.",
    'Send Idempotency-Key: "8e03978e-40d5-43e8-bc93-6894a57f9324", once, with a value of your own.',
)
IDEMPOTENCY_KEY_NOT_HEEDED = ProblemType(
    400,
    "Idempotency-Key not heeded",
    "This path does not heed an Idempotency-Key: what is sent again here is done again.",
    "Leave the header out; before you send it again, see what has become of it.",
)
REQUEST_IN_FLIGHT = ProblemType(
    409,
    "Request in flight",
    "The first request with this Idempotency-Key has not been answered yet.",
    "Send it again, with the same key, after as many seconds as Retry-After says.",
)
IDEMPOTENCY_KEY_REUSED = ProblemType(
    422,
    "Idempotency-Key reused",
    "This Idempotency-Key came with another request in the last 24 hours.",
    "Make a new key for each request, and keep it for when you send the same request again.",
)
JOB_HAS_CHANGED = ProblemType(
    412,
    "Job has changed",
    "The job is not any more as the ETag in If-Match says: somebody has changed it, or it has gone on.",
    "Read it again, decide again, and send its new ETag.",
)
SCHEDULE_HAS_CHANGED = ProblemType(
    412,
    "Schedule has changed",
    "The schedule is not any more as the ETag in If-Match says: somebody has changed it.",
    "Read it again, decide again, and send its new ETag.",
)
BODY_TOO_LARGE = ProblemType(
    413,
    "Body too large",
    "The body takes more bytes than one may: 1 MiB, or 16 MiB for a batch, unless DMPS_MAX_BODY says otherwise.",
    "Split the batch, or upload what is large as a file and name it in the payload.",
)
UNSUPPORTED_MEDIA_TYPE = ProblemType(
    415,
    "Unsupported media type",
    "The body is not sent as the type that this route takes, or it is encoded.",
    "Send Content-Type: application/json (in UTF-8) and no Content-Encoding. A file may be of any type.",
)
VALIDATION_FAILED = ProblemType(
    422,
    "Validation failed",
    "The request is well formed, but something in it is not what it should be.",
    "The errors name each place, by JSON Pointer (RFC 6901); a parameter of the query as /NAME.",
)
TOO_MANY_CONNECTIONS = ProblemType(
    503,
    "Too many connections",
    "As many connections are open as there is room for: DMPS_MAX_CONNECTIONS, or what the system allows.",
    "Try again after as many seconds as Retry-After says; use a connection for more than one request.",
)
SERVICE_STOPPING = ProblemType(
    503,
    "Service stopping",
    "This process has been told to stop, and asks to be sent nothing more (DMPS_LINGER). Only /health/ready says so.",
    "Ask another process: a proxy does by itself.",
)
STORE_UNAVAILABLE = ProblemType(
    503,
    "Store unavailable",
    "The store does not answer, or cannot write at the moment.",
    "Send the same request again after as many seconds as Retry-After says.",
)

PROBLEM_TYPES: Mapping[str, ProblemType] = MappingProxyType(
    {
        known.name: known
        for known in (
            *FILE_PROBLEM_TYPES,
            MALFORMED_JSON,
            DEEP_JSON,
            JOB_NOT_FOUND,
            JOB_TYPE_NOT_FOUND,
            RESULT_NOT_FOUND,
            RESULT_EXPIRED,
            QUEUE_NOT_FOUND,
            WORKER_NOT_FOUND,
            API_KEY_NEEDED,
            API_KEY_NOT_VALID,
            ROLE_DOES_NOT_SUFFICE,
            PAGE_OF_ANOTHER_ORIGIN,
            HOST_NOT_SERVED,
            RATE_LIMIT_EXCEEDED,
            BULK_NOT_FOUND,
            SCHEDULE_NOT_FOUND,
            WEBHOOK_NOT_FOUND,
            DELIVERY_NOT_FOUND,
            TOO_MANY_WEBHOOKS,
            STATUS_FORBIDS,
            JOB_IS_WAITED_FOR,
            SUBTREE_TOO_LARGE,
            JOB_HAS_CHANGED,
            SCHEDULE_HAS_CHANGED,
            IDEMPOTENCY_KEY_MALFORMED,
            IDEMPOTENCY_KEY_NOT_HEEDED,
            REQUEST_IN_FLIGHT,
            IDEMPOTENCY_KEY_REUSED,
            BODY_TOO_LARGE,
            UNSUPPORTED_MEDIA_TYPE,
            VALIDATION_FAILED,
            TOO_MANY_CONNECTIONS,
            SERVICE_STOPPING,
            STORE_UNAVAILABLE,
        )
    }
)
