"""Files, by the command."""

import asyncio
import json
import os
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dmps import Client, UploadProgress
from tests.chaos.proxy import Cut, Proxy
from tests.dmps.cli.conftest import Dmps, run
from tests.dmps.cli.test_ends import on_a_terminal
from tests.dmps.conftest import Service, content

NOBODY = "01a20bd9-6453-76ed-b412-7526b44b1ca6"
LARGE = 9 * 1024 * 1024


class Enough(Exception):
    """The caller does not go on."""


def test_files_are_listed_shown_and_removed(dmps: Dmps, client: Client) -> None:
    ids = [client.upload(b"content", name=f"file \x1b{number}.txt").file_id for number in range(3)]
    few = dmps("files", "--limit", "2")
    assert "At most 2 are shown" in few.err
    assert [line.split()[0] for line in few.out.splitlines()] == ["ID", ids[2], ids[1]]
    assert dmps("files", "--ids", "--limit", "3").out.split() == ids[::-1]
    assert [file["fileId"] for file in dmps("files", "--json", "--limit", "3").lines] == ids[::-1]
    assert "file 0.txt" in dmps("files", "show", ids[0]).out
    removed = dmps("files", "delete", ids[0], NOBODY, ids[1])
    assert (removed.status, removed.out) == (3, f"{ids[0]} deleted\n{ids[1]} deleted\n")
    assert f"{NOBODY}: File not found (404)" in removed.err
    assert dmps("files", "show", ids[0]).status == 3


def test_a_link_is_printed_alone(dmps: Dmps, client: Client) -> None:
    file_id = client.upload(b"content").file_id
    made = dmps("link", file_id)
    assert made.out.startswith(f"{client.url}/downloads/")
    assert len(made.out.split()) == 1
    assert "Whoever has it has the file until 2" in made.err
    assert dmps("link", file_id, "--expires", "60", "--json").json["url"].startswith(client.url)
    refused = dmps("link", file_id, "--expires", "0")
    assert (refused.status, refused.out) == (4, "")
    assert "/expiresIn: Must be between 1 and 604800." in refused.err
    assert dmps("link", NOBODY).status == 3


def test_standard_input_and_pipes_are_uploaded(dmps: Dmps, client: Client, tmp_path: Path) -> None:
    stored = dmps("upload", "-", "--name", "given.txt", "--json", given="as given").json
    assert stored["name"] == "given.txt"
    assert client.download(stored["fileId"]) == b"as given"
    read, write = os.pipe()
    os.write(write, b"piped")
    os.close(write)
    try:
        piped = dmps("upload", f"/proc/{os.getpid()}/fd/{read}", "--json").json
    finally:
        os.close(read)
    assert (piped["size"], piped["name"]) == (5, None)


def test_a_directory_gets_the_file_under_its_own_name(dmps: Dmps, client: Client, tmp_path: Path) -> None:
    named, nameless = client.upload(b"content", name="given.txt").file_id, client.upload(b"other").file_id
    assert dmps("download", named, "-o", str(tmp_path)).out == f"{tmp_path / 'given.txt'} (7 bytes)\n"
    assert dmps("download", named, "-o", str(tmp_path)).status == 2
    assert dmps("download", named, "-o", "-").out == "content"
    assert dmps("download", nameless, "-o", str(tmp_path)).status == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(["given.txt", nameless])


def test_a_device_is_written_to_and_stays_one(dmps: Dmps, client: Client, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert dmps("download", client.upload(b"content").file_id, "-o", str(pipe)).status == 0
        assert os.read(end, 100) == b"content"
    finally:
        os.close(end)
    assert pipe.is_fifo()


def test_an_upload_that_has_stopped_goes_on(dmps: Dmps, client: Client, tmp_path: Path) -> None:
    path, data = content(tmp_path, LARGE)
    begun: list[UploadProgress] = []

    def leave(progress: UploadProgress) -> None:
        begun.append(progress)
        if progress.sent > 0:
            raise Enough

    with pytest.raises(Enough):
        client.upload(path, on_progress=leave)
    upload_id = str(begun[-1].upload_id)
    other = tmp_path / "other"
    other.write_bytes(b"other")
    refused = dmps("upload", str(other), "--resume", upload_id)
    assert (refused.status, refused.out) == (2, "")
    assert f"is of a file of {len(data)} bytes; this one has 5" in refused.err
    assert dmps("upload", str(path), "--resume", upload_id).out == f"{upload_id}\n"
    assert dmps("upload", str(path), str(path), "--resume", upload_id).status == 2
    unknown = dmps("upload", str(path), "--resume", NOBODY)
    assert unknown.status == 3
    assert "Without --resume, another begins." in unknown.err


async def test_an_upload_that_cannot_go_on_says_how_it_may(service: Service, tmp_path: Path) -> None:
    path, _ = content(tmp_path, LARGE)
    url = urlsplit(service.url)
    async with Proxy((url.hostname or "", url.port or 0)) as proxy:
        settings = {"DMPS_URL": f"http://127.0.0.1:{proxy.port}"}
        proxy.cut = lambda data: Cut.BEFORE if data.startswith(b"PATCH") else None
        asked = ("--tries", "1", "upload", str(path), "--stalled", "0", "--json")
        stopped = await asyncio.to_thread(partial(run, *asked, **settings))
        assert (stopped.status, stopped.out) == (5, "")
        told = json.loads(stopped.err)
        assert told["error"] == "UploadStopped"
        assert told["advice"] == f"To go on with it: dmps upload FILE --resume {told['uploadId']}"
        proxy.cut = lambda _: None
        resumed = await asyncio.to_thread(partial(run, "upload", str(path), "--resume", told["uploadId"], **settings))
        assert (resumed.status, resumed.out) == (0, f"{told['uploadId']}\n")


def test_an_upload_has_a_bar_on_a_terminal(service: Service, client: Client, tmp_path: Path) -> None:
    path, _ = content(tmp_path, LARGE)
    status, seen = on_a_terminal("upload", str(path), DMPS_URL=service.url)
    assert status == 0
    assert "9.4/9.4 MB" in seen
    assert str(client.file(seen.split("FILE")[1].split()[1]).size) in seen


def test_files_are_completed_with_their_names(dmps: Dmps, client: Client) -> None:
    file_id = client.upload(b"content", name="completed.txt").file_id
    words = {"_DMPS_COMPLETE": "zsh_complete", "COMP_WORDS": f"dmps link {file_id}", "COMP_CWORD": "2"}
    assert dmps(**words).out == f"plain\n{file_id}\ncompleted.txt\n"
