import asyncio
import dataclasses
import errno
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from shared.file_settings import FileSettings
from shared.files import StoredFile
from shared.settings import Settings
from shared.store import Store, needs
from tests.api_service.conftest import Client, Connect
from tests.waiting import until

GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
UNKNOWN = "018bcfe5-6800-7000-8000-000000000000"


async def upload(client: Client, content: Any, **kwargs: Any) -> dict[str, Any]:
    async with client.post("/api/files", data=content, **kwargs) as response:
        assert response.status == 201, await response.text()
        stored: dict[str, Any] = await response.json()
        assert response.headers["Location"] == stored["links"]["self"] == f"/api/files/{stored['fileId']}"
        return stored


def kept(settings: Settings) -> list[Path]:
    return [path for path in settings.data_dir.rglob("*") if path.is_file()]


async def nothing_kept(settings: Settings) -> bool:
    return not kept(settings)


async def in_pieces(content: bytes, size: int = 1_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def test_an_upload_answers_what_was_stored(client: Client) -> None:
    stored = await upload(client, GIF)
    assert (stored["mediaType"], stored["size"], stored["sha256"]) == ("image/gif", len(GIF), sha256(GIF).hexdigest())
    assert stored["createdAt"].endswith("Z")


async def test_the_media_type_is_told_by_the_content_not_by_the_caller(client: Client) -> None:
    stored = await upload(client, b"<html>hello</html>", headers={"Content-Type": "image/png"})
    assert stored["mediaType"] == "text/html"


@pytest.mark.parametrize("content", [GIF, bytes(range(256)) * 8_000], ids=["small", "2 MB"])
async def test_what_went_up_comes_down(client: Client, content: bytes) -> None:
    stored = await upload(client, in_pieces(content))
    async with client.get(stored["links"]["self"]) as response:
        assert response.status == 200
        assert await response.read() == content
        assert response.content_length == len(content)
        assert response.content_type == stored["mediaType"]


async def test_a_download_is_safe_to_open_in_a_browser(client: Client) -> None:
    stored = await upload(client, b"<html><script>alert(1)</script></html>")
    async with client.get(stored["links"]["self"]) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Disposition"] == f'attachment; filename="{stored["fileId"]}.html"'
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


async def test_a_disposition_that_names_the_file_in_two_ways_at_once_names_none(client: Client) -> None:
    stored = await upload(client, GIF, headers={"Content-Disposition": "attachment; filename*=utf-8''a; filename*0=b"})
    assert stored["name"] is None


async def test_head_answers_the_headers_alone(client: Client) -> None:
    stored = await upload(client, GIF)
    async with client.get(stored["links"]["self"]) as got, client.head(stored["links"]["self"]) as response:
        assert response.status == 200
        assert await response.read() == b""
        assert response.content_length == len(GIF)
        assert response.headers["ETag"] == got.headers["ETag"] == f'"{stored["sha256"]}"'


@pytest.mark.parametrize("given", ['"{}"', 'W/"{}"', '"other", "{}"', "*"])
async def test_who_has_the_file_already_gets_304(client: Client, given: str) -> None:
    stored = await upload(client, GIF)
    headers = {"If-None-Match": given.format(stored["sha256"])}
    async with client.get(stored["links"]["self"], headers=headers) as response:
        assert response.status == 304
        assert response.headers["ETag"] == f'"{stored["sha256"]}"'
        assert await response.read() == b""


@pytest.mark.parametrize("given", ['"other"', '"*"', "other", "\xff"])
async def test_who_has_another_file_gets_this_one(client: Client, given: str) -> None:
    stored = await upload(client, GIF)
    async with client.get(stored["links"]["self"], headers={"If-None-Match": given}) as response:
        assert (response.status, await response.read()) == (200, GIF)


@pytest.mark.parametrize("file_id", [UNKNOWN, "1", UNKNOWN.upper(), "%2e%2e%2finfo", f"{UNKNOWN}.json", "%00", "ü"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_is_no_file_is_not_found(client: Client, method: str, file_id: str) -> None:
    async with client.request(method, f"/api/files/{file_id}") as response:
        assert response.status == 404
        assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "chunked"])
async def test_an_empty_body_is_refused(client: Client, settings: Settings, *, chunked: bool) -> None:
    async with client.post("/api/files", data=in_pieces(b"") if chunked else b"") as response:
        assert response.status == 422
        assert (await response.json())["errors"] == [{"pointer": "", "code": "empty", "detail": "Send a file."}]
    assert kept(settings) == []


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "chunked"])
async def test_an_upload_beyond_the_limit_is_refused_and_not_kept(
    connect: Connect, settings: Settings, *, chunked: bool
) -> None:
    client = await connect(dataclasses.replace(settings, files=FileSettings(largest=100_000)))
    content = bytes(100_001)
    async with client.post("/api/files", data=in_pieces(content) if chunked else content) as response:
        assert response.status == 413
        assert "100000 bytes" in (await response.json())["detail"]
    assert kept(settings) == []
    assert (await upload(client, content[1:]))["size"] == 100_000


