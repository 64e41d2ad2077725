"""Uploads that break off and go on (draft-ietf-httpbis-resumable-upload), over real connections."""

import asyncio
import dataclasses
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest

from shared.file_settings import FileSettings
from shared.files import FileStore
from shared.files.directory import Directory
from shared.files.storage import Blocks, Tap
from shared.settings import Settings
from tests.api_service.conftest import Client, Connect
from tests.waiting import until

CONTENT = bytes(range(256)) * 1_000
MORE, LAST = {"Upload-Complete": "?0"}, {"Upload-Complete": "?1"}


def digest(content: bytes) -> str:
    return f"sha-256=:{b64encode(sha256(content).digest()).decode()}:"


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def begin(client: Client, content: bytes = b"", **headers: str) -> dict[str, Any]:
    async with client.post("/api/files", data=content, headers={**MORE, **headers}) as response:
        assert response.status == 201, await response.text()
        begun: dict[str, Any] = await response.json()
        assert response.headers["Location"] == begun["links"]["self"] == f"/api/uploads/{begun['uploadId']}"
        assert response.headers["Upload-Offset"] == str(begun["offset"])
        assert response.headers["Upload-Complete"] == "?0"
        return begun


async def append(client: Client, upload: str, content: bytes, offset: int, **headers: str) -> tuple[int, Any, Any]:
    sent = {"Content-Type": "application/partial-upload", "Upload-Offset": str(offset), **headers}
    async with client.patch(f"/api/uploads/{upload}", data=content, headers=sent) as response:
        body = await response.json() if response.content_type != "application/octet-stream" else None
        return response.status, response.headers, body


async def offset_of(client: Client, upload: str) -> int:
    async with client.head(f"/api/uploads/{upload}") as response:
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-store"
        return int(response.headers["Upload-Offset"])


async def content_of(client: Client, file_id: str) -> bytes:
    async with client.get(f"/api/files/{file_id}") as response:
        assert response.status == 200
        return await response.read()


async def test_what_comes_in_parts_becomes_one_file(client: Client) -> None:
    begun = await begin(client, CONTENT[:1_000], **{"Content-Disposition": 'attachment; filename="a.bin"'})
    upload = begun["uploadId"]
    status, headers, _ = await append(client, upload, CONTENT[1_000:5_000], 1_000, **MORE)
    assert (status, headers["Upload-Offset"]) == (204, "5000")
    assert await offset_of(client, upload) == 5_000
    status, headers, stored = await append(client, upload, CONTENT[5_000:], 5_000, **LAST)
    assert (status, headers["Upload-Complete"]) == (201, "?1")
    assert (stored["fileId"], stored["name"], stored["size"]) == (upload, "a.bin", len(CONTENT))
    assert stored["sha256"] == sha256(CONTENT).hexdigest()
    assert await content_of(client, upload) == CONTENT
    async with client.head(f"/api/uploads/{upload}") as response:
        assert (response.headers["Upload-Complete"], response.headers["Upload-Offset"]) == ("?1", str(len(CONTENT)))
    status, _, problem = await append(client, upload, b"more", len(CONTENT), **LAST)
    assert (status, problem["title"]) == (400, "Upload is complete")


async def test_an_upload_in_one_go_is_a_file_at_once(client: Client) -> None:
    async with client.post("/api/files", data=CONTENT, headers=LAST) as response:
        stored = await response.json()
        assert (response.status, response.headers["Location"]) == (201, f"/api/files/{stored['fileId']}")
    assert await content_of(client, stored["fileId"]) == CONTENT


async def test_an_upload_whose_connection_breaks_goes_on(client: Client) -> None:
    """The interim answer tells its sender where, before the body has arrived."""
    reader, writer = await asyncio.open_connection(client.host, client.port)
    head = f"POST /api/files HTTP/1.1\r\nHost: localhost\r\nUpload-Complete: ?1\r\nContent-Length: {len(CONTENT)}\r\n"
    head += "Upload-Draft-Interop-Version: 8\r\n\r\n"
    writer.write(head.encode() + CONTENT[:100_000])
    interim = await reader.readuntil(b"\r\n\r\n")
    assert interim.startswith(b"HTTP/1.1 104 Upload Resumption Supported\r\n")
    lines = dict(line.split(": ", 1) for line in interim.decode().splitlines()[1:] if line)
    assert lines["Upload-Draft-Interop-Version"] == "8"
    upload = lines["Location"].rpartition("/")[2]
    writer.transport.abort()

    async def arrived() -> bool:
        return await offset_of(client, upload) == 100_000

    await until(arrived, "what came before the connection broke is there")
    status, _, stored = await append(client, upload, CONTENT[100_000:], 100_000, **LAST)
    assert (status, stored["size"]) == (201, len(CONTENT))
    assert await content_of(client, upload) == CONTENT


