"""An intake killed at any moment and begun again ends where an undisturbed one ends. (Slow trial.)"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from arrears.intake.tests.books import text_of
from arrears.intake.tests.test_taking_in_payments import HEADER

ROOT = Path(__file__).resolve().parents[3]
ROWS, KILLS, SEED = 30_000, 12, 20261102
STATE = """
from arrears.cli.ground import standing_ground
with standing_ground():
    from arrears.casebook import queries as casebook
    from arrears.intake.models import Delivery
    from arrears.portfolio import queries as portfolio
    rows = portfolio.rows_for([f"6225{n:09d}" for n in range(0, 30000, 97)])
    print(len(rows.accounts), len(rows.postings), sum(row[3] for row in rows.postings), portfolio.account_count())
    money = casebook.money_notified()
    print(len(money), sum(notice.cents for notice, _ in money.values()), sorted(a for _, a in money.values() if a))
    print(sorted(casebook.account_refs()))
    print(sum(m.cents for h in casebook.histories(casebook.account_refs()) for m in h.movements))
    taken = Delivery.objects.filter(state="taken", kind="book")
    print({sum(count["set_aside"] for count in delivery.counts.values()) for delivery in taken})
"""


class House:
    """A home of its own, with its own embedded database."""

    def __init__(self, home: Path) -> None:
        self.home = home
        plain = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "ARREARS_HOME"}}
        self.environment = {
            **plain,
            "ARREARS_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "arrears.config.settings",
        }
        self.environment["ARREARS_DATABASE_FORGETFUL"] = "1"

    def begin(self, *words: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "arrears", *words],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
        )

    def run(self, *words: str) -> float:
        started = time.monotonic()
        assert self.begin(*words).wait() == 0
        return time.monotonic() - started

    def state(self) -> str:
        told = subprocess.run(
            [sys.executable, "-c", STATE], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert told.returncode == 0, told.stderr
        return told.stdout


@contextmanager
def house(home: Path) -> Iterator[House]:
    """The database of a killed command runs on until somebody leaves in good order: the last `state` does."""
    made = House(home)
    try:
        yield made
    finally:
        made.state()


def write_book(folder: Path) -> Path:
    folder.mkdir()
    people = [["customer", "name"], *([f"C{n}", "王小明"] for n in range(ROWS))]
    cards = [["account", "customer", "product", "currency"]]
    cards += [[f"6225{n:09d}", f"C{n}", "cn.card", "CNY" if n % 50 else "RMB"] for n in range(ROWS)]
    money = [["account", "posting", "kind", "amount", "posted_date"]]
    money += [[f"6225{n % ROWS:09d}", f"P{n}", "purchase", "10.00", "2026-10-01"] for n in range(3 * ROWS)]
    for name, rows in (("customers", people), ("accounts", cards), ("postings", money)):
        (folder / f"{name}.csv").write_text(text_of(rows), "utf-8")
    return folder


def write_payments(file: Path) -> Path:
    rows = [[f"N{n}", "2026-11-02", "CNY", "1.00", f"6225{n * 7:09d}", "", ""] for n in range(1_000)]
    file.write_text(text_of([HEADER, *rows]), "utf-8")
    return file


@pytest.mark.slow
def test_a_killed_intake_begun_again_ends_like_an_undisturbed_one(tmp_path):
    book, payments = write_book(tmp_path / "book"), write_payments(tmp_path / "payments.csv")
    chance = random.Random(SEED)
    with house(tmp_path / "calm") as calm, house(tmp_path / "storm") as storm:
        storm.state()  # makes the database, so that the kills fall into the intake
        for words in (("book", str(book)), ("payments", str(payments))):
            seconds = calm.run("intake", *words)
            for _ in range(KILLS // 2):
                victim = storm.begin("intake", *words)
                time.sleep(seconds * chance.uniform(0.2, 0.95))
                victim.send_signal(signal.SIGKILL)
                victim.wait()
            storm.run("intake", *words)
        assert storm.state() == calm.state()
