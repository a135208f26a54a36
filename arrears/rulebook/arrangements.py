"""What may be arranged, by whom, up to where: house policy, one dated YAML file a kind.

Files of the institution in the folder `arrangements` of ARREARS_HOME stand before ours of
the same name. What the law fixes is fixed here in the model (60 months, 2022 No. 13 and
article 70 of the Measures of 2011): no file can be wider.
"""

import os
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from arrears.kernel.trouble import Place, WrongConfiguration
from arrears.kernel.words import Words
from arrears.rulebook.classes import Bilingual
from arrears.rulebook.documents import Document, place_of, read_document
from arrears.rulebook.terms import MILLION

FOLDER = Path(__file__).with_name("arrangements")
MOST_MONTHS = 60  # 五年: art. 70 of the Measures of 2011; 2022 No. 13
ROLES = ("customer", "agent", "team_leader", "manager")  # each may let pass what lies beyond the ones before

ROLE_TITLES = {
    "customer": Words(zh="客户本人", en="customer"),
    "agent": Words(zh="坐席", en="agent"),
    "team_leader": Words(zh="班组长", en="team leader"),
    "compliance": Words(zh="合规人员", en="compliance officer"),
    "manager": Words(zh="经理", en="manager"),
}

Role = Literal["customer", "agent", "team_leader", "manager"]
Need = Literal["reason", "means", "ability_exceeded", "willing", "recording"]


class Span(Document):
    """From and to, both included; open where an end is left out."""

    from_: int | None = Field(default=None, alias="from", ge=0)
    to: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ is not None and self.to is not None and self.from_ > self.to:
            raise ValueError(f"from {self.from_} is after to {self.to}")
        return self

    def nearest(self, value: int) -> int:
        """`value`, or the end of the span nearest to it."""
        low = self.from_ if self.from_ is not None else value
        high = self.to if self.to is not None else value
        return min(max(value, low), high)

    def covers(self, other: "Span") -> bool:
        """Whether everything in `other` lies in here too."""
        low = self.from_ is None or (other.from_ is not None and other.from_ >= self.from_)
        return low and (self.to is None or (other.to is not None and other.to <= self.to))


class May(Document):
    """What one role may grant by itself. Floors and ceilings; a limit left out is none.

    months, days: how long. cents: how much is put off, paid in parts or given up.
    each_cents: the floor of one instalment. pays_millionths: the floor of a settlement, as
    a share of what is owed. gives_millionths: the most of the charges a waiver gives up.
    """

    months: Span | None = None
    days: Span | None = None
    cents: Span | None = None
    each_cents: int | None = Field(default=None, ge=1)
    pays_millionths: int | None = Field(default=None, ge=0, le=MILLION)
    gives_millionths: int | None = Field(default=None, ge=0, le=MILLION)

    @model_validator(mode="after")
    def _within_the_law(self) -> Self:
        if self.months and (self.months.to is None or self.months.to > MOST_MONTHS):
            raise ValueError(f"months: to must say at most {MOST_MONTHS} (five years, by law)")
        return self


class Version(Document):
    """One kind's policy as it stood from `from` until `until` (both included).

    needs: what must be there before an offer. days_past_due: when the kind is open at all.
    valid_days: how long a quotation stands. most_a_year: how often for one account.
    tolerance_cents, cure_days: when an instalment counts as paid, and how long it may be
    made good. renegotiations: how often the terms may be changed before it breaks.
    remind_days: how many days before an instalment we remind. monthly_fee_millionths:
    None means as the card's terms say. counts_against_budget: what is given up does.
    """

    from_: date | None = Field(default=None, alias="from")
    until: date | None = None
    reference: str = Field(min_length=2)
    needs: tuple[Need, ...] = ()
    reasons: tuple[str, ...] = ()
    days_past_due: Span = Span()
    valid_days: int = Field(ge=1, le=90)
    most_a_year: int | None = Field(default=None, ge=1)
    tolerance_cents: int = Field(default=0, ge=0)
    cure_days: int = Field(default=0, ge=0, le=31)
    renegotiations: int = Field(default=0, ge=0, le=3)
    remind_days: int = Field(default=1, ge=0, le=7)
    monthly_fee_millionths: int | None = Field(default=None, ge=0, le=20_000)
    counts_against_budget: bool = True
    may: dict[Role, May] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_role_may_what_those_before_may(self) -> Self:
        known = [self.may[role] for role in ROLES if role in self.may]
        for lower, higher in pairwise(known):
            if _narrower(higher, lower):
                raise ValueError(
                    "a role may less than the one before it: the approval ladder would end nowhere"
                )
        return self

    def holds_on(self, day: date) -> bool:
        """Whether `day` lies between `from` and `until`."""
        return (self.from_ or date.min) <= day <= (self.until or date.max)


def _narrower(higher: May, lower: May) -> bool:
    for name in ("months", "days", "cents"):
        wide, narrow = getattr(higher, name), getattr(lower, name)
        if wide is not None and not wide.covers(narrow or Span()):
            return True
    floors = [(higher.each_cents, lower.each_cents), (higher.pays_millionths, lower.pays_millionths)]
    if any(high is not None and high > (low or 0) for high, low in floors):
        return True
    gives = (higher.gives_millionths, lower.gives_millionths)
    return gives[0] is not None and gives[0] < (MILLION if gives[1] is None else gives[1])


