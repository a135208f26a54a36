"""What a bank's file cannot say rightly: a reason naming account and posting, and that account in doubt.

The same table as arrears/reckoning/tests/test_bad_input_at_every_way_in.py, where a file comes in.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arrears.casebook import queries as casebook
from arrears.daily import casework
from arrears.intake import actions, queries
from arrears.intake.rejects import read_rejects
from arrears.intake.tests.books import ACCOUNTS, CUSTOMERS, NOON, POSTINGS, STATEMENTS, text_of
from arrears.portfolio import queries as portfolio

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 11, 2)
LI = "622500002"
GOOD = {
    "customers": CUSTOMERS,
    "accounts": [[*ACCOUNTS[0], "opened_date"], *([*row, "2020-01-01"] for row in ACCOUNTS[1:])],
    "postings": [
        [*POSTINGS[0], "made_date"],
        *([*row, ""] for row in POSTINGS[1:]),
        [LI, "P2", "payment", "20.00", "2026-10-20", ""],
    ],
    "statements": [*STATEMENTS, [LI, "2026-10-05", "2026-10-25", "", ""]],
}


@dataclass(frozen=True)
class Spoilt:
    """One row of account 622500002 put in place of another, or added; and what is said of it."""

    table: str
    cells: str  # after the account
    code: str
    place: int | None  # None: added
    doubt: bool = True

    @property
    def row(self) -> list[str]:
        return [LI, *self.cells.split(",")]

    @property
    def record(self) -> str:
        return LI if self.table == "accounts" else f"{LI} {self.row[1]}"


def account(cells: str, code: str) -> Spoilt:
    return Spoilt("accounts", cells, code, 2, doubt=False)


def posting(cells: str, code: str) -> Spoilt:
    return Spoilt("postings", cells, code, 3)


def statement(cells: str, code: str) -> Spoilt:
    return Spoilt("statements", cells, code, 2)


SPOILT = {
    "unknown currency": account("C2,cn.card,CNX,20000,", "unknown_currency"),
    "unknown product": account("C2,cn.cart,CNY,20000,", "unknown_product"),
    "more than 2^53": posting("P2,payment,90071992547409.93,2026-10-20,", "too_large"),
    "a fraction of a cent": posting("P2,payment,20.005,2026-10-20,", "fraction"),
    "nothing": posting("P2,payment,0.00,2026-10-20,", "zero"),
    "no day": posting("P2,payment,20.00,,", "missing"),
    "made after it was posted": posting("P2,payment,20.00,2026-10-20,2026-10-21", "made_after_posted"),
    "two postings with one id": Spoilt("postings", "P2,payment,30.00,2026-10-21,", "duplicate", None),
    "the same posting twice": Spoilt(
        "postings", "P2,payment,20.00,2026-10-20,", "duplicate", None, doubt=False
    ),
    "no due date": statement("2026-10-05,,,", "missing"),
    "due before its own day": statement("2026-10-05,2026-10-01,,", "due_before_statement"),
}


def book_of(spoilt: Spoilt) -> dict[str, list[list[str]]]:
    tables = {name: [list(row) for row in rows] for name, rows in GOOD.items()}
    if spoilt.place is None:
        tables[spoilt.table].append(spoilt.row)
    else:
        tables[spoilt.table][spoilt.place] = spoilt.row
    return tables


def write(folder: Path, tables: dict[str, list[list[str]]], form: str) -> Path:
    folder.mkdir()
    for name, (header, *rows) in tables.items():
        if form == "csv":
            (folder / f"{name}.csv").write_text(text_of([header, *rows]), "utf-8")
        else:
            columns = {title: pa.array([row[n] or None for row in rows]) for n, title in enumerate(header)}
            pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)
def test_the_reason_names_account_and_posting_and_the_account_is_in_doubt(
    home: Path, tmp_path: Path, spoilt: Spoilt, form: str
) -> None:
    taken = actions.take_book(path=write(tmp_path / "book", book_of(spoilt), form), now=NOON)
    assert taken.rejects_file and taken.reconciles
    first = next(one for one in read_rejects(taken.rejects_file) if one.table == spoilt.table)
    assert (first.code, first.record) == (spoilt.code, spoilt.record)
    assert (LI in queries.doubts_about([LI, "622500001"])) == spoilt.doubt
    assert "622500001" not in queries.doubts_about(["622500001"])
    history = next(h for batch in portfolio.each_history() for h in batch if h.ref == "622500001")
    reckoned, aside = casework.reckon([history], on=DAY)
    assert [each.owed.payoff_cents for each in reckoned] == [101_60] and not aside


def test_what_only_the_whole_account_shows_is_set_aside_by_the_reckoner(home: Path, tmp_path: Path) -> None:
    """A posting before the opening day goes in; order in a file means nothing, days are put in order."""
    tables = {name: [list(row) for row in rows] for name, rows in GOOD.items()}
    tables["postings"][1:] = tables["postings"][:0:-1]
    tables["accounts"][2][5] = "2026-10-04"
    actions.take_book(path=write(tmp_path / "book", tables, "csv"), now=NOON)
    histories = [history for batch in portfolio.each_history() for history in batch]
    reckoned, aside = casework.reckon(histories, on=DAY)
    assert [each.owed.account_ref for each in reckoned] == ["622500001"]
    assert "posting P1" in aside[LI] and "before the account was opened on 2026-10-04" in aside[LI]


def test_an_account_in_doubt_stands_aside_until_the_row_comes_good(home: Path, tmp_path: Path) -> None:
    spoilt = SPOILT["a fraction of a cent"]
    actions.take_book(path=write(tmp_path / "first", book_of(spoilt), "csv"), now=NOON)
    histories = [history for batch in portfolio.each_history() for history in batch]
    reckoned, aside = casework.reckon(histories, on=DAY)
    assert [each.owed.account_ref for each in reckoned] == ["622500001"]
    assert f"postings {LI} P2 (postings.csv:4)" in aside[LI]
    actions.take_book(path=write(tmp_path / "second", GOOD, "csv"), now=NOON)
    histories = [history for batch in portfolio.each_history() for history in batch]
    reckoned, aside = casework.reckon(histories, on=DAY)
    assert {each.owed.account_ref: each.owed.payoff_cents for each in reckoned}[LI] > 0 and not aside


def test_a_person_may_say_why_the_account_can_stand_without_the_row(home: Path, tmp_path: Path) -> None:
    spoilt = SPOILT["two postings with one id"]
    folder = write(tmp_path / "first", book_of(spoilt), "csv")
    actions.take_book(path=folder, now=NOON)
    with pytest.raises(actions.UnableToSettleDoubt, match="reason"):
        actions.settle_doubt(account_ref=LI, because=" ", by="chen", now=NOON)
    assert actions.settle_doubt(account_ref=LI, because="the bank's own test row", by="chen", now=NOON) == 1
    assert not queries.doubts_about([LI])
    more = book_of(spoilt)
    more["customers"].append(["C3", "赵敏"])
    actions.take_book(path=write(tmp_path / "again", more, "csv"), now=NOON)
    assert not queries.doubts_about([LI]), "the same row again says nothing new"
    with pytest.raises(actions.UnableToSettleDoubt, match="nothing"):
        actions.settle_doubt(account_ref=LI, because="twice", by="chen", now=NOON)


def test_the_day_a_purchase_was_made_reaches_the_reckoner(home: Path, tmp_path: Path) -> None:
    """From the bank's file through the book and the casebook; deliveries of before the column still read."""
    tables = {name: [list(row) for row in rows] for name, rows in GOOD.items()}
    tables["postings"][2][5] = "2026-10-01"
    actions.take_book(path=write(tmp_path / "book", tables, "csv"), now=NOON)
    shelved = next(Path(portfolio.shelf.root()).glob("*/postings.parquet"))
    later = [GOOD["postings"][0], [LI, "P3", "purchase", "5.00", "2026-10-22", "2026-10-20"]]
    actions.take_book(path=write(tmp_path / "more", {"postings": later}, "csv"), now=NOON)
    histories = {h.ref: h for batch in portfolio.each_history() for h in batch}
    assert [m.made_date for m in histories[LI].movements] == [date(2026, 10, 1), None, date(2026, 10, 20)]
    from arrears.casebook import actions as casebook_actions

    casebook_actions.enter(rows=portfolio.rows_for([LI]), now=NOON)
    known = casebook.history_of(LI)
    assert known and [m.made_date for m in known.movements] == [date(2026, 10, 1), None, date(2026, 10, 20)]
    rows = pq.read_table(shelved)
    pq.write_table(rows.drop_columns(["made_date"]), shelved)
    histories = {h.ref: h for batch in portfolio.each_history() for h in batch}
    assert [m.made_date for m in histories[LI].movements] == [None, None, date(2026, 10, 20)]
