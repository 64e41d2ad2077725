"""Where a job's file may come from, and what becomes of those that cannot be had."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from shared.files import FileStore
from tests.worker_service.webhooks.receiver import answer, receiving
from worker_service import fetching, sources
from worker_service.processors import JobContext, Reject, RetryLater
from worker_service.processors.calculation import calculation
from worker_service.processors.data_enrichment import enrich
from worker_service.processors.file_processing import file_processing
from worker_service.processors.testing import Rehearsal

CSV = b"price\n10\n20\n"
TEXT = CSV.decode()
HERE = "127.0.0.0/8"


def job(directory: Path, **configured: str) -> JobContext:
    files = FileStore(directory.as_uri())
    return JobContext(id="1", type="test", attempt=1, files=files, configured={"networks": HERE, **configured})


async def had(job: JobContext, url: str) -> bytes:
    """What a URL leads to, as a child has it: in a thread without a loop."""

    def read() -> bytes:
        with sources.opened(job, {"url": url}) as (stored, content):
            found = content.read()
            assert (stored.bytes, stored.sha256) == (len(found), sha256(found).hexdigest())
            return found

    return await asyncio.to_thread(read)


def uri(content: bytes) -> str:
    return f"data:text/csv;base64,{b64encode(content).decode()}"


def test_a_stored_file_and_one_in_the_payload_are_real_files(tmp_path: Path) -> None:
    one = job(tmp_path)
    stored = one.files.save(CSV, "text/csv")
    for asked in ({"file_id": stored.file_id}, {"data_uri": uri(CSV)}):
        with sources.opened(one, asked) as (facts, content):
            assert Path(content.name).read_bytes() == content.read() == CSV
            assert (facts.bytes, facts.sha256) == (len(CSV), sha256(CSV).hexdigest())
            path = Path(content.name)
        assert path.exists() is ("file_id" in asked)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"file_id": "018bcfe5-6800-7000-8000-000000000000"}, "/at/fileId: There is no file"),
        ({"data_uri": "data:;base64,AAA"}, "/at/dataUri: This is not base64"),
        ({"data_uri": "data:;base64,"}, "/at/dataUri: There is nothing"),
        ({"url": "http://10.0.0.1/"}, "/at/url: The host is an address in a network"),
        ({"url": "http://localhost:6379/"}, "/at/url: The file could not be fetched|/at/url: "),
    ],
)
def test_what_cannot_be_had_is_refused_by_its_place(tmp_path: Path, asked: Mapping[str, Any], why: str) -> None:
    with pytest.raises((Reject, RetryLater), match=why), sources.opened(job(tmp_path), asked, "/at"):
        pass


def test_without_opened_networks_nothing_inside_is_reached(tmp_path: Path) -> None:
    for url in (
        "http://127.0.0.1/",
        "http://[::1]/",
        "https://127.0.0.1:8080/",
        "http://0x7f.1/",
        "http://[::ffff:7f00:1]/",
    ):
        with pytest.raises(Reject, match="/url: "), sources.opened(job(tmp_path, networks=""), {"url": url}):
            pass


async def test_what_a_url_leads_to_is_fetched(tmp_path: Path) -> None:
    async with receiving(answer(200, TEXT)) as server:
        assert await had(job(tmp_path), server.url) == CSV
        assert server.requests[0].headers["Accept-Encoding"] == "identity"


async def test_redirects_pass_the_gate_too(tmp_path: Path) -> None:
    async with receiving() as server:
        server.answers += [answer(302, Location="/elsewhere"), answer(200, TEXT)]
        assert await had(job(tmp_path), server.url) == CSV
        assert [request.path for request in server.requests] == ["/hook", "/elsewhere"]
        server.answers.append(answer(302, Location="http://169.254.169.254/latest/meta-data"))
        with pytest.raises(Reject, match="The host is an address in a network"):
            await had(job(tmp_path), server.url)
        server.answers += [answer(302, Location=server.url)] * 4
        with pytest.raises(Reject, match="more than 3 times"):
            await had(job(tmp_path), server.url)


@pytest.mark.parametrize("status", [400, 401, 404, 410])
async def test_what_is_not_there_is_not_asked_for_again(tmp_path: Path, status: int) -> None:
    async with receiving(answer(status)) as server:
        with pytest.raises(Reject, match=f"answered {status}"):
            await had(job(tmp_path), server.url)


@pytest.mark.parametrize(("status", "after"), [(429, 7.0), (503, 7.0), (500, None), (204, None)])
async def test_what_may_be_there_later_is_asked_for_again(tmp_path: Path, status: int, after: float | None) -> None:
    headers = {} if after is None else {"Retry_After": "7"}
    async with receiving(answer(status, **headers)) as server:
        with pytest.raises(RetryLater, match=f"answered {status}") as caught:
            await had(job(tmp_path), server.url)
        assert caught.value.after == after


async def test_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    def chunked() -> web.Response:
        response = web.Response(body=CSV * 100)
        response.enable_chunked_encoding()
        return response

    async with receiving(answer(200, TEXT * 100), chunked) as server:
        for _ in range(2):
            with pytest.raises(Reject, match="more than 1,000 bytes"):
                await had(job(tmp_path, largest_file="1000"), server.url)


async def test_what_comes_packed_or_empty_is_refused(tmp_path: Path) -> None:
    async with receiving(answer(200, TEXT, Content_Encoding="gzip"), answer(200, "")) as server:
        with pytest.raises(Reject, match="packed"):
            await had(job(tmp_path), server.url)
        with pytest.raises(Reject, match="nothing in it"):
            await had(job(tmp_path), server.url)


async def test_what_does_not_come_in_time_is_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "WITHIN", 0.05)
    silent = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    async with await asyncio.start_server(wait, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(RetryLater, match="did not come within"):
            await had(job(tmp_path), f"http://127.0.0.1:{port}/")
        silent.set()


def test_all_that_work_on_files_take_them_from_the_payload(tmp_path: Path) -> None:
    described = Rehearsal(calculation, tmp_path).run(
        {"operation": "describe", "dataUri": uri(CSV), "format": "csv", "column": "price"}
    )
    assert (described["count"], described["sum"]) == (2, 30)
    checked = Rehearsal(file_processing, tmp_path).run({"dataUri": uri(CSV), "operations": [{"operation": "checksum"}]})
    assert sha256(CSV).hexdigest() in str(checked["reports"])
    enriched = Rehearsal(enrich, tmp_path).run(
        {"file": {"dataUri": uri(b"email\nInfo@example.com\n")}, "enrich": [{"field": "email", "with": "email"}]}
    )
    assert enriched["file"]["records"] == 1
