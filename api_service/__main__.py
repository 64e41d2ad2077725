"""`python -m api_service` runs the HTTP service until it is told to stop; `... keys` sees to its API keys."""

import asyncio
import os
import sys

from api_service import key_command
from api_service.server import serve
from shared.errors import Misconfigured
from shared.logs import configure
from shared.settings import read_settings


def main() -> int:
    """The exit status: 0 after a signal, 78 (sysexits' EX_CONFIG) if the process cannot start as it is set up.

    64 (EX_USAGE) for arguments that are none.
    """
    try:
        settings = read_settings()
        configure(settings.log_format, settings.log_level)
        match sys.argv[1:]:
            case []:
                asyncio.run(serve(settings))
            case ["keys", *arguments]:
                return key_command.run(arguments, settings)
            case _:
                sys.stderr.write("Usage: python -m api_service [keys create|list|rotate|revoke]\n")
                return os.EX_USAGE
    except Misconfigured as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_CONFIG
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
