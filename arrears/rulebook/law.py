"""The law of contact: one YAML file per rule, dated values, books that compose.

A file in `law/` says what a rule is called, where it is written, whom it binds, what it
protects and which values it has had since when. The code that applies it lives in
`clearance`; here is only what can be read aloud. A rule changes by adding a dated value,
so that yesterday's decisions stay explained by yesterday's law; repeal is a value of
`null`, never a deletion.

A *book* is the set of rules that bind one kind of caller. A house *policy* lies on top
and may only tighten: a loosening refuses to load, naming file and line.
"""

import difflib
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from arrears.kernel.hours import WHOLE_DAY, Hours, NotHours
from arrears.kernel.trouble import Place, WrongConfiguration
from arrears.kernel.words import Words
from arrears.rulebook.documents import Document, place_of, read_document

LAW_FOLDER = Path(__file__).with_name("law")
POLICY_FOLDER = Path(__file__).with_name("policy")

Strength = Literal["must", "should"]
Stops = Literal["collecting", "unasked", "every", "words"]


class Text(Document):
    """One text in both languages, as files write it."""

    zh: str
    en: str

    def words(self) -> Words:
        return Words(zh=self.zh, en=self.en)


class Value(Document):
    """The numbers of a rule. Which of them a rule needs, its code says.

    hours: when contact is possible, local time of the person, `08:00-22:00`; the closing
    moment itself is out unless `closing_included`. most: how many before the next is
    refused. days: how long something lasts or is looked back upon. at_least: a minimum.
    """

    hours: str | None = None
    closing_included: bool = False
    most: int | None = Field(default=None, ge=0)
    days: int | None = Field(default=None, ge=0)
    at_least: int | None = Field(default=None, ge=0)

    @field_validator("hours")
    @classmethod
    def _readable(cls, text: str | None) -> str | None:
        if text is not None:
            try:
                Hours.read(text)
            except NotHours as problem:
                raise ValueError(str(problem)) from problem
        return text

    def open_hours(self) -> Hours | None:
        """The hours as windows of the day; None where the rule has none."""
        return Hours.read(self.hours, closing_included=self.closing_included) if self.hours else None

    def looser_than(self, law: "Value") -> str:
        """The first key in which this value allows more than `law`; empty where none does."""
        own, their = self.open_hours(), law.open_hours()
        checks = {
            "hours": their is not None and not (own and own.within(their)),
            "most": law.most is not None and (self.most is None or self.most > law.most),
            "days": law.days is not None and (self.days is None or self.days < law.days),
            "at_least": law.at_least is not None and (self.at_least is None or self.at_least < law.at_least),
        }
        return next((key for key, looser in checks.items() if looser), "")

    def as_strict_as(self, other: "Value") -> "Value":
        """Each key as strict as the stricter of the two has it."""
        own, their = self.open_hours(), other.open_hours()
        shared = own.shared_with(their) if own and their else own or their
        if shared and not shared.windows:
            raise WrongConfiguration(
                f"house policies leave no hour of the day: {self.hours} and {other.hours}",
                do="Let the hours of the two overlap.",
            )
        return Value(
            hours=str(shared) if shared else None,
            closing_included=bool(shared and shared.closing_included),
            most=min((n for n in (self.most, other.most) if n is not None), default=None),
            days=max((n for n in (self.days, other.days) if n is not None), default=None),
            at_least=max((n for n in (self.at_least, other.at_least) if n is not None), default=None),
        )


class DatedValue(Document):
    """A value, since when (that day included), until when (that day excluded), and where it says so."""

    from_: date = Field(alias="from")
    until: date | None = None
    value: Value | None
    reference: str = Field(min_length=1)


class RuleFile(Document):
    """One rule as its file tells it."""

    id: str
    title: Text
    instrument: Text
    article: str
    binds: tuple[str, ...] = Field(min_length=1)
    protects: Text
    strength: Strength
    stops: Stops
    values: tuple[DatedValue, ...] = Field(min_length=1)
    reviewed_on: date
    status: Literal["in_force", "off_by_default"] = "in_force"
    reason: str | None = None  # why it is off by default
    source: str  # how we know: the text itself, a reprint, general knowledge
    refusal: Text

    @field_validator("values")
    @classmethod
    def _in_order(cls, values: tuple[DatedValue, ...]) -> tuple[DatedValue, ...]:
        for earlier, later in itertools.pairwise(values):
            if later.from_ <= earlier.from_ or (earlier.until and earlier.until > later.from_):
                raise ValueError(
                    f"the value from {later.from_} overlaps the one from {earlier.from_}; "
                    "write them in order of time, each ending before the next begins"
                )
        for value in values:
            if value.until and value.until <= value.from_:
                raise ValueError(f"the value from {value.from_} ends on {value.until}, before it begins")
        return values

    @model_validator(mode="after")
    def _off_says_why(self) -> "RuleFile":
        if self.status == "off_by_default" and not self.reason:
            raise ValueError("a rule that is off by default needs a reason")
        return self

    def on(self, day: date) -> DatedValue | None:
        """The value in force on `day`; None before the first, after the last, when repealed."""
        held = None
        for value in self.values:
            if value.from_ <= day and (value.until is None or day < value.until):
                held = value
        return held if held and held.value else None


