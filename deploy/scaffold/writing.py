"""Writes the modules of a new job type, and its test: each is a template with the name filled in."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from string import Template

from deploy.scaffold.naming import Refused, Spelling

TEMPLATES = Path(__file__).parent / "templates"
PLACES = {
    "job_type": "shared/job_types/{module}.py",
    "processor": "worker_service/processors/{module}.py",
    "test": "tests/worker_service/processors/test_{module}.py",
}


def write(root: Path, spelt: Spelling) -> list[Path]:
    """Write all of it, or nothing. Answers the files, under `root`. Raises `Refused` if something is there already."""
    texts = _texts(spelt)
    for path in texts:
        if (root / path).exists() or (root / path).with_suffix("").exists():
            raise Refused(f"{path} is there already. Choose another name, or remove it.")
    for path, text in texts.items():
        (root / path).write_text(text)
    _tidy(root, list(texts))
    return list(texts)


def _texts(spelt: Spelling) -> Mapping[Path, str]:
    facts = asdict(spelt)
    return {
        Path(place.format(**facts)): Template((TEMPLATES / f"{name}.txt").read_text()).substitute(facts)
        for name, place in PLACES.items()
    }


def _tidy(root: Path, paths: list[Path]) -> None:
    """How long a line is, and which import comes first, depends on the name."""
    for command in (("check", "--quiet", "--select", "I", "--fix"), ("format", "--quiet")):
        subprocess.run([sys.executable, "-m", "ruff", *command, *paths], cwd=root, check=True)  # noqa: S603 - ours
