"""Webhooks and their deliveries, as they are answered."""

from api_service.schemas.fields import (
    Answered,
    anything,
    choice,
    flag,
    instant,
    integer,
    part,
    parts,
    path,
    text,
    words,
)
from api_service.schemas.jobs import AttemptSchema
from shared.job import Status
from shared.webhooks import ENDS

ID = "01a20bd9-6453-76ed-b412-7526b44b1ca6"
PATH = f"/api/webhooks/{ID}"
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="  # noqa: S105 - an example


class WebhookLinksSchema(Answered):
    """What can be done with it."""

    self = path("The webhook.", PATH)
    deliveries = path("What it told.", f"{PATH}/deliveries")
    test = path("Have it tell something.", f"{PATH}/test")
    rotate = path("Give it a new secret.", f"{PATH}/rotate-secret")


class WebhookAnswerSchema(Answered):
    """A subscription. Its secret is shown when it is made, and never again."""

    id = text("The webhook.", ID, format="uuid")
    url = text("Where it tells.", "https://example.org/hook", format="uri")
    events = words("What it tells of.", list(ENDS))
    types = words("Of jobs of which types; of all, if none is named.", [])
    queues = words("Of jobs of which queues; the same.", [])
    tags = words("Of jobs with all of these tags.", [])
    description = text("For people.", "Tells the shop.")
    enabled = flag("Whether it tells anything.", example=True)
    disabled_reason = text("Why it does not.", None, data_key="disabledReason", allow_none=True)
    disabled_at = instant("Since when it does not.", None, data_key="disabledAt", allow_none=True)
    failing_since = instant("Since when no delivery has succeeded.", None, data_key="failingSince", allow_none=True)
    created_at = instant("When it was made.", data_key="createdAt")
    links = part(WebhookLinksSchema, "What can be done with it.")


class NewWebhookSchema(WebhookAnswerSchema):
    """The same, with its secret."""

    secret = text("By which its deliveries are signed. It is not shown again.", _SECRET)


class WebhooksSchema(Answered):
    """The subscriptions of a tenant."""

    webhooks = parts(WebhookAnswerSchema, "The oldest first.")


class DeliveryLinksSchema(Answered):
    """What can be done with it."""

    redeliver = path("Send it again.", f"{PATH}/deliveries/{ID}/redeliver")
    job = path("The job that it tells of.", f"/api/jobs/{ID}", required=False)


class DeliveryAnswerSchema(Answered):
    """Something that was, or is to be told."""

    id = text("The delivery.", ID, format="uuid")
    event = text("What happened.", "job.completed")
    event_id = text("The `webhook-id` that it is sent under.", f"evt_{ID}_3", data_key="eventId")
    status = choice(Status, "Where it stands.", "completed")
    status_code = integer("What the receiver answered when it took it.", 204, data_key="statusCode", allow_none=True)
    answer = text("The first 256 bytes of that answer, escaped.", "", allow_none=True)
    created_at = instant("When it was made.", data_key="createdAt")
    completed_at = instant("When it ended.", data_key="completedAt", allow_none=True)
    next_attempt_at = instant("When it is tried again.", None, data_key="nextAttemptAt", allow_none=True)
    attempts = parts(AttemptSchema, "How often it was tried, and what came of that.")
    body = anything("What is sent, to the letter.", '{"type":"job.completed"}')
    links = part(DeliveryLinksSchema, "What can be done with it.")


class DeliveriesSchema(Answered):
    """A page of the log."""

    deliveries = parts(DeliveryAnswerSchema, "The newest first.")
    next_page_token = text("Where the next page begins.", None, data_key="nextPageToken", allow_none=True)
