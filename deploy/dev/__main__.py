"""`python -m deploy.dev`, which `make dev` runs."""

import asyncio
import os
import sys

from deploy.dev.console import terminal
from deploy.dev.plan import read_plan
from deploy.dev.runner import run
from shared.errors import Misconfigured


def main() -> int:
    """Run everything; answer the exit status."""
    try:
        plan = read_plan()
    except Misconfigured as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a command
        return 1
    return asyncio.run(run(plan, terminal(no_colour=bool(os.environ.get("NO_COLOR")))))


if __name__ == "__main__":
    sys.exit(main())
