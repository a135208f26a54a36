"""Who is sending right now. A sender holds a lock on a file of its own as long as it lives;
a process that is killed drops its lock with its life, so what it held is free at once.

Senders on other machines (another data folder) are not seen here: their leases run out.
"""

import fcntl
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings


def _folder() -> Path:
    folder = Path(settings.OUTBOX_FOLDER) / "senders"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def sender() -> Iterator[str]:
    """A name for one sender, alive as long as the block."""
    name = uuid.uuid4().hex
    making, file = _folder() / f"{name}.making", _folder() / name
    with open(making, "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        making.rename(file)  # nobody ever sees the file without its lock
        try:
            yield name
        finally:
            file.unlink()


def the_dead(names: Iterable[str]) -> list[str]:
    """Those of `names` that lived in this data folder and no longer do."""
    return [name for name in names if _is_dead(_folder() / name)]


def _is_dead(file: Path) -> bool:
    try:
        with open(os.open(file, os.O_RDWR)) as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except (FileNotFoundError, BlockingIOError):
        return False


def bury(names: Iterable[str]) -> None:
    """Remove what the dead left behind, once their messages are free."""
    for name in names:
        (_folder() / name).unlink(missing_ok=True)
