"""Kill the process that takes money, again and again, and compare with a clean run."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from arrears.kernel.trouble import Trouble

BACK = 3_000  # a sender that was not answered sends again from this far back, at most


class House:
    """A home of its own, with its own embedded database."""

    def __init__(self, home: Path) -> None:
        plain = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "ARREARS_HOME"}}
        self.environment = {**plain, "ARREARS_HOME": str(home)}

    def begin(self, *words: str) -> "subprocess.Popen[str]":
        """A command of the house, begun."""
        command = [sys.executable, "-m", "arrears", "bench", *words]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True)

    def state(self) -> dict[str, Any]:
        """Where every cent is."""
        said, _ = self.begin("state-of-payments").communicate()
        found: dict[str, Any] = json.loads(said)
        return found


def storm(folder: Path, *, notices: int, seed: int, kills: int, say: Callable[[str], None]) -> bool:
    """Whether the rough stream, taken by processes that die `kills` times, ends where the clean one ends."""
    calm, rough = House(folder / "calm"), House(folder / "rough")
    started = time.monotonic()
    _finish(calm.begin("take-payments", str(notices), str(seed), "--start=-1", "--clean"))
    between = time.monotonic()
    died = _take_killed(rough, notices, seed, kills)
    clean, found = calm.state(), rough.state()
    say(
        f"{notices:,} tellings, killed {died} times; the clean run took {between - started:.0f} s with its start,"
    )
    say(f"the rough one {time.monotonic() - between:.0f} s with {died + 1} starts")
    for name, value in found.items():
        say(
            f"{name:16} {value}"
            + ("" if clean[name] == value else f"   NOT AS IN THE CLEAN RUN: {clean[name]}")
        )
    return found == clean and died >= kills


def _take_killed(house: House, notices: int, seed: int, kills: int) -> int:
    """Take the rough stream to its end; how often the taking process died on the way."""
    chance, kept, died = random.Random(seed), -1, 0  # noqa: S311
    while died < kills:
        worker = house.begin("take-payments", str(notices), str(seed), f"--start={kept}")
        reach = max(notices - kept, 0) // (1000 * (kills - died + 1))
        kept = max(kept, _killed_after(worker, chance.randint(0, max(2 * reach, 1)), chance.random()))
        died += worker.returncode == -signal.SIGKILL
        if kept >= notices:
            kept = 0  # everything came: the sender sends it all again
        elif kept > 0:
            kept = max(kept - chance.randrange(BACK), 0)
    _finish(house.begin("take-payments", str(notices), str(seed), f"--start={kept}"))
    return died


def _killed_after(worker: "subprocess.Popen[str]", chunks: int, seconds: float) -> int:
    """Kill it after so many chunks and a moment more; how far it said everything was kept."""
    assert worker.stdout
    kept = -1
    for _ in range(chunks):
        line = worker.stdout.readline()
        if not line:
            break
        kept = int(line)
    time.sleep(seconds if chunks else 3 * seconds)
    worker.send_signal(signal.SIGKILL)
    rest = [int(line) for line in worker.stdout.read().split()]
    if worker.wait() not in {0, -signal.SIGKILL}:
        raise Trouble("the taking process failed by itself; its own message stands above")
    return max([kept, *rest])


def _finish(worker: "subprocess.Popen[str]") -> None:
    worker.communicate()
    if worker.returncode:
        raise Trouble("the taking process failed; its own message stands above")