class KindPolicy(Document):
    """All versions of one kind's policy."""

    kind: str
    title: Bilingual
    reviewed_on: date
    versions: tuple[Version, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _versions_follow_each_other(self) -> Self:
        for earlier, later in pairwise(self.versions):
            if (earlier.until or date.max) >= (later.from_ or date.min):
                raise ValueError(f"the version from {later.from_} overlaps the one before it")
        return self

    def on(self, day: date) -> Version | None:
        """The version in force that day."""
        return next((version for version in self.versions if version.holds_on(day)), None)


class Outcome(Document):
    """What follows when a promise ends so. message: a template to propose to the gate the
    next day, none where nothing is to be said."""

    says: Bilingual
    message: str | None = None


class PromisePolicy(Document):
    """Promises to pay: how far ahead, how small, when kept, what follows.

    most_days: by role, how far ahead the day may lie. least_millionths: of what is overdue.
    part_millionths: the least share that counts as kept in part. correct_days: how long a
    verdict is looked at again, since money of the day may be posted later. most_broken: how
    many broken ones in 90 days before only an agent may take another.
    """

    title: Bilingual
    reviewed_on: date
    reference: str
    most_days: dict[Role, int]
    least_cents: int = Field(ge=1)
    tolerance_cents: int = Field(ge=0)
    part_millionths: int = Field(ge=1, le=MILLION)
    remind_days: int = Field(ge=0, le=7)
    correct_days: int = Field(ge=0, le=90)
    most_broken: int = Field(ge=1)
    outcomes: dict[Literal["kept", "part_kept", "broken"], Outcome]


class Floor(Document):
    """What is left to live on a month, in cents."""

    first_adult_cents: int = Field(ge=0)
    other_adult_cents: int = Field(ge=0)
    child_cents: int = Field(ge=0)


class AffordabilityPolicy(Document):
    """The share of the surplus a plan may take, and what is left to live on."""

    title: Bilingual
    reviewed_on: date
    reference: str
    share_millionths: int = Field(ge=1, le=MILLION)
    floor: Floor


class Limits(Document):
    """What may be given up in a month in one currency, in its minor units."""

    member_cents: dict[Role, int]  # by one member of the role
    team_cents: dict[str, int]  # by the team's name; `default` for every other


class Budgets(Document):
    """What may be given up in a calendar month, by currency. An account in a currency that has
    no budget here has nothing given up on it: nobody guesses a rate."""

    title: Bilingual
    reviewed_on: date
    currencies: dict[str, Limits]


class Ceiling(Document):
    """The share a year that interest and fees may reach in all, for products whose name begins so."""

    products: str
    at_most_millionths: int = Field(ge=1, le=MILLION)
    reference: str


class NotAgreeingPolicy(Document):
    """Ceilings on what not agreeing is said to cost."""

    title: Bilingual
    reviewed_on: date
    ceilings: tuple[Ceiling, ...]


def policy_of(kind: str, *, on: date) -> Version:
    """The policy of a kind on a day. Raises WrongConfiguration where there is none."""
    path = _path(kind)
    document = _kind_policy(path)
    if document.kind != kind:
        raise WrongConfiguration(f"the file of {kind} says kind: {document.kind}", at=place_of(path, "kind"))
    version = document.on(on)
    if version is None:
        raise WrongConfiguration(
            f"{kind} has no policy on {on}", do="Add a version for that day.", at=place_of(path, "versions")
        )
    return version


def title_of(kind: str) -> Bilingual:
    """What a kind is called."""
    return _kind_policy(_path(kind)).title


def role_title(role: str) -> Words:
    """What a role is called; one nobody here knows is called by its code."""
    return ROLE_TITLES.get(role, Words(zh=role, en=role))


def promise_policy() -> PromisePolicy:
    """How promises to pay are taken and judged. Raises WrongConfiguration."""
    return _promise_policy(_path("promise"))


def affordability_policy() -> AffordabilityPolicy:
    """What is sustainable. Raises WrongConfiguration."""
    return _affordability_policy(_path("affordability"))


def budgets() -> Budgets:
    """What may be given up in a month. Raises WrongConfiguration."""
    return _budgets(_path("budgets"))


def courts_ceiling(product: str) -> int | None:
    """The share a year, in millionths, beyond which courts grant no interest and fees on such a card.

    None where no such rule is known. Raises WrongConfiguration.
    """
    ceilings = _not_agreeing_policy(_path("not_agreeing")).ceilings
    return min((c.at_most_millionths for c in ceilings if product.startswith(c.products)), default=None)


def check_policies(kinds: Mapping[str, object] | tuple[str, ...]) -> None:
    """Read every file; raises WrongConfiguration naming file and line for the first mistake."""
    for kind in kinds:
        _kind_policy(_path(kind))
    promise_policy(), affordability_policy(), budgets(), courts_ceiling("")


def _path(name: str) -> Path:
    home = os.environ.get("ARREARS_HOME", "")
    own = Path(home) / "arrangements" / f"{name}.yaml"
    path = own if home and own.is_file() else FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise WrongConfiguration(f"no policy for {name!r}", do="Write the file.", at=Place(str(path)))
    return path


@lru_cache(maxsize=64)
def _kind_policy(path: Path) -> KindPolicy:
    return read_document(path, KindPolicy)


@lru_cache(maxsize=8)
def _promise_policy(path: Path) -> PromisePolicy:
    return read_document(path, PromisePolicy)


@lru_cache(maxsize=8)
def _affordability_policy(path: Path) -> AffordabilityPolicy:
    return read_document(path, AffordabilityPolicy)


@lru_cache(maxsize=8)
def _budgets(path: Path) -> Budgets:
    return read_document(path, Budgets)


@lru_cache(maxsize=8)
def _not_agreeing_policy(path: Path) -> NotAgreeingPolicy:
    return read_document(path, NotAgreeingPolicy)
