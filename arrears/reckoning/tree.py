"""From the trace of a fold to the lines a person reads: amount, days, rule, facts.

The top lines add up to the payoff; the sub-lines of a line add up to the line. Nothing is
computed here that the fold has not decided: this file only names and arranges.
"""

from collections.abc import Iterable, Iterator
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


Charges = dict[int, Line]  # by the place of the lot


def owed_as_reckoned(r: Reckoned, *, explained: bool = True) -> Owed:
    """The answer of one fold with its explanation, or the amounts alone."""
    sheet, printed = r.sheet, r.printed()
    oldest = sheet[f.OLDEST_UNPAID]
    charges = _charges(r) if explained else {}
    return Owed(
        account_ref=r.history.ref,
        as_of=r.as_of,
        currency=r.history.currency,
        source="reckoned",
        payoff_cents=sheet[f.PAYOFF],
        statement_balance_cents=sheet[printed[-1] + f.BALANCE] if printed else 0,
        minimum_due_cents=sheet[f.MINIMUM_DUE],
        overdue_cents=sheet[f.OVERDUE],
        interest_billed_cents=sheet[printed[-1] + f.BILLED] if printed else 0,
        interest_accrued_cents=sheet[f.ACCRUED],
        late_fees_cents=sheet[f.LATE_FEES],
        days_past_due=sheet[f.DAYS_PAST_DUE],
        oldest_due_date=r.cycle(oldest).due_date if oldest != f.NOWHERE else None,
        next_due_date=next((c.due_date for c in r.history.cycles if c.due_date >= r.as_of), None),
        lines=tuple(_lines(r, charges)) if explained else (),
        charges=tuple(charges.values()),
        minimum=_minimum(r) if explained and printed else None,
        interest_by_statement=tuple((r.cycle(s).statement_date, sheet[s + f.BILLED]) for s in printed),
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


def _lines(r: Reckoned, charges: Charges) -> Iterator[Line]:
    for kind, lots in _open_lots(r):
        lines = tuple(_lot_line(r, kind, lot, charges) for lot in lots)
        yield Line(kind, sum(line.cents for line in lines), say.GROUP[kind], lines=lines)
    if r.sheet[f.ACCRUED]:
        yield _accrued_line(r)
    if r.sheet[f.OVER_CEILING]:
        rule = rule_of(r.terms, "cost_ceiling")
        yield Line("over_ceiling", -r.sheet[f.OVER_CEILING], say.OVER_CEILING, rule=rule)
    if r.sheet[f.CREDIT_BALANCE]:
        yield Line("credit_balance", -r.sheet[f.CREDIT_BALANCE], say.CREDIT_BALANCE, facts=_unused(r))


def _open_lots(r: Reckoned) -> Iterator[tuple[str, list[int]]]:
    sheet = r.sheet
    still_open = [lot for lot in r.lots() if sheet[lot + f.LEFT] and sheet[lot + f.STANDING] != f.NOT_BOOKED]
    for name, kind in GROUPS:
        of_kind = [lot for lot in still_open if sheet[lot + f.KIND] == kind]
        if of_kind:
            yield name, of_kind


def _lot_line(r: Reckoned, kind: str, lot: int, charges: Charges) -> Line:
    charged = charges.get(lot) or _posted_line(r, kind, lot)
    reductions = tuple(_reductions(r, lot))
    if not reductions:
        return charged
    return Line(
        f"{kind}_left",
        r.sheet[lot + f.LEFT],
        say.LEFT_OF.filled(what=charged.words),
        facts=charged.facts,
        lines=(charged, *reductions),
    )


def _reductions(r: Reckoned, lot: int) -> Iterator[Line]:
    for posting, target, cents in r.trace.undone:
        if lot in (posting, target):
            undoing = _posting(r, posting)
            yield Line("undone", -cents, say.undone(undoing), facts=(undoing.ref,))
    for credit, cents in r.trace.paid.get(lot, ()):
        yield _paid_line(r, credit, cents)


def _paid_line(r: Reckoned, credit: int, cents: int) -> Line:
    rule = rule_of(r.terms, "allocation")
    if credit == f.NOWHERE:
        return Line("paid", -cents, say.FROM_CREDIT_BALANCE, rule, _unused(r))
    movement = _posting(r, credit)
    return Line("paid", -cents, say.paid(movement), rule, (movement.ref,))


def _posted_line(r: Reckoned, kind: str, lot: int) -> Line:
    """A debit as it was posted, before anything was paid."""
    movement = _posting(r, lot)
    return Line(kind.rstrip("s"), movement.cents, say.posted(movement), facts=(movement.ref,))


def _charges(r: Reckoned) -> Charges:
    """Every interest and late fee the fold charged, paid or not, in the order of the days."""
    late_fees = r.trace.late_fees
    return {
        lot: _late_fee_line(r, lot) if lot in late_fees else _interest_line(r, lot)
        for lot in range(r.sheet[f.POSTINGS_END], r.sheet[f.LOTS_END], f.LOT_ROW)
    }


def _interest_line(r: Reckoned, lot: int) -> Line:
    statement, nights = r.trace.billed[lot]
    words = say.interest_on(r.cycle(statement).statement_date, _causes(r, nights))
    return _interest(r, "interest", r.sheet[lot + f.CENTS], words, nights)


def _accrued_line(r: Reckoned) -> Line:
    words = say.interest_until(r.as_of, _causes(r, r.trace.earned))
    return _interest(r, "interest_accrued", r.sheet[f.ACCRUED], words, r.trace.earned)


def _interest(r: Reckoned, kind: str, cents: int, words: Words, nights: dict[int, list[Night]]) -> Line:
    segments = tuple(_segments(r, nights))
    facts = tuple(dict.fromkeys([segment.fact for segment in segments]))
    return Line(kind, cents, words, rule_of(r.terms, "method"), facts, segments)


def _late_fee_line(r: Reckoned, lot: int) -> Line:
    statement, missing = r.trace.late_fees[lot]
    currency, cents = r.history.currency, r.sheet[lot + f.CENTS]
    words = say.late_fee(r.cycle(statement), Money(missing, currency), Money(cents, currency), r.terms)
    rule = rule_of(r.terms, "late_fee_flat" if r.terms.late_fee_flat else "late_fee_rate")
    return Line("late_fee", cents, words, rule, (f"statement:{r.cycle(statement).statement_date}",))


def _minimum(r: Reckoned) -> Line:
    """The last statement's minimum in its parts, less what came in since."""
    statement, due = r.printed()[-1], r.sheet[f.MINIMUM_DUE]
    asked = r.sheet[statement + f.MINIMUM]
    rule = rule_of(r.terms, "minimum_of_purchases")
    words = say.minimum(r.cycle(statement))
    return Line("minimum", due, words, rule, lines=tuple(_minimum_parts(r, statement, asked - due)))


def _minimum_parts(r: Reckoned, statement: int, paid: int) -> Iterator[Line]:
    parts = r.trace.minimums[statement]
    for (kind, words), cents in zip(say.MINIMUM_PARTS.items(), parts, strict=True):
        if cents:
            yield Line(kind, cents, words)
    limited = r.sheet[statement + f.MINIMUM] - sum(parts)
    if limited:
        yield Line("limited", limited, say.MINIMUM_RAISED if limited > 0 else say.MINIMUM_LOWERED)
    if paid:
        yield Line("paid", -paid, say.PAID_SINCE)


def _causes(r: Reckoned, nights: dict[int, list[Night]]) -> tuple[Words, ...]:
    """Why there was anything to charge: one clause for each kind of debt that bore interest."""
    kinds = {r.sheet[lot + f.KIND] for lot in nights}
    return tuple(words for kind, words in say.CAUSES.items() if kind in kinds)


def _segments(r: Reckoned, nights: dict[int, list[Night]]) -> Iterator[Segment]:
    unit, movements = r.terms.rate_unit, r.history.movements
    lots_at, postings_end = r.sheet[f.LOTS_AT], r.sheet[f.POSTINGS_END]
    for lot in sorted(nights):
        own = lot >= postings_end
        fact = _charge_ref(r, lot) if own else movements[(lot - lots_at) // f.LOT_ROW].ref
        its_nights = nights[lot]
        for first, until, balance, rate in _joined(its_nights) if len(its_nights) > 1 else its_nights:
            rate_said = rate_text(rate, unit)
            yield Segment(day_of(first), day_of(until), until - first, balance, rate_said, fact)


def _joined(nights: Iterable[Night]) -> list[Night]:
    """Neighbouring stretches of the same balance and rate made one."""
    joined: list[Night] = []
    for first, until, balance, rate in nights:
        if joined and joined[-1][1] == first and joined[-1][2:] == (balance, rate):
            joined[-1] = (joined[-1][0], until, balance, rate)
        else:
            joined.append((first, until, balance, rate))
    return joined


def _posting(r: Reckoned, lot: int) -> Movement:
    movement = r.movement(lot)
    assert movement is not None
    return movement


def _unused(r: Reckoned) -> tuple[str, ...]:
    return tuple(_posting(r, credit).ref for credit, _ in r.trace.unused)


def _charge_ref(r: Reckoned, lot: int) -> str:
    if lot in r.trace.billed:
        return f"interest:{r.cycle(r.trace.billed[lot][0]).statement_date}"
    return f"late_fee:{r.cycle(r.trace.late_fees[lot][0]).statement_date}"


def sums_hold(owed: Owed) -> bool:
    """Whether the lines add up to the payoff, and every line's sub-lines to the line."""
    trees = [*owed.lines, *owed.charges, *([owed.minimum] if owed.minimum else [])]
    return sum(line.cents for line in owed.lines) == owed.payoff_cents and all(map(_adds_up, trees))


def _adds_up(line: Line) -> bool:
    if not line.lines:
        return True
    return sum(below.cents for below in line.lines) == line.cents and all(map(_adds_up, line.lines))
