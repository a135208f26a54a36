"""Card books come in; what cannot be taken is set aside; nothing is lost and nothing counted twice."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arrears.casebook import queries as casebook
from arrears.casebook.actions import enter
from arrears.casebook.types import MoneyNotice
from arrears.intake import actions, book, queries
from arrears.intake.models import Delivery
from arrears.intake.rejects import read_rejects
from arrears.intake.tests.books import (
    ACCOUNTS,
    CUSTOMERS,
    NOON,
    POSTINGS,
    STATEMENTS,
    headed,
    text_of,
    the_cast,
    write,
)
from arrears.intake.types import BookTaken
from arrears.kernel.trouble import Trouble, WrongConfiguration
from arrears.portfolio import queries as portfolio

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def take(path: Path, mapping: str | Path | None = None) -> BookTaken:
    taken = actions.take_book(path=path, mapping=mapping, now=NOON)
    assert taken.reconciles and all(file.read >= file.set_aside + file.passed_over for file in taken.files)
    return taken


def set_aside(taken: BookTaken) -> list[tuple]:
    rejects = read_rejects(taken.rejects_file) if taken.rejects_file else ()
    return [(one.file, one.line, one.column, one.value, one.code) for one in rejects]


def histories() -> dict:
    return {history.ref: history for batch in portfolio.each_history() for history in batch}


def test_a_folder_of_files_becomes_histories(tmp_path):
    taken = take(the_cast(tmp_path / "book", statements=STATEMENTS))
    assert {name: count.new for name, count in taken.counts.items()} == {
        "customers": 2, "accounts": 2, "postings": 2, "statements": 1,
    }  # fmt: skip
    history = histories()["622500001"]
    assert (history.limit_cents, history.movements[0].cents) == (1_000_000, 10_000)
    assert history.cycles[0].supplied_minimum_cents == 1_000
    assert portfolio.rows_for(["622500001"]).postings[0][6] == "postings.csv:2", "the origin is file and line"


def test_the_same_files_again_change_nothing_and_say_so(tmp_path):
    first = take(the_cast(tmp_path / "book"))
    again = take(the_cast(tmp_path / "the same under another name"))
    assert not first.changes_nothing and again.changes_nothing and again.seen_before
    assert again.number == first.number and portfolio.latest_delivery() == 1


def test_what_was_delivered_before_is_unchanged_and_only_news_reach_the_shelf(tmp_path):
    take(the_cast(tmp_path / "monday"))
    more = headed(POSTINGS, *POSTINGS[1:], ["622500001", "P2", "payment", "40.00", "2026-10-20"])
    taken = take(the_cast(tmp_path / "tuesday", postings=more))
    count = taken.counts["postings"]
    assert (count.read, count.new, count.unchanged) == (3, 1, 2)
    assert [m.ref for m in histories()["622500001"].movements] == ["P1", "P2"]


def test_a_delivery_may_refer_to_customers_and_accounts_delivered_earlier(tmp_path):
    take(write(tmp_path / "people", {"customers": CUSTOMERS}))
    take(write(tmp_path / "cards", {"accounts": ACCOUNTS}))
    assert not set_aside(take(write(tmp_path / "money", {"postings": POSTINGS})))


def test_files_delivered_too_early_are_taken_when_their_customers_have_come(tmp_path):
    cards = write(tmp_path / "cards", {"accounts": ACCOUNTS})
    early = take(cards)
    assert [code for *_, code in set_aside(early)] == ["unknown_customer"] * 2
    take(write(tmp_path / "people", {"customers": CUSTOMERS}))
    again = take(cards)
    assert not again.seen_before and again.counts["accounts"].new == 2


def test_taking_in_an_old_file_once_more_does_not_bring_old_names_back(tmp_path):
    stranger = headed(ACCOUNTS, ["A9", "C9", "cn.card", "CNY", ""])
    old = write(tmp_path / "old", {"customers": CUSTOMERS, "accounts": stranger})
    take(old)
    take(write(tmp_path / "new", {"customers": [*CUSTOMERS[:1], ["C1", "王晓明"]]}))
    again = take(old)  # it is looked at again, for the customer it lacked
    assert again.counts["customers"].unchanged == 2 and again.changes_nothing
    assert portfolio.rows_for(["622500001"]).customers == []


def test_a_later_name_replaces_the_earlier_one(tmp_path):
    take(the_cast(tmp_path / "old"))
    taken = take(write(tmp_path / "new", {"customers": [*CUSTOMERS[:1], ["C1", "王晓明"]]}))
    assert taken.counts["customers"].changed == 1
    assert portfolio.rows_for(["622500001"]).customers[0][1] == "王晓明"


def test_a_booked_posting_is_not_rewritten(tmp_path):
    take(the_cast(tmp_path / "old"))
    changed = headed(POSTINGS, ["622500001", "P1", "purchase", "999.00", "2026-10-01"])
    taken = take(write(tmp_path / "new", {"postings": changed}))
    assert set_aside(taken) == [("postings.csv", 2, "posting", "P1", "changed_posting")]
    (reject,) = queries.rejects_of(taken.number)
    assert "purchase 100.00 2026-10-01" in reject.words.en
    assert histories()["622500001"].movements[0].cents == 10_000


def test_a_known_account_keeps_its_customer_and_currency(tmp_path):
    take(the_cast(tmp_path / "old"))
    changed = headed(
        ACCOUNTS, ["622500001", "C2", "cn.card", "CNY", ""], ["622500002", "C2", "cn.card", "USD", ""]
    )
    taken = take(write(tmp_path / "new", {"accounts": changed}))
    assert [row[2:] for row in set_aside(taken)] == [
        ("customer", "C2", "changed_account"),
        ("currency", "USD", "changed_account"),
    ]


def test_rows_that_lean_on_a_row_set_aside_are_set_aside_too(tmp_path):
    spoiled = headed(CUSTOMERS, ["C1", "=HYPERLINK(1)"], ["C2", "李静"])
    taken = take(the_cast(tmp_path / "book", customers=spoiled))
    assert set_aside(taken) == [
        ("customers.csv", 2, "name", "'=HYPERLINK(1)", "formula"),
        ("accounts.csv", 2, "customer", "C1", "unknown_customer"),
        ("postings.csv", 2, "account", "622500001", "unknown_account"),
    ]


def test_the_same_key_twice_is_taken_once_and_the_first_place_is_told(tmp_path):
    twice = [*POSTINGS, POSTINGS[1], ["622500001", "P1", "fee", "1.00", "2026-10-09"]]
    taken = take(the_cast(tmp_path / "book", postings=twice))
    assert [row[1:] for row in set_aside(taken)] == [
        (4, "posting", "P1", "duplicate"),
        (5, "posting", "P1", "duplicate"),
    ]
    assert "postings.csv:2" in queries.rejects_of(taken.number)[0].words.zh


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (["622500001", "2026-10-05", "", "1.00", ""], ("due_date", "", "missing")),
        (
            ["622500001", "2026-10-05", "2026-10-04", "", ""],
            ("due_date", "2026-10-04", "due_before_statement"),
        ),
        (["622500001", "2026-10-05", "2026-10-25", "1.00", "-1"], ("minimum", "-1", "negative")),
    ],
)
def test_a_statement_needs_a_due_date_that_can_be(tmp_path, statement, reason):
    taken = take(the_cast(tmp_path / "book", statements=headed(STATEMENTS, statement)))
    assert [(column, value or "", code) for *_, column, value, code in set_aside(taken)] == [reason]


def test_balances_and_lateness_of_a_day_make_one_standing(tmp_path):
    take(
        the_cast(
            tmp_path / "book",
            balances=[["account", "as_of", "balance"], ["622500001", "2026-10-31", "-5.00"]],
            lateness=[
                ["account", "as_of", "months_late", "days_past_due"],
                ["622500001", "2026-10-31", "2", "33"],
            ],
        )
    )
    (standing,) = histories()["622500001"].supplied
    assert (standing.balance_cents, standing.months_late, standing.days_past_due) == (-500, 2, 33)


def test_amounts_in_a_currency_without_two_decimals_must_say_so(tmp_path):
    yen = headed(ACCOUNTS, ["J1", "C1", "cn.card", "JPY", "5000"], ["C9", "C1", "cn.card", "CNY", ""])
    rows = [
        [*POSTINGS[0], "currency"],
        ["J1", "P1", "purchase", "1200", "2026-10-01", "JPY"],
        ["J1", "P2", "purchase", "1200", "2026-10-01", ""],
        ["C9", "P1", "purchase", "12.00", "2026-10-01", "USD"],
    ]
    taken = take(the_cast(tmp_path / "book", accounts=yen, postings=rows))
    assert [row[1:] for row in set_aside(taken)] == [
        (3, "currency", None, "currency_needed"),
        (4, "currency", "USD", "other_currency"),
    ]
    assert [m.cents for m in histories()["J1"].movements] == [1200] and histories()["J1"].limit_cents == 5000


def test_a_gb18030_file_is_read_and_its_encoding_said(tmp_path):
    folder = the_cast(tmp_path / "book")
    (folder / "customers.csv").write_bytes(text_of(CUSTOMERS).encode("gb18030"))
    taken = take(folder)
    assert {file.name: file.encoding for file in taken.files}["customers.csv"] == "GB18030"
    assert portfolio.rows_for(["622500001"]).customers[0][1] == "王小明"


def test_parquet_is_read_by_the_same_rules(tmp_path):
    folder = write(tmp_path / "book", {"customers": CUSTOMERS, "accounts": ACCOUNTS})
    table = pa.table(
        {
            "account": ["622500001", "622500001", "622500001"],
            "posting": pa.array([1, 2, 3], pa.int64()),
            "kind": ["purchase", "payment", "payment"],
            "amount": pa.array([12.5, 0.1 + 0.2, 3.0], pa.float64()),
            "posted_date": pa.array([date(2026, 10, 1), date(2026, 10, 2), None], pa.date32()),
        }
    )
    pq.write_table(table, folder / "postings.parquet")
    assert [row[1:] for row in set_aside(take(folder))] == [
        (2, "amount", "0.30000000000000004", "fraction"),
        (3, "posted_date", None, "missing"),
    ]


def test_a_payment_that_arrived_in_between_survives_a_later_book_without_it(tmp_path):
    take(the_cast(tmp_path / "monday"))
    enter(rows=portfolio.rows_for(["622500001"]), now=NOON)
    notice = MoneyNotice("N1", date(2026, 10, 20), 4_000, "CNY", account_given="622500001")
    actions.take_notice(notice=notice, now=NOON)
    more = headed(POSTINGS, *POSTINGS[1:], ["622500001", "P2", "fee", "5.00", "2026-10-21"])
    taken = take(the_cast(tmp_path / "tuesday", postings=more))
    assert taken.touched == ("622500001",)
    assert [m.ref for m in casebook.history_of("622500001").movements] == ["P1", "notice:N1", "P2"]


def test_a_payment_noticed_first_and_in_the_book_later_counts_once(tmp_path):
    take(the_cast(tmp_path / "monday"))
    actions.take_notice(
        notice=MoneyNotice("N1", date(2026, 10, 20), 4_000, "CNY", account_given="622500001"), now=NOON
    )
    more = headed(POSTINGS, *POSTINGS[1:], ["622500001", "TX7", "payment", "40.00", "2026-10-21"])
    take(the_cast(tmp_path / "tuesday", postings=more))
    assert [m.ref for m in casebook.history_of("622500001").movements] == ["P1", "notice:N1"]


def test_cases_hear_of_a_book_whose_intake_was_killed_at_the_very_end(tmp_path, monkeypatch):
    take(the_cast(tmp_path / "monday"))
    enter(rows=portfolio.rows_for(["622500001"]), now=NOON)

    class Killed(BaseException):
        pass

    def killed(**_: object) -> None:
        raise Killed

    more = headed(POSTINGS, *POSTINGS[1:], ["622500001", "P2", "fee", "5.00", "2026-10-21"])
    folder = the_cast(tmp_path / "tuesday", postings=more)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(book, "bring_up_to_date", killed)
        take(folder)
    assert Delivery.objects.filter(state="taking").count() == 1
    assert book.finish_what_was_killed(now=NOON) == ("622500001",)
    assert [m.ref for m in casebook.history_of("622500001").movements] == ["P1", "P2"]
    assert take(folder).changes_nothing, "the rows are in the book already"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("costumers.csv", "customer,nmae\nC1,x\n", "is no table known"),
        ("customers.csv", "customer,nmae\nC1,x\n", "'nmae' that customers do not have"),
        ("customers.csv", "customer\nC1\n", "has no column 'name', which customers need"),
        ("customers.csv", "customer,name,name\nC1,x,y\n", "names a column twice"),
        ("customers.csv", "", "is empty"),
        ("customers.parquet", "not parquet", "is not readable Parquet"),
        ("customers.xlsx", "", "is neither CSV nor Parquet"),
        ("payments.csv", "payment_id,received_date,currency,amount\n", "holds payments, not a card book"),
    ],
)
def test_what_cannot_be_read_as_a_whole_is_refused_and_nothing_is_taken(tmp_path, name, content, said):
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / name).write_text(content, "utf-8")
    with pytest.raises(Trouble) as refused:
        take(folder)
    assert said in str(refused.value) and not Delivery.objects.exists()


def test_a_near_miss_is_named(tmp_path):
    file = tmp_path / "customers.csv"
    file.write_text("customer,nmae\nC1,x\n")
    with pytest.raises(Trouble, match="Did you mean 'name'"):
        take(file)


def test_one_file_is_told_by_its_columns_whatever_its_name(tmp_path):
    file = tmp_path / "kehu_20261101.csv"
    file.write_text(text_of(CUSTOMERS), "utf-8")
    assert take(file).counts["customers"].new == 2


def test_a_file_with_only_a_header_is_taken_and_changes_nothing(tmp_path):
    taken = take(write(tmp_path / "book", {"postings": POSTINGS[:1]}))
    assert taken.changes_nothing and taken.files[0].read == 0


def test_a_file_written_to_while_it_is_read_is_refused(tmp_path, monkeypatch):
    folder = the_cast(tmp_path / "book")
    real = book.check

    def check_while_somebody_writes(*of: object) -> object:
        with (folder / "postings.csv").open("a") as file:
            file.write("622500001,P9,fee,1.00,2026-10-09\n")
        return real(*of)

    monkeypatch.setattr(book, "check", check_while_somebody_writes)
    with pytest.raises(Trouble, match="was written to while it was read"):
        take(folder)
    assert portfolio.latest_delivery() == 0


def test_the_rejects_file_is_safe_to_open_in_a_spreadsheet(tmp_path):
    evil = headed(CUSTOMERS, ["=1+1", "王小明"], ["C2", "@SUM(A1)"], ["C3", "\x1b[31mred"])
    taken = take(write(tmp_path / "book", {"customers": evil}))
    assert taken.set_aside == 3
    for line in taken.rejects_file.read_text("utf-8-sig").splitlines()[1:]:
        assert not any(cell.startswith(("=", "@", "+", "-", "\x1b")) for cell in line.split(","))


def test_an_unknown_mapping_is_refused_with_the_known_names(tmp_path):
    with pytest.raises(Trouble, match="uci_default_credit"):
        take(the_cast(tmp_path / "book"), mapping="uci_default_credits")


def test_a_constant_that_cannot_be_right_is_found_before_anything_is_read(tmp_path):
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "title: x\ntables:\n- table: customers\n  columns:\n    customer: {from: customer}\n"
        "    name: {from: name}\n    zone: {always: Asia/Peking}\n"
    )
    with pytest.raises(WrongConfiguration, match="Asia/Peking"):
        take(write(tmp_path / "book", {"customers": CUSTOMERS}), mapping=mapping)
