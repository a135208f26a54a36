"""Situations: ours and the shared ones hold; what differs is shown; mistakes name file, entry and key."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from arrears.reckoning.core import run_fold, sheet_of
from arrears.situations.reckoning import ReckoningSituation
from arrears.situations.run import read_situations, run_paths, situations

EXAMPLES = Path(__file__).parents[1] / "examples"

ENTRY = """
- name: Wang Xiaoming pays in time
  terms: {product: cn.card}
  cycles:
  - {statement: 2024-03-05, due: 2024-03-23}
  facts:
  - {day: 2024-02-10, purchase: '3000.00'}
  - {day: 2024-03-23, payment: '3000.00'}
  as_of: 2024-03-27
  expect: {payoff: '0.00'}
"""


def run(paths: list[Path]) -> tuple[int, list[str]]:
    out = io.StringIO()
    code = situations(paths, out=out)
    return code, out.getvalue().splitlines()


def test_every_example_of_ours_holds() -> None:
    failed = [(o.name, o.differences) for o in run_paths([EXAMPLES]) if not o.passed]
    assert failed == []


def test_every_shared_reckoning_situation_holds_to_the_cent(shared: Path) -> None:
    outcomes = run_paths([shared / "situations" / "reckoning.yaml"])
    assert outcomes
    assert [(o.name, o.differences) for o in outcomes if not o.passed] == []


def test_every_situation_is_the_same_compiled_and_interpreted(shared: Path) -> None:
    compiled = pytest.importorskip("arrears.reckoning.compiled")
    files = [*sorted(EXAMPLES.glob("*.yaml")), shared / "situations" / "reckoning.yaml"]
    for entry in [entry for file in files for entry in read_situations(file)]:
        if not isinstance(entry, ReckoningSituation):
            continue
        terms = entry.card_terms()
        history = entry.history(terms.currency)
        sheet = np.array(sheet_of(history, terms, as_of=entry.as_of), np.int64)
        compiled.fold_sheet(sheet)
        assert sheet.tolist() == run_fold(history, terms, as_of=entry.as_of).sheet, entry.name


def test_one_line_each_and_the_sum(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(ENTRY, "utf-8")
    assert run([tmp_path]) == (0, ["ok      Wang Xiaoming pays in time", "1 passed, 0 failed"])


def test_what_differs_is_said_with_the_reasons(tmp_path: Path) -> None:
    wrong = ENTRY.replace("payment: '3000.00'", "payment: '200.00'").replace(
        "payoff: '0.00'", "payoff: '1.00'"
    )
    (tmp_path / "mine.yaml").write_text(wrong, "utf-8")
    code, lines = run([tmp_path / "mine.yaml"])
    assert code == 1
    assert lines[0].startswith("FAILED  Wang Xiaoming pays in time: payoff: expected 1.00, got 2")
    assert any("Purchase posted on 10 February 2024" in line for line in lines)
    assert lines[-1] == "0 passed, 1 failed"


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("expect:", "expects:", "did you mean 'expect'"),
        ("payoff:", "pay_off:", "did you mean 'payoff'"),
        ("purchase:", "purchas:", "did you mean 'purchase'"),
        ("cn.card", "cn.cart", "did you mean 'cn.card'"),
        ("product: cn.card", "product: cn.card, tolerance: '3'", "did you mean 'tolerance_"),
        (", due: 2024-03-23", "", "the key 'due' is missing"),
        ("'3000.00'}\n  - {day: 2024-03-23", "'3000.005'}\n  - {day: 2024-03-23", "fraction of the smallest"),
        ("purchase: '3000.00'", "purchase: '3000.00', fee: '1.00'", "exactly one kind"),
        ("purchase: '3000.00'", "purchase: '-3000.00'", "greater than 0"),
        ("2024-03-27", "2024-02-30", "as_of"),
        ("expect: {payoff: '0.00'}", "expect: {}", "names nothing to compare"),
        ("expect: {payoff: '0.00'}", "expect: {payoff: }", "payoff says nothing"),
        ("terms: {product: cn.card}", "terms: {}", "does not name its 'product'"),
        ("as_of: 2024-03-27", "as_of: 20240327", "is no day; write it as"),
        ("as_of: 2024-03-27", "as_of: 27.3.2024", "is no day; write it as"),
        ("as_of: 2024-03-27", "as_of:", "no day is written there"),
        ("'3000.00'}\n  as_of", "'3000.00', currency: CNX}\n  as_of", "did you mean 'CNY'"),
        ("product: cn.card", "product: cn.card, currency: yuan", "no known currency"),
        ("cn.card}", "cn.card, limit: '9.00'}\n  limit: '5.00'", "limit is written twice"),
        ("'3000.00'}\n  as_of", "'3000.00', known: 2024-03-22}\n  as_of", "before its own day"),
        ("'3000.00'}\n  as_of", "'3000.00', bounced: 2024-03-22}\n  as_of", "before its own day"),
        ("'3000.00'}\n  as_of", "'3000.00', value_date: 2024-03-24}\n  as_of", "after its own day"),
        ("purchase: '3000.00'", "purchase: '3000.00', bounced: 2024-03-24", "only a payment bounces"),
        ("facts:\n", "facts: 3\n  notes:\n", "unknown key 'notes'"),
    ],
)
def test_a_mistake_stops_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], right: str, wrong: str, message: str
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(ENTRY.replace(right, wrong, 1), "utf-8")
    code, lines = run([file])
    said = capsys.readouterr().err
    assert (code, lines) == (2, [])
    assert str(file) in said
    assert message.lower() in said.lower()
    assert "Wang Xiaoming pays in time" in said


@pytest.mark.parametrize(
    ("right", "otherwise"),
    [
        ("terms: {product: cn.card}", "terms: cn.card"),
        ("product: cn.card", "product: cn.card, late_fee_cap: null, fees_bear_interest: false"),
        ("product: cn.card", "product: cn.card, daily_rate: 0.0005, interest_on: full_amount"),
        ("payment: '3000.00'", "repayment: 3000"),
        ("product: cn.card", "product: cn.card, credit_limit: '9000.00', currency: CNY"),
        ("product: cn.card", "product: cn.card, fee_bears_interest: no, capitalisation: no, method: full"),
        ("payment: '3000.00'", "payment: '3000.00', value_date: 2024-03-20"),
        ("{day: 2024-03-23, payment:", "{day: 2024-03-27, value_date: 2024-03-23, payment:"),
        ("payment: '3000.00'", "payment: '3000.00', bounced: 2024-03-28"),
        (
            "- {statement: 2024-03-05",
            "- {statement: 2024-04-05, due: 2024-04-23}\n  - {statement: 2024-03-05",
        ),
        ("\n", "\r\n"),
        ("\n- name", "\ufeff- name"),
    ],
)
def test_an_entry_spelled_otherwise_says_the_same(tmp_path: Path, right: str, otherwise: str) -> None:
    assert right in ENTRY
    (tmp_path / "mine.yaml").write_text(ENTRY.replace(right, otherwise, 1), "utf-8")
    assert run([tmp_path]) == (0, ["ok      Wang Xiaoming pays in time", "1 passed, 0 failed"])


def test_a_key_is_named_with_its_own_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(ENTRY.replace("payoff", "pay_off"), "utf-8")
    run([file])
    said = capsys.readouterr().err
    assert f"{file}, line 10, column 12" in said
    assert "entry 'Wang Xiaoming pays in time': expect.pay_off: unknown key" in said


def test_a_reversal_that_names_a_purchase_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ENTRY.replace("purchase: '3000.00'", "purchase: '3000.00', ref: sofa")
    wrong = named.replace("payment: '3000.00'", "reversal: '3000.00', reverses: sofa")
    (tmp_path / "mine.yaml").write_text(wrong, "utf-8")
    assert run([tmp_path])[0] == 2
    assert "number 2 reverses 'sofa', no payment; use 'chargeback'" in capsys.readouterr().err


def test_an_entry_may_merge_another(tmp_path: Path) -> None:
    again = "- <<: *first\n  name: again\n  expect: {payoff: '0.00', late_fees: '0.00'}\n"
    (tmp_path / "mine.yaml").write_text(ENTRY.replace("- name", "- &first\n  name") + again, "utf-8")
    assert run([tmp_path])[1][-1] == "2 passed, 0 failed"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "a list is expected; nothing is written there"),
        ("# later\n", "a list is expected; nothing is written there"),
        ("name: one\nterms: cn.card\n", "a list is expected"),
        ("- \n", "keys with values are expected"),
        ("- ? [a]\n  : b\n", "stands where a key should"),
        ("- {name: a, name: b}\n", "the key 'name' is written twice"),
        ("&a [*a]\n", "keys with values are expected"),
    ],
)
def test_what_cannot_be_situations_is_said_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, message: str
) -> None:
    (tmp_path / "mine.yaml").write_text(content, "utf-8")
    assert run([tmp_path]) == (2, [])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("content", ["[", "- name: [", "just text", "- 3", "\x00", "- {name: x}"])
def test_what_is_no_list_of_situations_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "mine.yaml").write_text(content, "utf-8")
    assert run([tmp_path])[0] == 2


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    assert run([tmp_path / "none.yaml"])[0] == 2
    (tmp_path / "folder.yaml").mkdir()
    assert run([tmp_path])[0] == 2


def test_a_terminal_without_the_letters_still_shows_what_differs(tmp_path: Path) -> None:
    wrong = ENTRY.replace("Wang Xiaoming", "王小明").replace("payoff: '0.00'", "payoff: '1.00'")
    (tmp_path / "mine.yaml").write_text(wrong, "utf-8")
    command = [sys.executable, "-m", "arrears", "situations", str(tmp_path)]
    shown = subprocess.run(
        command, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, text=True
    )
    assert (shown.returncode, shown.stderr) == (1, "")
    assert shown.stdout.endswith("0 passed, 1 failed\n")
