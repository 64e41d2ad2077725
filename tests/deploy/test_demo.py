"""The demonstration: what it makes, and what it says where it cannot work."""

import socket
import struct
import threading
import zlib
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy import demo


@given(width=st.integers(1, 40), height=st.integers(1, 40))
def test_the_picture_is_a_png_of_its_size(width: int, height: int) -> None:
    data = demo.png(width, height)
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


def test_without_an_api_it_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as bound:  # bound, so that nobody else listens there
        bound.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PORT", str(bound.getsockname()[1]))
        monkeypatch.setenv("HOST", "127.0.0.1")
        assert demo.main() == 1
    assert "run `make dev` in another terminal" in capsys.readouterr().err


def test_a_refusal_and_a_stranger_are_told_apart() -> None:
    answers = {
        "/refused": ("application/problem+json", b'{"title": "Invalid"}'),
        "/strange": ("text/html", b"<html>"),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            media_type, body = answers[self.path]
            self.send_response(422)
            self.send_header("Content-Type", media_type)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        api = demo.Api(f"http://127.0.0.1:{server.server_port}")
        try:
            with pytest.raises(demo.DemoFailed, match=r'(?s)GET /refused: refused.*"title": "Invalid"'):
                api.get("/refused")
            with pytest.raises(demo.DemoFailed, match="not our API"):
                api.get("/strange")
        finally:
            server.shutdown()
            thread.join()


def test_a_report_shows_the_result_and_where_the_files_are() -> None:
    api = demo.Api("http://here")
    job = {"type": "file-processing", "status": "completed", "result": {"outputs": [{"fileId": "f1"}]}}
    text = demo.report(api, job)
    assert "file-processing completed:" in text
    assert "http://here/api/files/f1" in text
    failed = demo.report(api, {"type": "calculation", "status": "failed", "error": {"message": "No numbers."}})
    assert "No numbers." in failed
