"""Which job types this worker serves: the processors that could be imported here."""

from collections.abc import Iterable
from dataclasses import replace

from shared import discovery
from shared.errors import Misconfigured
from worker_service.processors import Processor


def processors(plugins: Iterable[str]) -> dict[str, Processor]:
    """All processors by the name of their job type, each with all that plug-ins add to it.

    Raises `Misconfigured` on a duplicate.
    """
    plugins = tuple(plugins)
    types = discovery.job_types(plugins)
    return {name: replace(each, job_type=types.get(name, each.job_type)) for name, each in _found(plugins).items()}


def _found(plugins: Iterable[str]) -> dict[str, Processor]:
    packages = ("worker_service.processors", *(f"{plugin}.processors" for plugin in plugins))
    by_type: dict[str, Processor] = {}
    for processor in discovery.values(packages, Processor):
        name = processor.job_type.name
        if name in by_type:
            raise Misconfigured(f"Two processors are offered for the job type {name!r}; leave one of them out.")
        by_type[name] = processor
    return by_type
