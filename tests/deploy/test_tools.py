"""What `make tools` asks apt for: what is missing, and of it what apt has new enough."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.processes import ROOT

APT_CACHE = """case $2 in
    prometheus) echo '  Candidate: 2.42.0+ds-5+deb12u1' ;;
    kubernetes-client) echo '  Candidate: 1.20.5+really1.20.2-1.1+deb12u1' ;;
    *) echo '  Candidate: (none)' ;;
esac"""

pytestmark = pytest.mark.skipif(shutil.which("dpkg") is None, reason="needs dpkg")


class Machine:
    """A PATH with these commands alone, and with an apt that installs nothing."""

    def __init__(self, directory: Path, *commands: str) -> None:
        self.directory, self.asked = directory, directory / "asked"
        for name in ("dpkg", "grep", "sed"):
            (directory / name).symlink_to(str(shutil.which(name)))
        for name, script in {
            **dict.fromkeys(commands, ""),
            "apt-cache": APT_CACHE,
            "apt-get": f'echo "$@" >> "{self.asked}"',
            "systemctl": "",
        }.items():
            (directory / name).write_text(f"#!/bin/sh\n{script}\n")
            (directory / name).chmod(0o755)

    def install(self) -> str:
        command = ["/bin/sh", str(ROOT / "deploy" / "install-tools")]
        environment = {"PATH": str(self.directory)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_where_nothing_is_missing_apt_is_not_asked(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "promtool", "haproxy", "systemd-analyze", "kubectl")
    assert machine.install() == ""
    assert not machine.asked.exists()


def test_what_apt_has_new_enough_is_installed_and_the_rest_is_told(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "systemd-analyze")
    assert machine.install().splitlines() == [
        "apt offers no haproxy 2.4 or newer: its tests are skipped.",
        "apt offers no kubernetes-client 1.22 or newer: its tests are skipped.",
    ]
    update, install = machine.asked.read_text().splitlines()
    assert update.split()[0] == "update"
    assert install.split() == ["install", "-y", "-qq", "--no-install-recommends", "prometheus"]
