import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from shared.signing import key_of, new_secret, signatures

keys = st.binary(min_size=24, max_size=64)


@given(keys, st.uuids(), st.text(st.characters(codec="utf-8")))
def test_the_standards_own_library_signs_alike(key: bytes, id: object, text: str) -> None:
    secret, now = new_secret(key), datetime.fromtimestamp(1_800_000_000, UTC)
    assert signatures([secret], str(id), 1_800_000_000, text.encode()) == Webhook(secret).sign(str(id), now, text)


def test_either_secret_verifies_while_they_are_rotated() -> None:
    new, old = new_secret(bytes(24)), new_secret(24 * b"x")
    now, body = int(time.time()), b'{"type":"job.completed"}'
    headers = {
        "webhook-id": "1",
        "webhook-timestamp": str(now),
        "webhook-signature": signatures([new, old], "1", now, body),
    }
    for secret in (new, old):
        assert Webhook(secret).verify(body, headers) == {"type": "job.completed"}
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret(24 * b"y")).verify(body, headers)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_short", "whsec_\u00e4", new_secret(bytes(65)), 40 * "a", "whsec_!" + 40 * "a"]
)
def test_what_is_no_secret_is_not_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes") as raised:
        key_of(secret)
    assert len(secret) < 10 or secret not in str(raised.value)
