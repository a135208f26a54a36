"""Card terms: a product is a YAML file a banker can read; here it becomes integers.

`terms/cn.card.yaml` is China's usual card; the named issuers extend it. Every term has
dated values, each with its reference, and the day it was last reviewed. An institution
puts its own products into the folder `terms` of ARREARS_HOME.

Only the rates of interest change in the middle of a debt: `CardTerms` carries all their
dated values. Every other term has the value of the day asked about (`on`).

Rates are exact fractions with one common denominator, `rate_unit`: 0.0005 a day is
1/2000, 24.9 % a year is 249/365000 a day. Interest in minor units is the sum of
balance x days x rate, divided by `rate_unit`, rounded once.
"""

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from math import lcm
from pathlib import Path
from types import MappingProxyType
from typing import Self

from pydantic import Field, field_validator, model_validator

from arrears.kernel.money import MOST_CENTS, NotMoney, parse_cents
from arrears.kernel.trouble import Place, WrongConfiguration
from arrears.kernel.words import Words
from arrears.rulebook.documents import Document, read_document

MILLION = 1_000_000  # shares are parts of a million
OUR_PRODUCTS = Path(__file__).parent / "terms"

# The order is the code: `plain` is 0, and so on; reckoning/fold.py names the same numbers.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "day_count": ("plain", "statement_day_charged", "payment_day_at_old_balance"),
    "method": ("full_amount", "unpaid_part"),
    "compounding": ("none", "monthly"),
    "accrual_start": ("posting", "transaction"),
    "free_period": ("by_statement", "while_paid_in_full", "none"),
    "lost_free_period_from": ("posting", "statement"),
    "new_purchases": ("included", "excluded"),
    "allocation": ("by_lateness", "interest_first", "principal_first", "highest_rate_first"),
    "charges_by": ("as_posted", "arrears", "bank"),
    "fees_bear_interest": ("no", "yes"),
    "late_fee_at_most_minimum": ("no", "yes"),
}
# term: (what kind of value, the value where a product is silent; None means it must say)
SPECIFICATION: Mapping[str, tuple[str, str | None]] = {
    "daily_rate": ("rate", None),
    "daily_rate_ceiling": ("rate", "none"),
    "cash_daily_rate": ("rate", "none"),
    "day_count": ("choice", None),
    "method": ("choice", None),
    "compounding": ("choice", None),
    "accrual_start": ("choice", "posting"),
    "free_period": ("choice", "by_statement"),
    "lost_free_period_from": ("choice", "posting"),
    "new_purchases": ("choice", "included"),
    "fees_bear_interest": ("choice", "no"),
    "minimum_of_purchases": ("share", None),
    "minimum_of_purchases_once_kept": ("share", "none"),
    "minimum_of_cash": ("share", None),
    "minimum_of_instalments": ("share", "1"),
    "minimum_of_interest": ("share", "1"),
    "minimum_of_fees": ("share", "1"),
    "minimum_of_over_limit": ("share", "1"),
    "minimum_of_earlier_minimum": ("share", "1"),
    "minimum_floor": ("money", "0.00"),
    "late_fee_rate": ("share", "0"),
    "late_fee_floor": ("money", "0.00"),
    "late_fee_cap": ("money", "none"),
    "late_fee_flat": ("money", "0.00"),
    "late_fee_flat_again": ("money", "none"),
    "late_fee_at_most_minimum": ("choice", "no"),
    "tolerance_days": ("days", "0"),
    "tolerance_amount": ("money", "0.00"),
    "allocation": ("choice", "by_lateness"),
    "principal_first_from_day": ("days", "91"),
    "cost_ceiling": ("share", "none"),
    "charges_by": ("choice", "as_posted"),
    "instalment_monthly_fee": ("share", "0"),
    "instalment_early_fee": ("share", "0"),
    "instalment_most_months": ("days", "60"),
    "cash_instalment_most_months": ("days", "24"),
    "cash_instalment_most": ("money", "none"),
}
# Other names the same terms go by, in situations and in banks' own files.
ALSO_CALLED: Mapping[str, tuple[str, str]] = {
    "monthly_rate": ("daily_rate", " a month"),
    "annual_rate": ("daily_rate", " a year"),
    "cash_monthly_rate": ("cash_daily_rate", " a month"),
    "cash_annual_rate": ("cash_daily_rate", " a year"),
    "interest_method": ("method", ""),
    "interest_on": ("method", ""),
    "accrual_method": ("method", ""),
    "accrual": ("method", ""),
    "interest_base": ("method", ""),
    "interest_basis": ("method", ""),
    "capitalisation": ("compounding", ""),
    "capitalization": ("compounding", ""),
    "fee_bears_interest": ("fees_bear_interest", ""),
    "minimum_of_cash_advances": ("minimum_of_cash", ""),
    "minimum_of_installments": ("minimum_of_instalments", ""),
    "minimum_of_overlimit": ("minimum_of_over_limit", ""),
    "minimum_of_earlier_unpaid_minimum": ("minimum_of_earlier_minimum", ""),
    "minimum_of_unpaid_minimum": ("minimum_of_earlier_minimum", ""),
    "late_fee_minimum": ("late_fee_floor", ""),
    "late_fee_maximum": ("late_fee_cap", ""),
    "principal_first_from": ("principal_first_from_day", ""),
}
# Other words for the same choice, where no other could be meant.
ALSO_SAID: Mapping[tuple[str, str], str] = {
    ("method", "full"): "full_amount",
    ("method", "unpaid"): "unpaid_part",
    ("compounding", "yes"): "monthly",
    ("compounding", "no"): "none",
}


