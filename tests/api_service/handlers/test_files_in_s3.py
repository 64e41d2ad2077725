"""The API with its files in an object store."""

import dataclasses

import pytest

from shared.file_settings import FileSettings
from shared.settings import Settings
from tests.api_service.conftest import Client, Connect

CONTENT = bytes(range(256)) * 3_000


@pytest.fixture
async def client(connect: Connect, settings: Settings, bucket: str) -> Client:
    return await connect(dataclasses.replace(settings, files=FileSettings(url=bucket)))


async def test_a_file_goes_up_in_parts_comes_down_in_part_and_goes(client: Client) -> None:
    async with client.post("/api/files", data=CONTENT[:1_000], headers={"Upload-Complete": "?0"}) as response:
        assert (response.status, response.headers["Upload-Offset"]) == (201, "1000")
        upload = response.headers["Location"]
    headers = {"Content-Type": "application/partial-upload", "Upload-Complete": "?1"}
    async with client.patch(upload, data=b"x", headers={**headers, "Upload-Offset": "999"}) as response:
        assert (response.status, response.headers["Upload-Offset"]) == (409, "1000")
    async with client.patch(upload, data=CONTENT[1_000:], headers={**headers, "Upload-Offset": "1000"}) as response:
        assert response.status == 201
        path = response.headers["Location"]
    async with client.get(path, headers={"Range": "bytes=255-256"}) as response:
        assert (response.status, await response.read()) == (206, CONTENT[255:257])
    async with client.get(path) as response:
        assert await response.read() == CONTENT
    async with client.get("/api/files") as response:
        assert [file["links"]["self"] for file in (await response.json())["files"]] == [path]
    for status in (204, 404):
        async with client.delete(path) as response:
            assert response.status == status


async def test_an_object_store_that_is_away_is_answered_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.files.objects.obstore.get", _away)
    async with client.get("/api/files/018bcfe5-6800-7000-8000-000000000000") as response:
        assert response.status == 503


def _away(*_: object) -> None:
    raise OSError("no route to host")
