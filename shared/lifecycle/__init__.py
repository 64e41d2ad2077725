"""Every change of a job, as a pure function `Job -> Job`. Time and chance arrive as arguments.

Each function is named by its verb, checks the verb against the one table of transitions, and returns the next record
with `rev` one higher. One of these changes is also made by a script, because it must be one step with the queue:
`claim`, in `store/lua/claim.lua`; tests hold the script against the function.
"""

from shared.lifecycle.attempts import (
    MAX_LOSSES,
    SUSPECT_LOSSES,
    claim,
    complete,
    fail,
    hand_back,
    next_delay,
    recover,
    reject,
    snooze,
)
from shared.lifecycle.callers import Amendment, amend, cancel, check_finished, retry, submit
from shared.lifecycle.facts import MAX_KEPT_ATTEMPTS, next_number
from shared.lifecycle.lateness import give_up, missed
from shared.lifecycle.table import TRANSITIONS

__all__ = [
    "MAX_KEPT_ATTEMPTS",
    "MAX_LOSSES",
    "SUSPECT_LOSSES",
    "TRANSITIONS",
    "Amendment",
    "amend",
    "cancel",
    "check_finished",
    "claim",
    "complete",
    "fail",
    "give_up",
    "hand_back",
    "missed",
    "next_delay",
    "next_number",
    "recover",
    "reject",
    "retry",
    "snooze",
    "submit",
]
