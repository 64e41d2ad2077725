"""Operations on pictures, by libvips, behind one table."""

from collections.abc import Callable, Mapping

from worker_service.processors.file_processing.images.canvas import Canvas, canvas_of
from worker_service.processors.file_processing.images.operations import CHANGES, REPORTS
from worker_service.processors.file_processing.images.picture import Picture
from worker_service.processors.file_processing.work import Parameters, Perform, Report, Work


def _on_canvas(operation: Callable[[Canvas, Parameters], Picture | Report]) -> Perform:
    def perform(work: Work, asked: Parameters) -> Picture | Report:
        return operation(canvas_of(work), asked)

    return perform


OPERATIONS: Mapping[str, Perform] = {
    **{name: _on_canvas(change) for name, change in CHANGES.items()},
    **{name: _on_canvas(report) for name, report in REPORTS.items()},
}
