"""Job types and processors are found in our packages and in plug-ins; a duplicate stops the start."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from marshmallow import Schema

from shared import discovery
from shared.errors import Misconfigured
from shared.job_types import JobType
from worker_service import catalogue

JOB_TYPE = """
from marshmallow import Schema
from shared.job_types import JobType

class Payload(Schema):
    '''Nothing at all.'''

TYPE = JobType({name!r}, payload=Payload)
"""
PROCESSOR = """
from {package}.job_types import TYPE
from worker_service.processors import processes

@processes(TYPE)
async def work(job, payload):
    return "done"
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def plugin(site: Path, package: str, name: str = "acme") -> None:
    (site / package).mkdir()
    (site / package / "__init__.py").touch()
    (site / package / "job_types.py").write_text(JOB_TYPE.format(name=name))
    (site / package / "processors.py").write_text(PROCESSOR.format(package=package))


def test_ours_are_found_with_a_processor_each() -> None:
    types = discovery.job_types([])
    assert {"calculation", "data-enrichment", "file-processing"} <= types.keys()
    assert catalogue.processors([]).keys() == types.keys()


def test_a_plug_in_adds_its_own(site: Path) -> None:
    plugin(site, "acme_jobs")
    assert discovery.job_types(["acme_jobs"])["acme"].summary == "Nothing at all."
    assert catalogue.processors(["acme_jobs"])["acme"].runs_on_loop


def test_an_installed_distribution_offers_its_plug_in_by_entry_point(site: Path) -> None:
    info = site / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[dmps.plugins]\nacme = acme_jobs\n")
    assert discovery.plugins(["mine", "acme_jobs"]) == ("mine", "acme_jobs")
    assert discovery.plugins(["mine"]) == ("mine", "acme_jobs")


def test_two_types_of_one_name_stop_the_start(site: Path) -> None:
    plugin(site, "acme_one")
    plugin(site, "acme_two")
    with pytest.raises(Misconfigured, match=r"'acme'.*acme_two"):
        discovery.job_types(["acme_one", "acme_two"])
    with pytest.raises(Misconfigured, match="'acme'"):
        catalogue.processors(["acme_one", "acme_two"])


def test_a_plug_in_that_is_not_installed_stops_the_start() -> None:
    with pytest.raises(Misconfigured, match=r"'no_such_plugin\.job_types'"):
        discovery.job_types(["no_such_plugin"])


def test_a_module_whose_library_is_missing_is_left_out(site: Path) -> None:
    plugin(site, "acme_jobs")
    (site / "acme_jobs" / "processors").mkdir()
    (site / "acme_jobs" / "processors.py").rename(site / "acme_jobs" / "processors" / "__init__.py")
    (site / "acme_jobs" / "processors" / "heavy.py").write_text("import no_such_library\n")
    assert "acme" in catalogue.processors(["acme_jobs"])


def test_a_mistake_in_a_module_is_not_taken_for_a_missing_library(site: Path) -> None:
    plugin(site, "acme_jobs")
    (site / "acme_jobs" / "processors").mkdir()
    (site / "acme_jobs" / "processors.py").rename(site / "acme_jobs" / "processors" / "__init__.py")
    (site / "acme_jobs" / "processors" / "wrong.py").write_text("import acme_jobs.misspelt\n")
    with pytest.raises(ModuleNotFoundError):
        catalogue.processors(["acme_jobs"])


@pytest.mark.parametrize("name", ["", "Upper", "a b", "-a", "a-", "a_b", 'a"b', "a" * 65, "\u00e4"])
def test_a_name_that_cannot_stand_in_a_key_is_refused(name: str) -> None:
    with pytest.raises(Misconfigured, match="is no name for a job type"):
        JobType(name, payload=Schema)
