"""An object that comes in several forms, told apart by one of its members."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, missing, validate


class Variants(fields.Field[dict[str, Any]]):
    """An object whose member `discriminator` names the schema that reads it; each schema has that member, too.

    Errors keep their paths: those of the schema, or one at the discriminator.
    """

    default_error_messages = {"invalid": "Must be an object."}  # noqa: RUF012 - as marshmallow declares it

    def __init__(self, discriminator: str, schemas: Mapping[str, type[Schema]], **kwargs: Any) -> None:  # noqa: ANN401 - as any field takes
        super().__init__(**kwargs)
        self.discriminator = discriminator
        made = {schema: schema(unknown=RAISE) for schema in dict.fromkeys(schemas.values())}
        self.schemas = {name: made[schema] for name, schema in schemas.items()}
        known = validate.OneOf(tuple(schemas), error="Must be one of: {choices}.")
        self._name = fields.String(required=True, validate=known)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
        if not isinstance(value, Mapping):
            raise self.make_error("invalid")
        loaded: dict[str, Any] = self._form(value.get(self.discriminator, missing)).load(value)
        return loaded

    def _form(self, name: Any) -> Schema:  # noqa: ANN401 - any JSON value
        if isinstance(name, str) and name in self.schemas:
            return self.schemas[name]
        try:
            return self.schemas[self._name.deserialize(name)]
        except ValidationError as error:
            raise ValidationError({self.discriminator: error.messages}) from error


class VariantSchema(Schema):
    """A schema whose objects come in several forms: `forms` has the schema of each value of `discriminator`.

    Several values may share a schema. It loads as the form does, with the form's errors. Its `load_fields` are those of
    all forms together, for whoever asks which members there may be; of a member that several have, the first one's.
    """

    discriminator: ClassVar[str]
    forms: ClassVar[Mapping[str, type[Schema]]]

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - as any schema takes
        super().__init__(**kwargs)
        self.reader = Variants(self.discriminator, self.forms)
        for schema in reversed(self.reader.schemas.values()):
            self.load_fields.update(schema.load_fields)

    def load(self, data: Any, **_: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
        """The loaded object. Raises `ValidationError`."""
        loaded: dict[str, Any] = self.reader.deserialize(data)
        return loaded
