import dataclasses
from pathlib import Path
from typing import Any

import pytest

from shared.settings import Settings
from shared.store import Store
from tests.api_service.conftest import Client, Connect


async def types(client: Client) -> dict[str, Any]:
    async with client.get("/api/job-types") as response:
        assert response.status == 200
        return {job_type["name"]: job_type for job_type in (await response.json())["jobTypes"]}


async def test_each_job_type_is_described(client: Client) -> None:
    calculation = (await types(client))["calculation"]
    assert calculation["summary"].startswith("Compute: figures")
    assert calculation["defaults"] == {"maxAttempts": 3, "timeout": 30, "queue": "default", "heartbeat": None}
    assert calculation["payload"]["$defs"]["Figures"]["required"] == ["numbers", "operation"]
    assert calculation["result"]["properties"]["sum"]["type"] == "number"


async def test_the_example_of_each_job_type_is_accepted(client: Client) -> None:
    for name, job_type in (await types(client)).items():
        async with client.post("/api/jobs", json={"type": name, "payload": job_type["example"]}) as response:
            assert response.status == 202, await response.text()


async def test_the_description_is_not_sent_twice(client: Client) -> None:
    async with client.get("/api/job-types") as response:
        etag = response.headers["ETag"]
    async with client.get("/api/job-types", headers={"If-None-Match": etag}) as response:
        assert response.status == 304


async def test_a_job_type_can_be_paused_and_limited_and_shows_it(client: Client) -> None:
    async with client.get("/api/job-types") as response:
        etag = response.headers["ETag"]
    changes = {"paused": True, "maxRunning": 2, "maxStartsPerSecond": 0.5}
    async with client.patch("/api/job-types/calculation", json=changes) as response:
        assert (response.status, await response.json()) == (200, {"name": "calculation", **changes})
    async with client.get("/api/job-types", headers={"If-None-Match": etag}) as response:
        assert response.status == 200
    shown = await types(client)
    assert {name: shown["calculation"][name] for name in changes} == changes
    assert {name: shown["file-processing"][name] for name in changes} == dict.fromkeys(changes) | {"paused": False}
    async with client.patch("/api/job-types/calculation", json=dict.fromkeys(changes)):
        pass
    async with client.get("/api/job-types", headers={"If-None-Match": etag}) as response:
        assert response.status == 304


async def test_an_unknown_job_type_cannot_be_paused(client: Client, store: Store) -> None:
    for name in ("unknown", "Calculation", "%00", "calculation%7C"):
        async with client.patch(f"/api/job-types/{name}", json={"paused": True}) as response:
            body = await response.json(content_type="application/problem+json")
            assert (response.status, body["title"]) == (404, "Job type not found")
    assert await store.limits() == {}


async def test_the_job_types_of_a_plug_in_are_there(
    connect: Connect, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme_sample").mkdir()
    (tmp_path / "acme_sample" / "__init__.py").touch()
    (tmp_path / "acme_sample" / "job_types.py").write_text(
        "from marshmallow import Schema, fields\n"
        "from shared.job_types import JobType\n"
        "class Greeting(Schema):\n"
        '    """Greet somebody."""\n'
        '    name = fields.String(required=True, metadata={"example": "Ada"})\n'
        'GREET = JobType("greet", payload=Greeting)\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    client = await connect(dataclasses.replace(settings, plugins=("acme_sample",)))
    greet = (await types(client))["greet"]
    assert (greet["summary"], greet["example"], greet["result"]) == ("Greet somebody.", {"name": "Ada"}, None)
    async with client.post("/api/jobs", json={"type": "greet", "payload": {"name": 1}}) as response:
        assert (await response.json(content_type=None))["errors"][0]["pointer"] == "/payload/name"
