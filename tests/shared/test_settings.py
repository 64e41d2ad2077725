from pathlib import Path

import pytest

from shared.errors import Misconfigured
from shared.settings import Rate, read_settings
from shared.signing import new_secret


def test_the_defaults_work(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "HOST", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    settings = read_settings()
    assert (settings.host, settings.port, settings.redis_url) == ("127.0.0.1", 3000, "redis://localhost:6379")
    assert settings.data_dir == Path(".dmps")


def test_all_mistakes_are_reported_together(monkeypatch: pytest.MonkeyPatch) -> None:
    mistakes = {"PORT": "http", "REDIS_URL": "http://x", "DMPS_DRAIN": "-1", "DMPS_LOG_FORMAT": "xml"}
    for name, value in mistakes.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as refused:
        read_settings()
    for name in mistakes:
        assert name in str(refused.value)


def test_a_secret_can_be_read_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("redis://:password@store:6379/1")
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("REDIS_URL_FILE", str(secret))
    assert read_settings().redis_url == "redis://:password@store:6379/1"


def test_a_child_may_use_what_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMPS_CHILD_CPU", "2.5")
    monkeypatch.setenv("DMPS_CHILD_PROCESSES", "0")
    limits = read_settings().child_limits
    assert (limits.cpu, limits.processes, limits.open_files) == (2.5, 0, 1024)


def test_limits_under_which_no_child_would_run_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    few = {"DMPS_CHILD_MEMORY": str(2**27), "DMPS_CHILD_CPU": "0", "DMPS_CHILD_OPEN_FILES": "3"}
    for name, value in few.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as refused:
        read_settings()
    assert all(name in str(refused.value) for name in few)


def test_a_secret_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DMPS_PEPPER_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(Misconfigured, match="DMPS_PEPPER_FILE"):
        read_settings()
    monkeypatch.setenv("DMPS_PEPPER_FILE", str(tmp_path))
    with pytest.raises(Misconfigured):
        read_settings()


def test_a_path_with_a_space_becomes_a_url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DMPS_DATA_DIR", str(tmp_path / "a b"))
    assert read_settings().files_url.endswith("/a%20b/files")


@pytest.mark.parametrize(
    "text", ["acme_jobs,tests.scripted", "acme_jobs, tests.scripted,", ",acme_jobs,,tests.scripted ,"]
)
def test_between_the_commas_of_plugins_there_may_be_nothing(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("DMPS_PLUGINS", text)
    assert read_settings().plugins == ("acme_jobs", "tests.scripted")


@pytest.mark.parametrize("text", [".", ".acme_jobs", "acme jobs", "acme-jobs", "./acme_jobs", "acme_jobs;scripted"])
def test_what_is_no_package_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("DMPS_PLUGINS", text)
    with pytest.raises(Misconfigured, match=r"DMPS_PLUGINS: .* is not the name of a package"):
        read_settings()


@pytest.mark.parametrize(
    ("text", "queues"),
    [
        ("images", {"images": 1}),
        ("images:3, default", {"images": 3, "default": 1}),
        ("default", {"default": 1}),
    ],
)
def test_queues_have_weights(monkeypatch: pytest.MonkeyPatch, text: str, queues: dict[str, int]) -> None:
    monkeypatch.setenv("DMPS_QUEUES", text)
    assert read_settings().queues == queues


@pytest.mark.parametrize("text", ["", "Images", "images:0", "images:x", "images,images:2", "maintenance", "a,,b"])
def test_what_is_no_queue_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("DMPS_QUEUES", text)
    with pytest.raises(Misconfigured, match="DMPS_QUEUES"):
        read_settings()


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("", None),
        ("100/1s", Rate(100, 1)),
        ("100/s", Rate(100, 1)),
        ("600/m", Rate(600, 60)),
        ("5/10m", Rate(5, 600)),
        ("1/24h", Rate(1, 86_400)),
    ],
)
def test_a_rate_is_so_many_requests_in_some_time(monkeypatch: pytest.MonkeyPatch, text: str, rate: Rate | None) -> None:
    monkeypatch.setenv("DMPS_RATE_LIMIT", text)
    assert read_settings().rate_limit == rate


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("DMPS_RATE_LIMIT", text) for text in ("100", "0/s", "x/s", "1/0s", "1/25h", "1.5/s", "-1/s", "1/d")),
        *(("DMPS_CORS_ORIGINS", text) for text in ("example.org", "https://a/", "https://a,x", "null", "**")),
        ("DMPS_PEPPER", "too short"),
        ("DMPS_ALLOW_ANONYMOUS", "perhaps"),
    ],
)
def test_what_does_not_open_the_api_well_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(Misconfigured, match=name):
        read_settings()


