import hashlib
import io
import zlib
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from shared.job_types.file_result import FileProcessingResult
from tests.worker_service.processors.file_processing.conftest import Run
from worker_service.processors import Reject
from worker_service.processors.file_processing.work import NotServedHere, load


def pdf(*texts: str, opens_with: str = "") -> bytes:
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for text in texts:
        page = writer.add_blank_page(200, 200)
        drawn = DecodedStreamObject()
        drawn.set_data(f"BT /F1 12 Tf 10 100 Td ({text}) Tj ET".encode())
        page[NameObject("/Contents")] = writer._add_object(drawn)
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    writer.add_metadata({"/Title": "Words"})
    if opens_with:
        writer.encrypt(opens_with, algorithm="RC4-128")
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()


def report(run: Run, content: bytes, name: str, **asked: Any) -> dict[str, Any]:
    result = run(content, {"operation": name, **asked})
    assert FileProcessingResult().validate(result) == {}
    (found,) = result["reports"]
    return {key: value for key, value in found.items() if key not in {"index", "operation"}}


def test_all_digests_are_of_the_content(run: Run) -> None:
    content = b"plain words"
    found = report(run, content, "checksum", algorithms=["md5", "sha1", "sha512", "blake2b", "crc32"])
    assert found.pop("crc32") == f"{zlib.crc32(content):08x}"
    assert found.pop("bytes") == len(content)
    assert found == {name: hashlib.new(name, content).hexdigest() for name in found}
    assert len(found) == 5


@pytest.mark.parametrize(
    ("content", "encoding", "ends"),
    [
        (b"a\nb\n", "ascii", "lf"),
        ("é\r\n".encode(), "utf-8", "crlf"),
        (b"\xef\xbb\xbfa\r", "utf-8", "cr"),
        ("a\nb".encode("utf-16"), "utf-16-le", "lf"),
        ("a\r\nb\n".encode("utf-32"), "utf-32-le", "mixed"),
        (b"a", "ascii", "none"),
        (b"a" * 1_048_575 + b"\r\n", "ascii", "crlf"),
        (b"a" * 100_000 + "é".encode(), "utf-8", "none"),
    ],
)
def test_the_encoding_and_the_line_ends_of_a_text_are_found(run: Run, content: bytes, encoding: str, ends: str) -> None:
    found = report(run, content, "identify")
    assert (found["text"], found["encoding"], found["lineEndings"]) == (True, encoding, ends)


def test_what_is_no_text_has_no_encoding(run: Run) -> None:
    assert report(run, pdf("x") + b"\0", "identify")["text"] is False


def test_a_pdf_tells_of_itself(run: Run) -> None:
    found = report(run, pdf("one", "two"), "pdfMetadata")
    assert (found["pages"], found["document"]["title"]) == (2, "Words")


def test_the_text_of_a_pdf_comes_by_page(run: Run) -> None:
    found = report(run, pdf("one", "two", "three"), "pdfText", firstPage=2, lastPage=9)
    assert found["texts"] == [{"page": 2, "text": "two"}, {"page": 3, "text": "three"}]
    assert (found["pages"], found["truncated"]) == (3, False)


def test_the_text_of_a_pdf_is_bounded(run: Run) -> None:
    found = report(run, pdf("one", "two", "three"), "pdfText", maxCharacters=5)
    assert (found["texts"], found["truncated"]) == ([{"page": 1, "text": "one"}, {"page": 2, "text": "tw"}], True)


@pytest.mark.parametrize(
    ("content", "told"),
    [(pdf("x", opens_with="secret"), "password"), (b"%PDF-1.7 junk", "no PDF"), (b"words", "no PDF")],
)
def test_a_pdf_that_cannot_be_read_is_refused(run: Run, content: bytes, told: str) -> None:
    with pytest.raises(Reject, match=told):
        run(content, {"operation": "pdfText"})


def test_a_page_that_is_not_there_is_refused(run: Run) -> None:
    with pytest.raises(Reject, match="there is no page 2"):
        run(pdf("x"), {"operation": "pdfText", "firstPage": 2})


def test_a_missing_library_is_told_by_its_name() -> None:
    with pytest.raises(NotServedHere, match="no nosuchlibrary"):
        load("nosuchlibrary")
