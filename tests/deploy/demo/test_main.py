"""Where the show is played: on the system that runs; who refuses it is told apart from who is not there."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.demo.__main__ import main
from deploy.demo.show import DemoFailed
from deploy.demo.system import url_of_running


class Refuses(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"title": "Unauthorized", "status": 401}'
        self.send_response(401)
        self.send_header("Content-Type", "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def where(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Somebody who wants a key."""
    with HTTPServer(("127.0.0.1", 0), Refuses) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("DMPS_URL", url)
        yield url
        server.shutdown()
        thread.join()


def test_who_wants_a_key_is_not_taken_for_nobody(where: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DemoFailed, match="DMPS_API_KEY"):
        url_of_running()
    assert main([]) == 1
    assert where in capsys.readouterr().err


def test_nobody_there_is_no_error(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMPS_URL", "http://127.0.0.1:9")
    assert url_of_running() is None


def test_a_wrong_command_line_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--film"]) == 64
    assert "--record" in capsys.readouterr().err
