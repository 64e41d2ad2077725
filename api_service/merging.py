"""JSON merge patches (RFC 7396) of what is kept to the letter: what a patch leaves out stays as it was written."""

import msgspec
from msgspec import Raw

from shared.job import NOTHING

_members = msgspec.json.Decoder(dict[str, Raw]).decode
_encode = msgspec.json.Encoder().encode


def merged(target: Raw, patch: Raw) -> Raw:
    """The target as the patch has it. Both are JSON that has been read before, and so is not too deep."""
    changes = _object(patch)
    if changes is None:
        return patch
    members = _object(target) or {}
    for name, change in changes.items():
        if bytes(change) == bytes(NOTHING):
            members.pop(name, None)
        else:
            members[name] = merged(members.get(name, NOTHING), change)
    return Raw(_encode(members))


def _object(text: Raw) -> dict[str, Raw] | None:
    return _members(text) if bytes(text).lstrip().startswith(b"{") else None
