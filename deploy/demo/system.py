"""The system that is shown: the one that runs, or one of its own, which is gone when the show is over."""

import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.demo.show import DemoFailed
from deploy.dev.plan import base_url
from dmps import Client, Refused, Unreachable
from dmps.patience import Patience
from shared.embedded import dying_with_parent
from shared.settings import read_settings

READY = re.compile(r"^ +API +(http://\S+)$")
OF_ANOTHER = ("DMPS_URL", "DMPS_API_KEY", "DMPS_PEPPER", "HOST", "PORT", "REDIS_URL", "REDIS_URL_FILE")
STOP_WITHIN = 60.0  # seconds


def url_of_running() -> str | None:
    """Where an API answers: at DMPS_URL, or where `make dev` has it. None: nowhere. Raises `DemoFailed`."""
    settings = read_settings()
    url = os.environ.get("DMPS_URL") or base_url(settings.host, settings.port)
    try:
        with Client(url, patience=Patience(tries=1)) as client:
            client.workers()
    except Unreachable:
        return None
    except Refused as error:
        raise DemoFailed(
            f"{url} refuses us: {error}\nWhere keys are in force, DMPS_API_KEY must be an operator's."
        ) from error
    return url


@contextmanager
def own_system() -> Iterator[str]:
    """A `make dev` with two workers on a free port and data of its own. Answers its URL. Raises `DemoFailed`."""
    with tempfile.TemporaryDirectory(prefix="dmps-demo-") as directory:
        environment = {name: value for name, value in os.environ.items() if name not in OF_ANOTHER}
        environment |= {"DMPS_DATA_DIR": directory, "PORT": "0", "WORKERS": "2", "NO_COLOR": "1"}
        process = subprocess.Popen(  # noqa: S603 - our own
            dying_with_parent([sys.executable, "-m", "deploy.dev"]),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # a Ctrl-C ends the show, which then ends this
        )
        try:
            yield _until_ready(process)
        finally:
            process.terminate()
            process.wait(STOP_WITHIN)


def _until_ready(process: subprocess.Popen[str]) -> str:
    """The URL that it tells once it is ready; what it says afterwards is thrown away."""
    said = []
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    for line in process.stdout:
        said.append(line)
        if found := READY.match(line.rstrip()):
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return found[1]
    raise DemoFailed("A system of its own could not be started:\n" + "".join(said))
