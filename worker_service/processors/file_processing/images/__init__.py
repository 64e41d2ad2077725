"""Operations on pictures, by libvips, behind one table."""

from collections.abc import Callable, Mapping

from worker_service.processors.file_processing.images import geometry, looks, reports
from worker_service.processors.file_processing.images.canvas import Canvas, canvas_of
from worker_service.processors.file_processing.images.picture import Picture
from worker_service.processors.file_processing.images.watermark import watermark
from worker_service.processors.file_processing.work import Parameters, Perform, Report, Work

CHANGES: Mapping[str, Callable[[Canvas, Parameters], Picture]] = {
    "resize": geometry.resize,
    "thumbnail": geometry.thumbnail,
    "crop": geometry.crop,
    "rotate": geometry.rotate,
    "flip": geometry.flip,
    "flop": geometry.flop,
    "grayscale": looks.grayscale,
    "blur": looks.blur,
    "sharpen": looks.sharpen,
    "watermark": watermark,
    "toSrgb": looks.to_srgb,
    "convert": looks.convert,
}
REPORTS: Mapping[str, Callable[[Canvas, Parameters], Report]] = {
    "metadata": reports.metadata,
    "exif": reports.exif,
    "dominantColors": reports.dominant_colors,
    "perceptualHash": reports.perceptual_hash,
}


def _on_canvas(operation: Callable[[Canvas, Parameters], Picture | Report]) -> Perform:
    def perform(work: Work, asked: Parameters) -> Picture | Report:
        return operation(canvas_of(work), asked)

    return perform


OPERATIONS: Mapping[str, Perform] = {
    **{name: _on_canvas(change) for name, change in CHANGES.items()},
    **{name: _on_canvas(report) for name, report in REPORTS.items()},
}
