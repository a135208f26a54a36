#!/usr/bin/env python3
"""./go COMMAND is `arrears COMMAND`; the first call sets everything up in .venv.

Needs Python 3.11+ with venv and nothing else. Packages come through pip, so the mirrors
and certificates pip is configured with are honoured; the locks carry hashes and no host.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
DEVELOPER_COMMANDS = {"test", "check", "lint", "types", "contracts", "shots"}


def refuse(what: str, do: str) -> None:
    sys.exit(f"go: {what}\n    {do}")


def look_at_the_machine() -> None:
    if sys.version_info < (3, 11):
        refuse(
            f"Python {sys.version.split()[0]} is too old.",
            "Arrears needs Python 3.11 or newer: `apt install python3 python3-venv`.",
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        refuse(
            "this Python cannot make virtual environments.",
            "Install the missing piece and run the same command again: `apt install python3-venv`.",
        )


def install(lock: Path, stamp: Path) -> None:
    """Install exactly what `lock` names, once: the stamp remembers its hash."""
    parts = lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()
    wanted = hashlib.sha256(parts).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Setting up from {lock.relative_to(ROOT)} (only the first time) ...", file=sys.stderr)
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    quiet_root = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    locked = [*pip, "--require-hashes", "--requirement", str(lock)]
    itself = [*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    for step in (locked, itself):
        if subprocess.run(step, env=quiet_root).returncode:
            refuse(
                "the packages could not be installed; pip says why above.",
                "Behind a firewall, point pip at your mirror (`pip config set global.index-url ...`).",
            )
    stamp.write_text(wanted)


def main() -> None:
    look_at_the_machine()
    arguments = sys.argv[1:] or ["--help"]
    developing = arguments[0] in DEVELOPER_COMMANDS
    name = "dev" if developing else "run"
    with open(ROOT / ".go.lock", "w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        install(ROOT / "locks" / f"{name}.txt", VENV / f"{name}.stamp")
    command = str(VENV / "bin" / "arrears")
    os.execv(command, [command, *arguments])


if __name__ == "__main__":
    main()
