"""Whether a deployment is as it should be: what was found there, judged one thing at a time. No I/O."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from api_service.exposure import is_loopback
from shared.settings import Settings
from shared.store.inspection import Inspection

LEAST_VERSION = (7, 2)
MOST_SKEW = 2_000  # ms
MEMORY_WARNING, MEMORY_FAILED = 0.8, 0.95  # of what the store may use
DISK_WARNING, DISK_FAILED = 0.1, 0.02  # of the disk that is left
MiB = 1024 * 1024
NO_COMMAND = "The store does not let us look (CONFIG)."

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what was found, and what to do about it."""

    name: str
    status: State
    detail: str
    fix: str | None = None


@dataclass(frozen=True)
class Disk:
    """The disk on which files are kept, in bytes."""

    path: str
    free: int
    size: int
    may_write: bool


def worst(checks: Iterable[Check]) -> State:
    """The status of all of them together."""
    found = {check.status for check in checks}
    return "failed" if "failed" in found else "warning" if "warning" in found else "ok"


def of_version(store: Inspection) -> Check:
    """Scripts need what Redis has had since 7.2."""
    ours = store.info.get("valkey_version")
    name = f"Valkey {ours}" if ours else f"Redis {store.info.get('redis_version', '?')}"
    numbers = tuple(int(part) for part in str(store.info.get("redis_version", "0")).split(".")[:2] if part.isdigit())
    if numbers < LEAST_VERSION:
        return Check("store version", "failed", f"{name} is too old.", "Run Valkey, or Redis 7.2 or newer.")
    if store.info.get("role", "master") != "master":
        fix = "Have REDIS_URL lead to the primary, or promote this one."
        return Check("store version", "failed", f"{name}, a replica: it takes no writes.", fix)
    return Check("store version", "ok", f"{name}.")


def of_persistence(store: Inspection) -> Check:
    """What was accepted is on disk only with an append-only file that is written before the answer."""
    name = "persistence"
    if not store.info.get("aof_enabled"):
        detail = "The store keeps no append-only file: if it ends, its jobs are gone."
        return Check(name, "failed", detail, "Set appendonly yes and appendfsync always.")
    if store.info.get("aof_last_write_status", "ok") != "ok":
        fix = "Make room on the store's disk, and see its log."
        return Check(name, "failed", "The store could not write its append-only file.", fix)
    fsync = store.config.get("appendfsync")
    if fsync is None:
        return Check(name, "warning", f"There is an append-only file. {NO_COMMAND}", "See to it: appendfsync always.")
    if fsync != "always":
        detail = f"appendfsync {fsync}: a power failure may lose the last second of accepted jobs."
        return Check(name, "warning", detail, "Set appendfsync always.")
    return Check(name, "ok", "Append-only file, written before each answer.")


def of_eviction(store: Inspection) -> Check:
    """A store that makes room by itself throws jobs away."""
    policy = store.info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        detail = f"maxmemory-policy {policy}: when its memory is full, the store throws jobs away."
        return Check("eviction", "failed", detail, "Set maxmemory-policy noeviction.")
    return Check("eviction", "ok", "None: a full store refuses new jobs, and keeps those it has.")


def of_memory(store: Inspection) -> Check:
    """How near the store is to refusing jobs."""
    used, limit = int(store.info.get("used_memory", 0)), int(store.info.get("maxmemory", 0))
    most = limit or int(store.info.get("total_system_memory", 0))
    whose = "maxmemory" if limit else "its machine; maxmemory is not set"
    detail = f"{used // MiB} MiB of {most // MiB} MiB ({whose})." if most else f"{used // MiB} MiB."
    share = used / most if most else 0.0
    fix = "Raise maxmemory, shorten DMPS_KEEP_COMPLETED and DMPS_KEEP_FAILED, or remove jobs: POST /api/bulk."
    if share > MEMORY_FAILED:
        return Check("memory", "failed", detail, fix)
    return Check("memory", "warning", detail, fix) if share > MEMORY_WARNING else Check("memory", "ok", detail)


