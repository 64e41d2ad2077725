"""All that a job waits for, what that waits for, and so on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from shared.job import FINISHED, Status
from shared.store import families, keys
from shared.store.connection import store_errors
from shared.store.link import Link

MOST = 10_000  # jobs of one tree that are read


@dataclass(frozen=True)
class Node:
    """A job of a tree; of one that has been removed, neither status nor type is known."""

    id: str
    status: Status | None
    type: str | None
    children: Sequence[str] = ()


@dataclass(frozen=True)
class Tree:
    """Each job once, whoever waits for it, level by level from the root. `is_whole`: whether these are all."""

    nodes: dict[str, Node] = field(default_factory=dict)
    is_whole: bool = True


async def read(link: Link, tenant: str, root: str) -> Tree:
    """The tree below a job of the tenant, level by level."""
    found: dict[str, Node] = {}
    level = [root]
    while level and len(found) + len(level) <= MOST:
        heads = await families.heads(link, tenant, level)
        below = await _children(link, tenant, level)
        for id in level:
            status, type = heads.get(id, (None, None))
            found[id] = Node(id, status, type, below.get(id, ()))
        level = list(dict.fromkeys(child for id in level for child in below.get(id, ()) if child not in found))
    return Tree(found, is_whole=not level)


async def exclusive(link: Link, tenant: str, tree: Tree) -> list[str]:
    """The ids of the root and of all that nothing but the tree waits for: no job outside that has not ended.

    Each stands before what it waits for.
    """
    root, *below = tree.nodes
    parents = await families.parents(link, tree.nodes)
    outside = {parent for id in below for parent in parents.get(id, ())} - tree.nodes.keys()
    open_ones = await families.heads(link, tenant, sorted(outside)) if outside else {}
    needed, theirs = {id for id, (status, _) in open_ones.items() if status not in FINISHED}, set(below)
    while kept := {id for id in theirs if needed.intersection(parents.get(id, ()))}:
        theirs -= kept
        needed = kept
    children_first = TopologicalSorter({id: node.children for id, node in tree.nodes.items()}).static_order()
    return [id for id in children_first if id == root or id in theirs][::-1]


async def _children(link: Link, tenant: str, ids: Sequence[str]) -> dict[str, list[str]]:
    """Of those that have any."""
    found: dict[str, list[str]] = {}
    for start in range(0, len(ids), families.MOST_IDS):
        part = ids[start : start + families.MOST_IDS]
        with store_errors():
            policies: list[bytes | None] = await link.redis.execute_command("HMGET", keys.FLOWS, *part)
        parents = [id for id, policy in zip(part, policies, strict=True) if policy]
        if parents:
            found.update(zip(parents, await families.children(link, tenant, parents), strict=True))
    return found
