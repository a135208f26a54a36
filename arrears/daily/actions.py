"""What happens at once, between rounds: money arrived, a fact was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction

from arrears.casebook import queries as casebook
from arrears.clearance import queries as clearance_queries
from arrears.contact import actions as contact
from arrears.contact.types import SendReport
from arrears.daily import casework
from arrears.daily.models import Round
from arrears.daily.types import Silent, Tell
from arrears.delinquency import actions as delinquency
from arrears.kernel import clock
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.words import Words

CHUNK = 500
REHEARSAL_AFTER_DAYS = 31


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why accounts are settled now: what a flip is put down to, and why a contact is withdrawn."""

    flip: str
    words: Words


PAID = Occasion(
    "payment", Words(zh="收到还款，原定联系撤回", en="money arrived: the planned contact is withdrawn")
)
NEWS = Occasion(
    "book",
    Words(
        zh="账务有更新，原定联系撤回",
        en="the book has news of this account: the planned contact is withdrawn",
    ),
)
TOLD = Occasion(
    "fact",
    Words(zh="情况有变，原定联系撤回", en="something was told us: the planned contact is withdrawn"),
)


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling did: accounts reckoned, flips, contacts withdrawn, accounts set aside."""

    accounts: int
    flips: int
    withdrawn: int
    set_aside: tuple[tuple[str, str], ...]


def settle(*, account_refs: Sequence[str], now: datetime, because: Occasion = PAID) -> Settled:
    """Reckon these accounts again at once, record what changed, withdraw what was planned.

    because: PAID, NEWS or TOLD; said where a contact is withdrawn, and kept with each flip.
    Raises nothing for an account that cannot be reckoned: it is named in `set_aside`.
    """
    on = _house_day(account_refs, now)
    accounts = flips = withdrawn = 0
    aside: dict[str, str] = {}
    for start in range(0, len(account_refs), CHUNK):
        refs = list(account_refs[start : start + CHUNK])
        with transaction.atomic():
            reckoned, failed = casework.reckon(casebook.histories(refs), on=on)
            owed = [each.owed for each in reckoned]
            recorded = delinquency.record(owed=owed, now=now, because=because.flip)
            casework.note_findings(reckoned, now=now)
            withdrawn += contact.withdraw(account_refs=refs, because=because.words, now=now)
            casework.settle_proposals()
        accounts, flips, aside = accounts + recorded.accounts, flips + recorded.flips, aside | failed
    return Settled(accounts, flips, withdrawn, tuple(sorted(aside.items())))


def send(*, now: datetime, tell: Tell | None = None) -> SendReport:
    """Hand to the providers what may leave at `now`, and note what became of each proposal.

    The wall clock is asked as well for every channel that reaches people. Call it outside
    any transaction: no connection is held while a provider is waited for.
    """
    tell, seen = tell or Silent(), 0

    def progress(handled: int) -> None:
        nonlocal seen
        tell.advance(handled - seen)
        seen = handled

    report = contact.send_waiting(
        now=now,
        wall_now=clock.wall_now(),
        still_clear=partial(clearance_queries.still_clear, at=now),
        on_progress=progress,
    )
    casework.settle_proposals()
    return report


def _house_day(account_refs: Sequence[str], now: datetime) -> date:
    """The day the house lives in, and never before money it has just taken in.

    A house whose latest round lies further back than a month of missed days is a
    rehearsal of another time; it stays in that time.
    """
    today = now.astimezone(ZoneInfo(HOUSE_ZONE)).date()
    latest = Round.objects.order_by("-on_date").values_list("on_date", flat=True).first()
    if latest is None or latest <= today <= latest + timedelta(days=REHEARSAL_AFTER_DAYS):
        return today
    money = casebook.latest_money_date(account_refs)
    return max(latest, min(money, today)) if money else latest
