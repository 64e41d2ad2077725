"""The operations of `file-processing`, by family: a schema for each, behind one table.

A family is a kind of file and the operations on it. Its name is that of the package in
`worker_service.processors.file_processing` that performs them. Some change the file; others report on it.
"""

from collections.abc import Mapping

from marshmallow import Schema

from shared.job_types.any_file_operations import ANY_FILE_CHANGES, ANY_FILE_REPORTS
from shared.job_types.image_operations import IMAGE_CHANGES, IMAGE_REPORTS
from shared.job_types.table_operations import TABLE_CHANGES, TABLE_REPORTS

CHANGES: Mapping[str, Mapping[str, type[Schema]]] = {
    "images": IMAGE_CHANGES,
    "tables": TABLE_CHANGES,
    "any_file": ANY_FILE_CHANGES,
}
REPORTS: Mapping[str, Mapping[str, type[Schema]]] = {
    "images": IMAGE_REPORTS,
    "tables": TABLE_REPORTS,
    "any_file": ANY_FILE_REPORTS,
}

OPERATIONS: Mapping[str, type[Schema]] = {
    name: schema for kind in (CHANGES, REPORTS) for family in kind.values() for name, schema in family.items()
}
FAMILY_OF: Mapping[str, str] = {
    name: family for kind in (CHANGES, REPORTS) for family, operations in kind.items() for name in operations
}


def changing_family(operation: str) -> str | None:
    """The family of an operation that changes the file; None for a report, which may stand in any pipeline."""
    family = FAMILY_OF[operation]
    return family if operation in CHANGES[family] else None
