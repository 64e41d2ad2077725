import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from shared.job import Job
from shared.logs import IN_HAND, configure, marks

HOSTILE = "one\ntwo\r\x1b[31mred\x00\u2028\u202e"
TRACE = "0af7651916cd43dd8448eb211c80319c"
ESCAPED = r"one\ntwo\r\x1b[31mred\x00\u2028\u202e"


@pytest.fixture(autouse=True)
def undo() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(capture=False)
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_json_logs_are_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json")
    structlog.get_logger("here").info("job done", job_id="1", count=2)
    (line,) = lines(capsys)
    entry = json.loads(line)
    assert (entry["message"], entry["level"], entry["logger"]) == ("job done", "info", "here")
    assert (entry["job_id"], entry["count"]) == ("1", 2)
    assert entry["timestamp"].endswith("Z")


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_no_text_can_make_itself_a_line_of_the_log(capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    configure(log_format)
    structlog.get_logger("here").info(HOSTILE, path=HOSTILE)
    logging.getLogger("library").warning("%s", HOSTILE)
    for line in lines(capsys):
        assert line.isprintable()
        assert ESCAPED in (line if log_format == "console" else json.loads(line)["message"])


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_an_exception_comes_with_its_traceback_but_not_with_its_variables(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure(log_format)
    payload = "confidential"
    try:
        int("boom\x1b[0m")
    except ValueError:
        structlog.get_logger("here").exception("failed")
    written = "\n".join(lines(capsys))
    assert "Traceback" in written
    assert "boom" in written
    assert "\x1b" not in written
    assert payload not in written


def test_libraries_log_like_we_do(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json")
    logging.getLogger("aiohttp.server").error("bad thing")
    logging.getLogger("noisy").debug("not shown")
    (line,) = lines(capsys)
    assert json.loads(line)["logger"] == "aiohttp.server"


def test_logs_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    configure("console")
    structlog.get_logger("here").info("hello")
    written = capsys.readouterr()
    assert written.out == ""
    assert "hello" in written.err


def test_a_line_that_is_logged_on_behalf_of_a_job_names_it(
    capsys: pytest.CaptureFixture[str], new_job: Callable[..., Job]
) -> None:
    configure("json")
    job = new_job(request_id="order-4711", traceparent=f"00-{TRACE}-b7ad6b7169203331-01")
    token = IN_HAND.set(job)
    logging.getLogger("library").warning("of a library")
    IN_HAND.reset(token)
    structlog.get_logger("here").info("of nobody")
    ours, nobodys = (json.loads(line) for line in lines(capsys))
    marks = {"job": job.id, "type": "calculation", "request_id": "order-4711", "trace_id": TRACE}
    assert marks.items() <= ours.items()
    assert not marks.keys() & nobodys.keys()


def test_a_job_without_a_request_or_a_trace_has_no_marks_of_them(new_job: Callable[..., Job]) -> None:
    job = new_job()
    assert marks(job) == {"job": job.id, "type": "calculation"}
