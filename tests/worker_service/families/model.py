"""What must become of jobs that wait for others, said plainly: no store, no script, no record.

A job stands as `blocked`, `waiting` (for its time, or a worker), `running`, `completed`, `failed`, `cancelled` or
`gone` (removed).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

OPEN = frozenset({"blocked", "waiting", "running"})
ENDED = ("completed", "failed", "cancelled")
MAX_LOSSES = 3

STANDS = dict.fromkeys(["pending", "scheduled", "retrying"], "waiting") | {"processing": "running"}  # the store's words


@dataclass
class Node:
    """One job. `children` are all that it waits for, `counted` so many as it knows of, since it has told so."""

    policy: str
    max_attempts: int
    children: list[str]
    counted: int
    stands: str = "waiting"
    failures: int = 0
    losses: int = 0
    is_cancelled: bool = False  # somebody asked for its end while it ran

    def end(self, stands: str) -> None:
        """It has run, and stands so now; or as `cancelled`, if it goes no further and somebody wanted its end."""
        self.stands = "cancelled" if self.is_cancelled and stands != "running" else stands
        self.is_cancelled = False


@dataclass
class World:
    """All jobs by their ids. Whoever changes one says `released` then."""

    nodes: dict[str, Node] = field(default_factory=dict)

    def of(self, id: str, *stands: str) -> bool:
        """Whether the job stands as one of these."""
        return self.nodes[id].stands in stands

    def standing(self, *stands: str) -> list[str]:
        """The jobs that stand as one of these, in the order of their submission."""
        return [id for id, node in self.nodes.items() if node.stands in stands]

    def pick(self, n: int, *stands: str) -> str:
        """One of them."""
        found = self.standing(*stands)
        return found[n % len(found)]

    def open(self, node: Node) -> list[str]:
        """The children that have yet to end."""
        return [id for id in node.children if self.of(id, *OPEN)]

    def failed(self, node: Node) -> list[str]:
        """The children that ended without a result."""
        return [id for id in node.children if self.of(id, "failed", "cancelled", "gone")]

    def completed(self, node: Node) -> list[str]:
        """The children that ended with one."""
        return [id for id in node.children if self.of(id, "completed")]

    def parents(self, id: str) -> list[str]:
        """Whoever waits for the job, or did."""
        return [parent for parent, node in self.nodes.items() if id in node.children]

    def is_needed(self, id: str) -> bool:
        """Whether a job will yet ask for its result."""
        return any(self.of(parent, *OPEN) for parent in self.parents(id))

    def released(self) -> None:
        """Nobody waits longer than for its last child; nor, if it fails with the first that does, than for that."""
        for node in self.nodes.values():
            is_lost = node.policy == "fail" and self.failed(node)
            if node.stands == "blocked" and (is_lost or not self.open(node)):
                node.stands = "waiting"

    def look(self, id: str) -> bool:
        """A worker has the job, and looks at its children. Answers whether it runs."""
        node = self.nodes[id]
        failed = self.failed(node)
        if failed and not self._may_run(node):
            node.end("failed")
        elif self.open(node):
            node.end("blocked")
        elif failed and node.policy == "retry":
            for child in failed:
                self.retry(child)
            node.failures += 1
            node.end("blocked")
        self.released()
        return node.stands == "running"

    def fail(self, id: str, *, is_final: bool) -> None:
        """An attempt failed."""
        node = self.nodes[id]
        node.failures += 1
        is_last = is_final or node.failures >= node.max_attempts
        node.end("failed" if is_last or node.is_cancelled else "waiting")
        self.released()

    def lose(self, id: str) -> None:
        """Another worker has the job, since its own was lost. It runs on there, unless that happens too often."""
        node = self.nodes[id]
        node.losses += 1
        if node.is_cancelled or node.losses >= MAX_LOSSES:
            node.end("failed")
        self.released()

    def cancel(self, *ids: str) -> None:
        """Somebody wants no more of them, if they have not ended."""
        for node in (self.nodes[id] for id in ids):
            if node.stands == "running":
                node.is_cancelled = True
            elif node.stands in OPEN:
                node.stands = "cancelled"
        self.released()

    def retry(self, *ids: str) -> None:
        """Those of them that failed begin anew. Nothing else does."""
        for node in (self.nodes[id] for id in ids):
            if node.stands == "failed":
                node.stands = "blocked" if node.counted else "waiting"
                node.failures = node.losses = 0
        self.released()

    def remove(self, *ids: str) -> None:
        """They are gone, and what they waited for is not kept for them any more."""
        for id in ids:
            self.nodes[id].stands = "gone"
            self.nodes[id].children = []

    def below(self, id: str) -> Iterator[str]:
        """The job, and all that it waits for: each once, level by level."""
        level, seen = [id], {id}
        while level:
            yield from level
            level = list(dict.fromkeys(c for i in level for c in self.nodes[i].children if c not in seen))
            seen.update(level)

    def exclusive(self, id: str) -> set[str]:
        """The job, and of all that it waits for those that no open job outside waits for, nor for one above them."""
        tree = set(self.below(id))
        needed: set[str] = set()
        for parent, node in self.nodes.items():
            if parent not in tree and node.stands in OPEN:
                needed.update(*(self.below(child) for child in node.children if child in tree - {id}))
        return tree - needed

    def _may_run(self, node: Node) -> bool:
        """Whether it goes on though a child has failed."""
        return node.policy != "fail" and (node.policy != "retry" or node.failures + 1 < node.max_attempts)
