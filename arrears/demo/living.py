"""The demo's last three weeks, lived day by day: files arrive, people tell us things, rounds run.

Nothing here writes a standing, a flip or a message: the history is what the product did.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.conf import settings

from arrears.arrangements import actions as arrangements
from arrears.arrangements.types import Asked, Kind, Monthly, Surroundings, Who
from arrears.care import actions as care
from arrears.care.actions import Raised
from arrears.casebook import actions as casebook
from arrears.casebook.types import Fact, FactKind
from arrears.daily import actions as daily
from arrears.daily import queries as daily_queries
from arrears.daily.round import hold_rounds
from arrears.demo.book import timed_payments, write_demo_book, write_payments
from arrears.demo.cast import CURRENCY, HISTORY_DAYS, MEMBERS, Agreed, CastBook, Member, Promised
from arrears.demo.months import look_back
from arrears.demo.sign_ins import NAMES, ROLES, SIGN_INS
from arrears.intake import actions as intake
from arrears.kernel import clock
from arrears.kernel.days import at_clock, each_day
from arrears.kernel.money import parse_cents
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.portfolio import queries as portfolio
from arrears.staff import actions as staff

MORNING = time(10, 0)
TEAM = "一组"
RAISED_AS = {FactKind.DISPUTE: "not_mine", FactKind.HARDSHIP: "lost_job"}  # facts owed an answer


class UnableToDemonstrate(Trouble):
    """The data folder holds something that is not the demo's."""


def live_through(*, end: date) -> Iterator[Words]:
    """Make the demo and live up to `end`; says what it is doing. A demo made before goes on."""
    mark = Path(settings.HOME) / "demo"
    if not mark.exists():
        _refuse_a_real_home()
        mark.write_text(f"{end}\n")
    made_for = date.fromisoformat(mark.read_text().strip())
    for username, password, _, _ in SIGN_INS:
        staff.welcome(
            username=username,
            password=password,
            role=ROLES[username],
            display_name=NAMES[username],
            team=TEAM,
        )
    yield Words(zh="造一本卡账", en="Making a card book")
    book = _take_in_the_book(made_for)
    payments = timed_payments(made_for, book=book)
    latest = next(iter(daily_queries.round_days(1)), None)
    if latest is None:
        yield Words(zh="回看之前几个月", en="Looking back on the months before")
        look_back(end=made_for)
    for day in each_day(made_for - timedelta(days=HISTORY_DAYS - 1), made_for):
        if latest is None or day >= latest:
            yield Words(zh=f"{day} 的每日流程", en=f"The round of {day}")
            _live(day, book, payments.get(day, []))
    if end > made_for:
        yield Words(zh="补上之后的日子", en="Catching up the days since")
        with clock.standing_at(at_clock(end, MORNING, zone=clock.HOUSE_ZONE)):
            hold_rounds(on=end, now=clock.now())


def _refuse_a_real_home() -> None:
    if portfolio.account_count():
        raise UnableToDemonstrate(
            f"{settings.HOME} holds a card book that is not the demo's",
            do="Give the demo a folder of its own: ARREARS_HOME=~/.arrears-demo ./go demo",
        )


def _take_in_the_book(end: date) -> CastBook:
    folder = Path(settings.HOME) / "demo-book"
    book = write_demo_book(folder, end)
    first = end - timedelta(days=HISTORY_DAYS)
    with clock.standing_at(at_clock(first, MORNING, zone=clock.HOUSE_ZONE)):
        intake.take_book(path=folder, now=clock.now())
    return book


def _live(day: date, book: CastBook, payments: list[dict[str, str]]) -> None:
    """One day: the payments file waits in the inbox at ten, the day's news comes after it."""
    with clock.standing_at(at_clock(day, MORNING, zone=clock.HOUSE_ZONE)):
        if payments:
            inbox = Path(settings.INBOX_FOLDER)
            inbox.mkdir(parents=True, exist_ok=True)
            write_payments(inbox / f"payments-{day}.csv", payments)
        hold_rounds(on=day, now=clock.now())
    for fact in book.facts_on(day):
        _tell(fact)
    for member in MEMBERS:
        _arrange(member, days_before_end=(book.end - day).days, day=day)


def _arrange(member: Member, *, days_before_end: int, day: date) -> None:
    """What of the member's story is promised or agreed this day, as the desk would keep it."""
    if member.promised and member.promised.days_before_end == days_before_end:
        _promise(member, member.promised, day)
    if member.agreed and member.agreed.days_before_end == days_before_end:
        _agree(member, member.agreed, day)


def _promise(member: Member, told: Promised, day: date) -> None:
    moment = at_clock(day, told.clock, zone=clock.HOUSE_ZONE)
    with clock.standing_at(moment):
        arrangements.record_promise(
            key=f"cast-{member.key}-promise",
            account_ref=member.account,
            cents=parse_cents(told.amount, currency=CURRENCY),
            day=day + timedelta(days=told.days_before_end + told.days_after_end),
            channel="call",
            who=Who(told.by, ROLES[told.by], TEAM),
            now=moment,
            remind_by="sms",
        )
        daily.settle(account_refs=[member.account], now=moment, because=daily.TOLD)


def _agree(member: Member, told: Agreed, day: date) -> None:
    moment, who = at_clock(day, told.clock, zone=clock.HOUSE_ZONE), Who(told.by, ROLES[told.by], TEAM)
    with clock.standing_at(moment):
        offer = arrangements.offer(
            key=f"cast-{member.key}-offer",
            account_ref=member.account,
            asked=Asked(Kind.INSTALMENT_BALANCE, months=told.months, pay_days=Monthly(told.pay_day)),
            who=who,
            now=moment,
            surroundings=Surroundings(reasons=(told.reason,), willing=True),
        )
        arrangements.accept(
            key=offer.key, offer_key=offer.key, who=who, channel="call", now=moment, recording="rec-0617"
        )
        daily.settle(account_refs=[member.account], now=moment, because=daily.TOLD)


def _tell(fact: Fact) -> None:
    moment: datetime = fact.happened_at
    with clock.standing_at(moment):
        if fact.kind in RAISED_AS:
            care.raise_matter(raised=_raised(fact), by=fact.recorded_by, now=moment)
        else:
            casebook.record_fact(
                key=fact.key,
                kind=fact.kind,
                customer_ref=fact.customer_ref,
                account_ref=fact.account_ref,
                happened_at=moment,
                now=moment,
                by=fact.recorded_by,
                payload=fact.payload,
            )
        if fact.account_ref:
            daily.settle(account_refs=[fact.account_ref], now=moment, because=daily.TOLD)


def _raised(fact: Fact) -> Raised:
    """What the cast tells us that is owed an answer."""
    return Raised(
        key=fact.key,
        about=RAISED_AS[fact.kind],
        customer_ref=fact.customer_ref,
        account_ref=fact.account_ref,
        text=str(fact.payload.get("zh", "")),
        consent=True,
    )
