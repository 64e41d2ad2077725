"""`python -m benchmarks.uploads`: the part about uploads, of `make bench` and `make bench-processors`."""

import sys

from benchmarks.processors import main

if __name__ == "__main__":
    sys.exit(main(["uploads", *sys.argv[1:]]))
