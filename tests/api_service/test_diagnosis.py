import dataclasses
from typing import Any

import pytest

from api_service import diagnosis
from api_service.diagnosis import Check, Disk
from shared.settings import Settings, read_settings
from shared.store import WorkerInfo
from shared.store.inspection import Inspection

NOW = 1_800_000_000_000
MiB = 1024 * 1024


def inspection(*workers: WorkerInfo, skews: dict[str, int] | None = None, **info: Any) -> Inspection:
    config = {"appendfsync": info.pop("appendfsync")} if "appendfsync" in info else {}
    return Inspection(NOW, {"redis_version": "7.2.4", **info}, config, workers, skews or {})


def worker(**facts: Any) -> WorkerInfo:
    defaults = {"id": "w", "host": "h", "pid": 1, "types": ("a",), "slots": 10, "running": 3, "started_at": NOW}
    return WorkerInfo(**{**defaults, **facts})


def settings(**facts: Any) -> Settings:
    return dataclasses.replace(read_settings(), **facts)


@pytest.mark.parametrize(
    ("check", "status", "detail"),
    [
        (diagnosis.of_version(inspection()), "ok", "Redis 7.2.4"),
        (diagnosis.of_version(inspection(valkey_version="9.1.2")), "ok", "Valkey 9.1.2"),
        (diagnosis.of_version(inspection(redis_version="7.0.15")), "failed", "too old"),
        (diagnosis.of_version(inspection(role="slave")), "failed", "replica"),
        (diagnosis.of_persistence(inspection()), "failed", "append-only"),
        (diagnosis.of_persistence(inspection(aof_enabled=1)), "warning", "CONFIG"),
        (diagnosis.of_persistence(inspection(aof_enabled=1, appendfsync="everysec")), "warning", "last second"),
        (diagnosis.of_persistence(inspection(aof_enabled=1, appendfsync="always")), "ok", "before each"),
        (diagnosis.of_persistence(inspection(aof_enabled=1, aof_last_write_status="err")), "failed", "could not"),
        (diagnosis.of_eviction(inspection(maxmemory_policy="noeviction")), "ok", "None"),
        (diagnosis.of_eviction(inspection(maxmemory_policy="allkeys-lru")), "failed", "throws jobs away"),
        (diagnosis.of_memory(inspection(used_memory=7 * MiB, maxmemory=10 * MiB)), "ok", "7 MiB of 10 MiB"),
        (diagnosis.of_memory(inspection(used_memory=9 * MiB, maxmemory=10 * MiB)), "warning", "9 MiB"),
        (diagnosis.of_memory(inspection(used_memory=9 * MiB, total_system_memory=9 * MiB)), "failed", "not set"),
        (diagnosis.of_clocks(inspection(), NOW + 1), "ok", "within 1 ms"),
        (diagnosis.of_clocks(inspection(), NOW - 3_000), "warning", "this API by -3.0 s"),
        (diagnosis.of_clocks(inspection(skews={"w": 3_600_000}), NOW), "warning", "w by +3600.0 s"),
        (diagnosis.of_workers(inspection()), "failed", "No worker was heard"),
        (diagnosis.of_workers(inspection(worker(draining=True))), "failed", "draining"),
        (diagnosis.of_workers(inspection(worker(), worker())), "ok", "6 jobs in 20 slots"),
        (diagnosis.of_job_types(inspection(worker()), ["a"]), "ok", "Each of 1"),
        (diagnosis.of_job_types(inspection(worker()), ["b", "a"]), "failed", "serves b:"),
        (diagnosis.of_queues([]), "ok", "Each"),
        (diagnosis.of_queues(["images"]), "failed", "images"),
        (diagnosis.of_releases(inspection(worker(version="1")), "1"), "ok", "1 everywhere"),
        (diagnosis.of_releases(inspection(worker(version="2")), "1"), "warning", "workers of 2"),
        (diagnosis.of_disk(Disk("/d", 50 * MiB, 100 * MiB, may_write=True)), "ok", "50 MiB of 100 MiB"),
        (diagnosis.of_disk(Disk("/d", 5 * MiB, 100 * MiB, may_write=True)), "warning", "/d"),
        (diagnosis.of_disk(Disk("/d", MiB, 100 * MiB, may_write=True)), "failed", "/d"),
        (diagnosis.of_disk(Disk("/d", 50 * MiB, 100 * MiB, may_write=False)), "failed", "cannot be written"),
        (diagnosis.of_access(settings()), "ok", "this machine"),
        (diagnosis.of_access(settings(host="0.0.0.0", pepper="x" * 32)), "ok", "By API key"),  # noqa: S104
        (diagnosis.of_access(settings(host="0.0.0.0")), "warning", "whoever reaches it"),  # noqa: S104
        (diagnosis.of_link(settings(redis_url="unix:///run/valkey.sock")), "ok", "Within"),
        (diagnosis.of_link(settings(redis_url="rediss://store.example")), "ok", "Encrypted"),
        (diagnosis.of_link(settings(redis_url="redis://store.example")), "warning", "not encrypted"),
    ],
)
def test_each_finding_is_judged(check: Check, status: str, detail: str) -> None:
    assert (check.status, check.fix is None) == (status, status == "ok")
    assert detail in check.detail


def test_the_whole_is_as_its_worst_part() -> None:
    ok, warning, failed = (Check("a", status, "") for status in ("ok", "warning", "failed"))
    assert [diagnosis.worst(checks) for checks in ((ok,), (ok, warning), (failed, warning))] == [
        "ok",
        "warning",
        "failed",
    ]
