"""What an upstream means by `Retry-After`."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from shared.retry import LONGEST_DELAY


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds to wait, up to a year, of a number of seconds or an HTTP date in any of its three forms.

    None if there is no header, or it makes no sense. Source: RFC 9110, 10.2.3 and 5.6.7.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_DELAY)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return min(max(0.0, (when - now).total_seconds()), LONGEST_DELAY)
