"""A week in the house, told as stories: what a round does, for whom, and what it leaves alone."""

import threading
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.db import connection

from arrears.arrangements import actions as arrangements
from arrears.arrangements import queries as agreed
from arrears.arrangements.types import Who
from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import BookRows, FactKind, MoneyNotice
from arrears.clearance import actions as clearance
from arrears.clearance import queries as clearance_queries
from arrears.clearance.types import Asking, Proposal
from arrears.contact.peer import mail_peer
from arrears.contact.queries import messages_of
from arrears.contact.types import MessageState
from arrears.daily import actions as daily
from arrears.daily import queries, snapshot
from arrears.daily.round import ONE_ROUND_AT_A_TIME, UnableToHoldRound, hold_rounds
from arrears.daily.tests.test_killed_rounds import free_port
from arrears.delinquency import queries as delinquency
from arrears.demo.book import timed_payments, write_demo_book, write_payments
from arrears.demo.cast import CHEN, WANG, ZHAO
from arrears.demo.cast import LI_JING as LI
from arrears.demo.cast import LIN_FANG as LIN
from arrears.demo.cast import SUN_LI as SUN
from arrears.demo.cast import WU_GANG as WU
from arrears.demo.cast import ZHOU_TAO as ZHOU
from arrears.intake import actions as intake
from arrears.kernel import clock
from arrears.kernel.days import at_clock
from arrears.strategy.queries import case_of, proposals_of

pytestmark = pytest.mark.django_db(transaction=True)
END = date(2026, 11, 20)
DAY = timedelta(days=1)


@pytest.fixture
def book(home: Path, tmp_path: Path, settings) -> Iterator[None]:
    """The cast alone, taken in, with a mail server that takes their mail."""
    take_in(tmp_path, END)
    port = free_port()
    settings.SMTP_URL = f"smtp://127.0.0.1:{port}"
    with mail_peer(folder=home / "outbox" / "mail", port=port):
        yield


def take_in(folder: Path, end: date) -> None:
    """The cast's book, and the money that reached us in its last three weeks."""
    written = write_demo_book(folder / "book", end, accounts=0)
    intake.take_book(path=folder / "book", now=ten(end - 8 * DAY))
    rows = [row for day, rows in timed_payments(end, book=written).items() if day <= end for row in rows]
    write_payments(folder / "arrived.csv", rows)
    intake.take_payments(path=folder / "arrived.csv", now=ten(end - 8 * DAY))


def ten(day: date) -> datetime:
    return at_clock(day, time(10), zone=clock.HOUSE_ZONE)


def hold(day: date, **options):
    with clock.standing_at(ten(day)):
        return hold_rounds(on=day, now=clock.now(), **options)


def tell(member, kind: FactKind, day: date, **payload) -> None:
    casebook_actions.record_fact(
        key=f"{member.key}-{kind}-{day}", kind=kind, customer_ref=member.customer, account_ref=member.account,
        happened_at=ten(day), now=ten(day), by="agent", payload=payload,
    )  # fmt: skip


def sent_to(member) -> list:
    return [message for message in messages_of(member.customer) if message.state == MessageState.SENT]


def bucket(member) -> str:
    return delinquency.standing_of(member.account).lateness.bucket


def test_those_who_are_late_enter_the_casebook_and_those_whose_money_was_noticed(book):
    [report] = hold(END)
    assert (report.accounts, report.late, report.entered, report.visited) == (8, 7, 6, 8)
    assert bucket(LIN) == "M0"


def test_the_cast_stands_where_their_payments_leave_them(book):
    hold(END)
    assert {member.key: bucket(member) for member in (WANG, LI, ZHAO, CHEN, SUN, ZHOU, WU)} == {
        member.key: member.bucket for member in (WANG, LI, ZHAO, CHEN, SUN, ZHOU, WU)
    }


def test_every_promise_holds_after_a_round(book):
    [report] = hold(END)
    assert report.whole and len(report.promises) >= 9


