"""One question put to every rule, and the answers a rule can give."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from arrears.clearance.core.times import day_after, instant_of
from arrears.clearance.core.vocabulary import person_of, purpose_class
from arrears.clearance.types import CHANNELS, Known, PastContact, Proposal
from arrears.kernel.words import Words
from arrears.rulebook.law import Rule

Numbers = Mapping[str, object]


class Day(NamedTuple):
    """A day on the clocks of a zone: its first moment, and the first after it."""

    zone: str
    date: date
    start: datetime
    end: datetime


def _without_moments(history: Iterable[PastContact], day: Day) -> Iterator[PastContact]:
    return (past._replace(at=day.start) for past in history if day.start <= past.at < day.end)


def days_at(local: Iterable[tuple[str, datetime]]) -> list[Day]:
    """The day it is on each of these clocks."""
    days = ((zone, at.date()) for zone, at in local)
    return [Day(zone, day, instant_of(zone, day), day_after(zone, day)) for zone, day in days]


def clocks_at(moment: datetime, zones: Iterable[str]) -> list[tuple[str, datetime]]:
    """What clocks show in each zone."""
    return [(zone, moment.astimezone(_place(zone))) for zone in zones]


class Question:
    """A proposal with what is known, and the local times every rule would work out again."""

    __slots__ = (
        "_days",
        "_later",
        "_ours",
        "_todays",
        "at",
        "history",
        "known",
        "local",
        "person",
        "proposal",
    )

    def __init__(
        self,
        proposal: Proposal,
        known: Known,
        history: Sequence[PastContact],
        *,
        at: datetime | None = None,
    ) -> None:
        """at: asked for another moment than the proposal's own."""
        self.proposal, self.known, self.history = proposal, known, history
        self.at = at = at or proposal.at
        self.person = person_of(proposal.to)
        self._later: dict[datetime, Question] = {}
        self._ours: list[PastContact] | None = None
        self._todays: list[tuple[Day, list[PastContact]]] | None = None
        self._days: list[Day] | None = None
        self.local = clocks_at(at, known.zones)

    def later(self, moment: datetime) -> "Question":
        """The same asked for another moment."""
        if moment not in self._later:
            self._later[moment] = Question(self.proposal, self.known, self.history, at=moment)
        return self._later[moment]

    def ours(self) -> list[PastContact]:
        """Contacts with this person that we began, unasked. Gathered once for all caps."""
        if self._ours is None:
            self._ours = self._ours_among(self.history)
        return self._ours

    def todays(self) -> list[tuple[Day, list[PastContact]]]:
        """Those of them on the day it is, for each zone: all that a cap of the day may look at.

        Nobody is told when on that day: `at` is its first moment.
        """
        if self._todays is None:
            self._todays = [
                (day, self._ours_among(_without_moments(self.history, day))) for day in self.today()
            ]
        return self._todays

    def _ours_among(self, history: Iterable[PastContact]) -> list[PastContact]:
        return [
            past
            for past in history
            if past.direction == "out" and self.same_person(past) and class_of(past.purpose) != "asked"
        ]

    def days(self) -> list[tuple[str, date]]:
        """The day it is, in each zone the person may be in."""
        return [(zone, local.date()) for zone, local in self.local]

    def today(self) -> list[Day]:
        """The same with its first moment and the first after it."""
        if self._days is None:
            self._days = days_at(self.local)
        return self._days

    def same_person(self, past: PastContact) -> bool:
        """Whether `past` was with the person proposed. Two third persons differ by their point."""
        if self.person == "debtor":
            return person_of(past.to) == "debtor"
        if past.point is not None and past.point == self.proposal.point:
            return person_of(past.to) == self.person
        return past.to == self.proposal.to and self.same_point(past)

    def same_point(self, past: PastContact) -> bool:
        """Whether it was the same number or address; one that is not told may be any."""
        return past.point is None or self.proposal.point is None or past.point == self.proposal.point


class Watched:
    """A question that notes what is looked at: `history`, `todays` of it alone, what is `known` of the
    person, the `time`.
    """

    def __init__(self, proposal: Proposal, known: Known, history: Sequence[PastContact]) -> None:
        self.looked_at: set[str] = set()
        self._question = Question(proposal, known, history)
        self.person = self._question.person
        self.proposal = _WatchedProposal(proposal, self.looked_at)

    def __getattr__(self, name: str) -> Any:
        self.looked_at.add(_ABOUT[name])
        return getattr(self._question, name)

    def same_person(self, past: PastContact) -> bool:
        return self._question.same_person(past)

    def same_point(self, past: PastContact) -> bool:
        return self._question.same_point(past)


class _WatchedProposal:
    def __init__(self, proposal: Proposal, looked_at: set[str]) -> None:
        self._proposal, self._looked_at = proposal, looked_at

    def __getattr__(self, name: str) -> Any:
        if name == "at":
            self._looked_at.add("time")
        return getattr(self._proposal, name)


# What a rule looks at with each part of a question; a part that is not named here is an error.
_ABOUT = {
    "at": "time", "local": "time", "days": "time", "today": "time", "history": "history", "ours": "history",
    "todays": "todays", "known": "known",
}  # fmt: skip


@lru_cache(maxsize=1024)
def _place(zone: str) -> ZoneInfo:
    return ZoneInfo(zone)


class No(NamedTuple):
    """The rule refuses; `cured_at` where time alone will make it say yes."""

    cured_at: datetime | None = None
    numbers: Numbers | None = None  # to fill the rule's refusal words


class Yes(NamedTuple):
    """The rule lets it pass, until that moment."""

    until: datetime | None


class Used(NamedTuple):
    """A cap: it refuses once `used` has reached `most`."""

    used: int
    most: int
    cured_at: datetime | None
    scope: Words  # "today on this number"


Answer = No | Yes | Used | None
Check = Callable[[Question, Rule], Answer]


@dataclass(frozen=True, slots=True)
class Carried:
    """A function that carries out rules, and to which proposals it applies at all."""

    function: Check
    channels: frozenset[str]
    persons: frozenset[str]
    inbound: bool
    hold: str | None
    needs: tuple[str, ...]


ANYBODY = frozenset({"debtor", "guarantor", "representative", "spouse", "confidant", "third"})
carried_out: dict[str, Carried] = {}


def rule(
    *ids: str,
    channels: frozenset[str] = CHANNELS,
    persons: frozenset[str] = ANYBODY,
    inbound: bool = False,
    hold: str | Mapping[str, str] | None = None,
    needs: tuple[str, ...] = (),
) -> Callable[[Check], Check]:
    """Register a function as what carries out the rule files `ids`.

    inbound: whether it also applies to a contact the person began. hold: asked only where that
    hold (by rule id where they differ) is known. needs: the keys every value of those files must give.
    """

    def register(function: Check) -> Check:
        for rule_id in ids:
            if rule_id in carried_out:
                raise ValueError(f"two functions carry out {rule_id}")
            looked_for = hold if hold is None or isinstance(hold, str) else hold[rule_id]
            carried_out[rule_id] = Carried(function, channels, persons, inbound, looked_for, needs)
        return function

    return register


def class_of(purpose: str) -> str:
    return _class_of(purpose)


_class_of = lru_cache(maxsize=1024)(purpose_class)
