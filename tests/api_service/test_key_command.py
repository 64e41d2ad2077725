"""`python -m api_service keys ...`, as an operator runs it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.api_service.keyed import PEPPER, id_of
from tests.processes import API, ROOT, environment

DAY = 86_400_000  # ms


class Keys:
    """The command, on one store."""

    def __init__(self, redis_url: str) -> None:
        self.settings = {"REDIS_URL": redis_url, "DMPS_PEPPER": PEPPER}

    def __call__(self, *arguments: str, status: int = 0, **settings: str) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [*API, "keys", *arguments],
            env=environment(**{**self.settings, **settings}),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        return done


@pytest.fixture
def keys(redis_url: str) -> Keys:
    return Keys(redis_url)


def record(redis: Any, token: str) -> Any:
    return json.loads(redis.get(f"dmps:key:{id_of(token)}") or b"null")


def test_a_key_is_shown_once_and_listed_without_its_secret(keys: Keys, redis: Any) -> None:
    made = keys("create", "--tenant", "acme", "--role", "submitter", "--name", "their shop", "--expires-in", "2")
    token = made.stdout.strip()
    held = record(redis, token)
    assert (held["tenant"], held["role"], held["name"]) == ("acme", "submitter", "their shop")
    assert held["expiresAt"] - held["createdAt"] == 2 * DAY
    listed = keys("list").stdout
    assert all(word in listed for word in (id_of(token), "acme", "submitter", "their shop", f"...{token[-4:]}"))
    assert token not in listed + made.stderr + json.dumps(held)


def test_programs_read_keys_as_json(keys: Keys) -> None:
    made = json.loads(keys("create", "--tenant", "acme", "--role", "viewer", "--json").stdout)
    assert (made["id"], made["tenant"], made["expiresAt"]) == (id_of(made["key"]), "acme", None)
    new = json.loads(keys("rotate", made["id"], "--json").stdout)
    listed = {each["id"]: each for each in json.loads(keys("list", "--json").stdout)}
    assert listed[made["id"]]["successor"] == new["id"]
    assert all("key" not in each for each in listed.values())
    assert json.loads(keys("revoke", new["id"], "--json").stdout) == {"id": new["id"], "revoked": True}


def test_a_key_that_has_expired_is_gone_from_store_and_list(keys: Keys, redis: Any) -> None:
    token = keys("create", "--tenant", "acme", "--role", "viewer", "--expires-in", "1").stdout.strip()
    redis.pexpireat(f"dmps:key:{id_of(token)}", 1)
    assert id_of(token) not in keys("list").stdout
    assert redis.zcard("dmps:keys") == 0


def test_at_a_rotation_the_old_key_lives_on_beside_the_new_one(keys: Keys, redis: Any) -> None:
    old = keys("create", "--tenant", "acme", "--role", "operator", "--expires-in", "30").stdout.strip()
    before = record(redis, old)
    new = keys("rotate", id_of(old), "--overlap", "1").stdout.strip()
    old_record, new_record = record(redis, old), record(redis, new)
    assert new_record["tenant"] == "acme"
    assert new_record["role"] == "operator"
    assert new_record["expiresAt"] - new_record["createdAt"] == 30 * DAY
    assert old_record["successor"] == id_of(new)
    assert old_record["digest"] == before["digest"] != new_record["digest"]
    assert 0 < redis.pttl(f"dmps:key:{id_of(old)}") <= DAY / 24


def test_a_revoked_key_is_gone(keys: Keys, redis: Any) -> None:
    token = keys("create", "--tenant", "acme", "--role", "admin").stdout.strip()
    keys("revoke", id_of(token))
    assert record(redis, token) is None
    assert "There is no key" in keys("revoke", id_of(token), status=1).stderr
    assert "There is no key" in keys("rotate", id_of(token), status=1).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("create", "--tenant", "acme"),
        ("create", "--tenant", "acme", "--role", "root"),
        ("create", "--tenant", "../acme", "--role", "viewer"),
        ("create", "--tenant", "workers", "--role", "viewer"),
        ("create", "--tenant", "acme", "--role", "viewer", "--expires-in", "0"),
        ("create", "--tenant", "acme", "--role", "viewer", "--expires-in", "nan"),
        ("create", "--tenant", "acme", "--role", "viewer", "--name", "a\nb"),
    ],
)
def test_a_command_that_is_none_is_refused(keys: Keys, redis: Any, arguments: tuple[str, ...]) -> None:
    assert keys(*arguments, status=2).stderr.startswith("usage: ")
    assert redis.dbsize() == 0


def test_a_key_in_the_place_of_its_id_is_not_repeated(keys: Keys) -> None:
    token = keys("create", "--tenant", "acme", "--role", "viewer").stdout.strip()
    assert token not in keys("revoke", token, status=2).stderr


def test_without_a_pepper_no_key_is_made(keys: Keys) -> None:
    assert "DMPS_PEPPER" in keys("list", status=78, DMPS_PEPPER="").stderr


def test_a_short_pepper_is_refused_and_not_repeated(keys: Keys) -> None:
    written = keys("list", status=78, DMPS_PEPPER="mustard").stderr
    assert "DMPS_PEPPER" in written
    assert "mustard" not in written


def test_a_pepper_may_stand_in_a_file(keys: Keys, tmp_path: Path) -> None:
    file = tmp_path / "pepper"
    file.write_text(f"{PEPPER}\n")
    del keys.settings["DMPS_PEPPER"]
    keys("list", DMPS_PEPPER_FILE=str(file))


def test_a_store_that_is_away_is_named_in_one_line(keys: Keys) -> None:
    written = keys("list", status=69, REDIS_URL="redis://127.0.0.1:1").stderr
    assert len(written.splitlines()) == 1
    assert "store" in written
