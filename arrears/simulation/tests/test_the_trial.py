"""The trial itself: nothing wrongful passes the gate as it is, and something does once a rule is off."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from arrears.clearance import alike
from arrears.clearance.core import gate
from arrears.cli.app import app
from arrears.rulebook.law import load_law
from arrears.simulation.adversary import EPISODES
from arrears.simulation.check import RULES
from arrears.simulation.gates import InMemory
from arrears.simulation.run import Order, Totals, on_record, one_life, some_people
from arrears.simulation.world import BOOKS, person

ORDER = Order(people=150, days=60, seed=20)


def test_nothing_wrongful_passes_and_nothing_lawful_is_refused() -> None:
    totals = some_people(0, ORDER.people, ORDER)
    assert (totals.wrongful, totals.too_strict.total(), totals.promises_broken) == (0, 0, 0)
    assert totals.proposals > 10 * ORDER.people and 0 < totals.cleared < totals.proposals
    assert totals.near["hours"] and totals.near["cap"]


def test_the_same_seed_makes_the_same_trial_however_it_is_cut() -> None:
    whole, parts = some_people(0, 12, ORDER), Totals()
    for first in range(0, 12, 4):
        parts.add(some_people(first, first + 4, ORDER))
    assert whole == parts


# What is asked first on nights on which the clocks change, until the gate's answer is needed to go on.
FIRST_ASKED = """
from datetime import date
from itertools import dropwhile
from random import Random
from arrears.simulation.adversary import Ask, Plot, hours_of_ones_own
from arrears.simulation.world import Person
names = {"debts": ("SIM1-A",), "points": ("mobile-1",), "agencies": ("agency:A",)}
someone = Person("SIM1", "us.creditor", "America/New_York", date(2026, 10, 1), **names)
for seed in range(100):
    episode = hours_of_ones_own(Plot(someone, Random(seed), date(2026, 11, 1), 0))
    print(next(dropwhile(lambda said: not isinstance(said, Ask), episode)))
"""


def test_the_plan_is_the_same_in_whatever_order_python_takes_a_set() -> None:
    def plan(hash_seed: str) -> str:
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", FIRST_ASKED]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    plans = {plan(str(seed)) for seed in range(3)}
    assert len(plans) == 1 and plans.pop().count("\n") == 100


def test_every_book_and_every_kind_of_edge_is_tried() -> None:
    assert (
        {person(number, 1).book for number in range(200)}
        == {name for name, _ in BOOKS}
        == set(load_law().books)
    )
    assert {book.split(".")[0] for book, _ in BOOKS} == set(RULES)
    totals = some_people(0, ORDER.people, ORDER)
    assert len({edge.split(":")[0].split()[0] for edge in totals.tried}) >= len(EPISODES) - 3


@pytest.mark.django_db(transaction=True)
def test_the_gate_on_record_answers_as_the_gate_in_memory() -> None:
    order = Order(people=12, days=60, seed=3)
    live = Totals()
    for totals in on_record(order):
        live.add(totals)
    assert live == some_people(0, 12, order)


def test_the_command_shows_a_table_and_leaves_in_peace() -> None:
    command = ["simulate", "contacts", "--people", "3", "--adversary", "--workers", "1"]
    shown = CliRunner().invoke(app, command, env={"ARREARS_LANGUAGE": "en"})
    assert shown.exit_code == 0, shown.output
    assert "wrongful contacts" in shown.output or "违规联系" in shown.output


def without(off: set[str], asked: Callable[..., Any]) -> Callable[..., Any]:
    """The gate's choice of rules, these left out."""
    return lambda *question: tuple(one for one in asked(*question) if one[0].id not in off)


def trial_without(off: set[str], monkeypatch: pytest.MonkeyPatch, people: int) -> Totals:
    """A trial among those whom these rules protect, up to the first wrongful contact."""
    alike.forget()  # what the whole gate said before
    monkeypatch.setattr(gate, "_asked", without(off, gate._asked))
    law, totals = load_law().rules, Totals()
    books = {book for rule in off for book in law[rule].binds}
    books |= {"cn.agency"} if "cn.card_issuer" in books else set()
    for number in range(people):
        if person(number, 1).book in books and not totals.wrongful:
            one_life(number, Order(people, 60, 1), InMemory, totals)
    alike.forget()
    return totals


def test_with_the_hours_off_the_trial_fails_and_says_which_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    totals = trial_without({"cn.cba2026.quiet_hours", "cn.gbt45251.quiet_hours"}, monkeypatch, 60)
    assert totals.wrongful_by["hours"] > 0
    assert totals.findings[0].contact not in totals.findings[0].before


# Two rules that stop the same: off together.
TWINS = [
    {"cn.cba2026.quiet_hours", "cn.gbt45251.quiet_hours"},
    {"cn.cba2026.third_person_refused", "cn.gbt45251.third_person_refused"},
    {"cn.pipl.source_of_data", "cn.cba2026.lawful_data"},
    {"cn.card2011.art68_who", "cn.cba2026.third_person_purpose"},
    {"hk.cobp.third_party_recovery", "hk.cobp.whereabouts", "hk.cobp.disclosure"},
]
IN_NO_BOOK_IN_FORCE = {"us.regf.quick_repeat", "cn.cba2026.third_person_three_days"}  # off by default


def mutants() -> list[set[str]]:
    rules = load_law().rules
    of_words = {rule_id for rule_id, rule in rules.items() if rule.stops == "words"}  # the language guard's
    alone = rules.keys() - set().union(*TWINS) - IN_NO_BOOK_IN_FORCE - of_words
    return TWINS + [{rule} for rule in sorted(alone)]


@pytest.mark.slow
@pytest.mark.parametrize("off", mutants(), ids=lambda off: "+".join(sorted(off)))
def test_with_any_rule_off_something_wrongful_passes_and_is_found(
    off: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trial_without(off, monkeypatch, 12_000).wrongful > 0
