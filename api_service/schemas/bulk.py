"""Bulk actions, as they are answered."""

from api_service.schemas.fields import Answered, choice, flag, instant, integer, mapping, part, path, text
from shared.store.bulks import Action, BulkStatus

ID = "01a20bd9-6453-76ed-b412-7526b44b1ca6"
FILTER = {"status": ["failed"], "type": ["calculation"]}


class BulkCountSchema(Answered):
    """What a bulk action would be about."""

    action = choice(Action, "What would be done.", "retry")
    filter = mapping("Which jobs.", FILTER)
    matched = integer("How many jobs it would touch.", 4711)
    is_exact = flag("Whether that is all; if not, there are at least so many.", data_key="isExact", example=True)


class BulkLinksSchema(Answered):
    """Where it is to be found."""

    self = path("The bulk action.", f"/api/bulk/{ID}")


class BulkActionSchema(Answered):
    """How far a bulk action is."""

    id = text("The bulk action.", ID, format="uuid")
    action = choice(Action, "What is done.", "retry")
    filter = mapping("Which jobs.", FILTER)
    status = choice(BulkStatus, "Where it stands; failed is a fault of ours.", "processing")
    matched = integer("How many jobs fit: as counted at first, and at the end as found.", 4711)
    done = integer("With how many it is done.", 1200)
    failed = integer("With how many it could not be done: to replay those would not be valid any more.", 0)
    skipped = integer("How many had changed, so that it does not fit them any more.", 3)
    created_at = instant("When it was submitted. Later jobs are left alone.", data_key="createdAt")
    started_at = instant("When it began.", data_key="startedAt", allow_none=True)
    ended_at = instant("When it ended.", None, data_key="endedAt", allow_none=True)
    links = part(BulkLinksSchema, "Where it is to be found.")
