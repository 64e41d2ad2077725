"""A job and all that it waits for, as boxes in columns, those that wait on the left. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 60  # boxes
BOX, HIGH, APART, BELOW, EDGE = 176, 44, 56, 14, 2  # pixels


@dataclass(frozen=True)
class Node:
    """A box: a job, and where its corner is."""

    id: str
    status: str | None
    type: str | None
    x: int
    y: int


@dataclass(frozen=True)
class Graph:
    """Boxes, the curves between them, how large it all is, and what is left out."""

    nodes: Sequence[Node]
    curves: Sequence[str]  # as `d` of a path has them
    width: int
    height: int
    left_out: int
    counts: Mapping[str, int]


def drawn(tree: Mapping[str, Any]) -> Graph:
    """What `GET /api/jobs/{id}/tree` answers, drawn: at most `MOST` of its jobs."""
    jobs = {job["id"]: job for job in tree["jobs"][:MOST]}
    depth = _depths(tree["id"], jobs)
    rows: dict[int, int] = {}
    nodes: dict[str, Node] = {}
    for id, job in jobs.items():
        column = depth.get(id, 0)
        row = rows[column] = rows.get(column, -1) + 1
        x, y = EDGE + column * (BOX + APART), EDGE + row * (HIGH + BELOW)
        nodes[id] = Node(id, job["status"], job["type"], x, y)
    curves = [
        _curve(nodes[id], nodes[child]) for id, job in jobs.items() for child in job["children"] if child in nodes
    ]
    return Graph(
        list(nodes.values()),
        curves,
        width=2 * EDGE + max(node.x for node in nodes.values()) + BOX,
        height=2 * EDGE + max(node.y for node in nodes.values()) + HIGH,
        left_out=len(tree["jobs"]) - len(jobs),
        counts=tree["counts"],
    )


def _depths(root: str, jobs: Mapping[str, Mapping[str, Any]]) -> Mapping[str, int]:
    """In which column each stands: one after the last job that waits for it, as parents come before their children."""
    depth = {root: 0}
    for id, job in jobs.items():
        for child in job["children"]:
            depth[child] = max(depth.get(child, 0), depth.get(id, 0) + 1)
    return depth


def _curve(parent: Node, child: Node) -> str:
    start, end = parent.x + BOX, child.x
    first, last, bend = parent.y + HIGH // 2, child.y + HIGH // 2, (end - start) // 2
    return f"M{start} {first}C{start + bend} {first} {end - bend} {last} {end} {last}"
