"""Uploads that break off: what has arrived is not sent again, and the file is stored once."""

import hashlib
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dmps import (
    AsyncClient,
    Client,
    Damaged,
    InvalidRequest,
    NotFound,
    Patience,
    Unreachable,
    UploadProgress,
    UploadStopped,
)
from tests.chaos.proxy import Cut, Proxy
from tests.dmps.conftest import AT_ONCE, Service, free_port, wait_until_answering
from tests.processes import API, Fleet, fleet

MiB = 1024 * 1024
SIZE = 24 * MiB
IN_FLIGHT = 8 * MiB  # bytes that buffers may hold when a link breaks
QUICK = Patience(tries=5, first=0.01)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of which no two places are alike."""
    path = tmp_path_factory.mktemp("large") / "large.bin"
    path.write_bytes(b"".join(number.to_bytes(8, "big") for number in range(SIZE // 8)))
    return path


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass
class Heard:
    """What an upload told of itself."""

    progress: list[UploadProgress] = field(default_factory=list)

    def __call__(self, progress: UploadProgress) -> None:
        self.progress.append(progress)

    @property
    def troubles(self) -> int:
        return sum(each.trouble is not None for each in self.progress)

    @property
    def sent(self) -> int:
        """Bytes in all, those that were sent again among them."""
        places = [each.sent for each in self.progress]
        return sum(max(0, after - before) for before, after in zip([0, *places], places, strict=False))


@dataclass
class Mortal:
    """An API that is killed when so much of an upload has gone, and started again at the same port."""

    fleet: Fleet
    port: int
    heard: Heard = field(default_factory=Heard)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.fleet.start(API, PORT=str(self.port))

    def kill(self) -> None:
        self.fleet.processes[-1].kill()
        self.fleet.processes[-1].wait()


@pytest.fixture
def mortal(tmp_path: Path, service: Service) -> Iterator[Mortal]:
    with fleet(tmp_path, service.store.url) as started:
        api = Mortal(started, free_port())
        api.start()
        wait_until_answering(api.url)
        yield api


def test_an_api_that_is_killed_costs_only_the_rest(mortal: Mortal, large: Path) -> None:
    def on_progress(progress: UploadProgress) -> None:
        mortal.heard(progress)
        if progress.sent > 20 * MiB and len(mortal.fleet.processes) == 1:
            mortal.kill()
            mortal.start()

    with Client(mortal.url) as client:
        stored = client.upload(large, on_progress=on_progress)
        assert (stored.name, stored.size, stored.sha256) == ("large.bin", SIZE, digest(large))
        assert [file.file_id for file in client.files()] == [stored.file_id]
    assert mortal.heard.troubles
    assert mortal.heard.sent < SIZE + IN_FLIGHT


def test_an_upload_that_was_given_up_goes_on_later_and_elsewhere(mortal: Mortal, large: Path, tmp_path: Path) -> None:
    def on_progress(progress: UploadProgress) -> None:
        if progress.sent > 20 * MiB:
            mortal.kill()

    with Client(mortal.url, patience=AT_ONCE) as client, pytest.raises(UploadStopped) as stopped:
        client.upload(large, on_progress=on_progress, stalled=0)
    assert isinstance(stopped.value.__cause__, Unreachable)
    mortal.start()
    wait_until_answering(mortal.url)
    upload_id = stopped.value.upload_id
    with Client(mortal.url) as client:
        with pytest.raises(ValueError, match=f"of a file of {SIZE} bytes; this one has 5"):
            client.upload(b"other", resume=upload_id)
        assert client.upload(large, resume=upload_id, on_progress=mortal.heard).sha256 == digest(large)
        assert mortal.heard.progress[0].sent > 20 * MiB - IN_FLIGHT
        assert client.upload(large, resume=upload_id).file_id == upload_id  # which says that it is there
        with pytest.raises(Damaged, match="of another content"):
            client.upload(bytes(SIZE), resume=upload_id)


class Enough(Exception):
    """The caller does not go on."""


@dataclass
class Leaving(Heard):
    """A caller who leaves after so many bytes."""

    after: int = 2 * MiB

    def __call__(self, progress: UploadProgress) -> None:
        super().__call__(progress)
        if progress.sent > self.after:
            raise Enough

    @property
    def upload_id(self) -> str:
        return str(self.progress[-1].upload_id)


def test_a_file_that_has_changed_since_is_not_stored(client: Client, large: Path, tmp_path: Path) -> None:
    leaving = Leaving()
    with pytest.raises(Enough):
        client.upload(large, on_progress=leaving)
    changed = tmp_path / "changed"
    changed.write_bytes(bytes(MiB) + large.read_bytes()[MiB:])
    with pytest.raises(InvalidRequest, match="Digest does not match"):
        client.upload(changed, resume=leaving.upload_id)
    with pytest.raises(NotFound, match="no upload"):
        client.upload(large, resume=leaving.upload_id)


def test_a_file_that_becomes_shorter_is_not_stored(client: Client, large: Path, tmp_path: Path) -> None:
    shrinking = tmp_path / "shrinking"
    shrinking.write_bytes(large.read_bytes())
    heard = Heard()

    def on_progress(progress: UploadProgress) -> None:
        heard(progress)
        with shrinking.open("r+b") as file:
            file.truncate(4 * MiB)

    with pytest.raises(Damaged, match="has become shorter"):
        client.upload(shrinking, on_progress=on_progress)
    client.cancel_upload(str(heard.progress[0].upload_id))


def test_an_upload_is_forgotten_when_it_is_cancelled(client: Client, large: Path) -> None:
    leaving = Leaving()
    with pytest.raises(Enough):
        client.upload(large.read_bytes(), on_progress=leaving)
    client.cancel_upload(leaving.upload_id)
    with pytest.raises(NotFound):
        client.cancel_upload(leaving.upload_id)


def test_a_large_file_does_not_come_into_memory(client: Client, large: Path) -> None:
    tracemalloc.start()
    try:
        client.upload(large)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 * MiB


def test_a_small_file_tells_how_far_it_is(client: Client) -> None:
    heard = Heard()
    client.upload(bytes(MiB), on_progress=heard)
    assert [(each.sent, each.size, each.upload_id) for each in heard.progress][-1] == (MiB, MiB, None)


@pytest.fixture
async def proxy(service: Service) -> AsyncIterator[Proxy]:
    url = urlsplit(service.url)
    async with Proxy((url.hostname or "", url.port or 0)) as started:
        yield started


async def test_an_upload_gets_through_a_link_that_breaks_again_and_again(proxy: Proxy, large: Path) -> None:
    passed = 0

    def cut(data: bytes) -> Cut | None:
        nonlocal passed
        passed += len(data)
        return Cut.BEFORE if proxy.cuts < passed // (10 * MiB) else None

    proxy.cut = cut
    heard = Heard()
    async with AsyncClient(f"http://127.0.0.1:{proxy.port}", patience=QUICK) as client:
        stored = await client.upload(large, on_progress=heard)
    assert stored.sha256 == digest(large)
    assert heard.troubles == proxy.cuts >= 2


@pytest.mark.parametrize("lost", [b"POST ", b"upload-complete: ?1"], ids=["begin", "end"])
async def test_an_upload_whose_answers_are_lost_is_stored_once(proxy: Proxy, large: Path, lost: bytes) -> None:
    proxy.cut = lambda data: Cut.AFTER if not proxy.cuts and lost in data.replace(b"Upload-C", b"upload-c") else None
    name = f"lost {lost!r}"
    async with AsyncClient(f"http://127.0.0.1:{proxy.port}", patience=QUICK) as client:
        stored = await client.upload(large, name=name)
        assert proxy.cuts == 1
        assert [file.file_id async for file in client.files() if file.name == name] == [stored.file_id]
