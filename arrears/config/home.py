"""Where this installation lives: one folder, `ARREARS_HOME`, holds everything it keeps.

database/   the embedded PostgreSQL (unless DATABASE_URL names a server)
portfolio/  the card book in columns
inbox/      files dropped here are taken in by the day's round
rejects/    rows set aside, with their reasons
outbox/     what file-backed providers delivered (SMS of the demo, for instance)
evidence.key  signs the end of each day's records; made by `arrears evidence key new`
signing.key signs quotations, in the institution's name (Ed25519); made on first use
secret.key  signs sessions and one-time codes; made on first use, never leaves the folder
"""

import os
import secrets
from pathlib import Path


def home() -> Path:
    """The data folder, made on first use and readable by its owner alone."""
    folder = home_path()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def home_path() -> Path:
    """Where the data folder is or would be; nothing is made."""
    return Path(os.environ.get("ARREARS_HOME") or "~/.arrears").expanduser().resolve()


def room_folder(name: str) -> Path:
    """One sub-folder of the home."""
    folder = home() / name
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def secret_key() -> str:
    """The installation's own secret; `ARREARS_SECRET_KEY` overrides it (several servers, one key)."""
    given = os.environ.get("ARREARS_SECRET_KEY")
    if given:
        return given
    file = home() / "secret.key"
    try:
        with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass  # made by an earlier start: exactly what we want
    return file.read_text().strip()