def test_origins_are_taken_with_scheme_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMPS_CORS_ORIGINS", "https://app.example.org, http://localhost:5173,http://[::1]:80")
    assert read_settings().cors_origins == ("https://app.example.org", "http://localhost:5173", "http://[::1]:80")


def test_the_pepper_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMPS_PEPPER", pepper := "0123456789abcdef" * 2)
    settings = read_settings()
    assert settings.pepper == pepper
    assert pepper not in repr(settings)


@pytest.mark.parametrize("empty", ["", " "])
def test_a_pepper_that_is_set_but_empty_is_not_taken_for_none(monkeypatch: pytest.MonkeyPatch, empty: str) -> None:
    monkeypatch.setenv("DMPS_PEPPER", empty)
    with pytest.raises(Misconfigured, match="DMPS_PEPPER"):
        read_settings()


def test_nor_is_a_file_that_is_empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pepper").touch()
    monkeypatch.setenv("DMPS_PEPPER_FILE", str(tmp_path / "pepper"))
    with pytest.raises(Misconfigured, match="DMPS_PEPPER"):
        read_settings()


def test_networks_and_secrets_of_webhooks_come_in_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = [new_secret(bytes(24)), new_secret(bytes(64))]
    monkeypatch.setenv("DMPS_WEBHOOK_ALLOW", "10.0.0.0/8, fd00::/8")
    monkeypatch.setenv("DMPS_WEBHOOK_SECRET", ", ".join(secrets))
    settings = read_settings()
    assert list(map(str, settings.webhook_gate.opened)) == ["10.0.0.0/8", "fd00::/8"]
    assert settings.webhook_secrets == tuple(secrets)
    assert secrets[0] not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DMPS_WEBHOOK_ALLOW", "10.0.0.1/8"),
        ("DMPS_WEBHOOK_ALLOW", "example.org"),
        ("DMPS_WEBHOOK_SECRET", "not a secret"),
        ("DMPS_WEBHOOK_SECRET", new_secret(bytes(23))),
        ("DMPS_WEBHOOK_SECRET", ",".join(3 * [new_secret(bytes(24))])),
    ],
)
def test_what_is_no_network_and_no_secret_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured, match=name):
        read_settings()


def test_processors_are_told_what_was_set_for_them_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    always = {"checkpoint_every": "2", "largest_file": "1073741824"}
    assert read_settings().for_processors == always
    monkeypatch.setenv("DMPS_GEOIP", "/srv/city.mmdb")
    monkeypatch.setenv("DMPS_HASH_KEY", f" {'k' * 32}\n")
    monkeypatch.setenv("DMPS_WEBHOOK_ALLOW", "10.0.0.0/8, fd00::/8")
    settings = read_settings()
    assert settings.for_processors == {
        **always,
        "geoip": "/srv/city.mmdb",
        "hash_key": "k" * 32,
        "networks": "10.0.0.0/8,fd00::/8",
    }
    assert "kkk" not in repr(settings)


def test_a_short_key_for_hashes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMPS_HASH_KEY", "short")
    with pytest.raises(Misconfigured, match="DMPS_HASH_KEY"):
        read_settings()
