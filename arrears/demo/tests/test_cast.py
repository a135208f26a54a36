"""The cast's stories end where they say, by the reckoner's own account; nobody can be reached."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from arrears.casebook.types import AccountHistory, Cycle, FactKind, Movement, MovementKind
from arrears.delinquency.types import BUCKETS, bucket_of
from arrears.demo.book import PAYMENT_COLUMNS, demo_book, timed_payments, write_demo_book, write_payments
from arrears.demo.cast import HISTORY_DAYS, LIN_FANG, MEMBERS, WANG, ZHOU_TAO, CastBook, cast
from arrears.kernel.money import parse_cents
from arrears.reckoning.queries import owed

END = date(2026, 11, 21)
ENDS = (END, date(2027, 3, 1), date(2028, 2, 29), date(2026, 12, 31), date(2026, 7, 30))


def histories(book: CastBook, until: date) -> dict[str, AccountHistory]:
    """Everybody's history as the bank would know it on `until`, notices included."""
    movements: dict[str, list[Movement]] = defaultdict(list)
    for account, ref, kind, cents, day, reverses, *_ in book.rows.postings:
        movements[account].append(Movement(ref, MovementKind(kind), cents, day, reverses))
    for notice in book.payments:
        if notice.received_date <= until:
            account = notice.account_given or notice.reference_given.split()[-1]
            money = Movement(notice.ref, MovementKind.PAYMENT, notice.cents, notice.received_date)
            movements[account].append(money)
    cycles: dict[str, list[Cycle]] = defaultdict(list)
    for account, statement, due, *_ in book.rows.statements:
        cycles[account].append(Cycle(statement, due))
    return {
        account: AccountHistory(
            account,
            customer,
            product,
            currency,
            tuple(cycles[account]),
            tuple(sorted(movements[account], key=lambda movement: movement.posted_date)),
            opened_date=opened,
            limit_cents=limit,
        )
        for account, customer, product, currency, opened, limit, _ in book.rows.accounts
    }


def buckets(book: CastBook, on: date) -> dict[str, str]:
    known = histories(book, on)
    return {ref: bucket_of(owed(history=history, as_of=on).days_past_due) for ref, history in known.items()}


@pytest.mark.parametrize("end", ENDS, ids=str)
def test_every_story_ends_where_it_says_whatever_the_day(end: date) -> None:
    found = buckets(cast(end), end)
    assert {member.key: found[member.account] for member in MEMBERS} == {
        member.key: member.bucket for member in MEMBERS
    }


def test_the_payment_of_tomorrow_clears_the_forgetful_payer() -> None:
    book, tomorrow = cast(END), END + timedelta(days=1)
    assert buckets(book, END)[WANG.account] == "M1"
    assert buckets(book, tomorrow)[WANG.account] == "M0"
    assert [notice.account_given for notice in book.payments_on(tomorrow)] == [WANG.account]


def test_the_one_who_moved_abroad_pays_a_part_and_stays_late() -> None:
    [notice] = [notice for notice in cast(END).payments if notice.account_given == ZHOU_TAO.account]
    before = histories(cast(END), notice.received_date - timedelta(days=1))[ZHOU_TAO.account]
    assert 0 < notice.cents < owed(history=before, as_of=notice.received_date).minimum_due_cents
    assert buckets(cast(END), END)[ZHOU_TAO.account] == "M1"


def test_the_punctual_one_was_never_charged_a_cent() -> None:
    account = owed(history=histories(cast(END), END)[LIN_FANG.account], as_of=END)
    assert (account.interest_billed_cents, account.late_fees_cents, account.payoff_cents) == (0, 0, 0)


def test_what_people_tell_us_is_dated_within_the_rounds() -> None:
    book = cast(END)
    assert {fact.kind for fact in book.facts} == {
        FactKind.HARDSHIP, FactKind.DISPUTE, FactKind.DECEASED, FactKind.ASKED_HOURS
    }  # fmt: skip
    days = [fact.happened_at.date() for fact in book.facts]
    assert days == sorted(days) and END - timedelta(days=HISTORY_DAYS) < days[0] <= days[-1] <= END
    assert all(fact in book.facts_on(fact.happened_at.date()) for fact in book.facts)


def test_whoever_tells_us_something_is_late_already_and_so_known_to_the_casebook() -> None:
    book = cast(END)
    for fact in book.facts:
        assert buckets(book, fact.happened_at.date())[str(fact.account_ref)] != "M0"


def test_nobody_of_the_cast_can_be_reached() -> None:
    for _, kind, value, _ in cast(END).rows.contact_points:
        assert value.endswith("@mail.example") if kind == "email" else value[:6] in ("+86154", "+44770")


def test_the_demo_book_is_the_same_each_time_and_has_somebody_in_every_bucket() -> None:
    book = demo_book(END)
    assert book == demo_book(END)
    spread = Counter(buckets(book, END).values())
    assert set(spread) == set(BUCKETS)
    assert spread["M0"] > len(book.rows.accounts) / 2 > spread["M1"]


def test_late_payers_of_the_crowd_pay_while_the_rounds_run() -> None:
    book = demo_book(END)
    crowd = [notice for notice in book.payments if notice.ref.startswith("bank-")]
    start, stop = crowd[0].received_date, crowd[-1].received_date
    assert END - timedelta(days=HISTORY_DAYS) < start and stop <= END and len(crowd) > 20
    in_book = {(row[0], row[1]) for row in book.rows.postings}
    assert not {(notice.account_given, notice.ref.rsplit("-", 1)[-1]) for notice in crowd} & in_book


def test_two_payments_name_no_account_there_is() -> None:
    book = demo_book(END)
    known = {row[0] for row in book.rows.accounts}
    lost = [
        notice for notice in book.payments
        if notice.account_given not in known and not any(ref in notice.reference_given for ref in known)
    ]  # fmt: skip
    assert [notice.ref.endswith("-stray") for notice in lost] == [True, True]


def test_the_files_say_what_the_rows_say(tmp_path: Path) -> None:
    book = write_demo_book(tmp_path, END, accounts=20)
    heads = {file.stem: file.read_text("utf-8").splitlines()[0] for file in tmp_path.glob("*.csv")}
    assert set(heads) == {"customers", "contact_points", "accounts", "postings", "statements"}
    lines = (tmp_path / "postings.csv").read_text("utf-8").splitlines()[1:]
    written = [parse_cents(line.split(",")[3], currency="CNY") for line in lines]
    assert written == [row[3] for row in book.rows.postings]


def test_each_day_of_payments_is_a_file_of_its_own(tmp_path: Path) -> None:
    days = timed_payments(END)
    assert sum(len(rows) for rows in days.values()) == len(demo_book(END).payments)
    write_payments(tmp_path / "day.csv", days[END + timedelta(days=1)])
    head, row = (tmp_path / "day.csv").read_text("utf-8").splitlines()
    assert head.split(",") == list(PAYMENT_COLUMNS)
    assert row == f"cast-wang-20261122,2026-11-22,CNY,4679.30,{WANG.account},,王小明"
