"""Parameters of URLs that only tell where a visitor came from: a short list of our own, of those in wide use."""

import re

# Google Analytics and Ads, Meta, Microsoft, X, TikTok, LinkedIn, Mailchimp, HubSpot, Marketo, Matomo, Yandex, Adobe,
# and others; utm_* and so on as families.
_TRACKING = re.compile(
    r"(?:utm|mtm|pk|piwik|matomo|hsa|oly|vero|ns|at_(?:medium|campaign|custom\d))_\w+"
    r"|gclid|gclsrc|dclid|gbraid|wbraid|fbclid|msclkid|twclid|ttclid|li_fat_id|igshid|igsh|yclid|ymclid|_openstat"
    r"|mc_cid|mc_eid|_hsenc|_hsmi|__hssc|__hstc|__hsfp|hsctatracking|mkt_tok|s_cid|ef_id|irclickid|srsltid|_ga|_gl"
    r"|rb_clickid|wickedid|cvid|ocid|epik|sscid",
    re.IGNORECASE,
)


def without_tracking(query: str) -> tuple[str, list[str]]:
    """The query without them, all else as it was, and the names of those that were in it."""
    pieces = query.split("&") if query else []
    tracking = {piece.partition("=")[0] for piece in pieces if _TRACKING.fullmatch(piece.partition("=")[0])}
    kept = [piece for piece in pieces if piece.partition("=")[0] not in tracking]
    return "&".join(kept), sorted(tracking)
