"""What files are called: what senders say, made harmless, and how it is told to browsers (RFC 6266, RFC 8187)."""

import unicodedata
from collections.abc import Sequence
from email.message import Message
from email.utils import collapse_rfc2231_value
from mimetypes import MimeTypes
from typing import Any
from urllib.parse import quote

from shared.files import StoredFile

LONGEST = 255  # bytes in UTF-8
_EXTENSIONS = MimeTypes()  # Python's own table, whatever this machine's says
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})  # control, direction of writing, half of a character, ...
_PLAIN = frozenset(map(chr, range(0x20, 0x7F))) - {'"', "\\", "%"}
_VALUE = "!#$&+-.^_`|~"  # of RFC 8187, section 3.2.1, beside letters and digits


def sent_name(disposition: str | None) -> str | None:
    """What a Content-Disposition calls the file; None if it says of no file. Of two names, that of RFC 8187 wins."""
    message = Message()
    try:
        message["Content-Disposition"] = disposition or ""
        parameters: Sequence[tuple[str, Any]] = message.get_params(header="Content-Disposition") or ()
        names = [value for name, value in parameters if name.lower() == "filename"]
        exact = [value for value in names if isinstance(value, tuple)]
        return clean(collapse_rfc2231_value((exact or names)[0])) if names else None
    except (ValueError, LookupError, TypeError):  # the last is email's, for two names that exclude each other
        return None


def clean(name: str) -> str:
    """The same without directories, and without what is not seen: normalised (NFC), of at most 255 bytes."""
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(each for each in unicodedata.normalize("NFC", last) if unicodedata.category(each) not in _UNSEEN)
    short = seen.encode()[:LONGEST].decode(errors="ignore").strip()
    return "" if short in {".", ".."} else short


def disposition(stored: StoredFile) -> str:
    """Always an attachment: what others made is never run as ours. Old browsers get the name in ASCII."""
    extension = _EXTENSIONS.guess_extension(stored.media_type, strict=False) or ""
    name = stored.name or f"{stored.file_id}{extension}"
    plain = "".join(each if each in _PLAIN else "_" for each in name)
    exact = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe=_VALUE)}"
    return f'attachment; filename="{plain}"{exact}'
