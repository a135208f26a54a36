"""Money that comes in is kept once, applied where that is certain, and never lost."""

from datetime import date
from pathlib import Path

import pytest

from arrears.casebook import queries as casebook
from arrears.casebook.actions import UnableToMatchMoney
from arrears.casebook.types import MoneyNotice
from arrears.intake import actions
from arrears.intake.rejects import read_rejects
from arrears.intake.tests.books import ACCOUNTS, CUSTOMERS, NOON, POSTINGS, headed, text_of, the_cast, write
from arrears.kernel.trouble import Trouble

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

HEADER = ["payment_id", "received_date", "currency", "amount", "account", "reference", "payer"]
PAID = ["N1", "2026-11-02", "CNY", "50.00", "622500001", "", "王小明"]


@pytest.fixture
def book(tmp_path, home):
    actions.take_book(path=the_cast(tmp_path / "book"), now=NOON)


def take(folder: Path, *rows: list[str], name: str = "payments.csv"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text_of([HEADER, *rows]), "utf-8")
    taken = actions.take_payments(path=folder / name, now=NOON)
    assert taken.reconciles
    return taken


def figures(taken) -> tuple[int, ...]:
    return (taken.read, taken.matched, taken.unmatched, taken.unchanged, taken.set_aside)


def money_on(account: str) -> list[tuple[str, int]]:
    history = casebook.history_of(account)
    return [(m.ref, m.cents) for m in history.movements if m.source == "notice"] if history else []


def test_a_payment_reaches_its_account_which_enters_the_casebook(book, tmp_path):
    taken = take(tmp_path, PAID)
    assert figures(taken) == (1, 1, 0, 0, 0) and taken.touched == ("622500001",)
    assert [m.ref for m in casebook.history_of("622500001").movements] == ["P1", "notice:N1"]
    assert casebook.history_of("622500002") is None, "nobody else was brought in"


def test_the_same_file_again_changes_nothing(book, tmp_path):
    take(tmp_path / "a", PAID)
    again = take(tmp_path / "b", PAID)
    assert again.seen_before and again.touched == () and money_on("622500001") == [("notice:N1", 5_000)]


def test_the_same_payment_in_another_file_is_known(book, tmp_path):
    take(tmp_path / "a", PAID)
    other = ["N2", "2026-11-03", "CNY", "20.00", "622500001", "", ""]
    assert figures(take(tmp_path / "b", PAID, other)) == (2, 1, 0, 1, 0)
    assert money_on("622500001") == [("notice:N1", 5_000), ("notice:N2", 2_000)]


def test_a_known_payment_with_another_amount_is_set_aside(book, tmp_path):
    take(tmp_path / "a", PAID)
    changed = [*PAID[:3], "5000.00", *PAID[4:]]
    taken = take(tmp_path / "b", changed)
    (reject,) = read_rejects(taken.rejects_file)
    assert (reject.line, reject.value, reject.code) == (2, "N1", "changed_payment")
    assert "50.00 CNY" in reject.words.zh and money_on("622500001") == [("notice:N1", 5_000)]


def test_money_nobody_can_place_is_kept_with_its_reason(book, tmp_path):
    taken = take(
        tmp_path,
        ["N1", "2026-11-02", "CNY", "50.00", "", "谢谢", "王小明"],
        ["N2", "2026-11-02", "USD", "50.00", "622500001", "", ""],
        ["N3", "2026-11-02", "CNY", "50.00", "999", "", ""],
    )
    assert figures(taken) == (3, 0, 3, 0, 0) and taken.unmatched_refs == ("N1", "N2", "N3")
    reasons = [money.unmatched_because["zh"] for money in casebook.unmatched_money()]
    assert [reason[:4] for reason in reasons] == ["没有账号", "到账币种", "没有账户"]


def test_wrong_rows_are_set_aside_and_the_others_taken(book, tmp_path):
    taken = take(
        tmp_path,
        PAID,
        ["N2", "2026-11-31", "CNY", "1.00", "622500001", "", ""],
        ["N3", "2026-11-02", "CNY", "-1.00", "622500001", "", ""],
        ["", "2026-11-02", "CNY", "1.00", "622500001", "", ""],
        ["N1", "2026-11-02", "CNY", "50.00", "622500001", "", ""],
        ["N5", "2026-11-02", "JPY", "1.50", "622500001", "", ""],
        ["N6", "2026-11-02", "CNY", "1.00", "622500001", "=cmd", ""],
        ["N7"],
    )
    assert [(one.line, one.column, one.code) for one in read_rejects(taken.rejects_file)] == [
        (3, "received_date", "impossible_date"),
        (4, "amount", "negative"),
        (5, "payment_id", "missing"),
        (6, "payment_id", "duplicate"),
        (7, "amount", "fraction"),
        (8, "reference", "formula"),
        (9, None, "cells"),
    ]
    assert figures(taken) == (8, 1, 0, 0, 7)


def test_a_person_says_whose_money_it_is_once(book, tmp_path):
    take(tmp_path, ["N1", "2026-11-02", "CNY", "50.00", "", "谢谢", "王小明"])
    by_hand = {"money_ref": "N1", "by": "agent.zhang", "reason": "电话确认", "now": NOON}
    assert actions.match_by_hand(account_ref="622500001", **by_hand)
    assert not actions.match_by_hand(account_ref="622500001", **by_hand)
    with pytest.raises(UnableToMatchMoney, match="was applied to 622500001"):
        actions.match_by_hand(account_ref="622500002", **by_hand)
    assert money_on("622500001") == [("notice:N1", 5_000)] and not casebook.unmatched_money()


