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
from arrears.clearance.core.gate import clear
from arrears.clearance.core.holds import rings_at_work
from arrears.clearance.core.times import day_after
from arrears.clearance.types import Asking, Known, Proposal, Verdict

A_SECOND = timedelta(seconds=1)
# Without a history, which number and which debt change nothing, unless it rings at work.
_MATTERS = tuple(f.name for f in fields(Proposal) if f.name not in {"point", "debts"})
_in_short = attrgetter(*_MATTERS)


def verdict_on(
    asking: Asking, dossier: Dossier, *, book: str, policy: tuple[Path, ...], cures: bool = True
) -> Verdict:
    """The gate's answer, by the law of the day on which the contact would be made."""
    proposal = asking.proposal
    known = dossier.known_for(asking.account_ref, proposal.debts)
    if dossier.nothing_known:
        work_point = proposal.point if rings_at_work(proposal.point) else None
        return _of_a_stranger(_in_short(proposal), work_point, known.zones[0], book, policy)
    on = _day_of(proposal.at, known)
    return clear(proposal, known, dossier.history, book=book, on=on, policy=policy, cures=cures)


@lru_cache(maxsize=4096)
def _of_a_stranger(
    said: tuple[object, ...], point: str | None, zone: str, book: str, policy: tuple[Path, ...]
) -> Verdict:
    proposal = Proposal(**dict(zip(_MATTERS, said, strict=True)), point=point)  # type: ignore[arg-type]
    known = Known(zones=(zone,))
    return clear(proposal, known, (), book=book, on=_day_of(proposal.at, known), policy=policy)


def _day_of(moment: datetime, known: Known) -> date:
    return moment.astimezone(ZoneInfo(known.zones[0])).date()


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