class BookFile(Document):
    """A book of `books.yaml`: its title, and the books whose rules it takes in."""

    title: Text
    includes: tuple[str, ...] = ()


class Tightening(Document):
    """A stricter value of one rule, set by the house."""

    rule: str
    from_: date = Field(alias="from")
    value: Value
    reason: Text


class SwitchedOn(Document):
    """A rule that is off by default and that the house follows all the same."""

    rule: str
    from_: date = Field(alias="from")
    reason: Text


class PolicyFile(Document):
    """The house's own policy. It can tighten and switch on; there is no key to loosen."""

    title: Text
    books: tuple[str, ...] = Field(min_length=1)
    switch_on: tuple[SwitchedOn, ...] = ()
    tighten: tuple[Tightening, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it stands on one day in one book, house policy applied."""

    id: str
    title: Words
    instrument: Words
    article: str
    reference: str
    protects: Words
    strength: Strength
    stops: Stops
    value: Value
    hours: Hours  # the whole day where the rule says nothing of hours
    refusal: Words
    tightened: bool = False  # the house's value is stricter than the law's


@dataclass(frozen=True, slots=True)
class Law:
    """Every rule file and book of one folder, with where each stands."""

    rules: Mapping[str, RuleFile]
    books: Mapping[str, BookFile]
    paths: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Policies:
    """The house policies of one folder; `paths` run beside `files`."""

    files: tuple[PolicyFile, ...] = ()
    paths: tuple[Path, ...] = ()


NO_POLICY: tuple[Path, ...] = ()
SHIPPED_POLICY = (POLICY_FOLDER,)


@lru_cache(maxsize=8)
def load_law(folder: Path = LAW_FOLDER) -> Law:
    """All rules and books in `folder`. Raises WrongConfiguration naming file and line."""
    books: dict[str, BookFile] = read_document(folder / "books.yaml", dict[str, BookFile])
    rules: dict[str, RuleFile] = {}
    paths: dict[str, Path] = {}
    for path in sorted(folder.glob("*/*.yaml")):
        rule: RuleFile = read_document(path, RuleFile)
        _refuse_unless_at_home(rule, path, books, paths)
        rules[rule.id], paths[rule.id] = rule, path
    for name, book in books.items():
        for included in book.includes:
            _known_or_refuse(included, books, "book", place_of(folder / "books.yaml", name, "includes"))
    for name in books:
        _refuse_circles(name, books, folder / "books.yaml")
    return Law(rules, books, paths)


def _refuse_unless_at_home(
    rule: RuleFile, path: Path, books: Mapping[str, BookFile], paths: Mapping[str, Path]
) -> None:
    if rule.id in paths:
        raise WrongConfiguration(
            f"the rule {rule.id!r} is already written in {paths[rule.id]}",
            do="Give each rule one file; add a dated value to change it.",
            at=place_of(path, "id"),
        )
    expected = f"{path.parent.name}.{path.stem}"
    if rule.id != expected:
        raise WrongConfiguration(
            f"the rule {rule.id!r} stands in the file of {expected!r}",
            do=f"Rename the file or write `id: {expected}`.",
            at=place_of(path, "id"),
        )
    for position, name in enumerate(rule.binds):
        _known_or_refuse(name, books, "book", place_of(path, "binds", position))


def _refuse_circles(name: str, books: Mapping[str, BookFile], path: Path) -> None:
    """A book that takes itself in, by way of others or not, has no end."""
    seen: set[str] = set()
    ahead = list(books[name].includes)
    while ahead:
        book = ahead.pop()
        if book == name:
            raise WrongConfiguration(
                f"the book {name!r} includes itself",
                do="Take it out of `includes`, here or in a book on the way.",
                at=place_of(path, name, "includes"),
            )
        if book not in seen:
            seen.add(book)
            ahead += books[book].includes


def _known_or_refuse(name: str, known: Iterable[str], what: str, at: Place) -> None:
    names = sorted(known)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        raise WrongConfiguration(
            f"there is no {what} {name!r}",
            do=f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names)}.",
            at=at,
        )


def rule_named(rule_id: str, folder: Path = LAW_FOLDER) -> RuleFile:
    """One rule's file. Raises WrongConfiguration, suggesting the nearest id."""
    law = load_law(folder)
    _known_or_refuse(rule_id, law.rules, "rule", Place(str(folder)))
    return law.rules[rule_id]


@lru_cache(maxsize=8)
def load_policies(folder: Path = POLICY_FOLDER, law_folder: Path = LAW_FOLDER) -> Policies:
    """The house's policies in `folder`, each checked against the law it lies on."""
    law = load_law(law_folder)
    paths = tuple(sorted(folder.glob("*.yaml")))
    files: list[PolicyFile] = []
    for path in paths:
        policy: PolicyFile = read_document(path, PolicyFile)
        _refuse_loosening(policy, path, law)
        files.append(policy)
    return Policies(tuple(files), paths)


def _refuse_loosening(policy: PolicyFile, path: Path, law: Law) -> None:
    for position, name in enumerate(policy.books):
        _known_or_refuse(name, law.books, "book", place_of(path, "books", position))
    for position, switch in enumerate(policy.switch_on):
        _known_or_refuse(switch.rule, law.rules, "rule", place_of(path, "switch_on", position, "rule"))
    for position, tightening in enumerate(policy.tighten):
        _known_or_refuse(tightening.rule, law.rules, "rule", place_of(path, "tighten", position, "rule"))
        rule = law.rules[tightening.rule]
        for held in (value.value for value in rule.values if _overlaps(value, tightening.from_)):
            key = tightening.value.looser_than(held) if held else ""
            if held and key:
                raise WrongConfiguration(
                    f"{key} loosens the rule {rule.id!r}; house policy may only tighten",
                    do=f"The rule says {held.model_dump(exclude_defaults=True)}; be as strict or stricter.",
                    at=place_of(path, "tighten", position, "value", key),
                )
        _refuse_without_effect(policy, tightening, rule, law, place_of(path, "tighten", position, "rule"))


def _refuse_without_effect(
    policy: PolicyFile, tightening: Tightening, rule: RuleFile, law: Law, at: Place
) -> None:
    """A tightening that would change nothing is a mistake somebody relies on."""
    if not any(_family(book, law.books) & set(rule.binds) for book in policy.books):
        raise WrongConfiguration(
            f"the rule {rule.id!r} binds none of the books {', '.join(policy.books)}",
            do=f"It binds {', '.join(rule.binds)}: name one of them under `books`.",
            at=at,
        )
    numbers = {
        key for held in rule.values if held.value for key in held.value.model_dump(exclude_defaults=True)
    }
    told = tightening.value.model_dump(exclude_defaults=True).keys()
    foreign = sorted(told - numbers - ({"closing_included"} if "hours" in numbers else set()))
    if foreign or not numbers:
        what = f"no {foreign[0]!r}" if foreign else "no number"
        raise WrongConfiguration(
            f"the rule {rule.id!r} has {what} that could be tightened",
            do=f"It has {', '.join(sorted(numbers))}." if numbers else "It holds as it is; leave it out.",
            at=at,
        )


def _overlaps(value: DatedValue, start: date) -> bool:
    return value.until is None or value.until > start


@lru_cache(maxsize=4096)
def rules_in_force(
    book: str, on: date, *, law: Path = LAW_FOLDER, policy: tuple[Path, ...] = SHIPPED_POLICY
) -> tuple[Rule, ...]:
    """The rules of `book` on that day, the policies of these folders applied (none: the law alone).

    Raises WrongConfiguration for a book nobody wrote, suggesting the nearest.
    """
    written = load_law(law)
    _known_or_refuse(book, written.books, "rule book", Place(str(law / "books.yaml")))
    lying_on_top = [
        file for folder in policy for file in load_policies(folder, law).files if book in file.books
    ]
    family = _family(book, written.books)
    found = (
        _as_it_stands(rule, on, lying_on_top) for rule in written.rules.values() if family & set(rule.binds)
    )
    return tuple(rule for rule in found if rule)


def _family(book: str, books: Mapping[str, BookFile]) -> set[str]:
    names = {book}
    for included in books[book].includes:
        names |= _family(included, books)
    return names


def _as_it_stands(rule: RuleFile, on: date, policies: list[PolicyFile]) -> Rule | None:
    held = rule.on(on)
    switched_on = any(s.rule == rule.id and s.from_ <= on for p in policies for s in p.switch_on)
    if held is None or held.value is None or (rule.status == "off_by_default" and not switched_on):
        return None
    own = [t.value for p in policies for t in p.tighten if t.rule == rule.id and t.from_ <= on]
    value = held.value
    for tighter in own:  # several policies: each key as strict as the strictest
        value = value.as_strict_as(tighter)
    return Rule(
        id=rule.id,
        title=rule.title.words(),
        instrument=rule.instrument.words(),
        article=rule.article,
        reference=held.reference,
        protects=rule.protects.words(),
        strength=rule.strength,
        stops=rule.stops,
        value=value,
        hours=value.open_hours() or WHOLE_DAY,
        refusal=rule.refusal.words(),
        tightened=value != held.value,
    )
