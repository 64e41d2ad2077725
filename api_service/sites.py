"""What URLs that browsers send along say of where they lead, or where a request comes from."""

from urllib.parse import SplitResult, urlsplit


def split(url: str) -> SplitResult | None:
    """Its parts; None if it is no URL at all, such as `http://[`."""
    try:
        return urlsplit(url)
    except ValueError:
        return None
