"""What the demonstration makes and submits is what the contracts take."""

import struct
import zlib

from hypothesis import given
from hypothesis import strategies as st

from deploy.demo import samples
from shared.discovery import job_types

FILE = "01a20bd9-6453-76ed-b412-7526b44b1ca6"


@given(width=st.integers(1, 40), height=st.integers(1, 40))
def test_the_picture_is_a_png_of_its_size(width: int, height: int) -> None:
    data = samples.png(width, height)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    position, chunks = 8, {}
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        name = data[position + 4 : position + 8]
        body = data[position + 8 : position + 8 + length]
        assert struct.unpack_from(">I", data, position + 8 + length)[0] == zlib.crc32(name + body)
        chunks[name] = body
        position += 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (width, height)
    assert len(zlib.decompress(chunks[b"IDAT"])) == height * (1 + 3 * width)


def test_the_table_has_as_many_rows_as_it_says() -> None:
    header, *rows = samples.csv(12).decode().splitlines()
    assert header == "name,email,phone"
    assert len(rows) == len(set(rows)) == 12


def test_every_payload_is_one_of_its_type() -> None:
    types = job_types([])
    payload, parts = samples.flow()
    for name, given_payload in (
        ("calculation", samples.FIGURES),
        ("calculation", payload),
        ("data-enrichment", samples.RECORDS),
        ("data-enrichment", samples.table(FILE)),
        ("file-processing", samples.picture(FILE)),
        *((part.type, part.payload) for part in parts),
    ):
        assert types[name].load_payload(given_payload)
