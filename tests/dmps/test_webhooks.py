"""Webhooks, by the client and by the command. What they tell is another matter: tests/end_to_end/test_webhooks.py."""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from dmps import Client, Conflict, InvalidRequest, NewWebhook, NotFound
from tests.dmps.cli.conftest import Dmps, dmps

__all__ = ["dmps"]  # the fixture

URL = "http://127.0.0.1:1/hook"  # where nobody listens


@pytest.fixture
def webhook(client: Client) -> Iterator[NewWebhook]:
    made = client.create_webhook(URL, types=["nothing"], description="Tells the shop.")
    yield made
    with suppress(NotFound):
        client.delete_webhook(made.id)


def test_a_webhook_is_made_changed_and_removed(client: Client, webhook: NewWebhook) -> None:
    assert webhook.secret.startswith("whsec_")
    assert webhook.events == ["job.completed", "job.failed", "job.cancelled"]
    shown = client.webhook(webhook.id)
    assert (shown.url, shown.types, shown.description, shown.enabled) == (URL, ["nothing"], "Tells the shop.", True)
    assert shown in client.webhooks()
    changed = client.change_webhook(webhook.id, {"enabled": False, "events": ["job.failed"]})
    assert (changed.enabled, changed.events) == (False, ["job.failed"])
    assert client.rotate_webhook_secret(webhook.id, overlap=0).secret != webhook.secret
    client.delete_webhook(webhook.id)
    with pytest.raises(NotFound):
        client.webhook(webhook.id)


def test_what_is_no_webhook_is_refused_by_pointer(client: Client) -> None:
    with pytest.raises(InvalidRequest, match="/events/0"):
        client.create_webhook(URL, events=["job.nonsense"])


def test_what_a_webhook_told_is_listed(client: Client, webhook: NewWebhook) -> None:
    ids = [client.send_webhook_test(webhook.id).id for _ in range(3)]
    told = list(client.deliveries(webhook.id, page_size=2))
    assert [each.id for each in told] == ids[::-1]
    assert {each.event for each in told} == {"webhook.test"}
    with pytest.raises(Conflict):
        client.redeliver(webhook.id, ids[0])  # which nobody takes, and which is tried for days


def test_the_command_sees_to_webhooks(dmps: Dmps) -> None:
    made = dmps("webhooks", "create", URL, "--event", "job.failed", "--type", "nothing", "--tag", "a")
    id = made.out.strip()
    assert "It signs with whsec_" in made.err
    assert id in dmps("webhooks").out
    shown = dmps("webhooks", "show", id, "--json").json
    assert (shown["events"], shown["types"], shown["tags"]) == (["job.failed"], ["nothing"], ["a"])
    assert "whsec_" not in dmps("webhooks", "--json").out
    assert dmps("webhooks", "change", id, '{"tags": []}', "--json").json["tags"] == []
    assert dmps("webhooks", "disable", id, "--json").json["enabled"] is False
    assert dmps("webhooks", "enable", id, "--json").json["enabled"] is True
    assert dmps("webhooks", "rotate", id, "--overlap", "0", "--json").json["secret"].startswith("whsec_")
    assert "dmps webhooks test" in dmps("webhooks", "deliveries", id).out
    delivery = dmps("webhooks", "test", id).out.strip()
    assert delivery in dmps("webhooks", "deliveries", id).out
    assert dmps("webhooks", "redeliver", id, delivery).status == 4
    assert dmps("webhooks", "delete", id).out == f"{id} deleted\n"
    assert dmps("webhooks", "show", id).status == 3
