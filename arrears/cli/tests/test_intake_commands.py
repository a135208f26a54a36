"""What people see when they take files in: counts that reconcile, reasons, and no traceback."""

import sys
from pathlib import Path

import pytest

from arrears.cli import language, main
from arrears.intake.tests.books import CUSTOMERS, headed, text_of, the_cast, write
from arrears.intake.tests.test_taking_in_payments import HEADER, PAID

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def arrears(monkeypatch, capsys):
    """`arrears(*words)`: (exit code, what was printed, what was said of trouble)."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("signal.signal", lambda *_: None)

    def run(*words: object, speaking: str = "en") -> tuple[int, str, str]:
        monkeypatch.setenv("ARREARS_LANGUAGE", speaking)
        language.language.cache_clear()
        monkeypatch.setattr(sys, "argv", ["arrears", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    yield run
    language.language.cache_clear()


def test_a_card_book_is_taken_in_and_the_counts_are_shown_in_both_languages(arrears, tmp_path):
    code, out, _ = arrears("intake", "book", the_cast(tmp_path / "book"))
    assert code == 0 and "✓ read = taken + set aside" in out and "customers.csv" in out
    code, out, _ = arrears("intake", "book", tmp_path / "book", speaking="zh")
    assert code == 0 and "没有任何变化" in out and "✓ 读入 = 收下 + 搁置" in out


def test_rows_set_aside_are_no_failure_and_are_listed_with_their_reasons(arrears, tmp_path):
    spoiled = headed(CUSTOMERS, ["C1", "[red]王[/blue]"], ["C2", "=1+1"], ["", "x"])
    code, out, _ = arrears("intake", "book", write(tmp_path / "book", {"customers": spoiled}))
    assert code == 0 and "looks like a spreadsheet formula" in out
    code, out, _ = arrears("intake", "rejects")
    assert code == 0 and "customers.csv:4 customer '': must not be empty (missing)" in out
    code, out, _ = arrears("intake", "rejects", speaking="zh")
    assert "必填，但是空的" in out


def test_payments_are_matched_or_named_for_a_person(arrears, tmp_path):
    arrears("intake", "book", the_cast(tmp_path / "book"))
    file = tmp_path / "payments.csv"
    file.write_text(text_of([HEADER, PAID, ["N2", *PAID[1:4], "", "谢谢", ""]]), "utf-8")
    code, out, _ = arrears("intake", "payments", file)
    assert code == 0 and "To be matched by hand: N2" in out
    code, out, _ = arrears("intake", "payments", file)
    assert code == 0 and "nothing changed" in out


@pytest.mark.parametrize("command", ["book", "payments", "describe"])
def test_what_cannot_be_read_ends_with_two_and_a_message(arrears, tmp_path, command):
    code, _, err = arrears("intake", command, tmp_path / "nowhere.csv")
    assert code == 2 and "cannot be opened" in err and "Traceback" not in err
    (tmp_path / "x.csv").write_bytes(b"\x00\x01\x02")
    code, _, err = arrears("intake", command, tmp_path / "x.csv")
    assert code == 2 and "x.csv" in err and "Traceback" not in err


def test_a_draft_is_written_and_says_how_to_go_on(arrears, tmp_path):
    file, draft = tmp_path / "in.csv", tmp_path / "bank.yaml"
    file.write_text("客户号,姓名\nC1,王小明\n", "utf-8")
    code, out, _ = arrears("intake", "describe", file, "--out", draft)
    assert code == 0 and "--mapping" in out and "table: customers" in draft.read_text("utf-8")
    code, out, _ = arrears("intake", "book", file, "--mapping", draft)
    assert code == 0 and Path(draft).stem in out


def test_an_empty_house_has_set_nothing_aside(arrears):
    code, out, _ = arrears("intake", "rejects")
    assert code == 0 and "Nothing was set aside" in out
