"""The contracts: what goes in, what comes out, and the defaults."""

from marshmallow import Schema, fields, validate

from shared.job_types import JobType
from shared.job_types.enrichment import Enrichment
from shared.schemas.fields import Integer, List, Number


class Line(Schema):
    """One line of an invoice."""

    quantity = Integer(
        required=True, validate=validate.Range(1, 1_000_000), metadata={"description": "How many.", "example": 3}
    )
    price = Number(
        required=True, validate=validate.Range(0, 10**9), metadata={"description": "Net, of one.", "example": 9.99}
    )
    vat = Number(
        load_default=0,
        validate=validate.Range(0, 100),
        metadata={"description": "Its rate, in per cent.", "example": 19},
    )


class InvoiceTotalPayload(Schema):
    """Add up an invoice, with value added tax."""

    lines = List(
        fields.Nested(Line),
        required=True,
        min_length=1,
        metadata={"description": "What was sold.", "example": [{"quantity": 3, "price": 9.99, "vat": 19}]},
    )


class InvoiceTotalResult(Schema):
    """The totals, to the cent."""

    net = Number(required=True, metadata={"description": "Without tax."})
    vat = Number(required=True, metadata={"description": "The tax, rounded for each rate."})
    gross = Number(required=True, metadata={"description": "What is to be paid."})


INVOICE_TOTAL = JobType("invoice-total", payload=InvoiceTotalPayload, result=InvoiceTotalResult, timeout=10)

LOYALTY = Enrichment(
    "loyalty",
    reads="a customer's number",
    adds=("normalized", "tier"),
    example="0007",
    options={"gold": Integer(metadata={"description": "From what number on.", "example": 5})},
    work="acme_jobs.loyalty:loyalty",
)
