"""The bodies that a file may come in: forms, and digests that are checked."""

import dataclasses
from base64 import b64encode
from hashlib import sha256

import pytest
from aiohttp import FormData

from shared.file_settings import FileSettings
from shared.settings import Settings
from tests.api_service.conftest import Client, Connect
from tests.api_service.handlers.test_files import GIF, kept, upload


def form(content: bytes, **fields: str) -> FormData:
    made = FormData(fields, quote_fields=False)
    made.add_field("file", content, filename="a photo.gif", content_type="image/gif")
    return made


async def test_a_form_of_one_file_is_taken(client: Client) -> None:
    content = GIF + bytes(900_000)
    stored = await upload(client, form(content))
    assert (stored["name"], stored["mediaType"], stored["size"]) == ("a photo.gif", "image/gif", len(content))
    assert stored["sha256"] == sha256(content).hexdigest()


@pytest.mark.parametrize("made", [{"note": "more"}, {"note": "more", "file": ""}], ids=["no file", "two parts"])
async def test_a_form_of_something_else_is_refused(client: Client, settings: Settings, made: dict[str, str]) -> None:
    sent = form(GIF, **made) if "file" in made else FormData(made, default_to_multipart=True)
    async with client.post("/api/files", data=sent) as response:
        assert response.status == 422
        assert (await response.json())["errors"][0]["code"] == "one_file"
    assert kept(settings) == []


PART = b'--x\r\nContent-Disposition: form-data; name="f"; filename="g.gif"\r\n\r\n' + GIF


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("multipart/form-data", PART + b"\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b"nothing"),
        ("multipart/form-data; boundary=x", PART),
        ("multipart/form-data; boundary=x", PART + b"\r\n--x\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nno header\r\n\r\n" + GIF + b"\r\n--x--\r\n"),
    ],
    ids=["no boundary", "no part", "no end", "no last part", "no head"],
)
async def test_a_malformed_form_is_a_bad_request(
    client: Client, settings: Settings, media_type: str, body: bytes
) -> None:
    async with client.post("/api/files", data=body, headers={"Content-Type": media_type}) as response:
        assert response.status in {400, 422}, await response.text()
    assert kept(settings) == []


async def test_a_form_of_one_file_has_the_limit_of_a_file(connect: Connect, settings: Settings) -> None:
    client = await connect(dataclasses.replace(settings, files=FileSettings(largest=1_000)))
    assert (await upload(client, form(bytes(1_000))))["size"] == 1_000
    async with client.post("/api/files", data=form(bytes(1_001))) as response:
        assert response.status == 413


@pytest.mark.parametrize("header", ["Content-Digest", "Repr-Digest"])
async def test_a_digest_is_checked(client: Client, settings: Settings, header: str) -> None:
    digest = b64encode(sha256(GIF).digest()).decode()
    async with client.post("/api/files", data=GIF + b"x", headers={header: f"sha-256=:{digest}:"}) as response:
        assert response.status == 422
        assert (await response.json())["title"] == "Digest does not match"
    assert kept(settings) == []
    await upload(client, GIF, headers={header: f"md5=:AAAA:, sha-256=:{digest}:"})


@pytest.mark.parametrize("written", ["sha-256=:AAAA:", "sha-512=:AAAA:", "nonsense", "sha-256=abc", ""])
async def test_a_digest_that_is_none_is_refused(client: Client, written: str) -> None:
    async with client.post("/api/files", data=GIF, headers={"Content-Digest": written}) as response:
        assert response.status == 422
        assert (await response.json())["errors"][0]["pointer"] == "/Content-Digest"
