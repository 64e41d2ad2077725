"""Submissions with children: a tree of jobs in one JSON text. Pure, but for the ids that it takes.

The work is a generator that yields, now and then, how many bytes it has looked at, so that others get their turn.
"""

from collections import Counter
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Raw

from api_service.answers import encode
from api_service.callbacks import Callbacks
from api_service.decoding import MAX_DEPTH, has_more, is_deeper, json_elements, json_members, too_deep
from api_service.problems import MAX_ERRORS, FieldError, Problem
from api_service.submissions import new_job
from api_service.tracing import Marks
from api_service.validation import child, invalid
from shared.job import Job
from shared.job_types import JobType

MOST_JOBS = 10_000  # of one call
UNPROCESSABLE = 422
_MARK = b'"children"'

Reading = Generator[int, None, list[Job]]


@dataclass
class Reader:
    """Reads the trees of one request. `errors` has what is wrong with them; `depends_on` what they ask for."""

    job_types: Mapping[str, JobType]
    tenant: str
    now: int
    next_id: Callable[[int], str]
    marks: Marks
    callbacks: Callbacks
    most: int = MOST_JOBS
    errors: list[FieldError] = field(default_factory=list)
    depends_on: dict[str, str] = field(default_factory=dict)  # by pointer, the ids of jobs that must be there
    asked: Counter[str] = field(default_factory=Counter)  # how many jobs of the request depend on each

    def read(self, text: bytes, pointer: str = "", parent: str | None = None) -> Reading:
        """The jobs of a tree, each before the one that waits for it. Raises a 4xx `Problem` that names all mistakes."""
        if _MARK in text and is_deeper(text, MAX_DEPTH):
            raise too_deep(pointer)
        jobs = yield from self._tree(text, pointer, parent)
        if self.errors:
            raise invalid(self.errors[:MAX_ERRORS])
        return jobs

    def waiting(self, text: bytes, pointer: str, id: str, own_children: int) -> Job:
        """A job that waits for so many others of the same request. Raises a 4xx `Problem`."""
        return new_job(text, self.job_types, own_children=own_children, **self._facts(id, pointer))

    def _tree(self, text: bytes, pointer: str, parent: str | None) -> Reading:
        own, children = _split(text, pointer) if _MARK in text else (text, [])
        self.most -= 1
        if len(children) > self.most:
            detail = f"A request may have at most {MOST_JOBS:,} jobs, with all their children."
            raise invalid([FieldError(child(pointer, "children"), "length", detail)])
        job = self._job(own, pointer, parent, len(children))
        yield len(own)
        jobs: list[Job] = []
        for index, element in enumerate(children):
            place = child(child(pointer, "children"), index)
            jobs += yield from self._tree(bytes(element), place, job.id if job else "")
        return [*jobs, job] if job else jobs

    def _job(self, text: bytes, pointer: str, parent: str | None, own_children: int) -> Job | None:
        """None if something is wrong with it: then nothing of the tree is submitted."""
        id = self.next_id(self.now)
        facts = self._facts(id, pointer)
        try:
            job = new_job(text, self.job_types, parent_id=parent, own_children=own_children, **facts)
        except Problem as problem:
            if problem.status != UNPROCESSABLE or len(self.errors) >= MAX_ERRORS:
                raise
            self.errors += problem.errors
            return None
        places = child(pointer, "dependsOn")
        self.depends_on.update((child(places, n), other) for n, other in enumerate(job.depends_on))
        self.asked.update(job.depends_on)
        return job

    def _facts(self, id: str, pointer: str) -> dict[str, Any]:
        facts = {"tenant": self.tenant, "id": id, "now": self.now, "pointer": pointer, "callbacks": self.callbacks}
        return {**facts, **self.marks}


def _split(text: bytes, pointer: str) -> tuple[bytes, list[Raw]]:
    """A submission without its children, and those."""
    members = json_members(text)
    written = members.pop("children", None)
    if written is None:
        return text, []
    place = child(pointer, "children")
    if has_more(written, MOST_JOBS):
        raise invalid([FieldError(place, "length", f"Must have at most {MOST_JOBS:,} jobs.")])
    children = json_elements(written)
    if children is None:
        raise invalid([FieldError(place, "invalid", "Must be an array of jobs.")])
    return encode(members), children
