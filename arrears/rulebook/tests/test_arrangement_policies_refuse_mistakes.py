"""Policies of arranging: dated, readable, and no wider than the law; mistakes name their line."""

import re
from datetime import date
from pathlib import Path

import pytest

from arrears.kernel.trouble import WrongConfiguration
from arrears.rulebook import arrangements as policies
from arrears.rulebook.reasons import reasons

KINDS = ("extension", "instalment_bill", "instalment_balance", "personal_instalments", "settlement", "waiver")


def own(home: Path, kind: str, change: tuple[str, str]) -> None:
    """The house's file with one change, as the institution's own."""
    text = (policies.FOLDER / f"{kind}.yaml").read_text("utf-8")
    assert change[0] in text
    (home / "arrangements").mkdir(parents=True, exist_ok=True)
    (home / "arrangements" / f"{kind}.yaml").write_text(text.replace(*change), "utf-8")


def test_every_policy_of_ours_is_right():
    policies.check_policies(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_policy_says_where_it_comes_from(kind):
    assert len(policies.policy_of(kind, on=date(2026, 6, 10)).reference) > 3


@pytest.mark.parametrize("kind", KINDS)
def test_reasons_are_those_of_the_house_and_two_of_a_waivers_own(kind):
    known = set(reasons()) | {"first_time", "our_mistake"}
    assert set(policies.policy_of(kind, on=date(2026, 6, 10)).reasons) <= known


def test_the_institutions_own_file_stands_before_ours(home):
    own(home, "extension", ("most_a_year: 3", "most_a_year: 1"))
    assert policies.policy_of("extension", on=date(2026, 6, 10)).most_a_year == 1


@pytest.mark.parametrize(
    ("kind", "change", "says"),
    [
        ("personal_instalments", ("to: 60}, each", "to: 61}, each"), "line 2.*60 .*by law"),
        ("personal_instalments", ("cure_days: 10", "cure_dayz: 10"), "line 14.*cure_days"),
        ("waiver", ("to: 100000}", "to: 10}"), "approval ladder"),
        ("extension", ("valid_days: 3", "valid_days: 0"), "line 9"),
        ("extension", ("agent: {days", "boss: {days"), "boss"),
        ("settlement", ("from: 31", "from: ten"), "line 10"),
        ("settlement", ("versions:\n", "versions:\n- nothing\n"), "line"),
    ],
)
def test_a_mistake_names_file_line_and_what_would_be_right(home, kind, change, says):
    own(home, kind, change)
    with pytest.raises(WrongConfiguration) as trouble:
        policies.policy_of(kind, on=date(2026, 6, 10))
    assert re.search(f"{kind}.yaml.*{says}|{says}.*{kind}.yaml", str(trouble.value), re.DOTALL)


def test_two_versions_of_one_day_are_none(home):
    text = (policies.FOLDER / "extension.yaml").read_text("utf-8")
    version = text[text.index("- from:") :]
    own(home, "extension", (version, version + version))
    with pytest.raises(WrongConfiguration, match="overlaps"):
        policies.policy_of("extension", on=date(2026, 6, 10))


def test_a_day_without_a_policy_is_said():
    with pytest.raises(WrongConfiguration, match="no policy on 2001-01-01"):
        policies.policy_of("extension", on=date(2001, 1, 1))
