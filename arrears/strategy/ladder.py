"""The ladder as a checked value. A bad ladder stops the start and names its line."""

import functools
from datetime import date, time
from pathlib import Path

from pydantic import Field, model_validator

from arrears.rulebook.classes import Bilingual
from arrears.rulebook.documents import Document, read_document
from arrears.rulebook.reasons import reasons

FOLDER = Path(__file__).parent / "ladders"
FOREVER_DAYS = 100_000
CHANNEL_POINTS = {"sms": "mobile", "email": "email"}


class Days(Document):
    """A span of days, both ends included; open where an end is left out."""

    from_: int | None = Field(default=None, alias="from")
    to: int | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Days":
        if self.from_ is not None and self.to is not None and self.from_ > self.to:
            raise ValueError(f"from {self.from_} is after to {self.to}")
        return self

    def holds(self, days: int) -> bool:
        """Whether `days` lies in the span."""
        return (self.from_ is None or days >= self.from_) and (self.to is None or days <= self.to)


class When(Document):
    """What must be so for a step to fit; everything said must hold."""

    days_past_due: Days | None = None
    days_before_due: Days | None = None
    owed_below_cents: int | None = Field(default=None, gt=0)
    minimum_due: bool | None = None
    reason: tuple[str, ...] = ()  # why the customer said to pay late: codes of rulebook/reasons.yaml

    @model_validator(mode="after")
    def _known_reasons(self) -> "When":
        unknown = set(self.reason) - set(reasons())
        if unknown:
            raise ValueError(f"unknown reason {sorted(unknown)[0]!r}; known: {', '.join(reasons())}")
        return self


class ContactWish(Document):
    """What to send and how: the first channel with a known contact point is taken."""

    template: str
    channels: tuple[str, ...] = Field(min_length=1)
    purpose: str
    at: time

    @model_validator(mode="after")
    def _known_channels(self) -> "ContactWish":
        unknown = set(self.channels) - set(CHANNEL_POINTS)
        if unknown:
            raise ValueError(f"unknown channel {sorted(unknown)[0]!r}; known: {', '.join(CHANNEL_POINTS)}")
        return self


class Step(Document):
    """One rung."""

    id: str
    title: Bilingual
    why: Bilingual
    when: When
    priority: int = Field(ge=0, le=100)
    reference: str = ""
    contact: ContactWish | None = None
    every_days: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _a_contact_says_how_often(self) -> "Step":
        if self.contact and self.every_days is None:
            raise ValueError("a step that makes contact needs every_days: how often at most")
        return self


class Ladder(Document):
    """All rungs in order; between them they fit every number of days past due."""

    id: str
    title: Bilingual
    reviewed_on: date
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> "Ladder":
        names = [step.id for step in self.steps]
        doubles = {name for name in names if names.count(name) > 1}
        if doubles:
            raise ValueError(f"the step {sorted(doubles)[0]!r} stands twice")
        _every_day_has_one_step_of_its_own(self.steps)
        return self

    def step(self, name: str) -> Step:
        """The rung of that name."""
        return next(step for step in self.steps if step.id == name)


def _every_day_has_one_step_of_its_own(steps: tuple[Step, ...]) -> None:
    """Walk the days: each must be caught by a step that asks for nothing but days, and no
    such step may stand wholly behind earlier ones."""
    plain = [step for step in steps if _asks_for_days_only(step.when)]
    edges = {0} | {edge for step in plain for edge in _edges(step)}
    caught: set[str] = set()
    for day in sorted(edges):
        fitting = next((step for step in plain if _days(step).holds(day)), None)
        if fitting is None:
            raise ValueError(f"no step fits {day} days past due")
        caught.add(fitting.id)
    hidden = [step.id for step in plain if step.id not in caught]
    if hidden:
        raise ValueError(f"the step {hidden[0]!r} is never reached: earlier steps catch all its days")


def _asks_for_days_only(when: When) -> bool:
    return (
        when.days_before_due is None
        and when.owed_below_cents is None
        and when.minimum_due is None
        and not when.reason
    )


def _days(step: Step) -> Days:
    return step.when.days_past_due or Days()


def _edges(step: Step) -> set[int]:
    days = _days(step)
    first = max(days.from_ or 0, 0)
    after = (days.to + 1) if days.to is not None else FOREVER_DAYS
    return {first, max(after, 0)}


@functools.cache
def load_ladder(path: Path = FOLDER / "standard.yaml") -> Ladder:
    """The ladder at `path`. Raises WrongConfiguration naming file and line."""
    return read_document(path, Ladder)
