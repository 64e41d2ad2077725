import dataclasses
from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_service.file_names import clean, disposition, sent_name
from api_service.keys import LINKS
from shared.files import StoredFile
from shared.settings import Settings
from shared.store import Store
from tests.api_service.conftest import Client, Connect
from tests.api_service.handlers.test_files import GIF, UNKNOWN, in_pieces, upload
from tests.api_service.keyed import with_keys

CONTENT = bytes(range(256)) * 8_000  # 2 MB


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=1000000-1000999", 1_000_000, 1_001_000),
        ("bytes=2047990-", 2_047_990, 2_048_000),
        ("bytes=-5", 2_047_995, 2_048_000),
        ("bytes=5-99999999", 5, 2_048_000),
        ("bytes=-99999999", 0, 2_048_000),
        ("BYTES=1-2", 1, 3),
    ],
)
async def test_a_part_of_a_file_is_answered(client: Client, asked: str, start: int, end: int) -> None:
    stored = await upload(client, in_pieces(CONTENT, 100_000))
    for method in ("GET", "HEAD"):
        async with client.request(method, stored["links"]["self"], headers={"Range": asked}) as response:
            assert response.status == 206
            assert response.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"
            assert response.content_length == end - start
            assert await response.read() == (CONTENT[start:end] if method == "GET" else b"")


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "bytes=5-1", "bytes=-", "bytes=x", "lines=0-1", "bytes=a-b"])
async def test_what_is_no_single_range_is_not_heeded(client: Client, asked: str) -> None:
    stored = await upload(client, GIF)
    async with client.get(stored["links"]["self"], headers={"Range": asked}) as response:
        assert (response.status, await response.read()) == (200, GIF)
        assert response.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("asked", [f"bytes={len(GIF)}-", "bytes=999-9999", "bytes=-0"])
async def test_a_range_behind_the_end_is_refused_and_told_the_size(client: Client, asked: str) -> None:
    stored = await upload(client, GIF)
    async with client.get(stored["links"]["self"], headers={"Range": asked}) as response:
        assert response.status == 416
        assert response.headers["Content-Range"] == f"bytes */{len(GIF)}"


async def test_a_part_is_answered_only_of_the_file_that_it_is_wanted_of(client: Client) -> None:
    stored = await upload(client, GIF)
    for tag, status in ((f'"{stored["sha256"]}"', 206), ('"other"', 200), (f'W/"{stored["sha256"]}"', 200)):
        headers = {"Range": "bytes=0-1", "If-Range": tag}
        async with client.get(stored["links"]["self"], headers=headers) as response:
            assert response.status == status


async def test_who_wants_another_content_is_refused(client: Client) -> None:
    stored = await upload(client, GIF)
    for tag, status in ((f'"{stored["sha256"]}"', 200), ("*", 200), ('"other"', 412), (f'W/"{stored["sha256"]}"', 412)):
        async with client.get(stored["links"]["self"], headers={"If-Match": tag}) as response:
            assert response.status == status


async def test_the_digest_of_a_file_is_told(client: Client) -> None:
    stored = await upload(client, GIF)
    told = f"sha-256=:{b64encode(sha256(GIF).digest()).decode()}:"
    async with client.get(stored["links"]["self"]) as response:
        assert response.headers["Repr-Digest"] == response.headers["Content-Digest"] == told
    async with client.get(stored["links"]["self"], headers={"Range": "bytes=0-1"}) as response:
        assert response.headers["Repr-Digest"] == told
        assert "Content-Digest" not in response.headers


async def test_a_link_needs_no_key_until_it_expires(connect: Connect, settings: Settings) -> None:
    client = await connect(settings)
    stored = await upload(client, GIF)
    async with client.post(f"{stored['links']['self']}/links", json={"expiresIn": 60}) as response:
        link = await response.json()
        assert (response.status, response.headers["Location"]) == (201, link["url"])
    closed = await connect(with_keys(settings))
    async with closed.get(stored["links"]["self"]) as response:
        assert response.status == 401
    async with closed.get(link["url"]) as response:
        assert (response.status, await response.read()) == (200, GIF)
        assert response.headers["Content-Disposition"].startswith("attachment;")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    async with closed.get(link["url"], headers={"Range": "bytes=0-2"}) as response:
        assert (response.status, await response.read()) == (206, GIF[:3])


async def test_an_old_link_opens_nothing(client: Client, store: Store) -> None:
    stored = await upload(client, GIF)
    url = await client.app[LINKS].make("default", stored["fileId"], store.now() - 1)
    async with client.get(url) as response:
        assert (response.status, (await response.json())["title"]) == (410, "Link expired")


async def test_a_link_that_was_changed_opens_nothing(client: Client) -> None:
    stored = await upload(client, GIF)
    async with client.post(f"{stored['links']['self']}/links") as response:
        url = (await response.json())["url"]
    for at in (11, 30, 60, len(url) - 3):
        wrong = url[:at] + ("A" if url[at] != "A" else "B") + url[at + 1 :]
        async with client.get(wrong) as response:
            assert response.status == 403, wrong
    async with client.get("/downloads/%ff") as response:
        assert response.status == 403


async def test_another_secret_makes_links_void(connect: Connect, settings: Settings) -> None:
    client = await connect(dataclasses.replace(settings, secret="a" * 32))
    stored = await upload(client, GIF)
    async with client.post(f"{stored['links']['self']}/links") as response:
        url = (await response.json())["url"]
    other = await connect(dataclasses.replace(settings, secret="b" * 32))
    async with other.get(url) as response:
        assert response.status == 403


@pytest.mark.parametrize("seconds", [0, -1, 604_801, "60", 1.5, None])
async def test_a_link_is_good_for_a_week_at_most(client: Client, seconds: object) -> None:
    async with client.post(f"/api/files/{UNKNOWN}/links", json={"expiresIn": seconds}) as response:
        assert response.status == 422
        assert (await response.json())["errors"][0]["pointer"] == "/expiresIn"


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ('attachment; filename="photo.jpg"', "photo.jpg"),
        ("attachment; filename*=UTF-8''%C3%BCber.txt", "über.txt"),
        ('form-data; name="f"; filename="C:\\\\fakepath\\\\x.txt"', "x.txt"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="a\u202egpj.exe"', "agpj.exe"),
        ('attachment; filename=".."', ""),
        ("attachment", None),
        ("attachment; filename*=nonsense''x", "x"),
        (None, None),
    ],
)
def test_what_a_sender_calls_a_file_is_made_harmless(sent: str | None, name: str | None) -> None:
    assert sent_name(sent) == name


@given(st.text())
def test_a_name_is_short_visible_and_in_no_directory(name: str) -> None:
    cleaned = clean(name)
    assert len(cleaned.encode()) <= 255
    assert cleaned not in {".", ".."}
    assert not any(each in cleaned for each in "/\\\r\n\0\u202e")
    assert clean(cleaned) == cleaned


@given(st.text())
def test_a_name_is_told_in_ascii_and_in_full(name: str) -> None:
    stored = StoredFile(file_id=UNKNOWN, media_type="text/html", bytes=1, sha256="", created_at=0, name=clean(name))
    told = disposition(stored)
    assert told.isascii()
    assert told.startswith('attachment; filename="')
    assert told.count('"') == 2
    assert sent_name(told) == (clean(name) or f"{UNKNOWN}.html")
