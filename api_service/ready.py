"""`python -m api_service.ready` answers by its exit status whether the API of this host is ready.

It is what a container's health check runs, where there is no curl.
"""

import http.client
import os
import sys

from shared.errors import Misconfigured
from shared.settings import Settings, read_settings

ANSWER_WITHIN = 4.0  # seconds
REACHABLE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only to connect to


def what_is_wrong(settings: Settings) -> str:
    """One sentence, or nothing if `GET /health/ready` answers 200."""
    host = REACHABLE.get(settings.host, settings.host)
    connection = http.client.HTTPConnection(host, settings.port, timeout=ANSWER_WITHIN)
    try:
        connection.request("GET", "/health/ready")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"Nothing answers on {host}, port {settings.port}: {error}."
    finally:
        connection.close()
    return "" if status == http.HTTPStatus.OK else f"The API answers {status}."


def main() -> int:
    """The exit status: 0 if it is ready, 1 if it is not, 78 (sysexits' EX_CONFIG) if the settings are wrong."""
    try:
        wrong = what_is_wrong(read_settings())
    except Misconfigured as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_CONFIG
    if wrong:
        sys.stderr.write(f"{wrong}\n")
    return 1 if wrong else os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
