"""Hours: of the law, of the house, agreed with a person, asked for by a person."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from arrears.clearance.core.question import Answer, No, Question, Yes, rule
from arrears.clearance.core.times import instant_of, next_close, next_open
from arrears.clearance.types import CHANNELS, Wish
from arrears.kernel.hours import Hours
from arrears.rulebook.law import Rule

# Post lies in the box until morning; what disturbs at night rings, lights up or knocks.
DISTURBING = CHANNELS - {"letter"}


def wish_stands(wish: Wish, local: datetime) -> bool:
    """Whether the wish is in force on that day (its weekdays aside)."""
    day = local.date()
    return (wish.since is None or wish.since <= day) and (wish.until is None or day <= wish.until)


def wish_open(wish: Wish, local: datetime) -> bool:
    return wish_stands(wish, local) and local.weekday() in wish.weekdays and wish.hours.open_at(local.time())


@rule("cn.cba2026.quiet_hours", "cn.gbt45251.quiet_hours", needs=("hours",))
@rule(
    "us.regf.hours", "us.house.hours", "uk.conc.hours", "hk.cobp.hours",
    channels=DISTURBING, needs=("hours",),
)  # fmt: skip
def inside_the_hours(question: Question, rule: Rule) -> Answer:
    """Not outside the rule's hours anywhere the person may be, unless agreed with the person."""
    hours = rule.hours
    assert hours is not None
    agreed = question.known.agreed_hours
    until = None
    for zone, local in question.local:
        closing = _closing(zone, local, hours)
        if closing is None or agreed:

            def is_open(moment: datetime) -> bool:
                return hours.open_at(moment.time()) or any(wish_open(wish, moment) for wish in agreed)

            edges = _edges(hours, agreed)
            if not is_open(local):
                return No(
                    next_open(question.at, zone, edges, is_open), {"hours": hours, "clock": _clock(local)}
                )
            closing = next_close(question.at, zone, edges, is_open)
        until = min(until, closing) if until and closing else closing or until
    return Yes(until)


def _closing(zone: str, local: datetime, hours: Hours) -> datetime | None:
    """When the window that is open at `local` ends; None when none is."""
    wall = local.time()
    if not hours.open_at(wall):
        return None
    second = wall.hour * 3600 + wall.minute * 60 + wall.second
    end = next(end for start, end in hours.windows if start <= second <= end)
    return instant_of(zone, local.date(), end)


@rule(
    "cn.civil_code.asked_hours", "us.regf.asked_hours", "us.house.asked_hours", "uk.conc.asked_hours",
    "hk.cobp.asked_hours",
    channels=DISTURBING,
)  # fmt: skip
def only_when_asked(question: Question, rule: Rule) -> Answer:
    """Only in the hours the person asked for, while that wish stands."""
    asked = question.known.asked_hours
    if not asked or question.person not in {"debtor", "guarantor"}:
        return None
    until = None
    for zone, local in question.local:

        def is_open(moment: datetime) -> bool:
            standing = [wish for wish in asked if wish_stands(wish, moment)]
            return not standing or any(wish_open(wish, moment) for wish in standing)

        edges = _edges(None, asked)
        if not is_open(local):
            hours = "; ".join(str(wish.hours) for wish in asked if wish_stands(wish, local))
            return No(next_open(question.at, zone, edges, is_open), {"hours": hours, "clock": _clock(local)})
        closing = next_close(question.at, zone, edges, is_open)
        until = min(until, closing) if until and closing else closing or until
    return Yes(until)


def _edges(hours: Hours | None, wishes: Iterable[Wish]) -> tuple[int, ...]:
    found = {0, *(hours.edges() if hours else ())}
    for wish in wishes:
        found.update(wish.hours.edges())
    return tuple(sorted(found))


@lru_cache(maxsize=4096)
def _clock_text(hour: int, minute: int) -> str:
    return f"{hour:02d}:{minute:02d}"


def _clock(local: datetime) -> str:
    return _clock_text(local.hour, local.minute)
