"""From an asking and a dossier to a verdict and its window.

Most people of a night's round are asked about in the same words, and nothing is on record
of them: the gate being pure, such a question is answered once.
"""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from arrears.clearance.core.dossier import Dossier
from arrears.clearance.core.gate import Beforehand, before, clear
from arrears.clearance.core.holds import rings_at_work
from arrears.clearance.core.question import Day, clocks_at, days_at
from arrears.clearance.core.times import day_after
from arrears.clearance.types import Asking, Known, Proposal, Verdict

A_SECOND = timedelta(seconds=1)
ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
OF_NOBODY, OF_ANYBODY = frozenset({"history", "todays"}), frozenset({"history", "todays", "known"})
# Without a history, which number and which debt change nothing, unless it rings at work.
_WORDS = tuple(f.name for f in fields(Proposal) if f.name not in {"at", "point", "debts"})
words_of = attrgetter(*_WORDS)
Words = tuple[object, ...]


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

    one_of_many: others are asked for the same moment, so that it pays to work out once what the
    rules say that look at nobody's history; alone, only what those say that look at no clock.
    """
    # In UTC, for Python takes both 1:30 of the night the clocks go back for one.
    proposal, at = asking.proposal, asking.proposal.at.astimezone(UTC)
    words, point = words_of(proposal), point_that_matters(proposal)
    if dossier.nothing_known:
        return _of_a_stranger(at, words, point, dossier.known.zones, book, policy)
    known = dossier.known_for(asking.account_ref, proposal.debts)
    on, moment = _day_of(at, known.zones), at if one_of_many else None
    unknown = OF_NOBODY if dossier.no_facts else OF_ANYBODY
    beforehand = _before(unknown, moment, words, point, known.zones, frozenset(known.holds), book, on, policy)
    return clear(
        proposal,
        known,
        dossier.history,
        book=book,
        on=on,
        policy=policy,
        cures=cures,
        beforehand=beforehand,
    )


def point_that_matters(proposal: Proposal) -> str | None:
    """The number or address, where it says by itself that it rings at work."""
    return proposal.point if rings_at_work(proposal.point) else None


def in_these_words(
    at: datetime, words: Words, point: str | None = None, debts: tuple[str, ...] = ()
) -> Proposal:
    """The proposal that `words_of` was taken from, but for the names not given."""
    said = dict(zip(_WORDS, words, strict=True))
    return Proposal(at=at, **said, point=point, debts=debts)  # type: ignore[arg-type]


@lru_cache(maxsize=4096)
def _of_a_stranger(
    at: datetime, words: Words, point: str | None, zones: tuple[str, ...], book: str, policy: tuple[Path, ...]
) -> Verdict:
    proposal = in_these_words(at, words, point)
    return clear(proposal, Known(zones=zones), (), book=book, on=_day_of(at, zones), policy=policy)


@lru_cache(maxsize=4096)
def _before(
    what: frozenset[str],
    at: datetime | None,
    words: Words,
    point: str | None,
    zones: tuple[str, ...],
    held: frozenset[str],
    book: str,
    on: date,
    policy: tuple[Path, ...],
) -> Beforehand | None:
    """at: None where the moment is not known either."""
    what = what if at else what | {"time"}
    proposal = in_these_words(at or ANY_MOMENT, words, point)
    return before(what, proposal, zones, held=held, book=book, on=on, policy=policy)


def day_that_counts(asking: Asking, zone: str, *, book: str, policy: tuple[Path, ...]) -> Day | None:
    """The day whose contacts alone can stand against a yes to somebody of whom no fact is on record.

    When on that day they were makes no difference. None where the rules look at more.
    """
    proposal, at, zones = asking.proposal, asking.proposal.at.astimezone(UTC), (zone,)
    words, point, on = words_of(proposal), point_that_matters(proposal), _day_of(at, zones)
    beforehand = _before(OF_NOBODY, at, words, point, zones, frozenset(), book, on, policy)
    todays_alone = beforehand is not None and beforehand.todays_alone
    return days_at(clocks_at(at, zones))[0] if todays_alone else None


def forget() -> None:
    """Nothing that was worked out by the rules as they stood until now is used again."""
    _of_a_stranger.cache_clear()
    _before.cache_clear()


def _day_of(moment: datetime, zones: tuple[str, ...]) -> date:
    return moment.astimezone(ZoneInfo(zones[0])).date()


def leave_until(asking: Asking, known: Known, verdict: Verdict) -> datetime:
    """The last moment of a yes: caps count by the day, so never past the person's midnight."""
    at = asking.proposal.at.astimezone(UTC)
    last = _last_moment(at, known.zones, verdict.until)
    return last if asking.valid_for is None else min(last, at + asking.valid_for)


@lru_cache(maxsize=4096)
def _last_moment(at: datetime, zones: tuple[str, ...], until: datetime | None) -> datetime:
    ends = [day_after(zone, at.astimezone(ZoneInfo(zone)).date()) for zone in zones]
    ends += [until] if until else []
    return max(at, min(ends) - A_SECOND)