@dataclass(frozen=True, slots=True)
class TermSource:
    """Where the value of one term is written: shown with every amount that rests on it."""

    term: str
    title: Words
    value: str
    reference: str


@dataclass(frozen=True, slots=True)
class RateStep:
    """From `day` (days since 1970-01-01) on: rates a day, in parts of `rate_unit`."""

    day: int
    purchases: int
    cash: int


@dataclass(frozen=True, slots=True)
class InstalmentTerms:
    """What an instalment plan costs and how long it may run: shares, months, minor units."""

    instalment_monthly_fee: int
    instalment_early_fee: int
    instalment_most_months: int
    cash_instalment_most_months: int
    cash_instalment_most: int


@dataclass(frozen=True, slots=True)
class CardTerms:
    """One product's terms on one day, as integers.

    Amounts are minor units, shares parts of a million, choices their place in CHOICES;
    "none" is MOST_CENTS for an upper limit and -1 where a share may be absent.
    """

    product: str
    currency: str
    title: Words
    rate_unit: int
    rates: tuple[RateStep, ...]  # in day order; the first one reaches back for ever
    day_count: int
    method: int
    compounding: int
    accrual_start: int
    free_period: int
    lost_free_period_from: int
    new_purchases: int
    fees_bear_interest: int
    minimum_of_purchases: int
    minimum_of_purchases_once_kept: int
    minimum_of_cash: int
    minimum_of_instalments: int
    minimum_of_interest: int
    minimum_of_fees: int
    minimum_of_over_limit: int
    minimum_of_earlier_minimum: int
    minimum_floor: int
    late_fee_rate: int
    late_fee_floor: int
    late_fee_cap: int
    late_fee_flat: int
    late_fee_flat_again: int
    late_fee_at_most_minimum: int
    tolerance_days: int
    tolerance_amount: int
    allocation: int
    principal_first_from_day: int
    cost_ceiling: int
    charges_by: int
    instalments: InstalmentTerms
    sources: Mapping[str, TermSource]

    def __hash__(self) -> int:
        return hash((self.product, self.rate_unit, self.rates, self.tolerance_days))


class DatedValue(Document):
    """A value, from when until when (both included), and where that is written."""

    value: str
    from_: date | None = Field(default=None, alias="from")
    until: date | None = None
    reference: str = Field(min_length=2)

    def holds_on(self, day: date) -> bool:
        """Whether `day` lies between `from` and `until`."""
        return (self.from_ or date.min) <= day <= (self.until or date.max)


class Term(Document):
    """One term with its history; repeal is an `until`, never a deletion."""

    title: Words | None = None  # left out where the product it extends has it
    says: Words | None = None
    note: str | None = None
    values: tuple[DatedValue, ...] = Field(min_length=1)
    reviewed_on: date

    @model_validator(mode="after")
    def values_follow_each_other(self) -> Self:
        """Refuse overlapping dates: two values on one day are none."""
        for earlier, later in zip(self.values, self.values[1:], strict=False):
            if (earlier.until or date.max) >= (later.from_ or date.min):
                raise ValueError(f"the value from {later.from_} overlaps the one before it")
        return self


class Product(Document):
    """A card product: its own terms, and those of the product it extends."""

    product: str
    title: Words
    currency: str = Field(pattern="^[A-Z]{3}$")
    extends: str | None = None
    terms: dict[str, Term]

    @field_validator("terms")
    @classmethod
    def every_term_is_known(cls, terms: dict[str, Term]) -> dict[str, Term]:
        """Refuse a misspelt term instead of ignoring it."""
        for name in terms:
            if name not in SPECIFICATION:
                raise ValueError(_unknown("term", name, SPECIFICATION))
        return terms


def load_terms(
    product: str, *, on: date | None = None, overrides: Mapping[str, str] | None = None
) -> CardTerms:
    """The terms of `product` on a day (None: the latest), single terms replaced by `overrides`.

    Raises WrongConfiguration for an unknown product, term or value, with the nearest
    right one.
    """
    home = os.environ.get("ARREARS_HOME", "")
    return _load(home, product, on, tuple(sorted((overrides or {}).items())))


