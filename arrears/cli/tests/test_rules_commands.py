"""The law on the command line: listed, shown, compared, asked; nothing starts while it is wrong."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from arrears.clearance.queries import check_law
from arrears.cli.app import app
from arrears.kernel.trouble import WrongConfiguration

QUESTION = "rulebook: cn.card_issuer\nproposed: {{at: 2026-06-10T{clock}, channel: sms}}\n"


def arrears(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


def test_rules_are_listed_as_of_a_day():
    assert "cn.cba2026.quiet_hours" not in arrears("rules", "on", "2026-01-29")[1]
    assert "cn.cba2026.quiet_hours" in arrears("rules", "on", "2026-01-30")[1]


def test_a_rule_is_shown_with_its_values_and_references():
    code, said = arrears("rules", "show", "us.regf.calls_in_seven_days")
    assert code == 0 and "most 7, days 7" in said and "1006.14(b)(2)(i)(A)" in said


def test_two_days_are_compared():
    said = arrears("rules", "diff", "2025-02-27", "2025-02-28")[1]
    assert "+ cn.gbt45251.conversations" in said and "cn.cba2026" not in said


@pytest.mark.parametrize(("clock", "expected"), [("21:59", 0), ("22:00", 1)])
def test_a_question_is_answered_by_words_and_exit_code(tmp_path: Path, clock: str, expected: int):
    file = tmp_path / "question.yaml"
    file.write_text(QUESTION.format(clock=clock), "utf-8")
    assert arrears("clear", str(file))[0] == expected


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("channel", "chanel", "'channel'"),
        ("rulebook: cn.card_issuer", "rulebook: cn.card_isuer", "'cn.card_issuer'"),
        ("2026-06-10T22:00", "yesterday", "is not a time"),
        ("sms", "smms", "'sms'"),
        ("rulebook", "facts: {asked_hours: ['25:00-26:00']}\nrulebook", "does not exist"),
        ("rulebook", "facts: {opted_out: [telepathy]}\nrulebook", "no channel"),
        ("rulebook", "zone: Asia/Shanghay\nrulebook", "'Asia/Shanghai'"),
    ],
)
def test_a_question_with_a_slip_is_refused_by_file_line_and_nearest_word(
    tmp_path: Path, before: str, after: str, message: str
):
    file = tmp_path / "question.yaml"
    file.write_text(QUESTION.format(clock="22:00").replace(before, after, 1), "utf-8")
    code, said = arrears("clear", str(file))
    assert code == 2 and "question.yaml, line" in said and message in said


def test_nothing_starts_while_the_institutions_own_policy_loosens_the_law(settings, tmp_path: Path):
    settings.POLICY_FOLDER = tmp_path
    (tmp_path / "own.yaml").write_text(
        "title: {zh: 本行, en: ours}\nbooks: [cn.card_issuer]\ntighten:\n"
        "- rule: cn.cba2026.attempts_per_point\n  from: 2026-01-01\n  value: {most: 9}\n"
        "  reason: {zh: 快, en: faster}\n",
        "utf-8",
    )
    with pytest.raises(WrongConfiguration, match=r"own\.yaml, line 6"):
        check_law()


@pytest.fixture
def own_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation whose policy ends the day at eight in the evening."""
    monkeypatch.setenv("ARREARS_HOME", str(tmp_path))
    folder = tmp_path / "policy"
    folder.mkdir()
    (folder / "own.yaml").write_text(
        "title: {zh: 本行, en: ours}\nbooks: [cn.card_issuer]\ntighten:\n"
        "- rule: cn.cba2026.quiet_hours\n  from: 2026-02-01\n  value: {hours: '08:00-20:00'}\n"
        "  reason: {zh: 早睡, en: early to bed}\n",
        "utf-8",
    )
    return folder


def test_the_institutions_own_policy_is_listed_shown_compared_and_asked(own_policy: Path):
    assert "(the house: hours 08:00-20:00)" in arrears("rules", "on", "2026-02-01")[1]
    assert "the house: 2026-02-01" in arrears("rules", "show", "cn.cba2026.quiet_hours")[1]
    assert "08:00-22:00 -> hours 08:00-20:00" in arrears("rules", "diff", "2026-01-31", "2026-02-01")[1]
    question = own_policy.parent / "question.yaml"
    question.write_text(QUESTION.format(clock="20:30"), "utf-8")
    assert arrears("clear", str(question))[0] == 1


def test_nothing_starts_while_policies_together_leave_no_hour(settings, own_policy: Path):
    settings.POLICY_FOLDER = own_policy
    text = (own_policy / "own.yaml").read_text("utf-8")
    (own_policy / "too.yaml").write_text(text.replace("08:00-20:00", "20:00-22:00"), "utf-8")
    with pytest.raises(WrongConfiguration, match="no hour of the day"):
        check_law()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("2026-06-10T22:00", "9999-12-31T23:59", "too far away"),
        ("2026-06-10T22:00", "0001-01-01T00:00+14:00", "too far away"),
        ("rulebook", "facts: {objection: 2026-02-31}\nrulebook", "is not a day"),
        ("rulebook", "facts: {consent: 2026-06-01T99:00}\nrulebook", "is not a time"),
        ("rulebook", "facts: {consent: {given: 9999-12-31}}\nrulebook", "too far away"),
        ("rulebook", "facts: {breathing_space_since: 9999-12-30}\nrulebook", "too far away"),
        ("rulebook", "facts: {objection: {since: [x]}}\nrulebook", "is not a day"),
        ("rulebook", "facts: {treatment_ended: 9999-12-31}\nrulebook", "too far away"),
        ("rulebook", "facts: {agreed_attempts: -5}\nrulebook", "greater than or equal to 0"),
        ("channel", "collectors: -1, channel", "greater than or equal to 0"),
        ("rulebook", "? [a, b]\n: c\nrulebook", "stands where a key should"),
    ],
)
def test_a_hostile_question_is_refused_by_file_and_line(
    tmp_path: Path, before: str, after: str, message: str
):
    file = tmp_path / "question.yaml"
    file.write_text(QUESTION.format(clock="22:00").replace(before, after, 1), "utf-8")
    code, said = arrears("clear", str(file))
    assert code == 2 and "question.yaml, line" in said and message in said
