"""`python -m benchmarks.uploads`: the part of `make bench` that is about uploads, once, and not written down."""

import sys

from benchmarks.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["uploads", "--rounds", "1"]))
