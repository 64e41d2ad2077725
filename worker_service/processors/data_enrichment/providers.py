"""Who runs a mailbox, and how its provider reads an address: a short list of our own, of the largest ones.

So is that of disposable domains: no package that carries one is maintained, so it names the best-known services and
misses most others. An address that it does not have may be disposable all the same.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Provider(NamedTuple):
    """A provider, the sign before a tag that it ignores, and whether it ignores full stops."""

    name: str
    tag: str
    ignores_dots: bool


_PROVIDERS = (
    (Provider("Google", "+", ignores_dots=True), "gmail.com googlemail.com"),
    (
        Provider("Microsoft", "+", ignores_dots=False),
        "outlook.com hotmail.com live.com msn.com hotmail.co.uk outlook.de",
    ),
    (Provider("Apple", "+", ignores_dots=False), "icloud.com me.com mac.com"),
    (Provider("Yahoo", "-", ignores_dots=False), "yahoo.com yahoo.co.uk yahoo.fr yahoo.de ymail.com rocketmail.com"),
    (Provider("Proton", "+", ignores_dots=True), "proton.me protonmail.com pm.me"),
    (Provider("Fastmail", "+", ignores_dots=False), "fastmail.com fastmail.fm"),
    (Provider("AOL", "", ignores_dots=False), "aol.com"),
    (Provider("GMX", "", ignores_dots=False), "gmx.de gmx.net gmx.at gmx.ch gmx.com"),
    (Provider("WEB.DE", "", ignores_dots=False), "web.de"),
    (Provider("Deutsche Telekom", "", ignores_dots=False), "t-online.de"),
    (Provider("Orange", "", ignores_dots=False), "orange.fr wanadoo.fr"),
    (Provider("Yandex", "+", ignores_dots=False), "yandex.ru yandex.com ya.ru"),
    (Provider("Mail.ru", "", ignores_dots=False), "mail.ru inbox.ru list.ru bk.ru"),
    (Provider("Tencent", "", ignores_dots=False), "qq.com foxmail.com"),
    (Provider("NetEase", "", ignores_dots=False), "163.com 126.com yeah.net"),
    (Provider("Zoho", "+", ignores_dots=False), "zoho.com zohomail.com"),
)
PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {domain: provider for provider, domains in _PROVIDERS for domain in domains.split()}
)
SAME_MAILBOX: Mapping[str, str] = MappingProxyType({"googlemail.com": "gmail.com", "protonmail.com": "proton.me"})

_DISPOSABLE = (
    "10minutemail.com 10minutemail.net 20minutemail.com 33mail.com burnermail.io discard.email dispostable.com"
    " dropmail.me emailondeck.com fakeinbox.com fakemail.net getairmail.com getnada.com grr.la guerrillamail.biz"
    " guerrillamail.com guerrillamail.de guerrillamail.info guerrillamail.net guerrillamail.org guerrillamailblock.com"
    " inboxkitten.com jetable.org mail-temp.com mailcatch.com maildrop.cc mailinator.com mailinator.net mailnesia.com"
    " mailsac.com mintemail.com moakt.com mohmal.com mytemp.email nada.email sharklasers.com spam4.me spamgourmet.com"
    " temp-mail.io temp-mail.org tempail.com tempinbox.com tempmail.com tempmail.dev tempmailo.com tempr.email"
    " throwawaymail.com trash-mail.com trashmail.com trashmail.de trashmail.me trbvm.com wegwerfemail.de yopmail.com"
    " yopmail.fr yopmail.net"
)
DISPOSABLE = frozenset(_DISPOSABLE.split())


def mailbox(local: str, domain: str) -> str | None:
    """The address as its provider reads it, for finding one person's twice; None where that is not known."""
    provider = PROVIDERS.get(domain)
    if provider is None:
        return None
    name = local.lower()
    if provider.tag and not name.startswith(provider.tag):
        name = name.partition(provider.tag)[0]
    if provider.ignores_dots:
        name = name.replace(".", "")
    return f"{name}@{SAME_MAILBOX.get(domain, domain)}"
