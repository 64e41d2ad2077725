import io
import zipfile

import pytest
import xlsxwriter

from tests.worker_service.processors.file_processing.conftest import Run
from tests.worker_service.processors.file_processing.tables.conftest import Write, step
from worker_service.processors import Reject


def book(cells: dict[str, object], sheet: str = "Sheet1") -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as writer:
        page = writer.add_worksheet(sheet)
        for place, value in cells.items():
            page.write(place, value)
    return content.getvalue()


def with_entry(content: bytes, name: str, data: bytes) -> bytes:
    """The same book, with something more in its zip."""
    written = io.BytesIO(content)
    with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return written.getvalue()


def test_a_sheet_is_found_by_its_name(write: Write) -> None:
    content = book({"A1": "a", "A2": 1, "A3": 2.5, "B1": "b", "B3": "x"}, sheet="Mine")
    assert write(content, step("readTable", sheet="Mine"), to="jsonl") == b'{"a":1.0,"b":null}\n{"a":2.5,"b":"x"}\n'


@pytest.mark.parametrize(
    ("content", "asked", "told"),
    [
        (book({"A1": "a"}), {"sheet": "Other"}, "There is no sheet 'Other'; there are 'Sheet1'"),
        (book({}), {}, "is empty"),
        (book({"A1": "a", "XFD1048576": 1}), {}, "the limit is 5,000,000"),
        (with_entry(book({"A1": "a"}), "xl/media/bomb.bin", b"\0" * 50_000_000), {}, "100 times its size"),
        (with_entry(book({"A1": "a"}), "../bomb", b""), {}, "leads out of it"),
        (book({"A1": "a"})[:-30], {}, "cannot be read"),
    ],
    ids=["no such sheet", "empty", "sparse", "bomb", "slip", "truncated"],
)
def test_a_hostile_or_odd_book_is_refused(run: Run, content: bytes, asked: dict[str, str], told: str) -> None:
    with pytest.raises(Reject, match=told):
        run(content, step("readTable", **asked), step("writeTable", format="csv"))
