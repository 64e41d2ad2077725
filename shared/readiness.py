"""What a container's health check runs, where there is no curl: its exit status says whether a service is ready."""

import os
import sys
from collections.abc import Callable

from shared.errors import Misconfigured
from shared.settings import Settings, read_settings


def exit_status(what_is_wrong: Callable[[Settings], str]) -> int:
    """0 if nothing is wrong, 1 if something is, 78 (sysexits' EX_CONFIG) if the settings are; stderr tells what."""
    try:
        wrong = what_is_wrong(read_settings())
    except Misconfigured as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_CONFIG
    if wrong:
        sys.stderr.write(f"{wrong}\n")
    return 1 if wrong else os.EX_OK
