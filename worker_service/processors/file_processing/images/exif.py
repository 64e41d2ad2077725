"""EXIF tags as libvips hands them over: fields such as `exif-ifd0-Make`, whose value says itself twice."""

import re
from collections import defaultdict

from pyvips import Image

from shared.codec import clean

DIRECTORIES = {"0": "primary", "1": "thumbnail", "2": "photo", "3": "gps", "4": "interoperability"}  # EXIF 2.32, 4.6
MAX_TAGS = 300
MAX_VALUE = 500  # characters

_NAME = re.compile(r"exif-ifd([0-4])-(\w+)")
_UNTRANSLATED = "Internal error"  # of a number that libexif has no words for
_VALUE = re.compile(r"(.*), ([A-Za-z ]+), \d+ components?, \d+ bytes?\)", re.DOTALL)


def tags(header: Image) -> dict[str, dict[str, str]]:
    """The tags by directory, as text; the first three hundred, each up to five hundred characters."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    named = [match for match in map(_NAME.fullmatch, header.get_fields()) if match]
    for match in named[:MAX_TAGS]:
        found[DIRECTORIES[match[1]]][match[2]] = clean(_value(str(header.get(match[0]))))[:MAX_VALUE]
    return dict(found)


def _value(text: str) -> str:
    """`ACME` of `ACME (ACME, ASCII, 5 components, 5 bytes)`; in brackets stands the value in libexif's words."""
    match = _VALUE.fullmatch(text)
    if match is None:
        return text
    twice = match[1]
    half = (len(twice) - 2) // 2
    if twice[:half] == twice[half + 2 :]:
        return twice[:half]
    raw, _, words = twice.partition(" (")
    return raw if words.startswith(_UNTRANSLATED) else words
