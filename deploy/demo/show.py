"""What all scenes share: the system that is shown, the screen, and what has held so far."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from deploy.demo.rows import Brief, Names, row_of
from deploy.demo.screens import Screen
from dmps import Client, Job
from shared.errors import DmpsError

LOOK_EVERY = 0.1  # seconds
PATIENCE = 90.0  # seconds a scene may take, on a busy machine


class DemoFailed(DmpsError):
    """The demonstration cannot go on; the message says what to do."""


@dataclass(frozen=True)
class Shown:
    """A job that a scene follows: its id, what it is called, and its result in a few words."""

    id: str
    name: str
    brief: Brief


@dataclass
class Show:
    """The show, as it goes on."""

    client: Client
    screen: Screen
    names: Names = field(default_factory=Names)
    held: list[bool] = field(default_factory=list)

    def fact(self, text: str, *, held: bool) -> None:
        """Say whether something held, and keep that."""
        self.held.append(held)
        self.screen.fact(text, held=held)

    def look(self, jobs: Sequence[Shown]) -> list[Job]:
        """The jobs as they stand now, which are drawn."""
        found = [self.client.get(job.id) for job in jobs]
        rows = [row_of(shown.name, job, self.names, shown.brief) for shown, job in zip(jobs, found, strict=True)]
        self.screen.board(rows)
        return found

    def until(self, jobs: Sequence[Shown], enough: Callable[[list[Job]], bool]) -> list[Job]:
        """Look at the jobs until it is enough. Raises `DemoFailed` if that takes too long."""
        end = time.monotonic() + PATIENCE
        while not enough(found := self.look(jobs)):
            if time.monotonic() > end:
                raise DemoFailed(
                    f"Not done after {PATIENCE:.0f} s: {_statuses(found)}. Does a worker run? `make dev` starts some."
                )
            time.sleep(LOOK_EVERY)
        return found

    def follow(self, jobs: Sequence[Shown]) -> Mapping[str, Job]:
        """Look at the jobs until all have ended, and answer them by their ids."""
        return {job.id: job for job in self.until(jobs, lambda found: all(job.has_ended for job in found))}


def completed(jobs: Mapping[str, Job]) -> bool:
    """Whether all of them are."""
    return all(job.status == "completed" for job in jobs.values())


def _statuses(jobs: Sequence[Job]) -> str:
    return ", ".join(f"{job.type} is {job.status}" for job in jobs)
