"""The days go by: moves are taken in order of time, the gate answers, the world lives on.

Each person is a world of their own, so people can be shared out among processes. After a
person's last day the check reads their log; what it finds is carried home with the log.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import pairwise
from pathlib import Path
from random import Random

from arrears.rulebook.law import SHIPPED_POLICY
from arrears.simulation import adversary as plots
from arrears.simulation.check import Case, broken, judge, near_miss
from arrears.simulation.gates import Gate, InMemory
from arrears.simulation.types import Answer, Broken, Contact, Event, Person
from arrears.simulation.world import person as make_person

AT_ONCE = 250  # people of one piece of work
GIVEN_BACK = 0.01  # of the clearances, one in a hundred is not used after all
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
KEPT = 20  # examples kept of each finding


@dataclass(frozen=True, slots=True)
class Order:
    """What is tried."""

    people: int
    days: int
    seed: int
    adversary: bool = True
    policy: tuple[Path, ...] = SHIPPED_POLICY


@dataclass(frozen=True, slots=True)
class Finding:
    """A wrongful contact, the rules it breaks, and all that went before it."""

    person: Person
    contact: Contact
    rules: tuple[Broken, ...]
    before: tuple[Event | Contact, ...]


@dataclass(slots=True)
class Totals:
    """What came of it; sums of people and of processes."""

    people: int = 0
    proposals: int = 0
    cleared: int = 0
    made: int = 0
    events: int = 0
    refused_by: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    let_pass: Counter[str] = field(default_factory=Counter)
    near: Counter[str] = field(default_factory=Counter)
    too_strict: Counter[tuple[str, tuple[str, ...]]] = field(default_factory=Counter)
    strict_examples: list[Finding] = field(default_factory=list)
    promises_broken: int = 0  # refused inside a clearance though nothing had happened since
    wrongful: int = 0
    wrongful_by: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: "Totals") -> None:
        for name in ("people", "proposals", "cleared", "made", "events", "promises_broken", "wrongful"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("refused_by", "tried", "let_pass", "near", "too_strict", "wrongful_by"):
            getattr(self, name).update(getattr(other, name))
        self.strict_examples = (self.strict_examples + other.strict_examples)[:KEPT]
        self.findings = (self.findings + other.findings)[:KEPT]


@dataclass(slots=True)
class Life:
    """One person's days: what is still to come, the log so far, and the gate."""

    person: Person
    gate: Gate
    chance: Random
    totals: Totals
    log: list[Event | Contact] = field(default_factory=list)
    case: Case = field(init=False)
    coming: list[tuple[datetime, int, plots.Move, plots.Episode | None]] = field(default_factory=list)
    planned: int = 0
    waiting: int = 0
    now: datetime = LONG_AGO

    def __post_init__(self) -> None:
        self.case = Case(self.person)

    def live(self, episodes: list[plots.Episode], until: datetime) -> None:
        for number, begun in enumerate(episodes):
            self._expect(next(begun, None), number, begun)
        while self.coming and self.coming[0][0] <= until:
            _, number, move, episode = heappop(self.coming)
            answers = self._happens(move)
            if episode is not None:
                with suppress(StopIteration):
                    self._expect(episode.send(answers), number, episode)

    def _expect(self, move: plots.Move | None, number: int, episode: plots.Episode | None) -> None:
        if move is not None:
            heappush(self.coming, (max(move.at, self.now), number, move, episode))

    def _happens(self, move: plots.Move) -> list[Answer]:
        self.now = at = max(move.at, self.now)
        if isinstance(move, Event):
            self._write(move if move.at == at else replace(move, at=at))
            self.gate.told(self.log[-1])  # type: ignore[arg-type]
            self.totals.events += 1
        elif isinstance(move, Contact):
            self._write(replace(move, at=at, edge="inbound"))
            self.gate.heard(self.log[-1])  # type: ignore[arg-type]
        elif isinstance(move, plots.Use):
            self._use(replace(move.contact, at=at), move.answer)
        elif move.asked_at:
            return self._asked([replace(c, at=max(c.at, at)) for c in move.contacts], move)
        else:
            return self._asked([replace(c, at=at) if c.at != at else c for c in move.contacts], move)
        return []

    def _asked(self, contacts: list[Contact], move: plots.Ask) -> list[Answer]:
        answers = self.gate.asked(contacts, now=self.now, cures=move.cures)
        for contact, answer in zip(contacts, answers, strict=True):
            self._count(contact, answer, alone=len(contacts) == 1 and not self.waiting)
        for contact, answer in zip(contacts, answers, strict=True):
            if answer.cleared and self.chance.random() < GIVEN_BACK:
                self.gate.given_back(answer, self.now)
            elif answer.cleared and move.asked_at:
                self.planned, self.waiting = self.planned + 1, self.waiting + 1
                self._expect(plots.Use(contact, answer), -self.planned, None)
            elif answer.cleared:
                self._make(contact, answer, move.linger)
        return answers

    def _count(self, contact: Contact, answer: Answer, *, alone: bool) -> None:
        totals = self.totals
        totals.proposals += 1
        totals.tried[contact.edge] += 1
        if answer.cleared:
            totals.cleared += 1
            totals.let_pass[contact.edge] += 1
            near = near_miss(self.case, contact)
            if near:
                totals.near[near] += 1
            return
        totals.refused_by.update(answer.rules)
        # Beside places taken, one may be refused for what might come of them.
        if alone and not broken(self.case, contact):
            totals.too_strict[contact.edge, answer.rules] += 1
            if len(totals.strict_examples) < KEPT:
                rules = tuple(Broken(rule, "refused by the gate alone") for rule in answer.rules)
                totals.strict_examples.append(Finding(self.person, contact, rules, tuple(self.log)))

    def _make(self, contact: Contact, answer: Answer, linger: bool) -> None:
        """At once, or at the last moment of the clearance at which nothing else has happened yet."""
        if linger and answer.until:
            coming = self.coming[0][0] if self.coming else answer.until
            at = max(contact.at, min(answer.until, coming - plots.SECOND))
            contact = replace(contact, at=at, edge=f"{contact.edge}: the last moment")
            self.now = max(self.now, at)
            if not self.gate.still(answer, contact):
                self.totals.promises_broken += 1
        self._write_made(contact, answer)

    def _use(self, contact: Contact, answer: Answer) -> None:
        """Asked again right before: what has happened meanwhile stops it."""
        self.waiting -= 1
        in_time = answer.until is None or contact.at <= answer.until
        if in_time and self.gate.still(answer, contact):
            self._write_made(contact, answer)
        else:
            self.gate.given_back(answer, contact.at)

    def _write_made(self, contact: Contact, answer: Answer) -> None:
        self.gate.made(answer, contact)
        self.totals.made += 1
        self._write(contact)

    def _write(self, entry: Event | Contact) -> None:
        self.log.append(entry)
        (self.case.told if isinstance(entry, Event) else self.case.made).append(entry)  # type: ignore[arg-type]


