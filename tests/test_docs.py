"""The docs say what the code says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from marshmallow import ValidationError

from api_service.app import create_app
from shared import lifecycle
from shared.discovery import job_types
from shared.files import FileStore
from shared.job import Outcome, Status
from shared.schemas.control import LimitsPatchSchema
from shared.settings import read_settings
from tests.processes import ROOT
from worker_service import catalogue
from worker_service.processors import JobContext

README = (ROOT / "README.md").read_text()
DOCS = {path.name: path.read_text() for path in (ROOT / "docs").glob("*.md")}


def code(*paths: str) -> str:
    return "\n".join(path.read_text() for folder in paths for path in (ROOT / folder).rglob("*.py"))


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("setting", sorted(set(re.findall(r'env\.\w+\("(\w+)"', code("shared")))))
def test_every_setting_is_documented(setting: str) -> None:
    assert f"| `{setting}` |" in DOCS["settings.md"]


@pytest.mark.parametrize("status", list(Status))
def test_every_status_is_documented(status: Status) -> None:
    assert f"| `{status}` |" in DOCS["glossary.md"]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_documented(outcome: Outcome) -> None:
    assert f"`{outcome}`" in DOCS["glossary.md"]


@pytest.mark.parametrize("failure", sorted(set(re.findall(r'JobError\(\s*"(\w+)"', code("worker_service", "shared")))))
def test_every_code_of_a_failure_is_documented(failure: str) -> None:
    assert f"| `{failure}` |" in DOCS["glossary.md"]


def test_every_transition_stands_in_the_diagram() -> None:
    drawn = re.findall(r"^    (\w+) --> (\w+): (.*)$", DOCS["internals.md"], re.MULTILINE)
    for verb, table in lifecycle.TRANSITIONS.items():
        for start, ends in table.items():
            for end in ends:
                assert any((start, end) == arrow[:2] and verb in arrow[2] for arrow in drawn), (verb, start, end)


def test_every_route_is_documented() -> None:
    for route in create_app(read_settings()).router.routes():
        if route.method != "HEAD" and route.resource is not None:
            path = re.sub(r"\{(\w+)[^}]*\}", r"{\1}", route.resource.canonical)
            assert f"| `{route.method} {path}` |" in DOCS["api.md"] + DOCS["dashboard.md"]


def links() -> Iterator[tuple[Path, str]]:
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
            yield path, target


def test_every_link_leads_somewhere() -> None:
    found = list(links())
    assert len(found) > 5
    for path, target in found:
        assert (path.parent / target).exists(), f"{path.name}: {target}"


# tests/end_to_end/test_readme.py runs the rest.
OF_BEGINNERS = re.sub(r"## (Nothing but HTTP|Flows and schedules).*?(?=\n## )", "", README, flags=re.DOTALL)


def test_the_submissions_of_the_readme_are_what_it_says_of_them() -> None:
    *bodies, limits = [json.loads(body) for body in re.findall(r"-d '(\{.*\})'", OF_BEGINNERS)]
    assert LimitsPatchSchema().load(limits)
    assert len(bodies) == 2
    types = job_types([])
    for body, is_right in zip(bodies, (True, False), strict=True):
        try:
            types[body["type"]].load_payload(body["payload"])
            accepted = True
        except ValidationError:
            accepted = False
        assert accepted is is_right


async def test_the_job_type_of_the_readme_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, contract, work = blocks(README, "python")  # test_readme.py runs the first
    package = tmp_path / "readme_jobs"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "job_types.py").write_text(contract)
    (package / "processors.py").write_text(work.replace("shared.job_types.word_count", "readme_jobs.job_types"))
    monkeypatch.syspath_prepend(tmp_path)
    job_type = job_types(["readme_jobs"])["word-count"]
    processor = catalogue.processors(["readme_jobs"])["word-count"]
    payload = job_type.load_payload({"text": "to be or not to be"})
    context = JobContext(id="1", type="word-count", attempt=1, files=FileStore(tmp_path.as_uri()))
    assert await processor(context, payload) == {"words": 6}


def test_the_readme_names_commands_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", README, re.MULTILINE)
    assert len(targets) > 2
    for target in map("".join, targets):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_readme_leads_to_every_page() -> None:
    pages = {f"docs/{path.relative_to(ROOT / 'docs')}" for path in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if "decisions/" not in page} <= set(re.findall(r"\]\(([^)#]+)", README))


def test_every_test_that_the_docs_name_exists() -> None:
    tests = code("tests")
    named = set(re.findall(r"`(test_\w+)`", "\n".join(DOCS.values())))
    assert len(named) > 20
    for name in named:
        assert f"def {name}(" in tests, name
