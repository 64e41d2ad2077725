"""`user-agent`: browsers and robots by their own word, with the rules of the uap-core project inside `ua-parser`."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ua_parser import OS, Device, UserAgent, parse

from worker_service.processors.data_enrichment.value import Unusable, text

MAX_LENGTH = 1_024
REMEMBERED = 4_096

ROBOT = "Spider"  # the family of uap-core's devices for all that is no person
_PHONE = re.compile(r"\b(?:Mobi|iPhone|iPod|Phone)", re.IGNORECASE)
_TABLET = re.compile(r"\b(?:iPad|Tablet|Kindle|PlayBook)|Android(?!.*Mobi)", re.IGNORECASE)
_TELEVISION = re.compile(r"\b(?:SmartTV|SMART-TV|AppleTV|BRAVIA|Roku|CrKey|HbbTV|Web0S)", re.IGNORECASE)


def user_agent(value: Any, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """What a program says it is; anybody can say anything.

    `normalized` (`BROWSER on OS`, with their main versions), `browser`, `browserVersion`, `os`, `osVersion`, `device`,
    `brand`, `model` (null where they are not said), `type` (`desktop`, `phone`, `tablet`, `television`, `robot`).
    """
    return dict(_read(text(value, limit=MAX_LENGTH)))


@lru_cache(maxsize=REMEMBERED)
def _read(written: str) -> dict[str, Any]:
    found = parse(written)
    browser, system, device = found.user_agent, found.os, found.device
    if browser is None and system is None and (device is None or device.family != ROBOT):
        raise Unusable("unknown", "No browser, system or robot that is known says this of itself.")
    return {
        "normalized": " on ".join(filter(None, (_main(browser), _main(system)))) or ROBOT,
        "browser": browser.family if browser else None,
        "browserVersion": _version(browser),
        "os": system.family if system else None,
        "osVersion": _version(system),
        **_device(device),
        "type": _type(written, device),
    }


def _device(device: Device | None) -> dict[str, Any]:
    if device is None or device.family == ROBOT:
        return {"device": None, "brand": None, "model": None}
    return {"device": device.family, "brand": device.brand, "model": device.model}


def _main(part: UserAgent | OS | None) -> str:
    return "" if part is None else " ".join(filter(None, (part.family, part.major)))


def _version(part: UserAgent | OS | None) -> str | None:
    return ".".join(filter(None, (part.major, part.minor, part.patch))) or None if part else None


def _type(written: str, device: Device | None) -> str:
    if device is not None and device.family == ROBOT:
        return "robot"
    for name, said in (("television", _TELEVISION), ("tablet", _TABLET), ("phone", _PHONE)):
        if said.search(written):
            return name
    return "desktop"
