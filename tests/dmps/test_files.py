from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest

from dmps import AsyncClient, Client, Conflict, InvalidRequest, NotFound
from tests.dmps.conftest import Service, content

NOBODY = "01a20bd9-6453-76ed-b412-7526b44b1ca6"


def test_files_are_listed_page_by_page_and_named_as_on_disk(client: Client, tmp_path: Path) -> None:
    path, data = content(tmp_path, 512)
    named = client.upload(path)
    others = [client.upload(b"content", name=name) for name in ("Größe, 50 %.txt", "")]
    found = list(client.files(page_size=2))
    assert found[:3] == [*others[::-1], named]
    assert [each.name for each in found[:3]] == [None, "Größe, 50 %.txt", "a file.bin"]
    assert (named.size, named.job_id) == (len(data), None)
    assert client.file(named.file_id) == named


async def test_the_asynchronous_client_lists_files(service: Service) -> None:
    async with AsyncClient(service.url) as client:
        stored = await client.upload(b"content")
        assert stored in [file async for file in client.files()]


def test_a_file_is_removed_unless_it_is_needed(client: Client) -> None:
    needed, other = (client.upload(b"content").file_id for _ in range(2))
    job = {"type": "file-processing", "payload": {"fileId": needed, "operations": [{"operation": "checksum"}]}}
    schedule = client.create_schedule({"cron": "0 0 1 1 *", "job": job})
    with pytest.raises(Conflict):
        client.delete_file(needed)
    client.delete_schedule(schedule.id)
    client.delete_file(other)
    with pytest.raises(NotFound):
        client.file(other)


def test_anybody_has_a_file_by_its_link(client: Client) -> None:
    link = client.create_link(client.upload(b"content").file_id, 60)
    with urlopen(link.url) as answer:  # noqa: S310 - of our own service
        assert answer.read() == b"content"
    assert timedelta() < link.expires_at - datetime.now(UTC) <= timedelta(seconds=61)


def test_links_are_refused_for_no_file_and_for_ever(client: Client) -> None:
    with pytest.raises(NotFound):
        client.create_link(NOBODY)
    with pytest.raises(InvalidRequest, match="/expiresIn"):
        client.create_link(client.upload(b"content").file_id, 10**9)
