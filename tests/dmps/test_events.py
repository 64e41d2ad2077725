from hypothesis import given
from hypothesis import strategies as st

from dmps.events import EventReader

STREAM = (
    b'retry: 2000\n\n:\n\nid: 1\nevent: log\ndata: {"a":\ndata: "\xc3\xa9"}\n\r\n'
    b"id: 2\rdata:b\r\n\r\n: c\n\nid\nevent: x\n\n"
)
EVENTS = [("log", '{"a":\n"é"}'), ("message", "b")]


@given(st.lists(st.integers(0, len(STREAM)), max_size=5))
def test_events_are_the_same_however_the_stream_is_cut(cuts: list[int]) -> None:
    reader, ends = EventReader(), sorted(cuts)
    pieces = [STREAM[start:end] for start, end in zip([0, *ends], [*ends, len(STREAM)], strict=True)]
    assert [event for piece in pieces for event in reader.feed(piece)] == EVENTS
    assert reader.last_id == ""


def test_what_was_begun_before_the_stream_broke_is_forgotten() -> None:
    reader = EventReader()
    assert list(reader.feed(b"id: 1\ndata: a\n\nevent: log\ndata: b\nda")) == [("message", "a")]
    reader.restart()
    assert list(reader.feed(b"data: c\n\n")) == [("message", "c")]
    assert reader.last_id == "1"
