"""`python -m deploy.demo`, which `make demo` runs; with `--record FILE` it becomes an SVG, too (`make recording`)."""

import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from deploy.demo.recording import Recorder
from deploy.demo.scenes import SCENES
from deploy.demo.screens import Screen, standard_screen
from deploy.demo.show import DemoFailed, Show
from deploy.demo.svg import svg
from deploy.demo.system import own_system, url_of_running
from dmps import Client
from dmps.errors import DmpsError as ClientError
from shared.errors import DmpsError


def play(url: str, screen: Screen) -> bool:
    """Play all scenes. Answers whether all held. Raises `DemoFailed`, and what the client raises."""
    with Client(url) as client:
        show = Show(client, screen)
        for scene in SCENES:
            scene(show)
    screen.close()
    return all(show.held)


def main(arguments: Sequence[str]) -> int:
    """Answers the exit status: 0 if all held."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was started for the show ends with it
    match arguments:
        case []:
            return _perform(standard_screen())
        case ["--record", path]:
            recorder = Recorder(standard_screen())
            status = _perform(recorder, anew=True)
            Path(path).write_text(svg(recorder.frames()))
            return status
        case _:
            sys.stderr.write("Usage: python -m deploy.demo [--record FILE]\n")
            return 64


def _perform(screen: Screen, *, anew: bool = False) -> int:
    try:
        running = None if anew else url_of_running()
        if running is None:
            screen.say("No system runs here, so the show starts one of its own: a store, the API, two workers.")
        with nullcontext(running) if running else own_system() as url:
            screen.say(f"Watch it in a browser: {url}")
            return 0 if play(url, screen) else 1
    except (DemoFailed, DmpsError, ClientError) as error:
        screen.close()
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        screen.close()
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
