"""The operations of `file-processing` on a file of any kind."""

from collections.abc import Mapping

from marshmallow import Schema

from shared.job_types.operation_fields import named


class Checksum(Schema):
    """Report the SHA-256 and the size of the file as it stands. Of a file that is no picture, too."""

    operation = named("checksum")


ANY_FILE_CHANGES: Mapping[str, type[Schema]] = {}
ANY_FILE_REPORTS: Mapping[str, type[Schema]] = {"checksum": Checksum}
