"""What holds for the operations of a pipeline together."""

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError

from shared.job_types.file_operations import changing_family


def refuse_mixed_families(operations: Iterable[Mapping[str, Any]], first: str | None = None) -> str | None:
    """The family of the operations that change the file, if any do; `first` is that of the operations before these.

    Raises `ValidationError`: what one family made of a file, another cannot go on with.
    """
    for index, asked in enumerate(operations):
        family = changing_family(asked["operation"])
        if first and family and family != first:
            told = f"It works on another kind of file ({family}) than those before it ({first})."
            raise ValidationError({"operations": {index: {"operation": [told]}}})
        first = first or family
    return first