def products() -> dict[str, Path]:
    """Every product known here, ours and the institution's own, by name."""
    return _products_of(os.environ.get("ARREARS_HOME", ""))


@lru_cache(maxsize=16)
def _products_of(home: str) -> dict[str, Path]:
    folders = [OUR_PRODUCTS, Path(home) / "terms"] if home else [OUR_PRODUCTS]
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.yaml"))}


@lru_cache(maxsize=4096)
def _load(home: str, product: str, on: date | None, overrides: tuple[tuple[str, str], ...]) -> CardTerms:
    """Read once for each home, and again only by a new process."""
    document, path = _product(product)
    given = _given_values(document, path, on)
    written: dict[str, str] = {}
    for name, text in overrides:
        term, suffix = _term_called(name, text)
        if term in written:
            raise WrongConfiguration(
                f"{term} is written twice, as {written[term]!r} and {name!r}", do="Keep one of them."
            )
        written[term] = name
        given[term] = _replaced(given.get(term), term, text + suffix)
    return _as_integers(document, given)


@dataclass(frozen=True, slots=True)
class _Given:
    """One term as it stands for the question: its dated values, and the one in force."""

    source: TermSource
    values: tuple[DatedValue, ...]


def _product(name: str) -> tuple[Product, Path]:
    known = products()
    if name not in known:
        raise WrongConfiguration(_unknown("product", name, known), do="`arrears terms list` names them all.")
    return _read_product(known[name]), known[name]


@lru_cache(maxsize=256)
def _read_product(path: Path) -> Product:
    document: Product = read_document(path, Product)
    if document.product != path.stem:
        raise WrongConfiguration(
            f"the file is named {path.stem} and says product: {document.product}",
            do="Give both the same name.",
            at=Place(str(path)),
        )
    if document.extends is None:
        return document
    if document.extends not in products():
        raise WrongConfiguration(_unknown("product", document.extends, products()), at=Place(str(path)))
    base = _read_product(products()[document.extends])
    own = {name: _entitled(term, base.terms.get(name)) for name, term in document.terms.items()}
    return document.model_copy(update={"terms": {**base.terms, **own}})


def _entitled(term: Term, inherited: Term | None) -> Term:
    if inherited is None:
        return term
    return term.model_copy(
        update={"title": term.title or inherited.title, "says": term.says or inherited.says}
    )


def _title(term: str, title: Words | None) -> Words:
    return title or Words(zh=term, en=term.replace("_", " ").capitalize())


def _given_values(document: Product, path: Path, on: date | None) -> dict[str, _Given]:
    return {name: _given(name, term, path, on) for name, term in document.terms.items()}


def _given(name: str, term: Term, path: Path, on: date | None) -> _Given:
    held = [value for value in term.values if on is None or value.holds_on(on)]
    if not held:
        raise WrongConfiguration(
            f"{name} has no value on {on}", do="Add a dated value.", at=Place(str(path), column=name)
        )
    last = held[-1]
    return _Given(TermSource(name, _title(name, term.title), last.value, last.reference), term.values)


def _replaced(before: _Given | None, term: str, text: str) -> _Given:
    title = before.source.title if before else _title(term, None)
    agreed = "合同约定 agreed for this account"
    return _Given(TermSource(term, title, text, agreed), (DatedValue(value=text, reference=agreed),))


def _term_called(name: str, text: str) -> tuple[str, str]:
    """The term meant, and what its name adds to the value."""
    if name == "free_period" and text in CHOICES["method"]:  # how interest is charged once it is lost
        return "method", ""
    if name in SPECIFICATION:
        return name, ""
    if name in ALSO_CALLED:
        return ALSO_CALLED[name]
    raise WrongConfiguration(_unknown("term", name, [*SPECIFICATION, *ALSO_CALLED]))


def _unknown(what: str, name: str, known: object) -> str:
    names = sorted(known)  # type: ignore[call-overload]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"unknown {what} {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _as_integers(document: Product, given: Mapping[str, _Given]) -> CardTerms:
    rate_unit, rates = _rates(given)
    numbers = {
        term: _number(term, given[term].source.value if term in given else _default(term, document), document)
        for term, (kind, _) in SPECIFICATION.items()
        if kind != "rate"
    }
    sources = MappingProxyType({term: one.source for term, one in given.items()})
    apart = {name: numbers.pop(name) for name in InstalmentTerms.__slots__}
    return CardTerms(
        product=document.product,
        currency=document.currency,
        title=document.title,
        rate_unit=rate_unit,
        rates=rates,
        sources=sources,
        instalments=InstalmentTerms(**apart),
        **numbers,
    )


