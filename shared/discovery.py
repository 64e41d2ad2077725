"""Finds the job types and processors that are installed: ours, the plug-ins of `DMPS_PLUGINS`, and entry points.

Nothing registers itself when it is imported. A module holds values; these functions import the modules, collect the
values, and refuse two of one name.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, TypeVar

import structlog

from shared.errors import Misconfigured
from shared.job_types import JobType

ENTRY_POINT_GROUP = "dmps.plugins"

T = TypeVar("T")

log = structlog.get_logger(__name__)


def plugins(configured: Iterable[str]) -> tuple[str, ...]:
    """The plug-in packages: those of the settings, then those of installed distributions, each once."""
    installed = (point.value for point in entry_points(group=ENTRY_POINT_GROUP))
    return tuple(dict.fromkeys((*configured, *installed)))


def job_types(plugins: Iterable[str]) -> dict[str, JobType]:
    """All job types by name. Raises `Misconfigured` on a duplicate or a plug-in that cannot be imported."""
    theirs = tuple(f"{plugin}.job_types" for plugin in plugins)
    found = _by_name(_values(("shared.job_types", *theirs), JobType))
    return {name: _widened(job_type, theirs) for name, job_type in found.items()}


def _widened(job_type: JobType, theirs: Iterable[str]) -> JobType:
    """With what plug-ins add to it."""
    if job_type.widening is None:
        return job_type
    added: list[Any] = values(theirs, job_type.widening.kind)
    return job_type.widening.widened(added) if added else job_type


def values(packages: Iterable[str], kind: type[T]) -> list[T]:
    """The module-level values of that class in those packages and their modules, each once."""
    return list({id(value): value for _, value in _values(packages, kind)}.values())


def _by_name(found: Iterable[tuple[str, JobType]]) -> dict[str, JobType]:
    by_name: dict[str, JobType] = {}
    for module, job_type in found:
        other = by_name.setdefault(job_type.name, job_type)
        if other is not job_type:
            raise Misconfigured(f"Two job types are named {job_type.name!r}; the second stands in {module}.")
    return by_name


def _values(packages: Iterable[str], kind: type[T]) -> Iterator[tuple[str, T]]:
    for module in _modules(packages):
        for value in vars(module).values():
            if isinstance(value, kind):
                yield module.__name__, value


def _modules(packages: Iterable[str]) -> Iterator[ModuleType]:
    for name in packages:
        root = _import_plugin(name)
        yield root
        if hasattr(root, "__path__"):
            for info in pkgutil.walk_packages(root.__path__, f"{name}."):
                module = _import_optional(info.name)
                if module is not None:
                    yield module


def _import_plugin(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise Misconfigured(f"Cannot import {name!r}, which a plug-in must have: {error}.") from error


def _import_optional(name: str) -> ModuleType | None:
    """A module whose library is not installed is left out: this process then does not serve its job type."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing.split(".")[0] == name.split(".", maxsplit=1)[0]:
            raise
        log.warning("module left out", module=name, missing=missing)
        return None
