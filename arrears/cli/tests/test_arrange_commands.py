"""Quoting, proposing and verifying on the command line."""

import json
import sys

import pytest

from arrears.arrangements.tests.town import people
from arrears.cli import language, main

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
ON = ("--on", "2026-06-10")
QUOTE = (
    "arrange",
    "quote",
    "A1",
    "--kind",
    "instalment_balance",
    "--reason",
    "lost_job",
    "--pay-day",
    15,
    *ON,
)


@pytest.fixture
def arrears(monkeypatch, capsys):
    """`arrears(*words)`: (exit code, what was printed, what was said of trouble)."""
    monkeypatch.setattr("signal.signal", lambda *_: None)

    def run(*words: object, speaking: str = "en") -> tuple[int, str, str]:
        monkeypatch.setenv("ARREARS_LANGUAGE", speaking)
        language.language.cache_clear()
        monkeypatch.setattr(sys, "argv", ["arrears", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    people()
    yield run
    language.language.cache_clear()


def test_a_quotation_is_shown_in_both_languages(arrears):
    code, out, _ = arrears(*QUOTE, "--months", 12)
    assert code == 0 and "in 12 instalments" in out and "signed; stands until" in out
    assert "已签名，有效至" in arrears(*QUOTE, "--months", 11, speaking="zh")[1]


def test_a_quotation_kept_as_a_file_is_verified_and_a_changed_one_found_out(arrears, tmp_path):
    file = tmp_path / "quotation.json"
    file.write_text(arrears(*QUOTE, "--months", 12, "--json")[1], "utf-8")
    code, out, _ = arrears("arrange", "verify", file, *ON)
    assert code == 0 and "can be accepted" in out
    changed = json.loads(file.read_text("utf-8"))
    changed["quotation"]["fee_cents"] -= 1
    file.write_text(json.dumps(changed), "utf-8")
    code, out, _ = arrears("arrange", "verify", file, *ON)
    assert code == 1 and "was changed" in out


def test_outside_the_policy_the_nearest_is_named(arrears):
    code, _, err = arrears(*QUOTE, "--months", 61)
    assert code == 2 and "nearest that is allowed: months 60" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("quote", "A1", "--kind", "gift"), "no kind of arrangement"),
        (("quote", "A9", "--kind", "waiver", "--of", "interest"), "does not know A9"),
        (("quote", "A1", "--kind", "settlement", "--amount", "many"), "not an amount"),
        (("verify", "nowhere.json"), "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(arrears, words, says):
    code, _, err = arrears("arrange", *words)
    assert code == 2 and says in err


def test_plans_somebody_can_afford_are_proposed_with_the_cost_of_not_agreeing(arrears):
    code, out, _ = arrears(
        "arrange", "plans", "A1", "--income", "6000", "--outgoings", "5000", "--willing", "--json", *ON
    )
    found = json.loads(out)
    assert code == 0 and 1 <= len(found) <= 3
    assert all(plan["monthly_cents"] <= 60_000 < plan["paying_nothing_costs_cents"] for plan in found)


def test_where_nothing_fits_it_says_so(arrears):
    code, _, err = arrears("arrange", "plans", "A1", "--income", "1000", "--outgoings", "900", *ON)
    assert code == 2 and "no plan is both allowed and affordable" in err


def test_the_long_trial_says_what_it_tried(arrears):
    code, out, _ = arrears("simulate", "arrangements", "--count", 50, "--seed", 3)
    assert code == 0 and "50 arrangements (seed 3)" in out and "what did not hold: 0" in out
