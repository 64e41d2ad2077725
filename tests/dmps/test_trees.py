"""Jobs and those that they wait for, by the client and by the command."""

import pytest

from dmps import Client, NotFound, Submission
from tests.dmps.cli.conftest import Dmps, dmps
from tests.dmps.conftest import steps

__all__ = ["dmps"]  # the fixture

NOBODY = "01a20bd9-6453-76ed-b412-7526b44b1ca6"


def test_the_tree_of_a_job_is_read_and_drawn(client: Client, dmps: Dmps) -> None:
    job = client.run("noop", steps())
    tree = client.tree(job.id)
    assert (tree.id, [node.id for node in tree.jobs], tree.counts) == (job.id, [job.id], {"completed": 1})
    assert dmps("tree", job.id).out == f"{job.id} completed noop\n1 completed\n"
    assert dmps("tree", job.id, "--json").json["jobs"][0]["id"] == job.id


def test_children_are_submitted_with_their_parent(client: Client, dmps: Dmps) -> None:
    leaf = Submission("noop", steps())
    submitted = client.submit("noop", steps(), children=[leaf, Submission("noop", steps(), children=[leaf])])
    job = client.wait(submitted.job_id)
    drawn = dmps("tree", job.id).out
    assert all(f"── {child} completed noop" in drawn for child in job.children)
    assert drawn.endswith("4 completed\n")
    line = '{"type": "noop", "payload": {"attempts": []}}'
    parent = dmps("submit-many", "-", given=f'{line[:-1]}, "children": [{line}]}}\n').out.strip()
    assert len(client.wait(parent).children) == 1


def test_what_is_no_job_has_no_tree(client: Client) -> None:
    with pytest.raises(NotFound):
        client.tree(NOBODY)
