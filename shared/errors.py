"""The errors of the system, each with what went wrong in words for the person who has to act on it.

DmpsError
├── JobNotFound        no such job in this tenant
├── IllegalTransition  the job's status does not allow the verb
├── StoreUnavailable   the store did not answer, or refused to write
│   └── StorageFull    there is no room for another file
├── FileNotFound       no such file
├── FileIsNeeded       a job that has not ended needs the file
├── FileIsGoing        the file is being removed
├── UploadBusy         somebody else is adding to the upload
├── WrongOffset        an upload does not go on where it was broken off
├── KeyNotFound        no such API key
├── WebhookNotFound    no such subscription in this tenant
├── TooManyWebhooks    the tenant has as many as it may
├── FileTooLarge       an upload went over the limit
└── Misconfigured      the process cannot start as it is set up
"""


class DmpsError(Exception):
    """Anything this system raises on purpose."""


class JobNotFound(DmpsError):
    """There is no such job in this tenant (any more)."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"There is no job {job_id!r}.")
        self.job_id = job_id


class IllegalTransition(DmpsError):
    """The table of transitions does not allow this verb in the job's present status."""

    def __init__(self, verb: str, job_id: str, status: str) -> None:
        super().__init__(f"Cannot {verb} job {job_id}: it is {status}.")
        self.verb = verb
        self.job_id = job_id
        self.status = status


class StoreUnavailable(DmpsError):
    """The store did not answer in time, or cannot write at the moment."""


class StorageFull(StoreUnavailable):
    """The place where files are kept has no room left; nothing was kept."""


class FileNotFound(DmpsError):
    """There is no such file."""

    def __init__(self, file_id: str) -> None:
        super().__init__(f"There is no file {file_id!r}.")
        self.file_id = file_id


class FileIsNeeded(DmpsError):
    """A job that has not ended, or a schedule, needs the file: it stays."""

    def __init__(self, file_id: str) -> None:
        super().__init__(f"The file {file_id} is needed by a job that has not ended, or by a schedule.")
        self.file_id = file_id


class FileIsGoing(DmpsError):
    """The file is being removed at this moment: no job can begin to need it."""

    def __init__(self, file_id: str) -> None:
        super().__init__(f"The file {file_id} is being removed.")
        self.file_id = file_id


class UploadBusy(DmpsError):
    """Another request is adding to the upload."""

    def __init__(self) -> None:
        super().__init__("Another request is adding to this upload.")


class WrongOffset(DmpsError):
    """What was sent does not begin where the upload ends."""

    def __init__(self, expected: int) -> None:
        super().__init__(f"The upload has {expected} bytes: go on from there.")
        self.expected = expected


class KeyNotFound(DmpsError):
    """There is no such API key, or it is one no more."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"There is no key {key_id!r}.")
        self.key_id = key_id


class WebhookNotFound(DmpsError):
    """There is no such subscription in this tenant."""

    def __init__(self, webhook_id: str) -> None:
        super().__init__(f"There is no webhook {webhook_id!r}.")
        self.webhook_id = webhook_id


class TooManyWebhooks(DmpsError):
    """The tenant has as many subscriptions as it may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"A tenant may have {limit} webhooks.")
        self.limit = limit


class FileTooLarge(DmpsError):
    """An upload went over the limit; nothing of it was kept."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The file is larger than the limit of {limit} bytes.")
        self.limit = limit


class Misconfigured(DmpsError):
    """The process cannot start as it is set up; the message says what to change."""
