"""A small house for trials: its own home, its own database, its own mail peer, run from outside."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parents[3]

# What a round leaves behind, without the ids and times that differ from run to run.
STATE = {
    "standings": """select a.ref, s.as_of, s.owed_cents, s.minimum_due_cents, s.days_past_due, s.bucket,
        s.class_2011, s.class_2023 from delinquency_standing s join casebook_account a on a.id = s.account_id""",
    "flips": """select a.ref, f.on_date, f.bucket_before, f.bucket_after, f.days_before, f.days_after, f.because
        from delinquency_flip f join casebook_account a on a.id = f.account_id""",
    "cases": """select a.ref, c.on_date, c.step, c.priority, c.again_on from strategy_case c
        join casebook_account a on a.id = c.account_id""",
    "proposals": "select key, step, channel, point, state, reasons, planned_at, until_at from strategy_proposal",
    "messages": "select key, channel, point, subject, body, state, not_before, not_after from contact_message",
    "visits": """select a.ref, r.on_date, v.set_aside from daily_visit v join daily_round r on r.id = v.round_id
        join casebook_account a on a.id = v.account_id""",
    "rounds": "select on_date, makes_contact, broken, closed_at is null from daily_round",
    "postings": """select a.ref, p.ref, p.kind, p.cents, p.posted_date, p.source from casebook_posting p
        join casebook_account a on a.id = p.account_id""",
    "facts": "select key, kind, happened_at, payload - 'clearance' from casebook_fact",
    "money": "select ref, cents, unmatched_because from casebook_moneyin",
    "clearances": "select proposal_key, verdict from clearance_clearance",
}


@dataclass
class House:
    """One installation in a folder."""

    home: Path
    environment: dict[str, str]

    def command(self, *arguments: str) -> list[str]:
        """The command line that runs `arrears ...` here."""
        return [sys.executable, "-m", "arrears", *arguments]

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command in a process group of its own, so that a kill meets it alone."""
        return subprocess.Popen(
            self.command(*arguments), cwd=ROOT, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def run(self, *arguments: str, accept: tuple[int, ...] = (0,)) -> str:
        """Run a command to its end; its output. Fails loudly on another exit code."""
        done = subprocess.run(
            self.command(*arguments), cwd=ROOT, env=self.environment, text=True, capture_output=True
        )
        assert done.returncode in accept, (
            f"{arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
        return done.stdout + done.stderr

    def state(self) -> dict[str, list[str]]:
        """Everything a round leaves behind, sorted, comparable between houses."""
        with self.database() as connection:
            rows = {name: connection.execute(select).fetchall() for name, select in STATE.items()}
        state = {name: sorted(json.dumps(row, default=str) for row in found) for name, found in rows.items()}
        state["sms"] = sorted(file.name for file in (self.home / "outbox" / "sms").glob("*.json"))
        return state

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection to this house's own database."""
        with _embedded(self.home) as url, psycopg.connect(url) as connection:
            yield connection


@contextmanager
def _embedded(home: Path) -> Iterator[str]:
    from arrears.config import embedded

    before = os.environ.get("ARREARS_HOME")
    os.environ["ARREARS_HOME"] = str(home)
    embedded.server.cache_clear()
    try:
        with embedded.running() as url:
            yield url
    finally:
        embedded.server.cache_clear()
        if before is not None:
            os.environ["ARREARS_HOME"] = before


def house(home: Path, *, smtp_port: int) -> House:
    """A new house at `home` that sends its mail to a peer on this machine."""
    plain = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}}
    own = {
        "ARREARS_HOME": str(home),
        "ARREARS_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "ARREARS_DATABASE_FORGETFUL": "1",
        "ARREARS_LANGUAGE": "en",
    }
    return House(home, {**plain, **own})
