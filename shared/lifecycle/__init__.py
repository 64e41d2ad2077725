"""Every change of a job, as a pure function `Job -> Job`. Time and chance arrive as arguments.

Each function is named by its verb, checks the verb against the one table of transitions, and returns the next record
with `rev` one higher. Two of these changes are also made by scripts, because they must be one step with the queue:
`claim`, in `store/lua/claim.lua`, and `release`, in `store/lua/flows.lua`; tests hold the scripts against the
functions.
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
from shared.lifecycle.families import MOST_CHILDREN, began_to_add, release, wait
from shared.lifecycle.lateness import give_up, missed
from shared.lifecycle.table import TRANSITIONS

__all__ = [
    "MAX_KEPT_ATTEMPTS",
    "MAX_LOSSES",
    "MOST_CHILDREN",
    "SUSPECT_LOSSES",
    "TRANSITIONS",
    "Amendment",
    "amend",
    "began_to_add",
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
    "release",
    "retry",
    "snooze",
    "submit",
    "wait",
]
