"""The income and outgoings form as faces take it in, checked at the edge; amounts in minor units.

Two forms: the short one asks for two sums, the long one for every kind of money and when it
comes. Both become `Means`, which the arithmetic knows.
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from arrears.arrangements.core.means import Household, Item, Means
from arrears.arrangements.types import EveryTwoWeeks, Monthly, OnDays, PayDays

MOST_CENTS = 10**12
Rhythm = Literal["month", "week", "two_weeks", "quarter", "year"]


class Form(BaseModel):
    """What both forms ask: who lives of it, and when money comes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    adults: int = Field(default=1, ge=1, le=20)
    children: int = Field(default=0, ge=0, le=20)
    pay_day: int | None = Field(default=None, ge=1, le=31)
    paid_every_two_weeks_from: date | None = None
    paid_on: tuple[date, ...] = Field(default=(), max_length=200)

    def pay_days(self) -> PayDays | None:
        """The rhythm told; named days first, since they are the most exact."""
        if self.paid_on:
            return OnDays(self.paid_on)
        if self.paid_every_two_weeks_from:
            return EveryTwoWeeks(self.paid_every_two_weeks_from)
        return Monthly(self.pay_day) if self.pay_day else None

    def household(self) -> Household:
        """Who lives of it."""
        return Household(self.adults, self.children)


class ShortForm(Form):
    """Two sums a month."""

    income_cents: int = Field(ge=0, le=MOST_CENTS)
    outgoings_cents: int = Field(ge=0, le=MOST_CENTS)

    def means(self) -> Means:
        """As the arithmetic takes it."""
        return Means(
            income=(Item("income", self.income_cents),),
            outgoings=(Item("outgoings", self.outgoings_cents),),
            household=self.household(),
            pay_days=self.pay_days(),
        )


class Entry(BaseModel):
    """One kind of money: rent, wage, school fee ..."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=60)
    cents: int = Field(ge=0, le=MOST_CENTS)
    every: Rhythm = "month"


class LongForm(Form):
    """Every kind of money. irregular_cents: what irregular work brought in each of the last months."""

    income: tuple[Entry, ...] = Field(max_length=50)
    outgoings: tuple[Entry, ...] = Field(max_length=100)
    irregular_cents: tuple[int, ...] = Field(default=(), max_length=24)

    def means(self) -> Means:
        """As the arithmetic takes it."""
        return Means(
            income=tuple(Item(one.name, one.cents, one.every) for one in self.income),
            outgoings=tuple(Item(one.name, one.cents, one.every) for one in self.outgoings),
            household=self.household(),
            pay_days=self.pay_days(),
            irregular=self.irregular_cents,
        )