def test_money_that_waited_is_matched_when_its_account_arrives(tmp_path):
    take(tmp_path / "pay", ["N1", "2026-11-02", "CNY", "50.00", "622500001", "", ""])
    assert actions.match_waiting(now=NOON) == ()
    actions.take_book(path=the_cast(tmp_path / "book"), now=NOON)
    assert actions.match_waiting(now=NOON) == ("622500001",)
    assert actions.match_waiting(now=NOON) == () and money_on("622500001") == [("notice:N1", 5_000)]


def test_one_notice_is_taken_like_a_row_of_a_file(book):
    notice = MoneyNotice("N1", date(2026, 11, 2), 5_000, "CNY", reference_given="还款622500001")
    first, again = (actions.take_notice(notice=notice, now=NOON) for _ in range(2))
    assert (first.account_ref, first.first, first.applied_now) == ("622500001", True, True)
    assert (again.account_ref, again.first, again.applied_now) == ("622500001", False, False)
    with pytest.raises(Trouble, match="was notified before with other content"):
        actions.take_notice(notice=MoneyNotice("N1", date(2026, 11, 2), 1, "CNY"), now=NOON)


def test_a_payment_is_never_put_on_an_account_it_contradicts(book):
    actions.take_notice(notice=MoneyNotice("N1", date(2026, 11, 2), 5_000, "CNY", "622500001"), now=NOON)
    with pytest.raises(Trouble, match="N1"):
        actions.take_notice(notice=MoneyNotice("N1", date(2026, 11, 2), 5_000, "CNY", "622500002"), now=NOON)


def test_a_killed_file_of_payments_is_finished_by_taking_it_in_again(book, tmp_path, monkeypatch):
    from arrears.intake import payments

    class Killed(BaseException):
        pass

    rows = [[f"N{n}", "2026-11-02", "CNY", "1.00", "622500001", "", ""] for n in range(7)]
    monkeypatch.setattr(payments, "AT_ONCE", 3)
    real, calls = payments.take_all, []

    def dies_at_the_second_part(*args: object, **kwargs: object):
        calls.append(1)
        if len(calls) == 2:
            raise Killed
        return real(*args, **kwargs)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(payments, "take_all", dies_at_the_second_part)
        take(tmp_path, *rows)
    assert len(money_on("622500001")) == 3
    assert figures(take(tmp_path, *rows)) == (7, 4, 0, 3, 0)
    assert sorted(money_on("622500001")) == [(f"notice:N{n}", 100) for n in range(7)]


def test_total_in_is_what_was_applied_and_what_waits_to_the_cent(book, tmp_path):
    rows = [
        [f"N{n}", "2026-11-02", "CNY", f"{n + 1}.0{n % 10}", ("622500001", "622500002", "999")[n % 3], "", ""]
        for n in range(30)
    ]
    take(tmp_path / "a", *rows[:20])
    take(tmp_path / "b", *reversed(rows))
    total_in = sum((n + 1) * 100 + n % 10 for n in range(30))
    applied = sum(cents for account in ("622500001", "622500002") for _, cents in money_on(account))
    waiting = sum(money.cents for money in casebook.unmatched_money())
    assert total_in == applied + waiting and waiting > 0


def test_a_banks_own_file_of_payments_is_translated(book, tmp_path):
    file, mapping = tmp_path / "hk.csv", tmp_path / "hk.yaml"
    file.write_text("订单,日期,分,说明\n1,20261102,5000,还款622500001\n2,20261102,12.5,x\n", "utf-8")
    mapping.write_text(
        "title: x\ndate: YYYYMMDD\ntables:\n- table: payments\n  columns:\n"
        "    payment_id: {text: 'WX-{订单}'}\n    received_date: {from: 日期}\n    currency: {always: CNY}\n"
        "    amount: {from: 分, minor_units: true}\n    reference: {from: 说明}\n",
        "utf-8",
    )
    taken = actions.take_payments(path=file, mapping=mapping, now=NOON)
    assert figures(taken) == (2, 1, 0, 0, 1) and money_on("622500001") == [("notice:WX-1", 5_000)]
    (reject,) = read_rejects(taken.rejects_file)
    assert (reject.column, reject.value) == ("分", "12.5")


def test_a_card_book_is_not_taken_for_payments(tmp_path):
    with pytest.raises(Trouble, match="holds a card book, not payments"):
        actions.take_payments(path=the_cast(tmp_path / "book"), now=NOON)
    mixed = write(tmp_path / "mixed", {"customers": CUSTOMERS, "payments": [HEADER, PAID]})
    with pytest.raises(Trouble, match="holds payments beside a card book"):
        actions.take_payments(path=mixed, now=NOON)


def test_a_payment_in_yen_has_no_decimals(tmp_path):
    yen = headed(ACCOUNTS, ["J00001", "C1", "cn.card", "JPY", ""])
    actions.take_book(path=the_cast(tmp_path / "book", accounts=yen, postings=POSTINGS[:1]), now=NOON)
    take(tmp_path / "pay", ["N1", "2026-11-02", "JPY", "1200", "J00001", "", ""])
    assert money_on("J00001") == [("notice:N1", 1200)]
