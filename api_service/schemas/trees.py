"""Trees of jobs, as they are answered."""

from api_service.schemas.fields import Answered, choice, flag, mapping, parts, text, words
from api_service.schemas.jobs import ID
from shared.job import Status


class NodeSchema(Answered):
    """A job of a tree."""

    id = text("The job.", ID, format="uuid")
    status = choice(Status, "Where it stands; null once it has been removed.", "completed", allow_none=True)
    type = text("Its job type; null once it has been removed.", "calculation", allow_none=True)
    children = words("The jobs that it waits for, or did, in the order of their submission.", [], format="uuid")


class TreeAnswerSchema(Answered):
    """A job and all that it waits for."""

    id = text("The job at the top.", ID, format="uuid")
    counts = mapping("How many jobs of the tree there are, by status.", {"completed": 1})
    is_whole = flag("Whether these are all jobs of the tree.", data_key="isWhole", example=True)
    jobs = parts(NodeSchema, "The jobs, each once, whoever waits for it; level by level from the root.")
