"""What the money on the account makes of a schedule and of a promise. Pure.

Money is counted in the order of days, whatever the order in which we learned of it, and
covers the oldest instalment first. A payment that bounced is money that never came.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from arrears.arrangements.core import say
from arrears.arrangements.types import (
    AgreementState,
    Part,
    PartSeen,
    PromiseState,
    Schedule,
    Verdict,
)
from arrears.kernel.words import Words

Money = Sequence[tuple[date, int]]  # (day, cents); what bounced is negative


def parts_seen(
    schedule: Schedule, money: Money, *, on: date, tolerance_cents: int = 0
) -> tuple[PartSeen, ...]:
    """Each instalment at the end of `on` with what came for it."""
    totals = _running_totals(money, on)
    received = totals[-1][1] if totals else 0
    seen, due = [], 0
    for part in schedule.parts:
        paid = max(0, min(part.due_cents, received - due))
        due += part.due_cents
        wanted = due - min(tolerance_cents, part.due_cents - 1)
        covered, lost = _covered_since(totals, wanted)
        seen.append(PartSeen(part, paid, covered, _state(part, paid, covered, on), lost))
    return tuple(seen)


def _running_totals(money: Money, on: date) -> list[tuple[date, int]]:
    """By day, what has come in all in all, a day's own comings and goings taken together."""
    by_day: dict[date, int] = {}
    for day, cents in money:
        if day <= on:
            by_day[day] = by_day.get(day, 0) + cents
    totals, total = [], 0
    for day in sorted(by_day):
        total += by_day[day]
        totals.append((day, total))
    return totals


def _covered_since(totals: Sequence[tuple[date, int]], wanted: int) -> tuple[date | None, date | None]:
    """The day from which on `wanted` was there and stayed; the day it was last lost again."""
    since = lost = None
    for day, total in totals:
        if total >= wanted:
            since = since or day
        elif since:
            since, lost = None, day
    return since, lost


def _state(part: Part, paid: int, covered: date | None, on: date) -> str:
    if covered is not None:
        return "kept" if covered <= part.day else "late"
    if on < part.day:
        return "coming"
    return "part" if paid else "missed"


def judge(
    schedule: Schedule,
    money: Money,
    *,
    on: date,
    cure_days: int,
    tolerance_cents: int = 0,
    waits_until: date | None = None,
) -> Verdict:
    """How the agreement stands at the end of `on`.

    A missed instalment may be made good for `cure_days` days; the agreement breaks at the
    end of the last of them. waits_until: a renegotiation is on the table until then, and
    nothing breaks before. An instalment covered within its cure is no break, even where it
    is judged later: a late posting of an earlier day mends what it shows.
    """
    seen = parts_seen(schedule, money, on=on, tolerance_cents=tolerance_cents)
    for one in seen:
        cure_until = _cure_until(one, cure_days, waits_until)
        if cure_until <= on and (one.paid_date is None or one.paid_date > cure_until):
            why = say.BROKEN.filled(day=one.part.day, number=one.part.number, until=cure_until)
            return Verdict(AgreementState.BROKEN, seen, why, decided_date=cure_until)
    if all(one.paid_date for one in seen):
        last = max(one.paid_date for one in seen if one.paid_date)
        return Verdict(AgreementState.DONE, seen, say.DONE.filled(day=last), decided_date=last)
    return _performing(seen, cure_days, waits_until)


def _performing(seen: tuple[PartSeen, ...], cure_days: int, waits_until: date | None) -> Verdict:
    missed = next((one for one in seen if one.state in {"missed", "part"}), None)
    if missed is None:
        return Verdict(AgreementState.PERFORMING, seen, say.PERFORMING)
    cure_until = _cure_until(missed, cure_days, waits_until)
    why = say.MISSED.filled(day=missed.part.day, number=missed.part.number, until=cure_until)
    return Verdict(AgreementState.PERFORMING, seen, why, cure_until=cure_until)


def _cure_until(seen: PartSeen, cure_days: int, waits_until: date | None) -> date:
    """The chance to cure begins anew where money that had come was lost: who paid gets to know."""
    first = max(seen.part.day, seen.lost_date or date.min)
    return max(first + timedelta(days=cure_days), waits_until or date.min)


def judge_promise(cents: int, *, paid_cents: int, tolerance_cents: int, part_millionths: int) -> PromiseState:
    """What became of a promise when its day has ended: the money decides, within a tolerance.

    part_millionths: the least share of it that counts as kept in part.
    """
    if paid_cents >= cents - tolerance_cents:
        return PromiseState.KEPT
    if paid_cents > 0 and paid_cents * 1_000_000 >= cents * part_millionths:
        return PromiseState.PART_KEPT
    return PromiseState.BROKEN


def received(money: Money, *, since: date, until: date) -> int:
    """What came between two days, both included, less what bounced; never below zero."""
    return max(0, sum(cents for day, cents in money if since <= day <= until))


def why_promise(state: PromiseState) -> Words:
    """The sentence for what became of a promise."""
    return say.PROMISE[state]
