"""The enrichment of a file goes on from any checkpoint, and writes the same file to the byte."""

import io
import json
from collections.abc import AsyncIterable, Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import StoreUnavailable
from shared.files import FileStore, StoredFile
from worker_service.processors.data_enrichment import enrich
from worker_service.processors.testing import Crash, Rehearsal

IP = {"field": "ip", "with": "ip"}
LINES = 5_500  # six chunks
Rehearse = Callable[..., Rehearsal]


def _row(number: int) -> dict[str, Any]:
    return {"ip": f"10.0.{number // 256 % 256}.{number % 256}" if number % 7 else "x", "note": f"a\nb,{number}"}


def _csv() -> bytes:
    lines = [f'{row["ip"]},"{row["note"]}"\r\n' if n % 11 else "too,many,cells\r\n" for n, row in _rows()]
    return b"\xef\xbb\xbf" + "".join(["ip,note\r\n", *lines]).encode()


def _rows() -> list[tuple[int, dict[str, Any]]]:
    return [(number, _row(number)) for number in range(LINES)]


def _jsonl() -> bytes:
    lines = [json.dumps(row | ({"late": n} if n > 2_000 else {})) if n % 11 else "{broken" for n, row in _rows()]
    return "\n".join(lines).encode()


def _parquet() -> bytes:
    target = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist([row for _, row in _rows()]), target, row_group_size=700)
    return target.getvalue()


@pytest.fixture
def rehearse(tmp_path: Path) -> Rehearse:
    return lambda every="0": Rehearsal(enrich, tmp_path, checkpoint_every=every)


def _payload(rehearsal: Rehearsal, content: bytes, output: str) -> dict[str, Any]:
    return {"file": {"fileId": rehearsal.files.save(content, "text/plain").file_id, "output": output}, "enrich": [IP]}


def _content(rehearsal: Rehearsal, result: dict[str, Any]) -> bytes:
    return rehearsal.files.read(result["file"]["fileId"])


