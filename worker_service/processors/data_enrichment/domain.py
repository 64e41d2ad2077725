"""The parts of a domain name by the Public Suffix List, from the copy inside `tldextract`. Never goes online."""

from typing import NamedTuple

from tldextract import TLDExtract

_extract = TLDExtract(suffix_list_urls=(), cache_dir=None)  # the defaults fetch the list and write it to disk


class DomainParts(NamedTuple):
    """`www.example.co.uk` is `www`, `example.co.uk` and `co.uk`; None for what a name does not have."""

    subdomain: str | None
    registrable: str | None
    suffix: str | None


def domain_parts(name: str) -> DomainParts:
    """The parts of a name, by the list's ICANN section alone: what a registry sells, not what a hosting firm lends.

    Of a name under no known suffix, all parts are None. Source: https://publicsuffix.org/list/.
    """
    found = _extract.extract_str(name)
    if not found.suffix:
        return DomainParts(None, None, None)
    return DomainParts(found.subdomain or None, found.top_domain_under_public_suffix or None, found.suffix)