async def test_who_asks_how_far_it_is_ends_a_request_that_has_stalled(client: Client) -> None:
    upload = (await begin(client))["uploadId"]
    reader, writer = await asyncio.open_connection(client.host, client.port)
    head = (
        f"PATCH /api/uploads/{upload} HTTP/1.1\r\nHost: localhost\r\nUpload-Complete: ?1\r\nUpload-Offset: 0\r\n"
        f"Content-Type: application/partial-upload\r\nContent-Length: {len(CONTENT)}\r\n\r\n"
    )
    writer.write(head.encode() + CONTENT[:1_000])
    async with client.get(f"/api/uploads/{upload}") as response:
        assert response.status == 200

    async def is_cut_off() -> bool:
        await offset_of(client, upload)
        return reader.at_eof() or reader.exception() is not None

    await until(is_cut_off, "the request that stalled is cut off")
    offset = await offset_of(client, upload)
    assert offset <= 1_000
    assert (await append(client, upload, CONTENT[offset:], offset, **LAST))[0] == 201
    assert await content_of(client, upload) == CONTENT
    writer.close()


async def test_an_upload_that_another_process_added_to_does_not_become_a_file(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = Directory.append

    async def added_by_two(directory: Directory, key: str, offset: int, blocks: Blocks, check: Any) -> None:
        await added(directory, key, offset, blocks, check)
        if not offset:
            await added(directory, key, 5, pieces(b"67"))

    upload = (await begin(client))["uploadId"]
    monkeypatch.setattr(Directory, "append", added_by_two)
    status, headers, problem = await append(client, upload, b"12345", 0, **LAST)
    assert (status, problem["title"], headers["Retry-After"]) == (409, "Upload is busy", "1")
    assert await offset_of(client, upload) == 7
    assert (await append(client, upload, b"89", 7, **LAST))[0] == 201
    assert await content_of(client, upload) == b"123456789"


async def test_nobody_cuts_off_the_request_that_makes_a_file_of_the_upload(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopted, arrived, asked = Directory.adopt, asyncio.Event(), asyncio.Event()

    async def once_asked(directory: Directory, key: str, content: str, tap: Tap) -> None:
        arrived.set()
        await asked.wait()
        await adopted(directory, key, content, tap)

    monkeypatch.setattr(Directory, "adopt", once_asked)
    upload = (await begin(client, b"123"))["uploadId"]
    completing = asyncio.create_task(append(client, upload, b"45", 3, **LAST))
    await arrived.wait()
    for method in ("HEAD", "GET", "DELETE"):
        async with client.request(method, f"/api/uploads/{upload}") as response:
            expected = (200, None) if method == "GET" else (409, "1")
            assert (response.status, response.headers.get("Retry-After")) == expected
    assert (await append(client, upload, b"6", 5, **LAST))[0] == 409
    asked.set()
    assert (await completing)[0] == 201
    assert await content_of(client, upload) == b"12345"


async def test_a_file_of_which_nobody_told_is_told_of_by_who_asks_next(client: Client, settings: Settings) -> None:
    """Whoever made a content of the upload died before its facts were written."""
    upload = (await begin(client, b"12345"))["uploadId"]
    shelf = FileStore(settings.files_url).shelf
    content = shelf.key("content", upload)
    await shelf.storage.adopt(shelf.key("pending", upload), content, aiter)
    async with client.get(f"/api/files/{upload}") as response:
        assert response.status == 404
    assert await offset_of(client, upload) == 5
    assert await content_of(client, upload) == b"12345"
    async with client.head(f"/api/files/{upload}") as response:
        assert response.headers["Repr-Digest"] == digest(b"12345")
    assert (await append(client, upload, b"more", 5, **LAST))[0] == 400


async def test_a_file_that_was_removed_is_not_made_anew_of_its_upload(client: Client, settings: Settings) -> None:
    upload = (await begin(client))["uploadId"]
    assert (await append(client, upload, b"12345", 0, **LAST))[0] == 201
    shelf = FileStore(settings.files_url).shelf
    shelf.remove(shelf.facts(upload))
    shelf.storage.save(shelf.key("content", upload), b"12345")  # whoever removed it died before this went
    async with client.get(f"/api/uploads/{upload}") as response:
        assert response.status == 404


async def test_what_does_not_go_on_where_it_ended_is_refused_and_told(client: Client) -> None:
    upload = (await begin(client, b"12345"))["uploadId"]
    for offset in (0, 4, 6):
        status, headers, problem = await append(client, upload, b"more", offset, **LAST)
        assert (status, headers["Upload-Offset"]) == (409, "5")
        assert problem["title"] == "Upload offset does not match"
    assert await offset_of(client, upload) == 5


async def test_a_length_that_was_announced_holds(client: Client) -> None:
    upload = (await begin(client, b"12345", **{"Upload-Length": "8"}))["uploadId"]
    for content in (b"6789", b"67"):
        status, _, problem = await append(client, upload, content, 5, **LAST)
        assert (status, problem["title"]) == (400, "Upload length differs")
        if await offset_of(client, upload) != 5:
            break
    offset = await offset_of(client, upload)
    assert (await append(client, upload, b"12345678"[offset:], offset, **LAST))[0] == 201


async def test_the_limit_of_a_file_holds_for_all_its_parts(connect: Connect, settings: Settings) -> None:
    client = await connect(dataclasses.replace(settings, files=FileSettings(largest=10)))
    async with client.post("/api/files", data=b"", headers={**MORE, "Upload-Length": "11"}) as response:
        assert response.status == 413
    begun = await begin(client, b"12345678")
    status, _, problem = await append(client, begun["uploadId"], b"9012", 8, **LAST)
    assert (status, problem["title"]) == (413, "File too large")


async def test_a_digest_of_a_part_is_checked_and_a_wrong_part_is_taken_away(client: Client) -> None:
    upload = (await begin(client, b"12345"))["uploadId"]
    status, _, problem = await append(client, upload, b"678x", 5, **MORE, **{"Content-Digest": digest(b"6789")})
    assert (status, problem["title"]) == (422, "Digest does not match")
    assert await offset_of(client, upload) == 5
    assert (await append(client, upload, b"6789", 5, **MORE, **{"Content-Digest": digest(b"6789")}))[0] == 204


async def test_a_digest_of_the_whole_is_checked_at_the_end(client: Client) -> None:
    upload = (await begin(client, b"1234", **{"Repr-Digest": digest(b"12345678")}))["uploadId"]
    status, _, problem = await append(client, upload, b"567x", 4, **LAST)
    assert (status, problem["title"]) == (422, "Digest does not match")
    async with client.get(f"/api/uploads/{upload}") as response:
        assert response.status == 404


async def test_an_upload_that_was_ended_is_gone(client: Client) -> None:
    upload = (await begin(client, b"1234"))["uploadId"]
    for status in (204, 404):
        async with client.delete(f"/api/uploads/{upload}") as response:
            assert response.status == status
    assert (await append(client, upload, b"5", 4, **LAST))[0] == 404


@pytest.mark.parametrize(
    ("headers", "pointer"),
    [
        ({"Upload-Complete": "yes"}, "/Upload-Complete"),
        ({"Upload-Length": "5"}, "/Upload-Complete"),
        ({"Upload-Complete": "?0", "Upload-Length": "-1"}, "/Upload-Length"),
        ({"Upload-Complete": "?0", "Upload-Length": "1" * 16}, "/Upload-Length"),
        ({"Upload-Complete": "?0", "Content-Digest": "none"}, "/Content-Digest"),
    ],
)
async def test_a_header_that_makes_no_sense_is_named(client: Client, headers: dict[str, str], pointer: str) -> None:
    async with client.post("/api/files", data=b"x", headers=headers) as response:
        assert response.status == 422
        assert [error["pointer"] for error in (await response.json())["errors"]] == [pointer]


async def test_an_empty_upload_is_no_file(client: Client) -> None:
    async with client.post("/api/files", data=b"", headers=LAST) as response:
        assert response.status == 422
    async with client.patch("/api/uploads/nonsense", data=b"", headers={"Content-Type": "text/plain"}) as response:
        assert (response.status, response.headers["Accept-Patch"]) == (415, "application/partial-upload")
