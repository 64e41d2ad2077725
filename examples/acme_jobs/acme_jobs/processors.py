"""The work. Plain `def`: it computes, so it runs in a child process."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from acme_jobs.job_types import INVOICE_TOTAL
from worker_service.processors import JobContext, Reject, processes

CENT = Decimal("0.01")
MOST = Decimal(10**12)


@processes(INVOICE_TOTAL)
def invoice_total(job: JobContext, payload: dict[str, Any]) -> dict[str, Decimal]:
    """The totals, tax rounded once for each rate, as EN 16931 has it (BR-CO-17). Raises `Reject` beyond a trillion."""
    by_rate: dict[Decimal, Decimal] = defaultdict(Decimal)
    for line in payload["lines"]:
        by_rate[Decimal(line["vat"])] += line["quantity"] * Decimal(line["price"])
    net = sum((_to_the_cent(amount) for amount in by_rate.values()), Decimal(0))
    if net > MOST:
        raise Reject(f"Acme sells nothing for {net:,}.")
    vat = sum((_to_the_cent(_to_the_cent(amount) * rate / 100) for rate, amount in by_rate.items()), Decimal(0))
    job.log(f"{len(payload['lines'])} lines at {len(by_rate)} rates")
    return {"net": net, "vat": vat, "gross": net + vat}


def _to_the_cent(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
