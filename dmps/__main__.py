"""`python -m dmps` is the command `dmps`."""

import sys

from dmps.cli import main

if __name__ == "__main__":
    sys.exit(main())
