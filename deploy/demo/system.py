"""The system that is shown: the one that runs, or one of its own, which is gone when the show is over."""

import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
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
        with _make_dev(environment) as process:
            try:
                url = _until_ready(process)
                reader = threading.Thread(target=_read_to_the_end, args=(process,))
                reader.start()
                yield url
            finally:
                process.terminate()
                process.wait(STOP_WITHIN)
            reader.join()


def _make_dev(environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own
        dying_with_parent([sys.executable, "-m", "deploy.dev"]),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # a Ctrl-C ends the show, which then ends this
    )


def _until_ready(process: subprocess.Popen[str]) -> str:
    """The URL that it tells once it is ready."""
    said = []
    for line in process.stdout or ():
        said.append(line)
        if found := READY.match(line.rstrip()):
            return found[1]
    raise DemoFailed("A system of its own could not be started:\n" + "".join(said))


def _read_to_the_end(process: subprocess.Popen[str]) -> None:
    """Throw away what it says, so that it need not wait for a reader."""
    for _ in process.stdout or ():
        pass