@pytest.mark.parametrize("make", [_csv, _jsonl, _parquet], ids=["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("output", ["csv", "jsonl", "parquet"])
def test_an_interrupted_job_writes_what_an_uninterrupted_one_does(
    rehearse: Rehearse, make: Callable[[], bytes], output: str
) -> None:
    whole, broken = rehearse(every="3600"), rehearse()
    payload = _payload(whole, make(), output)
    expected = whole.run(payload)
    assert whole.states == []
    for _ in range(2):
        with pytest.raises(Crash):
            broken.run(payload, crash_after=2)
    told = len(broken.progress)
    result = broken.run(payload)
    assert broken.log[:-1] == ["Goes on after 2,000 records.", "Goes on after 4,000 records."]
    assert len(broken.progress) - told == 3  # two chunks, and the end; not six
    assert _content(broken, result) == _content(whole, expected)
    assert {**result, "file": {**result["file"], "fileId": expected["file"]["fileId"]}} == expected


def test_parts_are_named_until_the_job_has_ended(rehearse: Rehearse) -> None:
    rehearsal = rehearse()
    payload = _payload(rehearsal, _jsonl(), "jsonl")
    result = rehearsal.run(payload)
    assert rehearsal.parts == rehearsal.states[-1]["parts"]
    assert b"".join(map(rehearsal.files.read, rehearsal.parts)) == _content(rehearsal, result)


def test_without_its_parts_a_job_begins_anew(rehearse: Rehearse) -> None:
    rehearsal = rehearse()
    payload = _payload(rehearsal, _csv(), "csv")
    with pytest.raises(Crash):
        rehearsal.run(payload, crash_after=3)
    rehearsal.files.remove(rehearsal.parts[1])
    result = rehearsal.run(payload)
    assert rehearsal.log[0] == "The job begins anew: what was written is gone."
    assert _content(rehearsal, result) == _content(rehearsal, rehearse().run(payload))


def test_after_a_deploy_by_which_a_rule_adds_other_members_a_job_begins_anew(rehearse: Rehearse) -> None:
    rehearsal = rehearse()
    payload = _payload(rehearsal, _csv(), "csv")
    with pytest.raises(Crash):
        rehearsal.run(payload, crash_after=3)
    other = {**rehearsal.states[-1]["at"], "layout": "0123456789abcdef"}
    rehearsal._hear({"checkpoint": json.dumps({**rehearsal.states[-1], "at": other}), "parts": rehearsal.parts})
    result = rehearsal.run(payload)
    assert rehearsal.log[0] == "The job begins anew: its rules add other members by now."
    assert _content(rehearsal, result) == _content(rehearsal, rehearse().run(payload))


class Full(FileStore):
    """Its disk has room for two more files."""

    room = 2

    async def save_stream(self, *arguments: Any, **named: Any) -> StoredFile:
        self.room -= 1
        if self.room < 0:
            raise StoreUnavailable("The file storage cannot be used: no space left on device")
        return await super().save_stream(*arguments, **named)


def test_a_checkpoint_that_cannot_be_made_costs_no_job(rehearse: Rehearse) -> None:
    rehearsal = rehearse()
    payload = _payload(rehearsal, _csv(), "csv")
    rehearsal.files = Full(rehearsal.files.url)
    with pytest.raises(StoreUnavailable):  # the result itself finds no room, either
        rehearsal.run(payload)
    assert rehearsal.log[0] == "No more checkpoints: The file storage cannot be used: no space left on device"
    assert len(rehearsal.states) == 2
    rehearsal.files = FileStore(rehearsal.files.url)
    result = rehearsal.run(payload)
    assert "Goes on after 2,000 records." in rehearsal.log
    assert _content(rehearsal, result) == _content(rehearsal, rehearse().run(payload))


def test_a_checkpoint_of_another_version_is_none(rehearse: Rehearse) -> None:
    rehearsal = rehearse()
    payload = _payload(rehearsal, b"ip\n10.0.0.1\n", "jsonl")
    rehearsal._hear({"checkpoint": '{"at":{"position":"far"},"parts":[],"seconds":1}', "parts": []})
    assert rehearsal.run(payload)["file"]["records"] == 1


def test_a_job_whose_state_is_too_large_runs_without_checkpoints(rehearse: Rehearse) -> None:
    rehearsal = rehearse()
    names = [f"{number}{'x' * 100}" for number in range(999)]
    content = "\n".join([",".join(["ip", *names]), *[",".join(["8.8.8.8"] * 1000)] * 1200]).encode()
    result = rehearsal.run(_payload(rehearsal, content, "csv"))
    assert result["file"]["records"] == 1200
    assert rehearsal.states == []
    assert rehearsal.log[0].startswith("No more checkpoints: The state of a checkpoint takes ")
    stored = list(Path(rehearsal.files.url.removeprefix("file://")).rglob("*.json"))
    assert len(stored) == 2  # the source and the result


class Torn(FileStore):
    """The first file that is saved breaks off after a piece of it."""

    broke_off = False

    async def save_stream(self, chunks: AsyncIterable[bytes], *arguments: Any, **named: Any) -> StoredFile:
        if not self.broke_off:
            self.broke_off = True
            await anext(aiter(chunks))
            raise StoreUnavailable("The file storage cannot be used: no space left on device")
        return await super().save_stream(chunks, *arguments, **named)


@pytest.mark.parametrize("output", ["jsonl", "csv"])
def test_a_checkpoint_that_breaks_off_takes_nothing_of_the_file(rehearse: Rehearse, output: str) -> None:
    rows = [json.dumps(_row(number) | {"long": "x" * 2_000}) for number in range(LINES)]  # a chunk is of several pieces
    rehearsal = rehearse()
    payload = _payload(rehearsal, "\n".join(rows).encode(), output)
    expected = _content(rehearsal, rehearsal.run(payload))
    rehearsal = rehearse()
    rehearsal.files = Torn(rehearsal.files.url)
    assert _content(rehearsal, rehearsal.run(payload)) == expected
    assert rehearsal.states == []
