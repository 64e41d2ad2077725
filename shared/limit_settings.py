"""The settings of child processes' limits, a family of its own: for job types that do not say it themselves."""

from typing import Any

from environs import Env, validate

from shared.limits import LEAST, MiB

GiB = 1024 * MiB


def limit_settings(env: Env) -> dict[str, Any]:
    """Read them, as `Limits` takes them. What is wrong is reported when `env` is sealed."""

    def least(name: str) -> validate.Range:
        return validate.Range(min=LEAST[name])

    return {
        "memory": env.int("DMPS_CHILD_MEMORY", GiB, validate=least("memory")),
        "cpu": env.float("DMPS_CHILD_CPU", None, validate=least("cpu")),
        "file_size": env.int("DMPS_CHILD_FILE_SIZE", 10 * GiB, validate=least("file_size")),
        "open_files": env.int("DMPS_CHILD_OPEN_FILES", 1024, validate=least("open_files")),
        "processes": env.int("DMPS_CHILD_PROCESSES", 16, validate=least("processes")),
        "output": env.int("DMPS_CHILD_OUTPUT", 8 * MiB, validate=least("output")),
    }
