"""Installs what the peers need: Node's packages, and SAQ in an environment of its own.

Both have pinned versions and are ignored by git. What cannot be had is a reason why a peer
is not run, never the end of the run.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.processes import ROOT

BULLMQ = ROOT / "benchmarks" / "bullmq"
SHARP = ROOT / "benchmarks" / "sharp"
PACKAGES = BULLMQ / "package.json"
REQUIREMENTS = ROOT / "benchmarks" / "requirements.txt"
SAQ_ENVIRONMENT = ROOT / ".venv-bench"
SAQ_PYTHON = SAQ_ENVIRONMENT / "bin" / "python"
OLDEST_NODE = 18  # Express 5 needs it
OLDEST_NODE_FOR_SHARP = 20
PATIENCE = 300.0  # seconds

Say = Callable[[str], None]


class NotToBeHad(Exception):
    """A peer cannot be installed here. The message says why, in words that may be written down."""


def install_bullmq(say: Say) -> None:
    """Install Node's packages, if they are not there. Raises `NotToBeHad`."""
    _install_node(BULLMQ, "BullMQ and Express", OLDEST_NODE, say)


def install_sharp(say: Say) -> None:
    """Likewise, for `benchmarks.images`."""
    _install_node(SHARP, "sharp", OLDEST_NODE_FOR_SHARP, say)


def _install_node(directory: Path, what: str, oldest: int, say: Say) -> None:
    found = shutil.which("node"), shutil.which("npm")
    if None in found:
        raise NotToBeHad("Node.js and npm are not installed")
    if (version := _node_version(say)) < oldest:
        raise NotToBeHad(f"Node.js is version {version}; it must be {oldest} or newer")
    stamp = directory / "node_modules" / ".installed"
    if not _is_newer(stamp, directory / "package.json"):
        say(f"installing {what}")
        _run(["npm", "install", "--no-package-lock", "--loglevel=error"], say, directory)
        stamp.touch()


def install_saq(say: Say) -> None:
    """Make SAQ's environment, if it is not there. Raises `NotToBeHad`."""
    stamp = SAQ_ENVIRONMENT / ".installed"
    if not _is_newer(stamp, REQUIREMENTS):
        say("installing SAQ")
        _run([sys.executable, "-m", "venv", "--clear", str(SAQ_ENVIRONMENT)], say)
        pip = [str(SAQ_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "-r", str(REQUIREMENTS)], say)
        stamp.touch()


def pinned_versions() -> dict[str, str]:
    """What the peers are pinned to."""
    packages = json.loads(PACKAGES.read_text())["dependencies"]
    lines = re.findall(r"^([\w-]+)==(\S+)$", REQUIREMENTS.read_text(), re.MULTILINE)
    return {"BullMQ": packages["bullmq"], "Express": packages["express"], "SAQ": dict(lines)["saq"]}


def _is_newer(stamp: Path, source: Path) -> bool:
    return stamp.exists() and stamp.stat().st_mtime >= source.stat().st_mtime


def _node_version(say: Say) -> int:
    """The first of its numbers."""
    return int(_run(["node", "--version"], say).strip().lstrip("v").split(".")[0])


def _run(command: list[str], say: Say, cwd: Path = ROOT) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the commands are ours
            command, cwd=cwd, capture_output=True, text=True, check=True, timeout=PATIENCE
        )
    except (OSError, subprocess.SubprocessError) as error:
        say(f"{error}\n{getattr(error, 'stderr', '')}")
        raise NotToBeHad(f"what installs it, `{Path(command[0]).name}`, failed") from error
    return done.stdout
