"""The one table of the enrichments. A new one is a function, an entry here, and one in the contract.

The function takes a value (any JSON value but null; of an enrichment with parts, perhaps an object of them) and the
rule's options, and returns the object to add, with exactly the members that the contract lists, the first of them
`normalized`. It reads local data only, takes little time whatever the value (bound its length before all else), and
raises `Unusable` if it cannot make anything of the value.

What is to be read once a job and not once a value, such as a file, is read by the entry of the second table: it takes
the job and the rule's options, and returns the options for the function. It raises `Reject` for one that cannot be.
"""

import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from shared.job_types.enrichment import Enrichment
from worker_service.processors import JobContext, Reject
from worker_service.processors.data_enrichment.bank import bic, iban
from worker_service.processors.data_enrichment.card import card
from worker_service.processors.data_enrichment.coordinates import coordinates
from worker_service.processors.data_enrichment.country import country
from worker_service.processors.data_enrichment.currency import currency
from worker_service.processors.data_enrichment.digest import digest, stable_id, with_key
from worker_service.processors.data_enrichment.email import email
from worker_service.processors.data_enrichment.host import domain
from worker_service.processors.data_enrichment.ip import ip
from worker_service.processors.data_enrichment.language import language
from worker_service.processors.data_enrichment.locale import with_locale
from worker_service.processors.data_enrichment.location import location, with_database
from worker_service.processors.data_enrichment.match import match, with_table
from worker_service.processors.data_enrichment.numbers import isbn, vat
from worker_service.processors.data_enrichment.phone import phone
from worker_service.processors.data_enrichment.text import repaired
from worker_service.processors.data_enrichment.text_language import text_language
from worker_service.processors.data_enrichment.timestamp import timestamp, with_calendar
from worker_service.processors.data_enrichment.url import url
from worker_service.processors.data_enrichment.user_agent import user_agent

Options = Mapping[str, Any]
Enricher = Callable[[Any, Options], dict[str, Any]]

ENRICHERS: Mapping[str, Enricher] = MappingProxyType(
    {
        "email": email,
        "phone": phone,
        "url": url,
        "domain": domain,
        "ip": ip,
        "ip-location": location,
        "user-agent": user_agent,
        "country": country,
        "currency": currency,
        "language": language,
        "iban": iban,
        "bic": bic,
        "vat": vat,
        "isbn": isbn,
        "card": card,
        "coordinates": coordinates,
        "timestamp": timestamp,
        "text": repaired,
        "text-language": text_language,
        "hash": digest,
        "id": stable_id,
        "match": match,
    }
)

PREPARED: Mapping[str, Callable[[JobContext, Options], Options]] = MappingProxyType(
    {
        "ip-location": with_database,
        "country": with_locale,
        "currency": with_locale,
        "language": with_locale,
        "timestamp": with_calendar,
        "hash": with_key,
        "match": with_table,
    }
)


def enricher(enrichment: Enrichment) -> Enricher:
    """The function of an enrichment: ours, or the one that a plug-in names. Raises `Reject` if there is none."""
    if enrichment.name in ENRICHERS:
        return ENRICHERS[enrichment.name]
    module, _, function = enrichment.work.partition(":")
    try:
        found: Enricher = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise Reject(f"The function of the enrichment {enrichment.name!r} cannot be imported: {error}.") from error
    return found


def prepared(job: JobContext, enrichment: Enrichment, options: Options) -> Options:
    """The options as the function takes them."""
    prepare = PREPARED.get(enrichment.name)
    return options if prepare is None else prepare(job, options)
