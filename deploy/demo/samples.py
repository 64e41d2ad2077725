"""What the demonstration submits. Files are made here, so that none has to be carried along."""

import struct
import zlib
from collections.abc import Mapping
from typing import Any

from dmps import Submission

WIDTH, HEIGHT = 640, 480  # pixels
PERSONS = 15_000  # records, which take a worker some seconds

FIGURES = {"operation": "complex", "numbers": [1, 2, 3, 4, 5]}
RECORDS = {
    "records": [
        {"name": "Ada", "email": "Ada.Lovelace@Example.COM", "phone": "030 901820"},
        {"name": "Bob", "email": "bob at example", "phone": "+44 20 7946 0958"},
    ],
    "enrich": [
        {"field": "email", "with": "email"},
        {"field": "phone", "with": "phone", "options": {"region": "DE"}},
    ],
}


def picture(file_id: str) -> dict[str, Any]:
    """Half of that picture, as WebP."""
    operations = [{"operation": "resize", "width": WIDTH // 2}, {"operation": "convert", "format": "webp"}]
    return {"fileId": file_id, "operations": operations}


def table(file_id: str) -> dict[str, Any]:
    """The addresses and numbers in that file, put in order."""
    enrich = [
        {"field": "email", "with": "email"},
        {"field": "phone", "with": "phone", "options": {"region": "DE"}},
    ]
    return {"file": {"fileId": file_id, "output": "csv"}, "enrich": enrich}


def flow() -> tuple[Mapping[str, Any], list[Submission]]:
    """The payload of a job, and three others that it waits for; they are a moment late, so that one sees it wait."""
    parts = [
        Submission("calculation", {"operation": "sum", "numbers": [part, 10 * part]}, {"delay": 0.7 * part})
        for part in (1, 2, 3)
    ]
    return {"operation": "sum", "numbers": [11, 22, 33]}, parts


def csv(persons: int = PERSONS) -> bytes:
    """A table of persons, with an e-mail address and a telephone number each."""
    rows = (f"Person {i},Person.{i}@Example.COM,030 9018{i % 10_000:04d}\n" for i in range(persons))
    return ("name,email,phone\n" + "".join(rows)).encode()


def png(width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """A picture of 8-bit RGB, a gradient, as PNG (ISO/IEC 15948, the W3C's Portable Network Graphics)."""
    rows = (
        b"\0" + b"".join(bytes((x * 255 // width, y * 255 // height, 128)) for x in range(width)) for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
