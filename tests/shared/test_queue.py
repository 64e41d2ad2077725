import asyncio
from pathlib import Path

import pytest
from arq.worker import JobExecutionFailed

from shared import queue
from shared.store.connection import connect


def test_the_default_queue_is_arqs_own() -> None:
    assert queue.queue_key("default") == "arq:queue"
    assert queue.queue_key("images") == "arq:queue:images"


def test_arqs_body_of_a_job_can_be_read_back() -> None:
    assert queue.deserialize(queue.arq_job(5)) == {"t": None, "f": "dmps", "a": (), "k": {}, "et": 5}


def test_what_json_cannot_hold_becomes_text_and_is_never_pickled() -> None:
    assert queue.deserialize(queue.serialize({"r": Path("x"), "a": (1, "b")})) == {"r": "x", "a": (1, "b")}


@pytest.mark.parametrize(
    ("error", "back"),
    [
        (ValueError("wrong", 3), ValueError("wrong", 3)),
        (asyncio.CancelledError(), asyncio.CancelledError()),
        (TimeoutError(), TimeoutError()),
        (JobExecutionFailed("job expired"), JobExecutionFailed("job expired")),
        (queue.RetryLater(3), JobExecutionFailed("RetryLater: 3")),
        (SystemExit(3), JobExecutionFailed("SystemExit: 3")),
        (UnicodeDecodeError("utf-8", b"", 0, 1, "no"), JobExecutionFailed("UnicodeDecodeError: utf-8: : 0: 1: no")),
    ],
)
def test_the_error_of_a_job_comes_back_as_itself_or_as_arqs_own_with_its_text(
    error: BaseException, back: BaseException
) -> None:
    read = queue.deserialize(queue.serialize({"s": False, "r": error}))["r"]
    assert (type(read), read.args) == (type(back), back.args)


def test_an_error_that_a_job_returned_is_text() -> None:
    assert queue.deserialize(queue.serialize({"s": True, "r": ValueError("fine")})) == {"s": True, "r": "fine"}


@pytest.mark.parametrize(
    ("url", "path"),
    [("unix:///a%20b/valkey.sock", "/a b/valkey.sock"), ("redis://h:1/2", None)],
)
def test_a_socket_path_with_a_space_is_understood(url: str, path: str | None) -> None:
    assert queue.redis_settings(url).unix_socket_path == path


def test_a_certificate_must_be_that_of_the_host() -> None:
    assert queue.redis_settings("rediss://store:6379").ssl_check_hostname
    pool = connect("rediss://store:6379").connection_pool
    assert pool.connection_kwargs["ssl_check_hostname"] is True
