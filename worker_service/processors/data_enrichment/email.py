"""`email`: the syntax of an address, as RFC 5321, 5322, 6531 and IDNA 2008 have it; no server is asked."""

from collections.abc import Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email

from worker_service.processors.data_enrichment.domain import domain_parts
from worker_service.processors.data_enrichment.providers import DISPOSABLE, PROVIDERS, mailbox
from worker_service.processors.data_enrichment.value import Unusable, text

MAX_LENGTH = 320  # 64 + @ + 255; the library then holds the address against RFC 5321's 254

ROLES = frozenset({
    # RFC 2142, sections 3 to 5
    "info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster", "hostmaster", "usenet", "news",
    "webmaster", "www", "uucp", "ftp",
    # and others in wide use
    "accounts", "admin", "administrator", "billing", "careers", "contact", "feedback", "hello", "help", "helpdesk",
    "hr", "jobs", "legal", "mail", "mailer-daemon", "no-reply", "noreply", "office", "orders", "press", "privacy",
    "root", "service", "team",
})  # fmt: skip


def email(value: Any, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """An e-mail address.

    `normalized` (domain in lower case and Unicode, local part in NFC with its case, since only the receiver may
    ignore it), `ascii` (the same for systems without SMTPUTF8, or null), `localPart`, `domain` (in ASCII, for
    matching), `registrableDomain` (or null), `role` (whether it names an office instead of a person), `tag` (what
    stands behind the + of the local part, or null), `mailbox` (the address as its provider reads it, without what that
    ignores), `provider` (both null unless it is one of the largest), `disposable` (whether its domain, or one above
    it, is known to give addresses away; false means only that it is not known to).
    """
    try:
        address = validate_email(text(value, limit=MAX_LENGTH), check_deliverability=False)
    except EmailNotValidError as error:
        raise Unusable("invalid", f"This is not an e-mail address: {error}") from error
    local, domain = address.local_part, address.ascii_domain
    registrable = domain_parts(domain).registrable
    provider = PROVIDERS.get(domain)
    return {
        "normalized": address.normalized,
        "ascii": address.ascii_email,
        "localPart": local,
        "domain": domain,
        "registrableDomain": registrable,
        "role": local.partition("+")[0].lower() in ROLES,
        "tag": local.partition("+")[2] or None,
        "mailbox": mailbox(local, domain),
        "provider": provider.name if provider else None,
        "disposable": domain in DISPOSABLE or registrable in DISPOSABLE,
    }
