"""`python -m api_service.ready` answers by its exit status whether the API of this host is ready.

It is what a container's health check runs, where there is no curl.
"""

import http.client
import sys

from shared.readiness import exit_status
from shared.settings import Settings

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
    """The exit status."""
    return exit_status(what_is_wrong)


if __name__ == "__main__":
    sys.exit(main())