def one_life(number: int, order: Order, gate_for: Callable[[Person], Gate], totals: Totals) -> Life:
    """All days of one person, and what the check says of their log."""
    person = make_person(number, order.seed)
    chance = Random(f"{order.seed}:{number}:life")  # noqa: S311 - a trial that can be run again
    life = Life(person, gate_for(person), chance, totals)
    end = datetime.combine(person.first_day + timedelta(days=order.days), time.min, tzinfo=UTC)
    life.live(plots.episodes_for(person, chance, days=order.days, adversary=order.adversary), end)
    _check(life, totals)
    return life


def _check(life: Life, totals: Totals) -> None:
    totals.people += 1
    assert all(one.at <= other.at for one, other in pairwise(life.log)), "a log goes forward in time"
    for contact, rules in judge(life.person, life.log):
        totals.wrongful += 1
        totals.wrongful_by.update(rule.rule for rule in rules)
        if len(totals.findings) < KEPT:
            before = tuple(life.log[: next(n for n, entry in enumerate(life.log) if entry is contact)])
            totals.findings.append(Finding(life.person, contact, tuple(rules), before))


def some_people(first: int, last: int, order: Order) -> Totals:
    """People of these numbers (the last excluded), in memory."""
    totals = Totals()
    for number in range(first, last):
        one_life(number, order, lambda person: InMemory(person, order.policy), totals)
    return totals


def in_memory(order: Order, *, workers: int) -> Iterator[Totals]:
    """What came of each piece of work as it is done, from `workers` processes."""
    pieces = [(n, min(n + AT_ONCE, order.people)) for n in range(0, order.people, AT_ONCE)]
    if workers <= 1:
        yield from (some_people(first, last, order) for first, last in pieces)
        return
    pool = ProcessPoolExecutor(workers)
    try:
        for done in as_completed([pool.submit(some_people, *piece, order) for piece in pieces]):
            yield done.result()
    finally:  # also where nobody wants the rest any more
        pool.shutdown(cancel_futures=True)


def on_record(order: Order) -> Iterator[Totals]:
    """The same on PostgreSQL, one person after another; the casebook learns of each first."""
    from arrears.casebook.actions import enter
    from arrears.casebook.types import BookRows
    from arrears.simulation.gates import OnRecord

    people = [make_person(number, order.seed) for number in range(order.people)]
    start = datetime.combine(min(p.first_day for p in people), time.min, tzinfo=UTC)
    enter(
        rows=BookRows(
            customers=[(p.ref, f"Trial {p.ref}", None, p.zone) for p in people],
            accounts=[(debt, p.ref, "cn.card", "CNY", None, None, None) for p in people for debt in p.debts],
        ),
        now=start,
    )
    for number in range(order.people):
        totals = Totals()
        one_life(number, order, OnRecord, totals)
        yield totals
