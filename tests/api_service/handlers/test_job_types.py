import dataclasses
from pathlib import Path
from typing import Any

import pytest

from shared.settings import Settings
from tests.api_service.conftest import Client, Connect


async def types(client: Client) -> dict[str, Any]:
    async with client.get("/api/job-types") as response:
        assert response.status == 200
        return {job_type["name"]: job_type for job_type in (await response.json())["jobTypes"]}


async def test_each_job_type_is_described(client: Client) -> None:
    calculation = (await types(client))["calculation"]
    assert calculation["summary"].startswith("Compute figures")
    assert calculation["defaults"] == {"maxAttempts": 3, "timeout": 30}
    assert calculation["payload"]["required"] == ["numbers", "operation"]
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
