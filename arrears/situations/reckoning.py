"""What is owed: an entry with `terms`, cycles and dated postings, and what must follow."""

import difflib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, field_validator, model_validator

from arrears.casebook.types import CREDITS, DEBITS, AccountHistory, Cycle, Movement, MovementKind
from arrears.kernel.days import add_months
from arrears.kernel.money import CURRENCIES, NotMoney, decimal_text, parse_cents
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


def _currency(code: str) -> str:
    """A known currency: postings in a misspelt one would silently belong to no account."""
    if code in CURRENCIES:
        return code
    near = difflib.get_close_matches(code.upper(), sorted(CURRENCIES), n=1, cutoff=0.5)
    raise ValueError(f"{code!r} is no known currency" + (f"; did you mean {near[0]!r}?" if near else ""))


def _said(value: Any) -> Any:
    return "none" if value is None else ("yes" if value else "no") if isinstance(value, bool) else value


def _day(written: Any) -> Any:
    """A day as people file it; a bare number would pass for seconds since 1970."""
    if written is None:
        raise ValueError("no day is written there; write it as 2026-01-31")
    if not isinstance(written, str):
        return written
    try:
        return datetime.strptime(written, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise ValueError(f"{written!r} is no day; write it as 2026-01-31") from None


Amount = Annotated[int, BeforeValidator(_cents)]
Posted = Annotated[int, BeforeValidator(_cents), Field(gt=0)]
Day = Annotated[date, BeforeValidator(_day)]
Currency = Annotated[str, AfterValidator(_currency)]


class CycleEntry(Document):
    """One statement day and its due date."""

    statement: Day
    due: Day


class InstalmentsEntry(Document):
    """A plan agreed that day: a purchase (`of`: its ref), the bill, or cash in monthly instalments."""

    principal: Posted
    months: int = Field(ge=1)
    of: str | None = None
    cash: bool = False
    settled: Day | None = None


def _also(*names: str) -> Any:
    """A key with other names people give it; the first is the one the documentation shows."""
    return Field(default=None, validation_alias=AliasChoices(*names))


class FactEntry(Document):
    """One posting: its day, and exactly one kind with its amount; or an instalment plan."""

    day: Day
    made: Day | None = _also("made", "made_on", "transaction_date", "value_date", "value_day")
    known: Day | None = _also("known", "known_on", "learned", "learned_on", "recorded", "recorded_on")
    bounced: Day | None = _also("bounced", "bounced_on", "reversed", "reversed_on", "returned_on")
    ref: str | None = _also("ref", "id")
    reverses: str | None = None
    currency: Currency | None = None
    purchase: Posted | None = None
    cash_advance: Posted | None = _also("cash_advance", "cash", "cash_withdrawal")
    instalment: Posted | None = _also("instalment", "installment")
    fee: Posted | None = _also("fee", "annual_fee", "cash_fee", "cash_advance_fee", "fx_fee")
    interest: Posted | None = None
    late_fee: Posted | None = None
    debit_adjustment: Posted | None = None
    payment: Posted | None = _also("payment", "repayment")
    refund: Posted | None = None
    chargeback: Posted | None = None
    credit_adjustment: Posted | None = None
    waiver: Posted | None = None
    payment_reversal: Posted | None = _also(
        "payment_reversal", "payment_reversed", "reversed_payment", "returned_payment", "payment_returned",
        "bounced_payment", "payment_bounced", "reversal",
    )  # fmt: skip
    instalments: InstalmentsEntry | None = _also("instalments", "installments")

    @model_validator(mode="after")
    def says_one_thing(self) -> Self:
        """Refuse a fact without a kind, or with two."""
        names = [*(kind.value for kind in MovementKind), "instalments"]
        kinds = [name for name in names if getattr(self, name) is not None]
        if len(kinds) != 1:
            raise ValueError(f"a fact has exactly one kind and amount, this one has {kinds or 'none'}")
        return self

    @model_validator(mode="after")
    def days_follow_each_other(self) -> Self:
        """Refuse what was known before it was, and a bounce of anything but a payment."""
        if self.known and self.known < self.day:
            raise ValueError(f"known on {self.known}, before its own day {self.day}")
        if self.bounced and self.payment is None:
            raise ValueError("only a payment bounces")
        if self.bounced and self.bounced < self.day:
            raise ValueError(f"bounced on {self.bounced}, before its own day {self.day}")
        if self.made and self.made > self.day:
            raise ValueError(f"made on {self.made}, after its own day {self.day}")
        return self

    def kind(self) -> MovementKind:
        """The one kind given."""
        return next(kind for kind in MovementKind if getattr(self, kind.value) is not None)

    def known_by(self, as_of: date) -> bool:
        """Whether the bank knew of it at the end of `as_of`: what it learns late it cannot count before."""
        return (self.known or self.day) <= as_of

    def movements(self, number: int, terms: CardTerms, cycles: Sequence[Cycle]) -> Iterator[Movement]:
        """The posting, or those of the plan; `number` names them where there is no ref."""
        if self.instalments:
            yield from self._plan(self.instalments, self.ref or f"plan {number}", terms, cycles)
            return
        kind = self.kind()
        ref = self.ref or f"{kind.value} {self.day} (fact {number})"
        cents = int(getattr(self, kind.value))
        yield Movement(ref, kind, cents, self._own_day(kind), reverses=self.reverses, made_date=self.made)
        if self.bounced:
            yield Movement(
                f"{ref}, bounced", MovementKind.PAYMENT_REVERSAL, cents, self.bounced, reverses=ref
            )

    def _own_day(self, kind: MovementKind) -> date:
        """Money counts from the day it was there, a purchase is on a statement from the day it is posted."""
        return self.made if self.made and kind in CREDITS else self.day

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
    interest_billed_on: dict[Day, Amount] | None = None
    interest_accrued: Amount | None = None
    late_fees: Amount | None = None
    minimum_due: Amount | None = None
    overdue: Amount | None = None
    statement_balance: Amount | None = None
    payoff: Amount | None = None
    days_past_due: int | None = None
    oldest_due_date: Day | None = None

    @model_validator(mode="after")
    def expects_something(self) -> Self:
        """An entry that expects nothing cannot fail, so it is no example."""
        if not self.model_fields_set:
            raise ValueError("expect names nothing to compare")
        for key in sorted(self.model_fields_set - {"oldest_due_date"}):  # there may be none
            if getattr(self, key) is None:
                raise ValueError(f"{key} says nothing; write what must come out, or leave the key away")
        return self


_ACCOUNTS_OWN = ("limit", "credit_limit", "currency")


class ReckoningSituation(Situation):
    """The whole entry."""

    terms: dict[str, str]
    cycles: tuple[CycleEntry, ...] = ()
    facts: tuple[FactEntry, ...] = ()
    limit: Posted | None = _also("limit", "credit_limit")
    currency: Currency | None = None
    opened: Day | None = None
    as_of: Day
    zone: str | None = None
    expect: Expectation

    @model_validator(mode="before")
    @classmethod
    def _the_accounts_own(cls, written: Any) -> Any:
        """Limit and currency are the account's; among the terms they say the same."""
        if not isinstance(written, dict) or not isinstance(written.get("terms"), dict):
            return written
        own = {name: value for name, value in written["terms"].items() if name in _ACCOUNTS_OWN}
        for name in own:
            if name in written:
                raise ValueError(f"{name} is written twice, among the terms too")
        terms = {name: value for name, value in written["terms"].items() if name not in own}
        return {**written, **own, "terms": terms}

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
            stop = "" if problem.what.endswith("?") else "."
            raise ValueError(f"terms: {problem.what}{stop} {problem.do}".strip()) from problem
        return self

    @model_validator(mode="after")
    def payments_bounce_and_purchases_are_charged_back(self) -> Self:
        """Refuse a reversal of a purchase: it would be owed a second time instead of not at all."""
        debits = {
            fact.ref for fact in self.facts if fact.ref and not fact.instalments and fact.kind() in DEBITS
        }
        for number, fact in enumerate(self.facts, 1):
            if fact.payment_reversal and fact.reverses in debits:
                raise ValueError(
                    f"facts: number {number} reverses {fact.reverses!r}, no payment; use 'chargeback'"
                )
        return self

    def card_terms(self) -> CardTerms:
        """The product's terms on the day asked about, with this entry's own."""
        given = dict(self.terms)
        return load_terms(given.pop("product"), on=self.as_of, overrides=given)

    def history(self, currency: str) -> AccountHistory:
        """The postings in one currency as an account."""
        terms = dict(self.terms)
        product = terms.pop("product")
        in_order = sorted(self.cycles, key=lambda cycle: cycle.statement)
        cycles = tuple(Cycle(cycle.statement, cycle.due) for cycle in in_order)
        chosen = [
            movement
            for number, fact in enumerate(self.facts, 1)
            if (fact.currency or currency) == currency and fact.known_by(self.as_of)
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
        history = situation.history(situation.currency or situation.card_terms().currency)
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
