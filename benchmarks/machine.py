"""Where a run was made, and of which commit."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.bench import valkey
from benchmarks.install import pinned_versions
from benchmarks.peers import client_of
from benchmarks.processes import ROOT

OURS = ("arq", "aiohttp", "redis", "hiredis", "msgspec", "uvloop")


def machine() -> Mapping[str, str]:
    """What the machine is, and how busy it was before the run."""
    return {
        "cores": str(_cores()),
        "processor": _processor(),
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "system": platform.platform(terse=True),
        "load average before": f"{os.getloadavg()[0]:.2f}",
    }


def is_busy() -> bool:
    """Whether others use so much of the machine that figures will be noise."""
    return os.getloadavg()[0] > _cores() / 2


def versions() -> Mapping[str, str]:
    """Of all that takes part."""
    with valkey(durable=False) as server, client_of(server.port, 0) as redis:
        store = redis.info("server")
    node = _output("node", "--version").lstrip("v") if shutil.which("node") else "none"
    return {
        "Python": platform.python_version(),
        "Valkey": store.get("valkey_version", store["redis_version"]),
        "Node.js": node,
        **pinned_versions(),
        **{name: _installed(name) for name in OURS},
    }


def commit() -> str:
    """The commit at hand, with `+` where files of it have been changed since; `unknown` outside of git."""
    found = _output("git", "rev-parse", "--short", "HEAD")
    changed = _output("git", "status", "--porcelain", "--untracked-files=no")
    return f"{found}{'+' * bool(changed)}" if found else "unknown"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    named = re.search(r"^model name\s*: (.*)$", facts.read_text(), re.MULTILINE) if facts.exists() else None
    return named[1] if named else platform.processor() or platform.machine()


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
