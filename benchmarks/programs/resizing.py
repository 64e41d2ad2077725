"""Resizes one file again and again: `python -m benchmarks.programs.resizing PEER FILE WIDTH SECONDS DIRECTORY`.

Prints a line of JSON: images a second, milliseconds of processor time an image, the peak of its memory in MiB, the last
output, and versions.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

Resize = Callable[[], Path]


def ours(file: Path, width: int, directory: Path) -> Resize:
    """The whole job: the upload is found, decoded, resized, written, hashed, saved and synced."""
    from shared.files import FileStore, sniff  # noqa: PLC0415 - a peer's memory is its own
    from shared.job_types.file_processing import FILE_PROCESSING  # noqa: PLC0415
    from worker_service.processors import JobContext  # noqa: PLC0415
    from worker_service.processors.file_processing import file_processing  # noqa: PLC0415

    files = FileStore((directory / "files").as_uri())
    stored = files.save(file.read_bytes(), sniff(file.read_bytes()[:4096]))
    job = JobContext(id="1", type="file-processing", attempt=1, files=files)
    asked = {"fileId": stored.file_id, "operations": [{"operation": "resize", "width": width}]}

    def resize() -> Path:
        result = file_processing(job, FILE_PROCESSING.load_payload(asked))
        file_id = result["outputs"][0]["fileId"]
        with files.open(file_id) as output:
            return Path(output.name)

    return resize


def pillow(file: Path, width: int, directory: Path) -> Resize:
    """The fastest way that Pillow's documentation has: `draft`, `thumbnail`, then the turn."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    output = directory / f"pillow{file.suffix}"
    options: dict[str, Any] = {} if file.suffix == ".png" else {"quality": 80}

    def resize() -> Path:
        with Image.open(file) as picture:
            height = round(picture.height * width / picture.width)
            picture.draft("RGB", (width, height))
            picture.thumbnail((width, height), Image.Resampling.LANCZOS)
            ImageOps.exif_transpose(picture).save(output, **options)
        return output

    return resize


PEERS: Mapping[str, tuple[Callable[[Path, int, Path], Resize], tuple[str, ...]]] = {
    "dmps": (ours, ("pyvips", "pyvips-binary")),
    "Pillow": (pillow, ("pillow",)),
}


def peak_memory() -> float:
    """Of this process, in MiB. Linux' getrusage(2) begins with its parent's, proc(5) does not."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main(peer: str, file: str, width: str, seconds: str, directory: str) -> None:
    """Resize for so long, after one time that does not count."""
    make, packages = PEERS[peer]
    resize = make(Path(file), int(width), Path(directory))
    output, images, began, used = resize(), 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < float(seconds):
        output = resize()
        images += 1
    took = time.perf_counter() - began
    told = {
        "rate": images / took,
        "processor": 1000 * (time.process_time() - used) / images,
        "peak": peak_memory(),
        "output": os.fspath(output),
        "versions": {name: version(name) for name in packages},
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
