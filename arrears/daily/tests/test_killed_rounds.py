"""A round killed at any moment and started again ends where an undisturbed one ends."""

import random
import signal
import socket
import time
from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from arrears.contact.peer import mail_peer
from arrears.daily.tests.rehearsal import House, house
from arrears.demo.book import write_demo_book

END = date(2026, 5, 20)  # long past: today's own round goes by the wall clock, and never twice alike
KILLS, KILLS_A_DAY, MOST_DAYS = 20, 3, 30


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def prepared(home: Path, book: Path, port: int) -> House:
    made = house(home, smtp_port=port)
    made.run("intake", "book", str(book))
    return made


def message_ids(folder: Path) -> list[str]:
    return sorted(str(message_from_bytes(file.read_bytes())["Message-ID"]) for file in folder.glob("*.eml"))


@pytest.mark.slow
def test_rounds_killed_at_twenty_random_moments_end_as_undisturbed_ones(tmp_path: Path) -> None:
    write_demo_book(tmp_path / "book", END, accounts=150)
    calm_port, storm_port = free_port(), free_port()
    chance = random.Random(20261121)
    killed = 0
    with (
        mail_peer(folder=tmp_path / "calm-mail", port=calm_port),
        mail_peer(folder=tmp_path / "storm-mail", port=storm_port),
    ):
        calm = prepared(tmp_path / "calm", tmp_path / "book", calm_port)
        storm = prepared(tmp_path / "storm", tmp_path / "book", storm_port)
        for day in days():
            if killed >= KILLS:
                break
            started = time.monotonic()
            calm.run("round", "--on", str(day))
            killed += kill_often(storm, day, time.monotonic() - started, chance)
            storm.run("round", "--on", str(day))
        assert storm.state() == calm.state()
    assert message_ids(tmp_path / "storm-mail") == message_ids(tmp_path / "calm-mail")
    assert killed >= KILLS


def days() -> Iterator[date]:
    """Day by day; two days are missed and caught up."""
    yield END - timedelta(days=3)
    for later in range(MOST_DAYS):
        yield END + timedelta(days=later)


def kill_often(storm: House, day: date, seconds: float, chance: random.Random) -> int:
    """Start the day's round and kill it, until it is quicker than the kill; how often it was killed."""
    for killed in range(KILLS_A_DAY):
        running = storm.start("round", "--on", str(day))
        time.sleep(chance.uniform(0.25, 0.85) * seconds)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        if running.returncode != -signal.SIGKILL:
            return killed
    return KILLS_A_DAY
