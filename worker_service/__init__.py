"""The worker. `arq worker_service.WorkerSettings` runs it.

`WorkerSettings` is made when it is asked for: importing a processor must neither read settings nor touch arq.
"""

import os
import sys
from typing import Any


def worker_settings(yours: Any = None) -> type:  # noqa: ANN401 - what arq takes: a class or a dict
    """Our `WorkerSettings` with arq settings of your own in them; also a decorator. `docs/arq.md` shows how.

    Ends the process with 78 (sysexits' EX_CONFIG) if it cannot start as it is set up.
    """
    from shared.errors import Misconfigured  # noqa: PLC0415 - see above
    from worker_service import main  # noqa: PLC0415 - see above

    try:
        return main.worker_settings(yours)
    except Misconfigured as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(os.EX_CONFIG) from error


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the protocol has it (PEP 562)
    if name != "WorkerSettings":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return worker_settings()
