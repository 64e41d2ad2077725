"""The recording: what was seen, when, and nothing else; and the one that README shows."""

import io
import re
from itertools import count
from xml.etree import ElementTree as ET

import pytest

from deploy.demo.recording import Frame, Piece, Recorder
from deploy.demo.rows import Row
from deploy.demo.screens import Plain
from deploy.demo.svg import PAUSE, Stay, stays_of, svg
from tests.processes import ROOT

SVG = "{http://www.w3.org/2000/svg}"
MOST = 150_000  # bytes
A, B = (Piece(0, "a"),), (Piece(0, "b", "#ff0000", bold=True, dim=True),)


def test_a_line_stays_until_it_is_another() -> None:
    frames = [Frame(0.0, (A, A)), Frame(1.0, (A, B)), Frame(2.0, (A,))]
    assert sorted(stays_of(frames, 9.0), key=lambda stay: (stay.row, stay.begin)) == [
        Stay(0, A, 0.0, 9.0),
        Stay(1, A, 0.0, 1.0),
        Stay(1, B, 1.0, 2.0),
    ]


def test_a_recording_is_well_formed_and_runs_no_script() -> None:
    hostile = Piece(2, '<script>&"', "#00ff00")
    text = svg([Frame(0.0, (A,)), Frame(1.0, ((hostile,),))])
    root = ET.fromstring(text)  # noqa: S314 - ours
    assert {element.tag for element in root.iter()} == {f"{SVG}{tag}" for tag in ("svg", "style", "rect", "g", "text")}
    assert [element.text for element in root.iter(f"{SVG}text")] == ["a", '<script>&"']
    assert f"animation:{1 + PAUSE:.2f}s" in text


def test_nothing_is_no_recording() -> None:
    with pytest.raises(ValueError, match="Nothing was recorded"):
        svg([])


def test_the_recorder_keeps_what_stood_there_and_hands_it_on() -> None:
    stream, ticks = io.StringIO(), count(0.0, 1.0)
    recorder = Recorder(Plain(stream), clock=lambda: next(ticks))
    recorder.scene("A scene", "Text.")
    recorder.board([Row("sum", "processing", 40.0, "run 1")])
    recorder.fact("it held", held=True)
    recorder.close()
    seen = [" ".join(piece.text.strip() for line in frame.lines for piece in line) for frame in recorder.frames()]
    assert "processing" in seen[1]
    assert "processing" in seen[2]  # what was drawn stays
    assert "it held" in seen[2]
    assert [frame.at for frame in recorder.frames()] == sorted(frame.at for frame in recorder.frames())
    assert "ok: it held" in stream.getvalue()


def test_readmes_recording_shows_all_scenes_and_is_small() -> None:
    path = ROOT / "docs" / "images" / "demo.svg"
    text = path.read_text()
    assert len(text) < MOST
    said = " ".join(element.text or "" for element in ET.fromstring(text).iter(f"{SVG}text"))  # noqa: S314
    for word in ("file-processing", "the join", "kill -9", "every table is complete"):
        assert word in said
    assert "✗" not in said  # it was a run in which all held
    assert re.search(r"(/home|/root|/tmp|/Users)/", text) is None
