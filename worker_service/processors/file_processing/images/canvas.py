"""What an operation on pictures finds: the file as a picture, and what the operations before made of it."""

from dataclasses import dataclass

from worker_service.processors import JobContext, Reject
from worker_service.processors.file_processing.images.fit import Size
from worker_service.processors.file_processing.images.picture import Picture
from worker_service.processors.file_processing.images.source import Source
from worker_service.processors.file_processing.work import Work


@dataclass(frozen=True, eq=False)
class Canvas:
    """A picture, decoded only when its pixels are asked for."""

    job: JobContext
    source: Source
    picture: Picture | None = None  # None while the file is as it came
    is_last: bool = False  # the operation: what it makes is only written

    @property
    def current(self) -> Picture:
        """The picture as it stands."""
        return self.picture or self.source.decode()

    @property
    def size(self) -> Size:
        """Its width and height, without decoding it for that."""
        return self.picture.size if self.picture else self.source.size

    @property
    def frames(self) -> int:
        """How many frames it has, likewise."""
        return len(self.picture.frames) if self.picture else self.source.frames

    def glance(self, width: int, height: int) -> Picture:
        """The first frame in exactly that size, for a report."""
        if self.picture is None and self.source.shrinks_on_load:
            return self.source.shrink((width, height))
        frame = self.current.frames[0].thumbnail_image(width, height=height, size="force", no_rotate=True)
        return Picture((frame,), self.current.format)


def canvas_of(work: Work) -> Canvas:
    """Raises `Reject` where the operations before made something else than a picture."""
    if isinstance(work.product, Picture | None):
        return Canvas(work.job, work.file.seen_as(Source), work.product, work.is_last)
    raise Reject(f"The operations before this one made a file of {work.product.media_type}: that is no picture.")
