"""The one table of the enrichments. A new one is a module with a function, an entry here, and one in the contract.

The function takes a value (any JSON value but null) and the rule's options, and returns the object to add, with
exactly the members that `shared.job_types.enrichments` lists, the first of them `normalized`. It reads local data
only, takes little time whatever the value (bound its length before all else), and raises `Unusable` if it cannot
make anything of the value.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from worker_service.processors.data_enrichment.country import country
from worker_service.processors.data_enrichment.email import email
from worker_service.processors.data_enrichment.ip import ip
from worker_service.processors.data_enrichment.phone import phone
from worker_service.processors.data_enrichment.timestamp import timestamp
from worker_service.processors.data_enrichment.url import url

Enricher = Callable[[Any, Mapping[str, Any]], dict[str, Any]]

ENRICHERS: Mapping[str, Enricher] = MappingProxyType(
    {
        "email": email,
        "phone": phone,
        "country": country,
        "url": url,
        "ip": ip,
        "timestamp": timestamp,
    }
)
