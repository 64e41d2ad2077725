"""Two tenants on the same services: a job works on the files of its own tenant, and on no others."""

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from api_service.access import Role
from shared.store import Store
from tests.api_service.keyed import PEPPER, make_key, shown
from tests.processes import API, Fleet
from tests.waiting import until


async def listening(services: Fleet) -> str:
    process = services.start(API, PORT="0", DMPS_PEPPER=PEPPER, DMPS_PLUGINS="")

    async def told() -> str:
        lines = services.log(process).split()
        return next((word.partition("url=")[2] for word in lines if word.startswith("url=http")), "")

    return await until(told, "the API listens")


async def checksum(session: ClientSession, file_id: str) -> Any:
    """A job on that file, once it has ended."""
    payload = {"fileId": file_id, "operations": [{"operation": "checksum"}]}
    body = {"type": "file-processing", "payload": payload}
    async with session.post("/api/jobs", json=body, headers={"Prefer": "wait=15"}) as response:
        return await response.json()


async def test_a_job_works_on_the_files_of_its_own_tenant_alone(processes: Fleet, store: Store, tmp_path: Path) -> None:
    url = await listening(processes)
    processes.start(DMPS_PLUGINS="")
    keys = [shown(await make_key(store, tenant, Role.SUBMITTER)) for tenant in ("acme", "umbrella")]
    async with ClientSession(url, headers=keys[0]) as ours, ClientSession(url, headers=keys[1]) as theirs:
        async with ours.post("/api/files", data=b"content") as response:
            file_id = (await response.json())["fileId"]
        own, foreign = await asyncio.gather(checksum(ours, file_id), checksum(theirs, file_id))
    assert own["status"] == "completed"
    assert (foreign["status"], foreign["error"]["code"]) == ("failed", "rejected")
    kept = {path.parent.parent.name for path in (tmp_path / "data" / "files").rglob("*") if path.is_file()}
    assert kept == {"acme"}
