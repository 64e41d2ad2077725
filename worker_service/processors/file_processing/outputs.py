"""What a pipeline writes: first all of it is made, then all is saved, or nothing."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from worker_service.processors import JobContext
from worker_service.processors.file_processing.work import Bundle, Product


@dataclass(frozen=True)
class _Made:
    content: BufferedIOBase
    media_type: str
    facts: dict[str, Any]
    name: dict[str, str]


@dataclass(frozen=True)
class Writer:
    """Collects the contents of outputs, which stay open until the stack is closed."""

    job: JobContext
    opened: ExitStack
    _made: list[_Made] = field(default_factory=list)

    def take(self, product: Product | None, name: str | None = None) -> None:
        """Make the content; the product itself, which is larger, may go. None: there is nothing to be written."""
        if isinstance(product, Bundle):
            for part in product.parts:
                self.take(part, name)
        elif product is not None and not self.job.cancelled:
            content = self.opened.enter_context(product.content())
            named = {} if name is None else {"name": name}
            self._made.append(_Made(content, product.media_type, dict(product.facts), named))

    def save(self) -> list[dict[str, Any]]:
        """Save all. If one cannot be, the others are removed again."""
        saved: list[dict[str, Any]] = []
        try:
            saved.extend(self._save(made) for made in self._made)  # one by one: what was saved is known below
        except BaseException:
            for entry in saved:
                self.job.files.remove(entry["fileId"])
            raise
        return saved

    def _save(self, made: _Made) -> dict[str, Any]:
        path = getattr(made.content, "name", None)  # of a real file: it may be larger than memory
        content = Path(path) if isinstance(path, str) else made.content.read()
        stored = self.job.files.save(content, made.media_type)
        self.job.log(f"Written: {made.name.get('name', 'the file')}, {stored.bytes:,} bytes of {stored.media_type}.")
        return {
            **made.name,
            "fileId": stored.file_id,
            "mediaType": stored.media_type,
            **made.facts,
            "bytes": stored.bytes,
            "sha256": stored.sha256,
        }
