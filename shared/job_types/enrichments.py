"""The table of our enrichments. All names are those on the wire.

A new one is an `Enrichment` in one of the three families, and a function in the table of
`worker_service.processors.data_enrichment.kinds`.
"""

from collections.abc import Mapping

from shared.job_types.enrichment import Enrichment, by_name
from shared.job_types.enrichments_codes import CODES
from shared.job_types.enrichments_contact import CONTACT
from shared.job_types.enrichments_values import VALUES

ENRICHMENTS: Mapping[str, Enrichment] = by_name((*CONTACT, *CODES, *VALUES))
