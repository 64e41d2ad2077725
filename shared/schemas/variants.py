"""An object that comes in several forms, told apart by one of its members."""

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, missing, validate


class Variants(fields.Field[dict[str, Any]]):
    """An object whose member `discriminator` names the schema that reads it; each schema has that member, too.

    Errors keep their paths: those of the schema, or one at the discriminator.
    """

    default_error_messages = {"invalid": "Must be an object."}  # noqa: RUF012 - as marshmallow declares it

    def __init__(self, discriminator: str, schemas: Mapping[str, type[Schema]], **kwargs: Any) -> None:  # noqa: ANN401 - as any field takes
        super().__init__(**kwargs)
        self.discriminator = discriminator
        self.schemas = {name: schema(unknown=RAISE) for name, schema in schemas.items()}
        known = validate.OneOf(tuple(schemas), error="Must be one of: {choices}.")
        self._name = fields.String(required=True, validate=known)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
        if not isinstance(value, Mapping):
            raise self.make_error("invalid")
        loaded: dict[str, Any] = self.schemas[self._read_name(value)].load(value)
        return loaded

    def _read_name(self, value: Mapping[str, Any]) -> str:
        try:
            name: str = self._name.deserialize(value.get(self.discriminator, missing))
        except ValidationError as error:
            raise ValidationError({self.discriminator: error.messages}) from error
        return name
