"""How long an answer may take: clocks of law and of the house, dated, one file each."""

import functools
from datetime import date, timedelta
from pathlib import Path

from pydantic import Field, model_validator

from arrears.kernel.trouble import WrongConfiguration
from arrears.rulebook.classes import Bilingual
from arrears.rulebook.documents import Document, place_of, read_document

FOLDER = Path(__file__).parent / "clocks"


class Extension(Document):
    """Days more, and what they are given for."""

    days: int = Field(ge=1, le=365)
    reason: Bilingual


class DatedClock(Document):
    """The clock as it stood from `since` until before `until` (None: still in force)."""

    since: date
    until: date | None
    answer_days: int = Field(ge=1, le=365)
    extensions: tuple[Extension, ...]
    tell_bureau: bool = False  # mark the credit data as disputed at once, and correct it with the answer


class Clock(Document):
    """One instrument's time to answer. The day a matter is raised does not count."""

    id: str
    title: Bilingual
    reference: str = Field(min_length=1)
    binds: Bilingual
    reviewed_on: date
    matters: tuple[str, ...] = Field(min_length=1)
    values: tuple[DatedClock, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_after_the_other(self) -> "Clock":
        for earlier, later in zip(self.values, self.values[1:], strict=False):
            if earlier.until is None or earlier.until > later.since:
                raise ValueError(f"the values from {earlier.since} and from {later.since} overlap")
        return self

    def on(self, day: date) -> DatedClock | None:
        """As it stood that day; None where it was not in force."""
        return next(
            (value for value in self.values if value.since <= day and (not value.until or day < value.until)),
            None,
        )

    def due_date(self, *, raised_on: date, extended: int) -> date:
        """The last day for the answer, with the first `extended` extensions used.

        Raises IndexError for more extensions than there are; ValueError before the clock was in force.
        """
        value = self.on(raised_on)
        if value is None:
            raise ValueError(f"{self.id} was not in force on {raised_on}")
        more = [value.extensions[number].days for number in range(extended)]
        return raised_on + timedelta(days=value.answer_days + sum(more))


@functools.cache
def clocks(folder: Path = FOLDER) -> dict[str, Clock]:
    """Every clock by the kind of matter it times. Raises WrongConfiguration naming file and line."""
    found: dict[str, Clock] = {}
    for path in sorted(folder.glob("*.yaml")):
        clock: Clock = read_document(path, Clock)
        for place, matter in enumerate(clock.matters):
            if matter in found:
                raise WrongConfiguration(
                    f"{found[matter].id} times {matter} already",
                    do="Leave one clock for each kind of matter.",
                    at=place_of(path, "matters", place),
                )
            found[matter] = clock
    return found
