"""`python -m deploy.scaffold word-count`: the contract, the work and the test of a new job type."""

import sys
from pathlib import Path

from deploy.scaffold.naming import Refused, spelling
from deploy.scaffold.writing import write
from shared.discovery import job_types, plugins
from shared.errors import Misconfigured
from shared.settings import read_settings

ROOT = Path(__file__).parents[2]
WRITTEN = """Written:
  {}  its contract: begin here
  {}  its work
  {}  its test
It works already:
  make test ARGS={}
  make dev, then submit {{"type": "{}", "payload": {{"text": "to be or not to be"}}}}
docs/add-a-job-type.md says what else it may do.
"""


def main(name: str) -> int:
    """Write them. Answers the exit status."""
    try:
        spelt = spelling(name, job_types(plugins(read_settings().plugins)))
        paths = write(ROOT, spelt)
    except (Refused, Misconfigured) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    width = max(len(str(path)) for path in paths)
    sys.stdout.write(WRITTEN.format(*(str(path).ljust(width) for path in paths), paths[-1], name))
    return 0


if __name__ == "__main__":
    sys.exit(main("".join(sys.argv[1:2])))
