"""`dmps webhooks`: who is told what happens to jobs."""

import shlex
from collections.abc import Sequence
from functools import partial
from typing import Any

import click
from rich.table import Table

from dmps.cli.inputs import Json, complete_type
from dmps.cli.listing import listed, lists, page_size
from dmps.cli.session import Session, age, moment, pretty, row, shows, status_text, table
from dmps.models.webhooks import Delivery, NewWebhook, Webhook

_ID = click.argument("id")


@click.group(invoke_without_command=True)
@shows
def webhooks(session: Session) -> None:
    """List the webhooks, or see to one."""
    if click.get_current_context().invoked_subcommand is None:
        found = session.client.webhooks()
        session.show(found, lambda: _table(found) if found else "No webhooks: `dmps webhooks create` makes one.")


@webhooks.command()
@_ID
@shows
def show(session: Session, id: str) -> None:
    """Show a webhook."""
    _shown(session, session.client.webhook(id))


@webhooks.command()
@click.argument("url")
@click.option("--event", "events", multiple=True, metavar="EVENT", help="job.failed and such.  [how jobs end]")
@click.option("--type", "types", multiple=True, shell_complete=complete_type, help="Of jobs of this type alone.")
@click.option("--queue", "queues", multiple=True, help="Of jobs of this queue alone.")
@click.option("--tag", "tags", multiple=True, help="Of jobs with this tag alone.")
@click.option("--description", help="For people.")
@shows
def create(session: Session, url: str, **told: Any) -> None:  # noqa: ANN401 - as click has them
    """Have what happens to jobs told at URL, and print the id. The secret is shown this once."""
    given = {name: value for name, value in told.items() if value}
    _told(session, session.client.create_webhook(url, **given))


@webhooks.command()
@_ID
@click.argument("changes", type=Json())
@shows
def change(session: Session, id: str, changes: Any) -> None:  # noqa: ANN401 - any JSON
    """Change a webhook; what is left out stays."""
    _shown(session, session.client.change_webhook(id, changes))


@webhooks.command()
@_ID
@shows
def enable(session: Session, id: str) -> None:
    """Have a webhook tell again what happens."""
    _shown(session, session.client.change_webhook(id, {"enabled": True}))


@webhooks.command()
@_ID
@shows
def disable(session: Session, id: str) -> None:
    """Have a webhook tell nothing, until it is enabled."""
    _shown(session, session.client.change_webhook(id, {"enabled": False}))


@webhooks.command()
@_ID
@shows
def delete(session: Session, id: str) -> None:
    """Remove a webhook. What waits to be told is not."""
    session.client.delete_webhook(id)
    session.show({"id": id, "status": "deleted"}, lambda: f"{id} deleted")


@webhooks.command()
@_ID
@click.option("--overlap", type=int, metavar="SECONDS", help="How long the old one signs, too.  [86400]")
@shows
def rotate(session: Session, id: str, overlap: int | None) -> None:
    """Give a webhook a new secret. It is shown this once."""
    _told(session, session.client.rotate_webhook_secret(id, overlap))


@webhooks.command()
@_ID
@shows
def test(session: Session, id: str) -> None:
    """Have a webhook told a webhook.test; `dmps webhooks deliveries` says what came of it."""
    delivery = session.client.send_webhook_test(id)
    session.show(delivery, lambda: delivery.id)


@webhooks.command()
@_ID
@lists
@shows
def deliveries(session: Session, id: str, *, limit: int, everything: bool, ids: bool) -> None:
    """List what a webhook has told, the newest first, and what came of it. With --json, a line a delivery."""
    found = session.client.deliveries(id, page_size=page_size(limit, everything=everything))
    people = partial(_deliveries, webhook_id=id)
    listed(session, found, lambda each: each.id, people, limit=limit, everything=everything, ids=ids)


@webhooks.command()
@_ID
@click.argument("delivery")
@shows
def redeliver(session: Session, id: str, delivery: str) -> None:
    """Tell again what has been told, or could not be."""
    again = session.client.redeliver(id, delivery)
    session.show(again, lambda: again.id)


def _shown(session: Session, value: Any) -> None:  # noqa: ANN401 - any of the models
    session.show(value, lambda: pretty(value))


def _told(session: Session, webhook: NewWebhook) -> None:
    session.show(webhook, lambda: webhook.id)
    session.tell(f"It signs with {webhook.secret}, which is not shown again.")


def _table(webhooks: Sequence[Webhook]) -> Table:
    made = table("ID", "STATE", "EVENTS", "OF", "URL")
    for each in webhooks:
        of = ",".join((*each.types, *each.queues, *each.tags)) or "all"
        made.add_row(*row(each.id, _state(each), ",".join(each.events), of, each.url))
    return made


def _state(webhook: Webhook) -> str:
    if not webhook.enabled:
        return f"disabled: {webhook.disabled_reason}" if webhook.disabled_reason else "disabled"
    return f"failing since {moment(webhook.failing_since)}" if webhook.failing_since else "enabled"


def _deliveries(deliveries: Sequence[Delivery], webhook_id: str) -> Table | str:
    if not deliveries:
        return f"Nothing was told: `dmps webhooks test {shlex.quote(webhook_id)}` has it told something."
    made = table("ID", "EVENT", "STATUS", "AGE", "TRIES", "ANSWER")
    for each in deliveries:
        cells = (each.id, each.event, status_text(each.status), age(each.created_at), len(each.attempts))
        made.add_row(*row(*cells, _answer(each)))
    return made


def _answer(delivery: Delivery) -> str | None:
    if delivery.status_code is not None:
        return f"{delivery.status_code} {delivery.answer or ''}".rstrip()
    last = delivery.attempts[-1] if delivery.attempts else None
    return last.error.message if last is not None and last.error is not None else None
