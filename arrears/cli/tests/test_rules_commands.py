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
