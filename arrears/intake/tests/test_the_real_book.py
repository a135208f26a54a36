"""24,000 real accounts, as they are: nothing set aside, and as late as the file itself says."""

import csv
from collections import Counter

import pytest

from arrears.intake import actions
from arrears.intake.tests.books import NOON
from arrears.portfolio import queries as portfolio

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def real(shared):
    file = shared / "data" / "uci_default_credit" / "uci_share_24000.csv"
    if not file.exists():
        pytest.skip("the real card book is not on this machine")
    return file


def test_the_real_book_is_known_by_its_columns_and_taken_whole(real):
    taken = actions.take_book(path=real, now=NOON)
    assert taken.mapping == "uci_default_credit" and taken.reconciles
    assert taken.set_aside == 0 and taken.rejects_file is None
    with real.open() as file:
        rows = list(csv.DictReader(file))
    late = Counter(int(row["PAY_0"]) for row in rows if int(row["PAY_0"]) > 0)
    assert {months: n for months, n in portfolio.counts_by_months_late().items() if months} == late
    paid = sum(row[f"PAY_AMT{n}"] != "0" for row in rows for n in range(1, 7))
    assert taken.counts["postings"].new == paid
    assert portfolio.account_count() == len(rows) == taken.files[0].read

    again = actions.take_book(path=real, now=NOON)
    assert again.seen_before and again.changes_nothing


def test_one_real_account_reads_as_its_line_does(real, tmp_path):
    with real.open() as file:
        head = [next(file) for _ in range(3)]
    (tmp_path / "two.csv").write_text("".join(head))
    taken = actions.take_book(path=tmp_path / "two.csv", mapping="uci_default_credit", now=NOON)
    assert taken.files[0].read == 2
    row = next(csv.DictReader(head))
    history = next(
        history for batch in portfolio.each_history() for history in batch if history.ref == row["ID"]
    )
    assert [cycle.supplied_balance_cents for cycle in history.cycles] == [
        int(row[f"BILL_AMT{n}"]) * 100 for n in (6, 5, 4, 3, 2, 1)
    ]
    assert [s.months_late for s in history.supplied] == [
        max(int(row[name]), 0) for name in ("PAY_6", "PAY_5", "PAY_4", "PAY_3", "PAY_2", "PAY_0")
    ]
    assert str(history.supplied[-1].as_of) == "2005-09-30" and history.currency == "TWD"
    assert history.limit_cents == int(row["LIMIT_BAL"]) * 100
