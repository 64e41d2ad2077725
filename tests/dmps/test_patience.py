import pytest

from dmps.errors import DmpsError, Problem, RateLimited, Refused, Unreachable, refusal
from dmps.exchange import Again, Answer, Ask, Plan
from dmps.patience import Patience, Run, may_try_again

POST, ONCE = Ask("POST", "/api/jobs"), Ask("POST", "/api/files", again=Again.IF_REFUSED)
LOST, ABSENT = Unreachable("url", "reset", was_sent=True), Unreachable("url", "refused", was_sent=False)
STEADY = Patience(tries=4, first=1.0, most=10.0, chance=lambda: 1.0)


def refused(status: int, type: str = "about:blank", after: float | None = None) -> Refused:
    return (RateLimited if status == 429 else Refused)(Problem("No", status, type=type), after)


@pytest.mark.parametrize(
    ("ask", "error", "again"),
    [
        (POST, LOST, True),
        (POST, ABSENT, True),
        (POST, refused(503), True),
        (POST, refused(409, "/problems/request-in-flight"), True),
        (POST, refused(429), True),
        (POST, refused(409), False),
        (POST, refused(422), False),
        (POST, refused(500), False),
        (ONCE, LOST, False),
        (ONCE, refused(503), False),
        (ONCE, ABSENT, True),
        (ONCE, refused(429), True),
    ],
)
def test_only_what_can_do_no_harm_is_sent_again(ask: Ask, error: DmpsError, again: bool) -> None:
    assert may_try_again(ask, error) is again


def test_pauses_double_and_never_end_before_retry_after() -> None:
    assert [STEADY.pause(POST, ABSENT, tried) for tried in (1, 2, 3, 4)] == [1.0, 2.0, 4.0, None]
    assert STEADY.pause(POST, refused(503, after=3.0), 1) == 4.0
    assert STEADY.pause(POST, refused(503, after=11.0), 1) is None
    assert Patience(chance=lambda: 0.0).pause(POST, refused(503, after=3.0), 1) == 3.0


def ask_twice() -> Plan[list[int]]:
    first = yield POST
    second = yield ONCE
    return [first.status, second.status]


def test_a_plan_sees_the_last_answer_alone() -> None:
    run: Run[object, list[int]] = Run(ask_twice(), STEADY)
    step = run.begin()
    afters = []
    for outcome in (LOST, Answer(503, {"retry-after": "2"}), Answer(202), ABSENT, Answer(201)):
        assert isinstance(step, Ask)
        afters.append(step.after)
        step = run.go_on(outcome)
    assert (step, run.result, afters) == (None, [202, 201], [0.0, 1.0, 4.0, 0.0, 1.0])


def test_a_refusal_is_raised_where_the_plan_asked() -> None:
    run: Run[object, list[int]] = Run(ask_twice(), STEADY)
    run.begin()
    with pytest.raises(Refused, match="Teapot"):
        run.go_on(Answer(418, body=b'{"title": "Teapot", "status": 418}'))


def test_a_refusal_of_somebody_else_is_told_as_well_as_may_be() -> None:
    error = refusal(502, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"<html>Bad gateway")
    assert (error.status, error.retry_after) == (502, None)
    assert "<html>Bad gateway" in str(error)
