"""What is owed: an entry with `terms`, cycles and dated postings, and what must follow."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Any, Self

from pydantic import AliasChoices, BeforeValidator, Field, field_validator, model_validator

from arrears.casebook.types import AccountHistory, Cycle, Movement, MovementKind
from arrears.kernel.days import add_months
from arrears.kernel.money import NotMoney, decimal_text, parse_cents
from arrears.kernel.trouble import WrongConfiguration
from arrears.reckoning.explain import as_text, with_coming_statements
from arrears.reckoning.instalments import UnableToPlan, movements, plan_by_terms
from arrears.reckoning.queries import owed
from arrears.reckoning.tree import sums_hold
from arrears.reckoning.types import Owed, UnableToReckon
from arrears.rulebook.documents import Document
from arrears.rulebook.terms import CardTerms, load_terms
from arrears.situations.types import Outcome, Situation


def _cents(text: Any) -> int:
    """An amount written as text, in a currency of two decimals."""
    try:
        return parse_cents(str(text), currency="CNY")
    except NotMoney as problem:
        raise ValueError(str(problem)) from problem


def _said(value: Any) -> Any:
    return "none" if value is None else ("yes" if value else "no") if isinstance(value, bool) else value


Amount = Annotated[int, BeforeValidator(_cents)]
Posted = Annotated[int, BeforeValidator(_cents), Field(gt=0)]


class CycleEntry(Document):
    """One statement day and its due date."""

    statement: date
    due: date


class InstalmentsEntry(Document):
    """A plan agreed that day: a purchase (`of`: its ref), the bill, or cash in monthly instalments."""

    principal: Posted
    months: int = Field(ge=1)
    of: str | None = None
    cash: bool = False
    settled: date | None = None


def _also(*names: str) -> Any:
    """A key with other names people give it; the first is the one the documentation shows."""
    return Field(default=None, validation_alias=AliasChoices(*names))


class FactEntry(Document):
    """One posting: its day, and exactly one kind with its amount; or an instalment plan."""

    day: date
    made: date | None = _also("made", "made_on", "transaction_date", "value_date", "value_day")
    ref: str | None = None
    reverses: str | None = None
    currency: str | None = None
    purchase: Posted | None = None
    cash_advance: Posted | None = _also("cash_advance", "cash", "cash_withdrawal")
    instalment: Posted | None = None
    fee: Posted | None = _also("fee", "annual_fee", "cash_fee", "cash_advance_fee")
    interest: Posted | None = None
    late_fee: Posted | None = None
    debit_adjustment: Posted | None = None
    payment: Posted | None = _also("payment", "repayment")
    refund: Posted | None = None
    chargeback: Posted | None = None
    credit_adjustment: Posted | None = None
    waiver: Posted | None = None
    payment_reversal: Posted | None = _also(
        "payment_reversal", "payment_reversed", "reversed_payment", "returned_payment", "payment_returned"
    )
    instalments: InstalmentsEntry | None = None

    @model_validator(mode="after")
    def says_one_thing(self) -> Self:
        """Refuse a fact without a kind, or with two."""
        names = [*(kind.value for kind in MovementKind), "instalments"]
        kinds = [name for name in names if getattr(self, name) is not None]
        if len(kinds) != 1:
            raise ValueError(f"a fact has exactly one kind and amount, this one has {kinds or 'none'}")
        return self

    def kind(self) -> MovementKind:
        """The one kind given."""
        return next(kind for kind in MovementKind if getattr(self, kind.value) is not None)

    def movements(self, number: int, terms: CardTerms, cycles: Sequence[Cycle]) -> Sequence[Movement]:
        """The posting, or those of the plan; `number` names them where there is no ref."""
        if self.instalments:
            return self._plan(self.instalments, self.ref or f"plan {number}", terms, cycles)
        kind = self.kind()
        ref = self.ref or f"{kind.value} {self.day} (fact {number})"
        cents = int(getattr(self, kind.value))
        return (Movement(ref, kind, cents, self.day, reverses=self.reverses, made_date=self.made),)

    def _plan(
        self, entry: InstalmentsEntry, ref: str, terms: CardTerms, cycles: Sequence[Cycle]
    ) -> Sequence[Movement]:
        plan = plan_by_terms(
            terms, ref=ref, agreed_date=self.day, principal_cents=entry.principal, months=entry.months,
            of=entry.of, cash=entry.cash,
        )  # fmt: skip
        coming = tuple(with_coming_statements(cycles, add_months(self.day, entry.months + 1)))
        return movements(plan, coming, settled_date=entry.settled)


class Expectation(Document):
    """What must come out; only what is written is compared."""

    interest_billed: Amount | None = None
    interest_billed_on: dict[date, Amount] | None = None
    interest_accrued: Amount | None = None
    late_fees: Amount | None = None
    minimum_due: Amount | None = None
    overdue: Amount | None = None
    statement_balance: Amount | None = None
    payoff: Amount | None = None
    days_past_due: int | None = None
    oldest_due_date: date | None = None

    @model_validator(mode="after")
    def expects_something(self) -> Self:
        """An entry that expects nothing cannot fail, so it is no example."""
        if not self.model_fields_set:
            raise ValueError("expect names nothing to compare")
        return self


class ReckoningSituation(Situation):
    """The whole entry."""

    terms: dict[str, str]
    cycles: tuple[CycleEntry, ...] = ()
    facts: tuple[FactEntry, ...] = ()
    limit: Posted | None = None
    opened: date | None = None
    as_of: date
    zone: str | None = None
    expect: Expectation

    @field_validator("terms", mode="before")
    @classmethod
    def _terms_as_text(cls, written: Any) -> Any:
        """The product alone will do; `null` is none, `true` and `false` are yes and no."""
        if isinstance(written, str):
            return {"product": written}
        if isinstance(written, dict):
            return {name: _said(value) for name, value in written.items()}
        return written

    @field_validator("facts", "cycles", mode="before")
    @classmethod
    def _nothing_written(cls, written: Any) -> Any:
        return () if written is None else written

    @model_validator(mode="after")
    def terms_are_known(self) -> Self:
        """Refuse an unknown product, term or value while reading, with the nearest right one."""
        if "product" not in self.terms:
            raise ValueError("terms does not name its 'product'")
        try:
            self.card_terms()
        except WrongConfiguration as problem:
            raise ValueError(f"{problem.what}. {problem.do}".strip()) from problem
        return self

    def card_terms(self) -> CardTerms:
        """The product's terms on the day asked about, with this entry's own."""
        given = dict(self.terms)
        return load_terms(given.pop("product"), on=self.as_of, overrides=given)

    def history(self, currency: str) -> AccountHistory:
        """The postings in one currency as an account."""
        terms = dict(self.terms)
        product = terms.pop("product")
        cycles = tuple(Cycle(cycle.statement, cycle.due) for cycle in self.cycles)
        chosen = [
            movement
            for number, fact in enumerate(self.facts, 1)
            if (fact.currency or currency) == currency
            for movement in fact.movements(number, self.card_terms(), cycles)
        ]
        return AccountHistory(
            ref=self.name,
            customer_ref="",
            product=product,
            currency=currency,
            cycles=cycles,
            movements=tuple(sorted(chosen, key=lambda movement: movement.posted_date)),
            opened_date=self.opened,
            limit_cents=self.limit,
            terms=terms,
        )


def attempt(situation: Situation) -> Outcome:
    """Reckon the entry and compare; a tree whose lines do not add up fails too."""
    assert isinstance(situation, ReckoningSituation)
    try:
        history = situation.history(situation.card_terms().currency)
        answer = owed(history=history, as_of=situation.as_of)
    except (UnableToReckon, UnableToPlan) as problem:
        return Outcome(situation.name, (str(problem),))
    differences = tuple(_differences(situation.expect, answer))
    reasons = tuple(as_text(answer, language="en").splitlines()) if differences else ()
    return Outcome(situation.name, differences, reasons)


def _differences(expect: Expectation, answer: Owed) -> Iterator[str]:
    for key in sorted(expect.model_fields_set - {"interest_billed_on"}):
        want, got = getattr(expect, key), _answer_to(key, answer)
        if want != got:
            yield f"{key}: expected {_shown(key, want)}, got {_shown(key, got)}"
    billed = dict(answer.interest_by_statement)
    for day, want in (expect.interest_billed_on or {}).items():
        if billed.get(day, 0) != want:
            yield f"interest_billed_on {day}: expected {_shown('', want)}, got {_shown('', billed.get(day, 0))}"
    if not sums_hold(answer):
        yield "the lines do not add up to the payoff"


def _answer_to(key: str, answer: Owed) -> object:
    plain = {"days_past_due", "oldest_due_date"}
    return getattr(answer, key if key in plain else f"{key}_cents")


def _shown(key: str, value: object) -> str:
    if key in {"days_past_due", "oldest_due_date"} or not isinstance(value, int):
        return str(value)
    return decimal_text(value, currency="CNY")
