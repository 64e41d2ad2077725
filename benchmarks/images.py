"""Pictures against sharp and Pillow: `python -m benchmarks.images`, a part of `make bench-processors`."""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyvips import Image

from benchmarks.bench import Bench
from benchmarks.figures import OURS, Measure, Sample
from benchmarks.install import SHARP, NotToBeHad, install_sharp
from benchmarks.parts import Part
from benchmarks.peers import NODE
from benchmarks.processes import BenchFailed, run
from benchmarks.processors import main

SHARP_ALONE, SHARP_SYNCED, PILLOW = "sharp", "sharp, synced", "Pillow"
SECONDS = 2.0
WIDTH = 800
TOLERANCE = 8.0  # mean difference of two outputs, of 255: filters and encoders differ by less
RATE = Measure("to 800 px", "images/s", "more")
PROCESSOR_TIME = Measure("processor time", "ms/image", "less")
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


def measure(bench: Bench) -> Iterator[Sample]:
    """Round after round, format after format, one peer after the other. Raises `BenchFailed`."""
    peers = [OURS, SHARP_ALONE, SHARP_SYNCED, PILLOW]
    try:
        install_sharp(bench.say)
    except NotToBeHad as reason:
        bench.not_run["sharp"] = str(reason)
        peers = [OURS, PILLOW]
    made = picture()
    with tempfile.TemporaryDirectory() as scratch:
        for suffix, options in SAVERS.items():
            made.write_to_file(f"{scratch}/picture.{suffix}", **options)
        for number in range(bench.rounds):
            for suffix, name in NAMES.items():
                bench.say(f"round {number + 1} of {bench.rounds}: {name}")
                told = {peer: json.loads(run(_command(peer, suffix, scratch), {})) for peer in peers}
                _compare({peer: found["output"] for peer, found in told.items()})
                for peer, found in told.items():
                    bench.versions.update(found["versions"])
                    yield Sample(RATE, peer, found["rate"], name)
                    yield Sample(PROCESSOR_TIME, peer, found["processor"], name)
                    yield Sample(PEAK, peer, found["peak"], name)


def _command(peer: str, suffix: str, scratch: str) -> list[str]:
    rest = [f"{scratch}/picture.{suffix}", str(WIDTH), str(SECONDS), scratch]
    if peer in {SHARP_ALONE, SHARP_SYNCED}:
        return [NODE, str(SHARP / "resize.mjs"), *rest, *(["synced"] if peer == SHARP_SYNCED else [])]
    return [sys.executable, "-m", "benchmarks.programs.resizing", peer, *rest]


def _compare(outputs: dict[str, str]) -> None:
    ours = Image.new_from_buffer(Path(outputs[OURS]).read_bytes(), "")
    for peer, path in outputs.items():
        other = Image.new_from_buffer(Path(path).read_bytes(), "")
        if (other.width, other.height, other.bands) != (ours.width, ours.height, ours.bands):
            raise BenchFailed(f"{peer} made a picture of {other.width}x{other.height}x{other.bands}")
        if (difference := (other - ours).abs().avg()) > TOLERANCE:
            raise BenchFailed(f"{peer} made another picture: {difference:.1f} apart")


IMAGES = Part(
    "images",
    "Pictures",
    "A made picture of 4000 x 3000 pixels is resized to 800 pixels and written in its own format: JPEG and WebP at"
    " quality 80, PNG with compression 6 and no filter, the same with all but Pillow, which has its defaults for PNG."
    " Each peer has a process and one thread of its own. Ours is the whole job: the file is found, its result hashed,"
    " kept and synced with its facts, four times to the disk. sharp writes a file; `synced` syncs it and its directory"
    " too. What they wrote is compared: a peer that made another picture is not fast.",
    measure,
)

if __name__ == "__main__":
    sys.exit(main(["images", *sys.argv[1:]]))
