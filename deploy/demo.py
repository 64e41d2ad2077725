"""`python -m deploy.demo`, which `make demo` runs: one job of each type, followed to its result."""

# ruff: noqa: T201 - a command prints

import json
import struct
import sys
import textwrap
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from typing import Any

from deploy.dev.plan import base_url
from shared.errors import DmpsError, Misconfigured
from shared.settings import read_settings

ANSWER_WITHIN = 30.0  # seconds
POLL = 0.1  # seconds between two looks at a job
REMIND_AFTER = 5.0  # seconds in which a job usually begins
FINISHED = {"completed", "failed", "cancelled"}
WIDTH, HEIGHT = 640, 480  # pixels


class DemoFailed(DmpsError):
    """The demonstration cannot go on; the message says what to do."""


class Api:
    """The running system, as any program sees it: over HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open  # never by way of a proxy

    def get(self, path: str) -> dict[str, Any]:
        """What a resource answers. Raises `DemoFailed`."""
        return self._call(path, None, "application/json")

    def post(self, path: str, body: bytes, media_type: str = "application/json") -> dict[str, Any]:
        """What a resource answers to a body. Raises `DemoFailed`."""
        return self._call(path, body, media_type)

    def _call(self, path: str, body: bytes | None, media_type: str) -> dict[str, Any]:
        request = urllib.request.Request(self.url + path, body, {"Content-Type": media_type})  # noqa: S310 - our API
        try:
            with self._open(request, timeout=ANSWER_WITHIN) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            with error:
                raise DemoFailed(f"{request.get_method()} {path}: {self._refusal(error)}") from error
        except (OSError, ValueError) as error:
            raise DemoFailed(f"No API answers at {self.url}: run `make dev` in another terminal.") from error

    def _refusal(self, error: urllib.error.HTTPError) -> str:
        if error.headers.get_content_type() != "application/problem+json":
            return f"{error}. It is not our API that answers at {self.url}: set HOST and PORT as for `make dev`."
        return f"refused.\n{_indented(json.load(error))}"


def jobs(api: Api) -> Iterator[tuple[str, dict[str, Any]]]:
    """A type and a payload for each of the three; the picture is made here and uploaded."""
    yield "calculation", {"operation": "complex", "numbers": [1, 2, 3, 4, 5]}
    yield (
        "data-enrichment",
        {
            "records": [
                {"name": "Ada", "email": "Ada.Lovelace@Example.COM", "phone": "030 901820"},
                {"name": "Bob", "email": "bob at example", "phone": "+44 20 7946 0958"},
            ],
            "enrich": [
                {"field": "email", "with": "email"},
                {"field": "phone", "with": "phone", "options": {"region": "DE"}},
            ],
        },
    )
    file = api.post("/api/files", png(WIDTH, HEIGHT), "image/png")
    print(f"Uploaded a picture of {WIDTH} x {HEIGHT}: file {file['fileId']}")
    operations = [{"operation": "resize", "width": 320}, {"operation": "convert", "format": "webp"}]
    yield "file-processing", {"fileId": file["fileId"], "operations": operations}


def png(width: int, height: int) -> bytes:
    """A picture of 8-bit RGB, a gradient, as PNG (ISO/IEC 15948, the W3C's Portable Network Graphics)."""
    rows = (
        b"\0" + b"".join(bytes((x * 255 // width, y * 255 // height, 128)) for x in range(width)) for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def submit(api: Api, job_type: str, payload: dict[str, Any]) -> str:
    """Submit a job and answer its id."""
    answer = api.post("/api/jobs", json.dumps({"type": job_type, "payload": payload}).encode())
    print(f"Submitted a job of type {job_type}: {api.url}/api/jobs/{answer['jobId']}")
    job_id: str = answer["jobId"]
    return job_id


def follow(api: Api, job_id: str) -> dict[str, Any]:
    """Wait until a job is finished and answer it; say so if nobody takes it up."""
    began, reminded = time.monotonic(), False
    while (job := api.get(f"/api/jobs/{job_id}"))["status"] not in FINISHED:
        if job["status"] == "pending" and not reminded and time.monotonic() - began > REMIND_AFTER:
            reminded = True
            print("  no worker has taken it yet: is one running? (`make dev`, or `make worker`)")
        time.sleep(POLL)
    return job


def show(api: Api, job: dict[str, Any]) -> str:
    """Print a finished job and answer its status."""
    print(report(api, job))
    status: str = job["status"]
    return status


def report(api: Api, job: dict[str, Any]) -> str:
    """A finished job, for people."""
    outputs = (job.get("result") or {}).get("outputs", [])
    return "\n".join(
        [
            f"\n{job['type']} {job['status']}:",
            _indented(job.get("result", job.get("error"))),
            *(f"  see {api.url}/api/files/{output['fileId']}" for output in outputs),
        ]
    )


def main() -> int:
    """Run the demonstration. Answers 0 if every job was completed."""
    try:
        settings = read_settings()
        api = Api(base_url(settings.host, settings.port))
        ids = [submit(api, job_type, payload) for job_type, payload in jobs(api)]
        statuses = [show(api, follow(api, job_id)) for job_id in ids]
    except (DemoFailed, Misconfigured) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if set(statuses) == {"completed"} else 1


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _indented(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    return textwrap.indent(json.dumps(value, indent=2, ensure_ascii=False), "  ")


if __name__ == "__main__":
    sys.exit(main())
