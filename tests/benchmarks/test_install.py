import json
import re

import pytest

from benchmarks.install import PACKAGES, REQUIREMENTS, NotToBeHad, install_bullmq, pinned_versions
from benchmarks.peers import ready_peers


def test_what_peers_need_is_pinned_exactly() -> None:
    packages = json.loads(PACKAGES.read_text())["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in packages.values())
    lines = [line for line in REQUIREMENTS.read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w-]+==[\d.]+", line) for line in lines)
    assert set(pinned_versions()) == {"BullMQ", "Express", "SAQ"}


def test_without_node_bullmq_is_not_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotToBeHad, match=r"Node\.js and npm are not installed"):
        install_bullmq(lambda _: None)


def test_a_peer_that_is_not_to_be_had_is_left_out_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(_: object) -> None:
        raise NotToBeHad("no network")

    monkeypatch.setattr("benchmarks.peers.INSTALL", {"BullMQ": cannot, "SAQ": lambda _: None})
    peers, not_run = ready_peers(lambda _: None)
    assert [peer.name for peer in peers] == ["dmps", "arq", "SAQ"]
    assert not_run == {"BullMQ": "no network"}
