"""One day: take in, reckon, classify, propose, clear, make contact. Start reading here.

A round is safe to run twice, resumes where a kill stopped it, and catches up missed days
one by one, in order. Nothing in it remembers: everything that must survive is a row, and
each chunk of accounts is one transaction (standing, flip, proposal, clearance and message
together, or none of them). One account that cannot be reckoned is set aside with its
reason; the others go on. A missed day is reckoned and its flips are recorded, but nobody
is written to for a day that has passed: the latest day decides afresh.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from arrears.arrangements import actions as arrangements
from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.clearance import actions as clearance
from arrears.contact import queries as contact_queries
from arrears.daily import actions, casework, credits, report, snapshot
from arrears.daily.models import Round
from arrears.daily.types import RoundReport, Silent, Tell
from arrears.evidence import actions as evidence
from arrears.intake import actions as intake
from arrears.intake.types import BookTaken
from arrears.kernel.days import days_between, each_day
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.portfolio import queries as portfolio

CHUNK = 500  # accounts in one transaction: short enough to lose little, long enough to be quick
MANY = 40_000  # accounts from which on the compiler is worth the seconds it takes
MOST_MISSED_DAYS = 366
ONE_ROUND_AT_A_TIME = 7_311_001  # the advisory lock's number


class UnableToHoldRound(Trouble):
    """The round cannot be held as asked; nothing was changed."""


def hold_rounds(
    *, on: date, now: datetime, tell: Tell | None = None, leave_gap: bool = False
) -> list[RoundReport]:
    """Hold the rounds of all missed days and then of `on`; the reports in order.

    now: when this happens (aware). leave_gap: do not catch up; start afresh at `on`.
    Raises UnableToHoldRound for a day already passed over, or when another round runs.
    """
    with _one_round_at_a_time():
        days = _days_to_hold(on, leave_gap=leave_gap)
        return [_hold(day, makes_contact=day == on, now=now, tell=tell or Silent()) for day in days]


def _hold(day: date, *, makes_contact: bool, now: datetime, tell: Tell) -> RoundReport:
    held, _ = Round.objects.get_or_create(
        on_date=day, defaults={"makes_contact": makes_contact, "opened_at": now}
    )
    files = _take_in(now, tell)
    entered = _enter_the_late(day, now, tell)
    arrangements.follow(on=day, now=now, proposes=held.makes_contact)  # what the money made of agreements
    _visit_every_case(held, now, tell)
    if held.makes_contact:
        credits.offer_credits_back(on=day, now=now)
        _make_contacts(day, now, tell)
    evidence.seal()
    snapshot.keep(day)
    return report.close(held, files=files, entered=entered, now=now)


def _take_in(now: datetime, tell: Tell) -> list[str]:
    """Files waiting in the inbox; cases they touch are reckoned again at once."""
    tell.begin(Words(zh="收取文件", en="Taking in files"), None)
    inbox = intake.take_inbox(folder=Path(settings.INBOX_FOLDER), now=now)
    with_news = {ref for taken in inbox.taken if isinstance(taken, BookTaken) for ref in taken.touched}
    paid = [ref for ref in inbox.accounts if ref not in with_news]
    actions.settle(account_refs=sorted(with_news), now=now, because=actions.NEWS)
    actions.settle(account_refs=paid, now=now)
    return list(inbox.files)


def _enter_the_late(day: date, now: datetime, tell: Tell) -> int:
    """Reckon the whole book; accounts that turned late enter the casebook. (Those in it
    already were brought up to date when the file was taken in.)"""
    count = portfolio.account_count()
    tell.begin(Words(zh="核算全部账户", en="Reckoning the whole book"), count)
    known, entered = frozenset(casebook.account_refs()), 0
    with snapshot.writing(day) as picture:
        for late, passed in casework.look_through_book(day, known, picture, compiled=count >= MANY):
            casebook_actions.enter(rows=portfolio.rows_for(late), now=now)
            entered += len(late)
            tell.advance(passed)
    return entered


def _visit_every_case(held: Round, now: datetime, tell: Tell) -> None:
    clearance.make_ready(now=now)
    waiting = casework.not_yet_visited(held)
    tell.begin(Words(zh="逐户分类、建议、合规检查", en="Visiting every case"), len(waiting))
    for refs in _chunks(waiting):
        with transaction.atomic():
            casework.visit(held, casebook.histories(refs), now=now)
        tell.advance(len(refs))


def _make_contacts(day: date, now: datetime, tell: Tell) -> None:
    """Hand to the providers what is cleared for this very moment; the rest keeps its hour."""
    tell.begin(Words(zh="发送已放行的信息", en="Sending what is cleared"), contact_queries.waiting_count())
    for moment in casework.hours_of_the_day(day, now=now):
        actions.send(now=moment, tell=tell)


def _chunks(refs: Sequence[str]) -> Iterator[Sequence[str]]:
    return (refs[start : start + CHUNK] for start in range(0, len(refs), CHUNK))


def _days_to_hold(on: date, *, leave_gap: bool) -> list[date]:
    latest = Round.objects.order_by("-on_date").first()
    if latest is None or latest.on_date == on:
        return [on]
    if on < latest.on_date:
        raise UnableToHoldRound(
            f"the round of {latest.on_date} has been held; {on} lies before it",
            do="Rounds go forward. To look at an earlier day, use `arrears explain --as-of`.",
        )
    first = latest.on_date + timedelta(days=1) if latest.closed_at else latest.on_date
    missed = days_between(first, on)
    if leave_gap:
        return [on]
    if missed > MOST_MISSED_DAYS:
        raise UnableToHoldRound(
            f"{missed} days were missed since the round of {latest.on_date}",
            do="If that is meant, start afresh with --leave-gap: the days between stay without rounds.",
        )
    return list(each_day(first, on))


@contextmanager
def _one_round_at_a_time() -> Iterator[None]:
    """A lock that a killed round drops with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [ONE_ROUND_AT_A_TIME])
        if not cursor.fetchone()[0]:
            raise UnableToHoldRound("another round is running", do="Wait until it has ended.")
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [ONE_ROUND_AT_A_TIME])
