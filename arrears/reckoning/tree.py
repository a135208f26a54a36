"""From the trace of a fold to the lines a person reads: amount, days, rule, facts.

The top lines add up to the payoff; the sub-lines of a line add up to the line. Nothing is
computed here that the fold has not decided: this file only names and arranges.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from arrears.casebook.types import Movement
from arrears.kernel.money import Money
from arrears.kernel.words import Words
from arrears.reckoning import fold as f
from arrears.reckoning import sentences as say
from arrears.reckoning.trace import Night, Reckoned, day_of
from arrears.reckoning.types import Line, Owed, RuleRef, Segment
from arrears.rulebook.terms import CardTerms

GROUPS = (
    ("purchases", f.PURCHASE),
    ("cash", f.CASH),
    ("instalments", f.INSTALMENT),
    ("fees", f.FEE),
    ("interest", f.INTEREST),
    ("late_fee", f.LATE_FEE),
)


def owed_as_reckoned(r: Reckoned) -> Owed:
    """The answer of one fold with its explanation."""
    tally, printed = r.tally, r.tally[f.PRINTED]
    oldest = tally[f.OLDEST_UNPAID]
    return Owed(
        account_ref=r.history.ref,
        as_of=r.as_of,
        currency=r.history.currency,
        source="reckoned",
        payoff_cents=tally[f.PAYOFF],
        statement_balance_cents=r.statements.balance[printed - 1] if printed else 0,
        minimum_due_cents=tally[f.MINIMUM_DUE],
        overdue_cents=tally[f.OVERDUE],
        interest_billed_cents=r.statements.interest[printed - 1] if printed else 0,
        interest_accrued_cents=tally[f.ACCRUED],
        late_fees_cents=tally[f.LATE_FEES],
        days_past_due=tally[f.DAYS_PAST_DUE],
        oldest_due_date=r.history.cycles[oldest].due_date if oldest >= 0 else None,
        next_due_date=next((c.due_date for c in r.history.cycles if c.due_date >= r.as_of), None),
        lines=tuple(_lines(r)),
        charges=tuple(_charges(r)),
        interest_by_statement=tuple(
            (r.history.cycles[k].statement_date, r.statements.interest[k]) for k in range(printed)
        ),
    )


def rule_of(terms: CardTerms, term: str) -> RuleRef | None:
    """The rule behind a line, as an explanation names it."""
    source = terms.sources.get(term)
    return RuleRef(f"{terms.product}/{term}", source.title, source.reference) if source else None


@lru_cache(maxsize=1024)
def rate_text(rate: int, unit: int) -> str:
    """A daily rate in decimals: exact where it ends, else to ten places."""
    exact = Fraction(rate, unit)
    return f"{exact.numerator / exact.denominator:.10f}".rstrip("0")


@dataclass(frozen=True, slots=True)
class _Debts:
    """The open lots of one kind."""

    kind: str
    lots: list[int]


def _lines(r: Reckoned) -> Iterator[Line]:
    for debts in _open_debts(r):
        lines = tuple(_lot_line(r, debts.kind, lot) for lot in debts.lots)
        yield Line(debts.kind, sum(line.cents for line in lines), say.GROUP[debts.kind], lines=lines)
    if r.tally[f.ACCRUED]:
        yield _accrued_line(r)
    if r.tally[f.OVER_CEILING]:
        rule = rule_of(r.terms, "cost_ceiling")
        yield Line("over_ceiling", -r.tally[f.OVER_CEILING], say.OVER_CEILING, rule=rule)
    if r.tally[f.CREDIT_BALANCE]:
        facts = tuple(_movement(r, credit).ref for credit, _ in r.trace.unused)
        yield Line("credit_balance", -r.tally[f.CREDIT_BALANCE], say.CREDIT_BALANCE, facts=facts)


def _open_debts(r: Reckoned) -> Iterator[_Debts]:
    lots = r.lots
    open_lots = [i for i in range(r.tally[f.LOTS]) if lots.left[i] and lots.statement[i] != f.NOWHERE]
    for name, kind in GROUPS:
        of_kind = [i for i in open_lots if lots.kind[i] == kind]
        if of_kind:
            yield _Debts(name, of_kind)


def _lot_line(r: Reckoned, kind: str, lot: int) -> Line:
    charged = _charged_line(r, kind, lot)
    reductions = tuple(_reductions(r, lot))
    if not reductions:
        return charged
    return Line(
        f"{kind}_left",
        r.lots.left[lot],
        say.LEFT_OF.filled(what=charged.words),
        facts=charged.facts,
        lines=(charged, *reductions),
    )


def _reductions(r: Reckoned, lot: int) -> Iterator[Line]:
    for posting, target, cents in r.trace.undone:
        if lot in (posting, target):
            undoing = _movement(r, posting)
            yield Line("undone", -cents, say.undone(undoing), facts=(undoing.ref,))
    for credit, cents in r.trace.paid.get(lot, ()):
        yield _paid_line(r, credit, cents)


def _paid_line(r: Reckoned, credit: int, cents: int) -> Line:
    rule = rule_of(r.terms, "allocation")
    if credit == f.NOWHERE:
        facts = tuple(_movement(r, one).ref for one, _ in r.trace.unused)
        return Line("paid", -cents, say.FROM_CREDIT_BALANCE, rule, facts)
    movement = _movement(r, credit)
    return Line("paid", -cents, say.paid(movement), rule, (movement.ref,))


def _charged_line(r: Reckoned, kind: str, lot: int) -> Line:
    """A debit as it was posted or charged, before anything was paid."""
    if lot in r.trace.late_fees:
        return _late_fee_line(r, lot)
    if lot in r.trace.billed:
        return _interest_line(r, lot)
    movement = _movement(r, lot)
    return Line(kind.rstrip("s"), movement.cents, say.posted(movement), facts=(movement.ref,))


def _charges(r: Reckoned) -> Iterator[Line]:
    """Every interest and late fee the fold charged, paid or not, in the order of the days."""
    for lot in range(len(r.history.movements), r.tally[f.LOTS]):
        yield _charged_line(r, "charge", lot)


def _interest_line(r: Reckoned, lot: int) -> Line:
    statement, nights = r.trace.billed[lot]
    day = r.history.cycles[statement].statement_date
    words = say.interest_on(day, _causes(r, nights))
    segments = tuple(_segments(r, nights))
    return Line(
        "interest", r.lots.cents[lot], words, rule_of(r.terms, "method"), _facts_of(segments), segments
    )


def _accrued_line(r: Reckoned) -> Line:
    words = say.interest_until(r.as_of, _causes(r, r.trace.earned))
    segments = tuple(_segments(r, r.trace.earned))
    rule = rule_of(r.terms, "method")
    return Line("interest_accrued", r.tally[f.ACCRUED], words, rule, _facts_of(segments), segments)


def _late_fee_line(r: Reckoned, lot: int) -> Line:
    statement, missing = r.trace.late_fees[lot]
    cycle = r.history.cycles[statement]
    words = say.late_fee(
        cycle, Money(missing, r.history.currency), Money(r.lots.cents[lot], r.history.currency), r.terms
    )
    term = "late_fee_flat" if r.terms.late_fee_flat else "late_fee_rate"
    return Line("late_fee", r.lots.cents[lot], words, rule_of(r.terms, term), (_statement_ref(r, statement),))


def _causes(r: Reckoned, nights: dict[int, list[Night]]) -> tuple[Words, ...]:
    """Why there was anything to charge: one clause for each kind of debt that bore interest."""
    kinds = {r.lots.kind[lot] for lot in nights}
    return tuple(words for kind, words in say.CAUSES.items() if kind in kinds)


def _segments(r: Reckoned, nights: dict[int, list[Night]]) -> Iterator[Segment]:
    unit = r.terms.rate_unit
    for lot in sorted(nights):
        fact = _ref(r, lot)
        for first, until, balance, rate in _joined(nights[lot]):
            yield Segment(day_of(first), day_of(until), until - first, balance, rate_text(rate, unit), fact)


def _joined(nights: Iterable[Night]) -> list[Night]:
    """Neighbouring stretches of the same balance and rate made one."""
    joined: list[Night] = []
    for first, until, balance, rate in nights:
        if joined and joined[-1][1] == first and joined[-1][2:] == (balance, rate):
            joined[-1] = (joined[-1][0], until, balance, rate)
        else:
            joined.append((first, until, balance, rate))
    return joined


def _facts_of(segments: Iterable[Segment]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(segment.fact for segment in segments))


def _movement(r: Reckoned, place: int) -> Movement:
    return r.history.movements[place]


def _ref(r: Reckoned, lot: int) -> str:
    if lot < len(r.history.movements):
        return r.history.movements[lot].ref
    if lot in r.trace.billed:
        return f"interest:{r.history.cycles[r.trace.billed[lot][0]].statement_date}"
    return f"late_fee:{r.history.cycles[r.trace.late_fees[lot][0]].statement_date}"


def _statement_ref(r: Reckoned, statement: int) -> str:
    return f"statement:{r.history.cycles[statement].statement_date}"


def sums_hold(owed: Owed) -> bool:
    """Whether the lines add up to the payoff, and every line's sub-lines to the line."""
    return sum(line.cents for line in owed.lines) == owed.payoff_cents and all(map(_adds_up, owed.lines))


def _adds_up(line: Line) -> bool:
    if not line.lines:
        return True
    return sum(below.cents for below in line.lines) == line.cents and all(map(_adds_up, line.lines))