def test_a_round_held_twice_does_nothing_more(book):
    [first] = hold(END)
    before = len(sent_to(WANG)), len(delinquency.flips_of(WANG.account))
    [second] = hold(END)
    assert (len(sent_to(WANG)), len(delinquency.flips_of(WANG.account))) == before
    assert (first.proposals, first.flips, first.buckets) == (second.proposals, second.flips, second.buckets)


def test_wang_hears_from_us_at_ten_and_the_letter_says_what_is_owed(book):
    hold(END)
    [message] = sent_to(WANG)
    standing = delinquency.standing_of(WANG.account)
    assert message.sent_at == ten(END)
    assert f"{standing.overdue_cents / 100:,.2f}" in message.body


def test_the_night_nurse_hears_in_the_afternoon_she_asked_for(book):
    hold(END - DAY)
    tell(SUN, FactKind.ASKED_HOURS, END - DAY, hours="14:00-18:00")
    again = END + 6 * DAY
    for day in (END, again):
        hold(day)
    latest = max(message.sent_at for message in sent_to(SUN))
    assert latest.astimezone(ten(END).tzinfo) == at_clock(again, time(14), zone=clock.HOUSE_ZONE)


def test_zhou_in_london_hears_at_ten_london_time(book):
    hold(END)
    [message] = sent_to(ZHOU)
    assert message.sent_at == at_clock(END, time(10), zone="Europe/London")
    assert message.language == "en"


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        (ZHAO, FactKind.DISPUTE),
        (CHEN, FactKind.DECEASED),
        (LI, FactKind.HARDSHIP),
        (WANG, FactKind.OBJECTION),
    ],
    ids=lambda value: getattr(value, "key", str(value)),
)
def test_a_fact_that_stops_contact_stops_it_from_the_next_round_on(book, member, kind):
    hold(END - 8 * DAY)
    already = len(sent_to(member))
    tell(member, kind, END - 8 * DAY)
    hold(END + 12 * DAY, leave_gap=True)
    refused = [p for p in proposals_of(member.account) if p.state in {"refused", "deferred"}]
    assert len(sent_to(member)) == already and refused and refused[-1].reasons


def test_who_told_us_of_trouble_is_left_to_a_person_and_forty_five_days_later_no_longer(book):
    hold(END - 8 * DAY)
    tell(WANG, FactKind.LATENESS_REASON, END - 8 * DAY, reason="lost_job")
    already = len(sent_to(WANG))
    hold(END)
    assert case_of(WANG.account).step == "cannot_pay" and len(sent_to(WANG)) == already
    hold(END + 38 * DAY, leave_gap=True)
    assert case_of(WANG.account).step != "cannot_pay"


def test_missed_days_are_caught_up_in_order_without_writing_for_them(book):
    hold(END - 5 * DAY)
    before = len(sent_to(WU))
    reports = hold(END)
    assert [report.on_date for report in reports] == [END - n * DAY for n in (4, 3, 2, 1, 0)]
    assert [report.makes_contact for report in reports] == [False] * 4 + [True]
    assert all(not report.proposals for report in reports[:-1])
    assert len(sent_to(WU)) - before <= 1


def test_rounds_do_not_go_back(book):
    hold(END)
    with pytest.raises(UnableToHoldRound, match="lies before it"):
        hold(END - DAY)


def test_years_of_missed_days_are_not_caught_up_unasked(book):
    hold(END)
    with pytest.raises(UnableToHoldRound, match="days were missed"):
        hold(END + 800 * DAY)
    [report] = hold(END + 800 * DAY, leave_gap=True)
    assert report.whole


def test_one_account_that_cannot_be_reckoned_is_set_aside_and_the_rest_go_on(book):
    spoiled = BookRows(
        customers=[("C-bad", "坏账", None, None)],
        accounts=[("A-bad", "C-bad", "no.such.product", "CNY", None, None, None)],
        postings=[("A-bad", "P1", "purchase", 100, END - 90 * DAY, None, "")],
    )
    casebook_actions.enter(rows=spoiled, now=ten(END))
    [report] = hold(END)
    assert [account for account, _ in report.set_aside] == ["A-bad"]
    assert "no.such.product" in report.set_aside[0][1]
    assert report.whole and len(sent_to(WANG)) == 1


