"""Enrichments of codes and numbers that somebody gave out: country, currency, language, iban, bic, vat, isbn, card."""

from shared.job_types import enrichment_options as options
from shared.job_types.enrichment import Enrichment

CODES = (
    Enrichment(
        "country",
        reads="a country's ISO 3166-1 code (two letters, three letters, or number) or English name",
        adds=("normalized", "alpha3", "numeric", "name", "officialName", "flag", "matchedBy", "localName"),
        example="the Netherlands",
        options={"locale": options.LOCALE},
        example_options={"locale": "fr"},
    ),
    Enrichment(
        "currency",
        reads="a currency's ISO 4217 code (letters or number), English name, or a sign that no other has",
        adds=("normalized", "numeric", "name", "symbol", "digits", "matchedBy", "localName"),
        example="US dollar",
        options={"locale": options.LOCALE},
        example_options={"locale": "de"},
    ),
    Enrichment(
        "language",
        reads="a language's ISO 639 code, a tag of BCP 47 (language, script, region), or its English or own name",
        adds=(
            "normalized", "alpha3", "name", "nativeName", "script", "region", "direction", "matchedBy", "localName",
        ),
        example="Français",
        options={"locale": options.LOCALE},
        example_options={"locale": "de"},
    ),
    Enrichment(
        "iban",
        reads="an international bank account number (ISO 13616)",
        adds=("normalized", "formatted", "country", "bankCode", "accountCode", "bic", "bank"),
        example="DE89 3704 0044 0532 0130 00",
    ),
    Enrichment(
        "bic",
        reads="a bank's code (ISO 9362), of 8 or 11 characters",
        adds=("normalized", "bankCode", "country", "location", "branch", "bank"),
        example="DEUTDEFF",
    ),
    Enrichment(
        "vat",
        reads="a VAT number with its country's prefix, of the European Union, Northern Ireland, Great Britain, Norway"
        " or Switzerland; its form and checksum, not whether it is in use",
        adds=("normalized", "country", "number"),
        example="DE 136,695 976",
    ),
    Enrichment(
        "isbn",
        reads="a book's number (ISO 2108), of 10 or 13 digits",
        adds=("normalized", "isbn10", "formatted", "group", "registrant", "publication"),
        example="0-471-95869-7",
    ),
    Enrichment(
        "card",
        reads="the number of a payment card (ISO/IEC 7812); all but its first six and last four digits are masked",
        adds=("normalized", "scheme", "iin", "lastFour", "length"),
        example="4111 1111 1111 1111",
    ),
)  # fmt: skip