def of_clocks(store: Inspection, here: int) -> Check:
    """`here` is this host's clock (ms) as the store answered. Jobs go by the store's; people read them all."""
    skews = {"this API": here - store.now, **store.skews}
    wrong = {name: skew for name, skew in skews.items() if abs(skew) > MOST_SKEW}
    if wrong:
        told = ", ".join(f"{name} by {skew / 1000:+.1f} s" for name, skew in sorted(wrong.items()))
        detail = f"Clocks differ from the store's: {told}. Jobs run in time all the same; times in logs mislead."
        return Check("clocks", "warning", detail, "Run NTP on these machines, and on the store's.")
    widest = max(map(abs, skews.values()))
    return Check("clocks", "ok", f"{len(skews)} within {widest} ms of the store's.")


def of_workers(store: Inspection) -> Check:
    """Somebody must do the work."""
    able = [worker for worker in store.workers if not worker.draining]
    if not able:
        detail = "All workers are draining." if store.workers else "No worker was heard in the last ten seconds."
        return Check("workers", "failed", detail, "Start one: arq worker_service.WorkerSettings (make worker).")
    slots, running = sum(worker.slots for worker in able), sum(worker.running for worker in able)
    return Check("workers", "ok", f"{len(able)}, which run {running} jobs in {slots} slots.")


def of_job_types(store: Inspection, types: Iterable[str]) -> Check:
    """Jobs of a type that nobody serves wait for ever."""
    served = {name for worker in store.workers if not worker.draining for name in worker.types}
    missing = sorted(set(types) - served)
    if missing:
        fix = "Start a worker that has their libraries (the extra `processors`) and plug-ins (DMPS_PLUGINS)."
        return Check("job types", "failed", f"No worker serves {', '.join(missing)}: their jobs wait.", fix)
    return Check("job types", "ok", f"Each of {len(set(types))} has a worker.")


def of_queues(unserved: Iterable[str]) -> Check:
    """Likewise of queues in which jobs wait."""
    names = ", ".join(unserved)
    if names:
        fix = "Start a worker with DMPS_QUEUES=... that names them."
        return Check("queues", "failed", f"No worker serves {names}: the jobs there wait.", fix)
    return Check("queues", "ok", "Each that is used has a worker.")


def of_releases(store: Inspection, ours: str) -> Check:
    """Old and new get on with each other; for long, nobody wants both."""
    others = sorted({worker.version or "unknown" for worker in store.workers} - {ours})
    if others:
        detail = f"This API is {ours}, and there are workers of {', '.join(others)}."
        return Check("releases", "warning", detail, "Finish the deployment: restart what is old.")
    return Check("releases", "ok", f"{ours} everywhere.")


def of_disk(disk: Disk) -> Check:
    """Uploads and large results need room."""
    detail = f"{disk.free // MiB} MiB of {disk.size // MiB} MiB free at {disk.path}."
    fix = "Make room there, or have DMPS_FILES_URL name a directory where there is some."
    if not disk.may_write:
        return Check("disk", "failed", f"{disk.path} cannot be written.", "Let this process write there.")
    share = disk.free / disk.size if disk.size else 1.0
    if share < DISK_FAILED:
        return Check("disk", "failed", detail, fix)
    return Check("disk", "warning", detail, fix) if share < DISK_WARNING else Check("disk", "ok", detail)


def of_access(settings: Settings) -> Check:
    """Who may do what."""
    if settings.pepper:
        return Check("access", "ok", "By API key.")
    if is_loopback(settings.host):
        return Check("access", "ok", "Without keys, from this machine alone.")
    where = settings.host or "every address"
    detail = f"Without keys, and open on {where}: whoever reaches it may do everything."
    return Check("access", "warning", detail, "Set DMPS_PEPPER, and make keys: python -m api_service keys create.")


def of_link(settings: Settings) -> Check:
    """Payloads pass between API, store and workers."""
    url = urlsplit(settings.redis_url)
    if url.scheme == "redis" and not is_loopback(url.hostname or "localhost"):
        detail = "The store is on another machine, and the way there is not encrypted."
        return Check("link to the store", "warning", detail, "Use rediss:// in REDIS_URL, or a network of your own.")
    return Check("link to the store", "ok", "Encrypted." if url.scheme == "rediss" else "Within this machine.")


def of_store(store: Inspection, here: int) -> tuple[Check, ...]:
    """What the store itself tells."""
    return (
        of_version(store),
        of_persistence(store),
        of_eviction(store),
        of_memory(store),
        of_clocks(store, here),
        of_workers(store),
    )
