"""From an asking and a dossier to a verdict and its window.

Most people of a night's round are asked about in the same words, and nothing is on record
of them: the gate being pure, such a question is answered once.
"""

from dataclasses import fields
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from arrears.clearance.core.dossier import Dossier
from arrears.clearance.core.gate import Beforehand, before, clear
from arrears.clearance.core.holds import rings_at_work
from arrears.clearance.core.times import day_after
from arrears.clearance.types import Asking, Known, Proposal, Verdict

A_SECOND = timedelta(seconds=1)
# Without a history, which number and which debt change nothing, unless it rings at work.
_MATTERS = tuple(f.name for f in fields(Proposal) if f.name not in {"point", "debts"})
_in_short = attrgetter(*_MATTERS)
Shape = tuple[object, ...]
HISTORY, ANYTHING = frozenset({"history"}), frozenset({"history", "known"})


def verdict_on(
    asking: Asking,
    dossier: Dossier,
    *,
    book: str,
    policy: tuple[Path, ...],
    cures: bool = True,
    one_of_many: bool = False,
) -> Verdict:
    """The gate's answer, by the law of the day on which the contact would be made.

    one_of_many: others are asked in the same words, so that it pays to work out once what the
    rules say that look at nobody's history.
    """
    proposal = asking.proposal
    if dossier.nothing_known:
        return _of_a_stranger(*_without_names(proposal), dossier.known.zones, book, policy)
    known = dossier.known_for(asking.account_ref, proposal.debts)
    beforehand = None
    if one_of_many:
        unknown = HISTORY if dossier.no_facts else ANYTHING
        words = _without_names(proposal)
        beforehand = _before(unknown, *words, known.zones, bool(known.holds), book, policy)
    return clear(
        proposal,
        known,
        dossier.history,
        book=book,
        on=_day_of(proposal.at, known.zones),
        policy=policy,
        cures=cures,
        beforehand=beforehand,
    )


def _without_names(proposal: Proposal) -> tuple[Shape, str | None]:
    return _in_short(proposal), proposal.point if rings_at_work(proposal.point) else None


def _said_by_all(said: Shape, point: str | None) -> Proposal:
    return Proposal(**dict(zip(_MATTERS, said, strict=True)), point=point)  # type: ignore[arg-type]


@lru_cache(maxsize=4096)
def _of_a_stranger(
    said: Shape, point: str | None, zones: tuple[str, ...], book: str, policy: tuple[Path, ...]
) -> Verdict:
    proposal, known = _said_by_all(said, point), Known(zones=zones)
    return clear(proposal, known, (), book=book, on=_day_of(proposal.at, zones), policy=policy)


@lru_cache(maxsize=4096)
def _before(
    what: frozenset[str],
    said: Shape,
    point: str | None,
    zones: tuple[str, ...],
    any_holds: bool,
    book: str,
    policy: tuple[Path, ...],
) -> Beforehand | None:
    proposal = _said_by_all(said, point)
    on = _day_of(proposal.at, zones)
    return before(what, proposal, zones, any_holds=any_holds, book=book, on=on, policy=policy)


def _day_of(moment: datetime, zones: tuple[str, ...]) -> date:
    return moment.astimezone(ZoneInfo(zones[0])).date()


def leave_until(asking: Asking, known: Known, verdict: Verdict) -> datetime:
    """The last moment of a yes: caps count by the day, so never past the person's midnight."""
    at = asking.proposal.at
    last = _last_moment(at, known.zones, verdict.until)
    return last if asking.valid_for is None else min(last, at + asking.valid_for)


@lru_cache(maxsize=4096)
def _last_moment(at: datetime, zones: tuple[str, ...], until: datetime | None) -> datetime:
    ends = [day_after(zone, at.astimezone(ZoneInfo(zone)).date()) for zone in zones]
    ends += [until] if until else []
    return max(at, min(ends) - A_SECOND)
