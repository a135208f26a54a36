"""A round killed at any moment and started again ends where an undisturbed one ends."""

import random
import signal
import socket
import time
from datetime import date
from email import message_from_bytes
from pathlib import Path

import pytest

from arrears.contact.peer import mail_peer
from arrears.daily.tests.rehearsal import House, house
from arrears.demo.book import write_demo_book

END = date(2026, 11, 20)
DAYS = ("2026-11-17", "2026-11-20")  # two missed days lie between: they are caught up
KILLS = 20


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
def test_a_round_killed_at_twenty_random_moments_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    book = tmp_path / "book"
    write_demo_book(book, END)
    calm_port, storm_port = free_port(), free_port()
    chance = random.Random(20261121)
    with (
        mail_peer(folder=tmp_path / "calm-mail", port=calm_port),
        mail_peer(folder=tmp_path / "storm-mail", port=storm_port),
    ):
        calm, storm = prepared(tmp_path / "calm", book, calm_port), prepared(tmp_path / "storm", book, storm_port)
        started = time.monotonic()
        for day in DAYS:
            calm.run("round", "--on", day)
        seconds = (time.monotonic() - started) / len(DAYS)
        killed = 0
        for day in DAYS:
            killed += kill_often(storm, day, KILLS // len(DAYS), seconds, chance)
            storm.run("round", "--on", day)
        assert killed >= KILLS - 4, "the rounds ended before they could be killed; lengthen the trial"
        assert storm.state() == calm.state()
    assert message_ids(tmp_path / "storm-mail") == message_ids(tmp_path / "calm-mail")


def kill_often(storm: House, day: str, times: int, seconds: float, chance: random.Random) -> int:
    """Start the day's round and kill it, again and again; how many were killed in time."""
    killed = 0
    for _ in range(times):
        running = storm.start("round", "--on", day)
        time.sleep(chance.uniform(0.3, 1.0) * seconds)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        killed += running.returncode == -signal.SIGKILL
    return killed
