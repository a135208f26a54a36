"""kill -9 in the middle of asking and of sealing: nothing lost, nothing twice. Slow."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from arrears.clearance import queries as clearance
from arrears.clearance.models import Clearance
from arrears.clearance.tests.town import people
from arrears.evidence import actions, queries
from arrears.evidence.verifying import verify

ROOT = Path(__file__).resolve().parents[3]
KILLS = 16


def start(what: str, name: int) -> subprocess.Popen[str]:
    """A process that asks or seals until it is killed; back when it is at work."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    own = {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "arrears.config.settings",
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "arrears.evidence.tests.teller", what, str(name)],
        env={**os.environ, **own},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stdout.readline() == "ready\n"
    return process


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_after_many_kills_every_answer_stands_in_the_chain_once():
    people()
    chance, running, sealed_midway = random.Random(4), [], 0
    for kill in range(KILLS):
        while len(running) < 4:
            what = "seal" if len(running) % 2 else "ask"
            running.append(start(what, kill * 10 + len(running)))
        time.sleep(chance.uniform(0.05, 0.6))
        process = running.pop(chance.randrange(len(running)))
        assert process.poll() is None  # it was at work
        process.send_signal(signal.SIGKILL)
        process.wait()
        sealed_midway = queries.state().last_position
    for process in running:
        process.kill()
        process.wait()
    actions.seal()
    found = verify(live=[clearance.Live()])
    assert found.findings == () and 0 < sealed_midway <= found.records
    answers = [r.about for r in queries.records(first=1, last=found.last) if r.kind == "answer"]
    assert len(answers) == len(set(answers)) == Clearance.objects.count() > 100
    assert queries.state().unsealed == 0