def _default(term: str, document: Product) -> str:
    default = SPECIFICATION[term][1]
    if default is None:
        raise WrongConfiguration(f"product {document.product} does not say {term}", do="Add the term.")
    return default


def _number(term: str, text: str, document: Product) -> int:
    kind = SPECIFICATION[term][0]
    readers = {"choice": _choice, "share": _share, "days": _days}
    if kind == "money":
        return _money(term, text, document.currency)
    return readers[kind](term, text)


def _choice(term: str, text: str) -> int:
    text = ALSO_SAID.get((term, text), text)
    if text not in CHOICES[term]:
        raise WrongConfiguration(f"{term}: {_unknown('value', text, CHOICES[term])}", do=_one_of(term))
    return CHOICES[term].index(text)


def _one_of(term: str) -> str:
    return "It is one of: " + ", ".join(CHOICES[term]) + "."


def _share(term: str, text: str) -> int:
    if text == "none":
        return -1
    share = _fraction(term, text) * MILLION
    if share.denominator != 1 or not 0 <= share <= MILLION:
        raise WrongConfiguration(f"{term}: {text!r} is no share", do="Write 0.10 or 10%, at most 1 (100%).")
    return int(share)


def _days(term: str, text: str) -> int:
    if not text.isdecimal() or len(text) > 4:
        raise WrongConfiguration(f"{term}: {text!r} is no number of days", do="Write whole days, such as 3.")
    return int(text)


def _money(term: str, text: str, currency: str) -> int:
    if text == "none":
        return MOST_CENTS
    try:
        cents = parse_cents(text, currency=currency)
    except NotMoney as problem:
        raise WrongConfiguration(f"{term}: {problem}", do="Write an amount such as '10.00'.") from problem
    if cents < 0:
        raise WrongConfiguration(f"{term}: {text!r} is negative", do="Write it without a sign.")
    return cents


def _fraction(term: str, text: str) -> Fraction:
    plain, hundredth = (text[:-1], 100) if text.endswith("%") else (text, 1)
    try:
        if "/" in plain or len(plain) > 20:
            raise ValueError
        return Fraction(plain) / hundredth
    except (ValueError, ZeroDivisionError) as problem:
        raise WrongConfiguration(f"{term}: {text!r} is no number", do="Write 0.0005 or 0.05%.") from problem


def _rate(term: str, text: str) -> Fraction | None:
    """A rate a day: `0.0005`, `0.05%`, `2.5% a month` (x 12/365), `18.25% a year` (/365)."""
    if text.startswith("none"):
        return None
    plain, _, period = text.partition(" a ")
    per_day = {"": Fraction(1), "day": Fraction(1), "month": Fraction(12, 365), "year": Fraction(1, 365)}
    if period not in per_day:
        raise WrongConfiguration(f"{term}: {text!r} is no rate", do="Write ... a day, a month or a year.")
    rate = _fraction(term, plain) * per_day[period]
    if not 0 <= rate <= Fraction(1, 100):
        raise WrongConfiguration(f"{term}: {text!r} is beyond 1 % a day", do="Check the decimal point.")
    return rate


def _rates(given: Mapping[str, _Given]) -> tuple[int, tuple[RateStep, ...]]:
    """The dated rates with their ceiling applied, on one common denominator."""
    if "daily_rate" not in given:
        raise WrongConfiguration("the product does not say daily_rate", do="Add the term.")
    steps = [(day, *_rates_on(given, day)) for day in sorted(set(_starts(given)))]
    unit = lcm(*(rate.denominator for step in steps for rate in step[1:]))
    changes = [step for i, step in enumerate(steps) if i == 0 or step[1:] != steps[i - 1][1:]]
    return unit, tuple(RateStep(_day_number(day), int(p * unit), int(c * unit)) for day, p, c in changes)


def _starts(given: Mapping[str, _Given]) -> Iterator[date]:
    first = min(value.from_ or date.min for value in given["daily_rate"].values)
    yield first
    for term in ("daily_rate", "cash_daily_rate", "daily_rate_ceiling"):
        for value in given[term].values if term in given else ():
            yield max(first, value.from_ or date.min)
            if value.until and first <= value.until < date.max:
                yield value.until + timedelta(days=1)


def _rates_on(given: Mapping[str, _Given], day: date) -> tuple[Fraction, Fraction]:
    ceiling = _rate_on(given, "daily_rate_ceiling", day)
    purchases = _rate_on(given, "daily_rate", day) or Fraction(0)
    cash = _rate_on(given, "cash_daily_rate", day)
    cash = purchases if cash is None else cash
    return (purchases, cash) if ceiling is None else (min(purchases, ceiling), min(cash, ceiling))


def _rate_on(given: Mapping[str, _Given], term: str, day: date) -> Fraction | None:
    values = given[term].values if term in given else ()
    return next((_rate(term, value.value) for value in values if value.holds_on(day)), None)


def _day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days