async def test_an_upload_may_be_larger_than_a_json_body(connect: Connect, settings: Settings) -> None:
    client = await connect(dataclasses.replace(settings, max_body=1_000))
    assert (await upload(client, in_pieces(bytes(3_000_000), 100_000)))["size"] == 3_000_000


@pytest.mark.parametrize("encoding", ["gzip", "br", "nonsense"])
async def test_an_encoded_body_is_refused(client: Client, encoding: str) -> None:
    async with client.post("/api/files", data=GIF, headers={"Content-Encoding": encoding}) as response:
        assert response.status == 415
        assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("media_type", ["multipart/mixed; boundary=x", "application/x-www-form-urlencoded"])
async def test_another_form_is_refused_and_told_how_to_send_a_file(
    client: Client, settings: Settings, media_type: str
) -> None:
    async with client.post("/api/files", data=GIF, headers={"Content-Type": media_type}) as response:
        assert response.status == 415
        assert "curl --data-binary @FILE" in (await response.json())["detail"]
    assert kept(settings) == []


@pytest.mark.parametrize(
    ("head", "body"),
    [("Content-Length: 100000", b"x" * 5_000), ("Transfer-Encoding: chunked", b"1388\r\n" + b"x" * 5_000 + b"\r\n")],
    ids=["with a length", "chunked"],
)
async def test_an_upload_that_breaks_off_is_not_kept(
    client: Client, settings: Settings, head: str, body: bytes
) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(f"POST /api/files HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode() + body)
    writer.write_eof()
    await reader.read()
    writer.close()
    await until(lambda: nothing_kept(settings), "nothing of the broken upload is left")
    assert await upload(client, GIF)


async def test_a_malformed_chunk_is_a_bad_request(client: Client, settings: Settings) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    head = "POST /api/files HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    writer.write(head.encode() + b"5\r\nhello\r\nno size\r\n")
    answer = await reader.read()
    writer.close()
    assert b" 400 Bad Request\r\n" in answer
    await until(lambda: nothing_kept(settings), "nothing of the broken upload is left")


async def test_storage_that_fails_is_answered_503(client: Client, settings: Settings) -> None:
    settings.data_dir.write_bytes(b"no directory")
    async with client.post("/api/files", data=GIF) as response:
        assert response.status == 503
        assert response.headers["Retry-After"]


async def test_equal_files_take_the_room_of_one(client: Client, settings: Settings) -> None:
    one, two = await upload(client, GIF), await upload(client, GIF)
    assert one["fileId"] != two["fileId"]
    contents = [path for path in kept(settings) if path.parent.name == "content"]
    assert len({path.stat().st_ino for path in contents}) == 1


async def test_files_are_listed_page_by_page(client: Client) -> None:
    files = [await upload(client, bytes([n + 1])) for n in range(3)]
    async with client.get("/api/files?pageSize=2") as response:
        page = await response.json()
        assert page["files"] == files[:0:-1]
        assert f"pageToken={page['nextPageToken']}" in str(response.links["next"]["url"])
    async with client.get("/api/files", params={"pageToken": page["nextPageToken"]}) as response:
        assert await response.json() == {"files": files[:1], "nextPageToken": None}
    async with client.get("/api/files?pageToken=nonsense") as response:
        assert response.status == 422


async def test_what_is_known_of_a_file_can_be_read(client: Client) -> None:
    stored = await upload(client, GIF)
    async with client.get(stored["links"]["metadata"]) as response:
        assert await response.json() == stored


async def test_a_file_that_was_removed_is_gone(client: Client, settings: Settings) -> None:
    stored = await upload(client, GIF)
    for status in (204, 404):
        async with client.delete(stored["links"]["self"]) as response:
            assert response.status == status
    assert kept(settings) == []


async def test_a_file_that_a_job_needs_stays_until_that_has_ended(client: Client) -> None:
    stored = await upload(client, b"3\n1\n2\n")
    payload = {"operation": "describe", "fileId": stored["fileId"], "format": "lines"}
    async with client.post("/api/jobs", json={"type": "calculation", "payload": payload}) as response:
        assert response.status == 202, await response.text()
        job = (await response.json())["jobId"]
    async with client.delete(stored["links"]["self"]) as response:
        assert (response.status, (await response.json())["title"]) == (409, "File is needed")
    async with client.post(f"/api/jobs/{job}/cancel") as response:
        assert response.status == 200
    async with client.delete(stored["links"]["self"]) as response:
        assert response.status == 204


async def test_a_job_that_names_a_file_that_is_being_removed_is_refused(client: Client, store: Store) -> None:
    stored = await upload(client, b"3\n1\n2\n")
    info = StoredFile(file_id=stored["fileId"], media_type="", bytes=6, sha256="", created_at=0)
    assert await needs.free(store.link, "default", info)
    payload = {"operation": "describe", "fileId": stored["fileId"], "format": "lines"}
    async with client.post("/api/jobs", json={"type": "calculation", "payload": payload}) as response:
        assert response.status == 422
        assert stored["fileId"] in (await response.json())["detail"]


async def test_storage_without_room_is_answered_507(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shared.files.directory._write", full)
    async with client.post("/api/files", data=GIF) as response:
        assert response.status == 507