def test_a_payment_is_reckoned_at_once_and_the_planned_contact_withdrawn(book, tmp_path):
    hold(END - DAY)
    with clock.standing_at(ten(END) - timedelta(hours=8)):  # two in the morning: Zhou's letter must wait
        hold_rounds(on=END + 6 * DAY, now=clock.now())
    owed = delinquency.standing_of(WANG.account).owed_cents
    file = tmp_path / "payments.csv"
    file.write_text(
        "payment_id,received_date,currency,amount,account,reference,payer\n"
        f"T1,{END + 6 * DAY},CNY,{owed / 100:.2f},{WANG.account},,王小明\n",
        "utf-8",
    )
    taken = intake.take_payments(path=file, now=ten(END + 6 * DAY))
    daily.settle(account_refs=taken.touched, now=ten(END + 6 * DAY))
    standing = delinquency.standing_of(WANG.account)
    assert (standing.lateness.bucket, standing.owed_cents) == ("M0", 0)
    assert delinquency.flips_of(WANG.account)[-1].because == "payment"
    assert all(message.state != MessageState.WAITING for message in messages_of(WANG.customer))


def test_the_same_payments_file_twice_is_one_payment(book, tmp_path):
    hold(END)
    file = tmp_path / "payments.csv"
    file.write_text(
        "payment_id,received_date,currency,amount,account,reference,payer\n"
        f"T1,{END},CNY,100.00,{WANG.account},,王小明\n",
        "utf-8",
    )
    for _ in range(2):
        taken = intake.take_payments(path=file, now=ten(END))
        daily.settle(account_refs=taken.touched, now=ten(END))
    assert sum(m.cents for m in casebook.history_of(WANG.account).movements if m.source == "notice") == 10000


def test_a_later_book_does_not_forget_a_payment_that_came_in_between(book, tmp_path):
    hold(END - DAY)
    file = tmp_path / "payments.csv"
    file.write_text(
        "payment_id,received_date,currency,amount,account,reference,payer\n"
        f"T1,{END - DAY},CNY,100.00,{WANG.account},,王小明\n",
        "utf-8",
    )
    daily.settle(account_refs=intake.take_payments(path=file, now=ten(END)).touched, now=ten(END))
    owed = delinquency.standing_of(WANG.account).owed_cents
    write_demo_book(tmp_path / "again", END, accounts=1)
    later = intake.take_book(path=tmp_path / "again", now=ten(END))
    daily.settle(account_refs=later.touched, now=ten(END), because=daily.NEWS)
    hold(END)
    assert delinquency.standing_of(WANG.account).owed_cents == pytest.approx(owed, abs=500)
    assert any(m.ref == "notice:T1" for m in casebook.history_of(WANG.account).movements)


def test_a_flip_says_what_brought_it_about(book, settings):
    hold(END)
    inbox = Path(settings.INBOX_FOLDER)
    inbox.mkdir(parents=True)
    owed = delinquency.standing_of(WANG.account).owed_cents
    (inbox / "payments.csv").write_text(
        "payment_id,received_date,currency,amount,account,reference,payer\n"
        f"T1,{END},CNY,{owed / 100:.2f},{WANG.account},,王小明\n",
        "utf-8",
    )
    hold(END)
    assert [flip.because for flip in delinquency.flips_of(WANG.account)] == ["round", "payment"]


def test_a_place_nobody_used_is_free_when_the_next_round_begins(book):
    hold(END - DAY)
    at = ten(END - DAY) + timedelta(hours=2)
    call = Asking(
        "a call", WANG.customer, Proposal(at=at, channel="call"), WANG.account, timedelta(minutes=5)
    )
    leave = clearance.ask(asking=call, book="cn.card_issuer", now=at)
    assert leave.cleared
    hold(END)
    assert clearance_queries.clearance(leave.key).released_at == ten(END)


def test_files_in_the_inbox_are_taken_in_by_the_round(book, settings):
    inbox = Path(settings.INBOX_FOLDER)
    inbox.mkdir(parents=True)
    (inbox / "payments.csv").write_text(
        "payment_id,received_date,currency,amount,account,reference,payer\n"
        f"T1,{END},CNY,100.00,{WANG.account},,王小明\nT2,{END},CNY,5.00,nobody,,谁\n",
        "utf-8",
    )
    [report] = hold(END)
    assert report.files_taken and report.whole
    assert [money.ref for money in casebook.unmatched_money()] == ["T2"]


