"""Pictures against sharp and Pillow: `python -m benchmarks.images [ROUNDS [SECONDS]]`.

A made picture of 4000 x 3000 pixels, as JPEG, PNG and WebP, is resized to 800 pixels and written in its own format, at
quality 80 where it has one; by our processor as a whole job, by sharp (Node) and by Pillow, each in a process of its
own and on one thread, in turn. What is measured: images a second, and the peak memory of the process. The outputs are
compared: a peer that made another picture is not fast.

Writes `benchmarks/results/processors/DATE-COMMIT-images.json`.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from pyvips import Image

from benchmarks.figures import OURS, Figure, Measure, Results, Sample, gather
from benchmarks.install import SHARP, NotToBeHad, install_sharp
from benchmarks.machine import commit, is_busy, machine
from benchmarks.parts import Part
from benchmarks.peers import NODE
from benchmarks.processes import BenchFailed, run
from benchmarks.report import origin, section

ROUNDS, SECONDS = 5, 3.0
WIDTH = 800
TOLERANCE = 8.0  # mean difference of two outputs, of 255: filters and encoders differ by less
RESULTS = Path(__file__).parent / "results" / "processors"
RATE = Measure("to 800 px", "images/s", "more")
PEAK = Measure("peak memory", "MiB", "less")
SAVERS: dict[str, dict[str, Any]] = {"jpg": {"Q": 90}, "png": {}, "webp": {"Q": 90}}
NAMES = {"jpg": "JPEG", "png": "PNG", "webp": "WebP"}


def picture() -> Image:
    """4000 x 3000 pixels, the same each time: soft areas, finer detail, and a little noise, as a photograph has."""
    parts = ((60, 12_000), (6, 900), (0, 4))
    channels = [sum((_noise(seed + 10 * band, *part) for seed, part in enumerate(parts)), 128) for band in range(3)]
    whole: Image = channels[0].bandjoin(channels[1:]).cast("uchar").copy(interpretation="srgb").copy_memory()
    return whole


def _noise(seed: int, blur: int, sigma: int) -> Image:
    noise = Image.gaussnoise(4000, 3000, seed=seed, sigma=sigma, mean=0)
    return noise.gaussblur(blur) if blur else noise


def measure(
    rounds: int, seconds: float, scratch: Path, versions: dict[str, str], peers: Sequence[str]
) -> Iterator[Sample]:
    """Round after round, format after format, one peer after the other. Raises `BenchFailed`."""
    made = picture()
    for suffix, options in SAVERS.items():
        made.write_to_file(str(scratch / f"picture.{suffix}"), **options)
    for number in range(rounds):
        for suffix, name in NAMES.items():
            outputs = {}
            for peer in peers:
                say(f"round {number + 1} of {rounds}: {name}, {peer}")
                told = json.loads(run(_command(peer, scratch / f"picture.{suffix}", seconds, scratch), {}))
                outputs[peer] = told["output"]
                versions |= told["versions"]
                yield Sample(RATE, peer, told["rate"], name)
                yield Sample(PEAK, peer, told["peak"], name)
            _compare(outputs)


def _command(peer: str, file: Path, seconds: float, scratch: Path) -> list[str]:
    rest = [str(file), str(WIDTH), str(seconds), str(scratch)]
    if peer == "sharp":
        return [NODE, str(SHARP / "resize.mjs"), *rest]
    return [sys.executable, "-m", "benchmarks.programs.resizing", peer, *rest]


def _compare(outputs: dict[str, str]) -> None:
    ours = Image.new_from_buffer(Path(outputs[OURS]).read_bytes(), "")
    for peer, path in outputs.items():
        other = Image.new_from_buffer(Path(path).read_bytes(), "")
        if (other.width, other.height, other.bands) != (ours.width, ours.height, ours.bands):
            raise BenchFailed(f"{peer} made a picture of {other.width}x{other.height}x{other.bands}")
        if (difference := (other - ours).abs().avg()) > TOLERANCE:
            raise BenchFailed(f"{peer} made another picture: {difference:.1f} apart")


def say(text: str) -> None:
    """Tell how far the run is."""
    sys.stderr.write(f"{text}\n")


def main(rounds: int = ROUNDS, seconds: float = SECONDS) -> None:
    """Measure, print, write down."""
    if is_busy():
        say("This machine is busy: stop what else runs here, or take the figures for noise.")
    began, here = datetime.now(UTC), machine()
    not_run: dict[str, str] = {}
    try:
        install_sharp(say)
    except NotToBeHad as reason:
        not_run["sharp"] = str(reason)
    peers = [peer for peer in (OURS, "sharp", "Pillow") if peer not in not_run]
    versions: dict[str, str] = {}
    part = Part("images", "Pictures", (__doc__ or "").split("\n\n")[1].replace("\n", " "), lambda _: iter(()))
    with tempfile.TemporaryDirectory() as scratch:
        figures: tuple[Figure, ...] = gather(part.name, measure(rounds, seconds, Path(scratch), versions, peers))
    took = (datetime.now(UTC) - began).total_seconds()
    date = began.isoformat(timespec="seconds")
    results = Results(commit(), date, took, rounds, here, versions, not_run, figures)
    sys.stdout.write(f"{origin(results)}\n\n{section(results, part)}\n")
    path = RESULTS / f"{began:%Y-%m-%d}-{commit().rstrip('+')}-images.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
    say(f"written to {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path.name}")


if __name__ == "__main__":
    main(*(kind(text) for kind, text in zip((int, float), sys.argv[1:], strict=False)))