def test_two_rounds_at_once_are_refused(book):
    started, release = threading.Event(), threading.Event()

    def hold_the_lock() -> None:
        with connection.cursor() as other:  # a thread has a connection of its own
            other.execute("select pg_advisory_lock(%s)", [ONE_ROUND_AT_A_TIME])
            started.set()
            release.wait(10)
        connection.close()

    thread = threading.Thread(target=hold_the_lock)
    thread.start()
    started.wait(10)
    try:
        with pytest.raises(UnableToHoldRound, match="another round is running"):
            hold(END)
    finally:
        release.set()
        thread.join()


def test_the_night_keeps_a_picture_of_the_whole_book(book):
    hold(END)
    picture = snapshot.read(END)
    assert picture.num_rows == 8
    assert sorted(picture.column("bucket").to_pylist()).count("M0") == 1


def test_the_report_reads_the_same_later(book):
    [report] = hold(END)
    assert queries.latest_round() == report == queries.round_of(END)


@pytest.mark.parametrize("day", [date(2027, 12, 31), date(2028, 2, 29), date(2028, 3, 1)])
def test_rounds_hold_at_year_end_and_on_leap_day(home, tmp_path, settings, day):
    take_in(tmp_path, day)
    port = free_port()
    settings.SMTP_URL = f"smtp://127.0.0.1:{port}"
    with mail_peer(folder=home / "outbox" / "mail", port=port):
        [report] = hold(day)
    assert report.whole and report.late == 7


def test_a_promise_brings_peace_a_reminder_the_day_before_and_a_question_when_it_was_broken(book):
    first = END - 3 * DAY
    hold(first)
    arrangements.record_promise(
        key="wu", account_ref=WU.account, cents=50_000, day=first + 2 * DAY, channel="call",
        who=Who("agent", "agent"), now=ten(first),
    )  # fmt: skip
    reports = [report for day in (1, 2, 3) for report in hold(first + day * DAY)]
    told = [proposal for proposal in proposals_of(WU.account) if proposal.on_date > first]
    spoken = [one.template for one in told if one.state == "sent"]
    assert spoken[:1] == ["agreement_reminder"] and "promise_broken" in spoken
    assert agreed.promises_of(WU.account)[0].state == "broken"
    assert all(report.whole for report in reports)
    assert len({one.on_date for one in told if one.state == "sent"}) == len(spoken)  # one word a day


# --- more paid than owed


def overpay(member, days_ago: int) -> None:
    paid = MoneyNotice(f"OVER-{member.key}", END - days_ago * DAY, 90_000_00, "CNY", member.account)
    intake.take_notice(notice=paid, now=ten(END - 8 * DAY))


def offers(member) -> list:
    return [one for one in messages_of(member.customer) if one.key.startswith("credit:")]


def test_the_round_offers_an_old_credit_back_once_and_every_promise_holds(book):
    overpay(WANG, 9)
    [report] = hold(END)
    assert report.whole, report.promises
    assert [one.state for one in offers(WANG)] == [MessageState.SENT]
    [again] = hold(END)
    [later] = hold(END + DAY)
    assert len(offers(WANG)) == 1 and again.whole and later.whole


def test_a_young_credit_waits(book):
    overpay(WANG, 2)
    hold(END)
    assert not offers(WANG)


def test_a_credit_of_somebody_with_a_dispute_is_left_to_a_person(book):
    overpay(WANG, 9)
    tell(WANG, FactKind.DISPUTE, END - DAY, text="不是我消费的")
    hold(END)
    assert not offers(WANG) and WANG.account in {one.account_ref for one in delinquency.in_credit()}


def test_house_policy_can_leave_the_offer_to_a_person(book, home):
    (home / "money").mkdir(parents=True)
    (home / "money" / "policy.yaml").write_text("offers_back: person\n")
    overpay(WANG, 9)
    hold(END)
    assert not offers(WANG)
