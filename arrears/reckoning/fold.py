"""The fold: one account's dated postings become what is owed. Integers only, written once.

Python runs this file as it stands and records a trace for the explanation (`core.py`);
numba compiles the same functions for the night (`compiled.py`). So it keeps to what both
understand: loops, integers, arrays (lists will do) and named tuples of them. Nothing is
imported and nothing allocated; the caller brings the arrays and the fold fills them.

Words used here
  day        days since 1970-01-01, as Arrow's date32 counts them
  lot        one debit posting, or one charge the fold makes itself (interest, late fee),
             with what is left of it; lot i is posting i, charges follow behind
  pending    interest of a lot still inside its free period: owed only if that is lost
  earned     interest that will stand on the next statement; both in 1/rate_unit of a cent
  missing    the part of a statement's minimum, not asked for before, that is still unpaid

One day in order: at its start the free period and late fee of a statement whose grace
ended the day before are decided; then its postings; at its end the statement, if it is
a statement day. Interest is charged for nights, so a payment's own day costs nothing.
"""

from typing import Any, NamedTuple

# what a posting or a charge is: debits below 8, credits above
PURCHASE, CASH, INSTALMENT, FEE, INTEREST, LATE_FEE = 0, 1, 2, 3, 4, 5
FIRST_CREDIT = 8
PAYMENT, REFUND, CHARGEBACK, CREDIT_ADJUSTMENT, WAIVER, PAYMENT_REVERSAL = 8, 9, 10, 11, 12, 13

# how a lot stands towards interest
BEARS_NONE, FREE, BEARING, WAITING = 0, 1, 2, 3

# the choices of rulebook.terms.CHOICES, by their place there
STATEMENT_DAY_CHARGED, PAYMENT_DAY_AT_OLD_BALANCE = 1, 2
UNPAID_PART = 1
BY_STATEMENT, WHILE_PAID_IN_FULL, NO_FREE_PERIOD = 0, 1, 2
BY_LATENESS, INTEREST_FIRST, PRINCIPAL_FIRST, HIGHEST_RATE_FIRST = 0, 1, 2, 3
BY_BANK = 2

MILLION = 1_000_000
NEVER = 1 << 40
NOWHERE = -1


class Terms(NamedTuple):
    """rulebook.terms.CardTerms without words; the three arrays are its dated rates."""

    rate_unit: int
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
    rate_days: Any
    purchase_rates: Any
    cash_rates: Any


class Postings(NamedTuple):
    """Postings in day order. target: the posting a reversal or refund names, or -1."""

    day: Any
    made: Any  # the day of the purchase itself; equal to `day` where nothing else is known
    kind: Any
    cents: Any
    target: Any


class Cycles(NamedTuple):
    """Statement and due days, in order."""

    statement_day: Any
    due_day: Any


class Lots(NamedTuple):
    """Working arrays, room for every posting and two charges a statement."""

    kind: Any
    cents: Any  # as posted or charged
    left: Any
    since: Any  # interest is reckoned up to the night before this day
    start: Any  # first day interest can run from
    pending: Any
    standing: Any
    statement: Any  # index of the statement it is or will be printed on


class Statements(NamedTuple):
    """One row for each cycle, filled as the statements are printed."""

    balance: Any
    minimum: Any
    missing: Any
    credits_before: Any
    interest: Any
    late_fee: Any
    kept: Any  # 1 where the minimum came in time


# the account's running figures: places in `tally`
EARNED, CREDITS, CREDIT_BALANCE, LOTS, PRINTED, DECIDED = 0, 1, 2, 3, 4, 5
LATE_FEES, INTEREST_BILLED, OLDEST, IN_GRACE, OWN_CHARGES, LIMIT = 6, 7, 8, 9, 10, 11
PRINCIPAL_DAYS, FEES, ACCRUED, PAYOFF, MINIMUM_DUE, OVERDUE = 12, 13, 14, 15, 16, 17
DAYS_PAST_DUE, OLDEST_UNPAID, OVER_CEILING, FIRST_OPEN = 18, 19, 20, 21
TALLIES = 22


def fold(
    postings: Any, cycles: Any, terms: Any, as_of: int, limit: int, lots: Any, statements: Any, tally: Any, trace: Any
) -> None:
    """Reckon one account at the end of `as_of`; the answer is left in `tally` and the arrays."""
    count = open_account(postings, terms, as_of, limit, lots, tally, trace)
    posted = 0
    while True:
        decision_day = next_decision(cycles, terms, tally)
        posting_day = postings.day[posted] if posted < count else NEVER
        statement_day = next_statement(cycles, tally)
        if min(decision_day, posting_day, statement_day) > as_of:
            break
        if decision_day <= posting_day and decision_day <= statement_day:
            decide(cycles, terms, lots, statements, tally, decision_day, trace)
        elif posting_day <= statement_day:
            book(posted, postings, cycles, terms, lots, statements, tally, trace)
            posted += 1
        else:
            print_statement(statement_day, terms, lots, statements, tally, trace)
    close_account(cycles, terms, as_of, lots, statements, tally, trace)


def next_decision(cycles: Any, terms: Any, tally: Any) -> int:
    """The day after the grace of the oldest statement not yet decided."""
    decided = tally[DECIDED]
    if decided == tally[PRINTED]:
        return NEVER
    return cycles.due_day[decided] + terms.tolerance_days + 1


def next_statement(cycles: Any, tally: Any) -> int:
    """The day of the next statement to be printed."""
    printed = tally[PRINTED]
    return cycles.statement_day[printed] if printed < len(cycles.statement_day) else NEVER


# --- opening: what was undone later was never there


def open_account(postings: Any, terms: Any, as_of: int, limit: int, lots: Any, tally: Any, trace: Any) -> int:
    """Set the tallies, take the postings up to `as_of` as lots, undo what was reversed."""
    for place in range(TALLIES):
        tally[place] = 0
    tally[IN_GRACE] = 1
    tally[OWN_CHARGES] = 0 if terms.charges_by == BY_BANK else 1
    tally[LIMIT] = limit
    count = 0
    while count < len(postings.day) and postings.day[count] <= as_of:
        lots.kind[count] = postings.kind[count]
        lots.cents[count] = postings.cents[count]
        lots.left[count] = postings.cents[count]
        lots.statement[count] = NOWHERE  # not booked yet
        lots.standing[count] = BEARS_NONE
        count += 1
    tally[LOTS] = count
    for i in range(count):
        kind = postings.kind[i]
        if kind == PAYMENT_REVERSAL or kind == CHARGEBACK:
            undo(i, postings, lots, trace)
        elif (kind == INTEREST or kind == LATE_FEE) and terms.charges_by == 0:
            tally[OWN_CHARGES] = 0
    return count


def undo(i: int, postings: Any, lots: Any, trace: Any) -> None:
    """A bounced payment, a purchase charged back: taken out from its own day on."""
    target = postings.target[i]
    if target < 0 and postings.kind[i] == PAYMENT_REVERSAL:
        target = latest_payment_of(postings.cents[i], i, lots)
    if target < 0:
        return
    amount = min(lots.left[i], lots.left[target])
    lots.left[target] -= amount
    lots.left[i] -= amount
    note_undone(trace, i, target, amount)


def latest_payment_of(cents: int, before: int, lots: Any) -> int:
    """The last payment before posting `before` of exactly `cents`, not undone yet; or -1."""
    for i in range(before - 1, -1, -1):
        if lots.kind[i] == PAYMENT and lots.left[i] == cents:
            return i
    return NOWHERE


# --- interest


def accrue(i: int, until: int, terms: Any, lots: Any, tally: Any, trace: Any) -> None:
    """Reckon lot i's interest up to the night before `until`."""
    since = lots.since[i]
    standing = lots.standing[i]
    if until <= since or standing == BEARS_NONE:
        return
    lots.since[i] = until
    left = lots.left[i]
    if left == 0:
        return
    if terms.cost_ceiling >= 0 and lots.kind[i] <= INSTALMENT:
        tally[PRINCIPAL_DAYS] += left * (until - since)
    if standing == BEARING:
        tally[EARNED] += interest(i, left, since, until, terms, lots, trace)
    elif standing == FREE and terms.method != UNPAID_PART:
        lots.pending[i] += interest(i, left, since, until, terms, lots, trace)


def interest(i: int, balance: int, first: int, until: int, terms: Any, lots: Any, trace: Any) -> int:
    """`balance` x days x rate over the nights from `first` to before `until`, rate by rate."""
    rates = terms.cash_rates if lots.kind[i] == CASH else terms.purchase_rates
    last_step = len(terms.rate_days) - 1
    total = 0
    for step in range(last_step + 1):
        begins = first if step == 0 else max(first, terms.rate_days[step])
        ends = until if step == last_step else min(until, terms.rate_days[step + 1])
        if begins < ends:
            total += balance * (ends - begins) * rates[step]
            note_nights(trace, i, begins, ends, balance, rates[step], lots.standing[i] == FREE)
    return total


def bear_from(i: int, first: int, until: int, terms: Any, lots: Any, tally: Any, trace: Any) -> None:
    """What is left of lot i bears interest from `first`, reckoned up to `until`, and goes on."""
    lots.standing[i] = BEARING
    lots.since[i] = until
    if lots.left[i] > 0 and first < until:
        tally[EARNED] += interest(i, lots.left[i], first, until, terms, lots, trace)


# --- postings


def book(
    i: int, postings: Any, cycles: Any, terms: Any, lots: Any, statements: Any, tally: Any, trace: Any
) -> None:
    """One posting on its day."""
    kind = lots.kind[i]
    lots.statement[i] = tally[PRINTED]
    if lots.left[i] == 0:  # undone by a later posting
        return
    if kind < FIRST_CREDIT or kind == PAYMENT_REVERSAL:
        start = postings.made[i] if terms.accrual_start else postings.day[i]
        place_debit(i, kind if kind < FIRST_CREDIT else PURCHASE, start, terms, lots, tally, trace)
    else:
        amount = lots.left[i]
        lots.left[i] = 0
        place_credit(i, kind, amount, postings, cycles, terms, lots, statements, tally, trace)


def place_debit(i: int, kind: int, start: int, terms: Any, lots: Any, tally: Any, trace: Any) -> None:
    """A new lot, met at once by any credit balance waiting for it."""
    lots.kind[i] = kind
    lots.since[i] = start
    lots.start[i] = start
    lots.pending[i] = 0
    lots.statement[i] = tally[PRINTED]
    lots.standing[i] = first_standing(kind, terms, tally)
    if kind == FEE:
        tally[FEES] += lots.cents[i]
    elif kind == LATE_FEE:
        tally[LATE_FEES] += lots.cents[i]
    elif kind == INTEREST:
        tally[INTEREST_BILLED] += lots.cents[i]
    used = min(tally[CREDIT_BALANCE], lots.left[i])
    if used > 0:
        tally[CREDIT_BALANCE] -= used
        lots.left[i] -= used
        note_paid(trace, NOWHERE, i, used)


def first_standing(kind: int, terms: Any, tally: Any) -> int:
    """Whether a new lot bears interest at once, perhaps, or never."""
    if kind == CASH or (kind == FEE and terms.fees_bear_interest) or (kind == INTEREST and terms.compounding):
        return BEARING
    if kind > INSTALMENT:
        return BEARS_NONE
    if terms.free_period == NO_FREE_PERIOD:
        return BEARING
    if terms.free_period == WHILE_PAID_IN_FULL and not tally[IN_GRACE]:
        return WAITING if terms.new_purchases else BEARING
    return FREE


def place_credit(
    i: int,
    kind: int,
    amount: int,
    postings: Any,
    cycles: Any,
    terms: Any,
    lots: Any,
    statements: Any,
    tally: Any,
    trace: Any,
) -> None:
    """Money for the account: it meets minimums oldest first, and lots in the order agreed."""
    day = postings.day[i]
    late = days_late(day, cycles, terms, statements, tally)
    needed = total_missing(statements, tally)
    tally[CREDITS] += amount
    meet_minimums(amount, statements, tally)
    target = postings.target[i]
    if 0 <= target < i:
        amount = pay_lot(target, amount, i, day, terms, lots, tally, trace)
    amount = pay_in_order(i, kind, amount, late, needed, day, terms, lots, tally, trace)
    tally[CREDIT_BALANCE] += amount
    if amount > 0:
        note_credit_balance(trace, i, amount)


def pay_in_order(
    i: int, kind: int, amount: int, late: int, needed: int, day: int, terms: Any, lots: Any, tally: Any, trace: Any
) -> int:
    """Pay lots in the order this credit follows; returns what is left over."""
    if kind == REFUND or kind == CHARGEBACK:
        amount = pay_principal(i, amount, day, terms, lots, tally, trace)
        return pay_charges(i, amount, day, terms, lots, tally, trace)
    if kind == WAIVER:
        amount = pay_kind(LATE_FEE, i, amount, day, terms, lots, tally, trace)
    elif terms.allocation == HIGHEST_RATE_FIRST:
        return pay_highest_rate_first(i, amount, needed, day, terms, lots, tally, trace)
    elif terms.allocation == PRINCIPAL_FIRST or (
        terms.allocation == BY_LATENESS and late >= terms.principal_first_from_day
    ):
        amount = pay_principal(i, amount, day, terms, lots, tally, trace)
    amount = pay_charges(i, amount, day, terms, lots, tally, trace)
    return pay_principal(i, amount, day, terms, lots, tally, trace)


def pay_highest_rate_first(
    i: int, amount: int, needed: int, day: int, terms: Any, lots: Any, tally: Any, trace: Any
) -> int:
    """12 CFR 1026.53: the minimum as the issuer likes, the excess to the highest rate first."""
    excess = max(0, amount - needed)
    amount = pay_charges(i, amount - excess, day, terms, lots, tally, trace)
    excess += pay_principal(i, amount, day, terms, lots, tally, trace)
    last_step = len(terms.rate_days) - 1
    if terms.cash_rates[last_step] > terms.purchase_rates[last_step]:
        excess = pay_kind(CASH, i, excess, day, terms, lots, tally, trace)
    excess = pay_kind(PURCHASE, i, excess, day, terms, lots, tally, trace)
    excess = pay_principal(i, excess, day, terms, lots, tally, trace)
    return pay_charges(i, excess, day, terms, lots, tally, trace)


def pay_charges(i: int, amount: int, day: int, terms: Any, lots: Any, tally: Any, trace: Any) -> int:
    """Interest, then fees and late fees, each oldest first."""
    amount = pay_kind(INTEREST, i, amount, day, terms, lots, tally, trace)
    amount = pay_kind(FEE, i, amount, day, terms, lots, tally, trace)
    return pay_kind(LATE_FEE, i, amount, day, terms, lots, tally, trace)


def pay_principal(i: int, amount: int, day: int, terms: Any, lots: Any, tally: Any, trace: Any) -> int:
    """Oldest statement first, and on one statement cash before purchases and instalments."""
    begin = 0
    while amount > 0 and begin < tally[LOTS]:
        end = begin + 1
        while end < tally[LOTS] and lots.statement[end] == lots.statement[begin]:
            end += 1
        for cash_first in (True, False):
            for lot in range(begin, end):
                if lots.kind[lot] <= INSTALMENT and (lots.kind[lot] == CASH) == cash_first:
                    amount = pay_lot(lot, amount, i, day, terms, lots, tally, trace)
        begin = end
    return amount


def pay_kind(
    kind: int, i: int, amount: int, day: int, terms: Any, lots: Any, tally: Any, trace: Any
) -> int:
    """Every lot of one kind, oldest first; returns what is left over."""
    lot = 0
    while amount > 0 and lot < tally[LOTS]:
        if lots.kind[lot] == kind:
            amount = pay_lot(lot, amount, i, day, terms, lots, tally, trace)
        lot += 1
    return amount


def pay_lot(
    lot: int, amount: int, i: int, day: int, terms: Any, lots: Any, tally: Any, trace: Any
) -> int:
    """Pay one lot from credit i as far as it goes; returns what is left over."""
    used = min(amount, lots.left[lot])
    if used <= 0 or lots.statement[lot] == NOWHERE:
        return amount
    old_balance = 1 if terms.day_count == PAYMENT_DAY_AT_OLD_BALANCE else 0
    accrue(lot, day + old_balance, terms, lots, tally, trace)
    lots.left[lot] -= used
    note_paid(trace, i, lot, used)
    return amount - used


# --- minimums and lateness


def meet_minimums(amount: int, statements: Any, tally: Any) -> None:
    """A credit meets what is missing of the minimums, oldest first."""
    while amount > 0 and tally[OLDEST] < tally[PRINTED]:
        oldest = tally[OLDEST]
        used = min(amount, statements.missing[oldest])
        statements.missing[oldest] -= used
        amount -= used
        if statements.missing[oldest] > 0:
            return
        tally[OLDEST] += 1


def total_missing(statements: Any, tally: Any) -> int:
    """What is still missing of the last statement's minimum, earlier ones included."""
    total = 0
    for k in range(tally[OLDEST], tally[PRINTED]):
        total += statements.missing[k]
    return total


def oldest_unpaid(day: int, cycles: Any, terms: Any, statements: Any, tally: Any) -> int:
    """The oldest statement whose minimum is missing beyond both tolerances; or -1.

    What is missing adds up: eight yuan are forgiven once, not every month.
    """
    total = 0
    for k in range(tally[OLDEST], tally[PRINTED]):
        total += statements.missing[k]
        if total > terms.tolerance_amount:
            return k if day > cycles.due_day[k] + terms.tolerance_days else NOWHERE
    return NOWHERE


def days_late(day: int, cycles: Any, terms: Any, statements: Any, tally: Any) -> int:
    """Days since the due date of the oldest unpaid minimum; 0 when there is none."""
    oldest = oldest_unpaid(day, cycles, terms, statements, tally)
    return day - cycles.due_day[oldest] if oldest >= 0 else 0


# --- the end of a statement's grace


def decide(
    cycles: Any, terms: Any, lots: Any, statements: Any, tally: Any, day: int, trace: Any
) -> None:
    """Was the statement paid in full, was its minimum paid: free period and late fee."""
    k = tally[DECIDED]
    tally[DECIDED] += 1
    unpaid = statements.balance[k] - (tally[CREDITS] - statements.credits_before[k])
    in_full = unpaid <= terms.tolerance_amount
    tally[IN_GRACE] = 1 if in_full else 0
    for i in range(tally[LOTS]):
        if lots.standing[i] == FREE and lots.statement[i] == k:
            if in_full:
                keep_free(i, k, day, lots, trace)
            else:
                lose_free(i, day, terms, lots, tally, trace)
        elif lots.standing[i] == FREE and terms.free_period == WHILE_PAID_IN_FULL and not in_full:
            lose_grace(i, day, terms, lots, tally, trace)
    missing = missing_up_to(k, statements, tally)
    statements.kept[k] = 1 if missing <= terms.tolerance_amount else 0
    if not statements.kept[k] and tally[OWN_CHARGES]:
        charge_late_fee(k, missing, day, terms, lots, statements, tally, trace)


def keep_free(i: int, k: int, day: int, lots: Any, trace: Any) -> None:
    """Paid in full: no interest. What the tolerance forgave moves on to the next statement."""
    lots.pending[i] = 0
    lots.since[i] = max(day, lots.since[i])
    lots.start[i] = lots.since[i]
    lots.statement[i] = k + 1
    note_free_kept(trace, i)


def lose_free(i: int, day: int, terms: Any, lots: Any, tally: Any, trace: Any) -> None:
    """Not paid in full: interest from the first day, on the full amount or the unpaid part."""
    if terms.method == UNPAID_PART:
        bear_from(i, lots.start[i], day, terms, lots, tally, trace)
    else:
        accrue(i, day, terms, lots, tally, trace)
        tally[EARNED] += lots.pending[i]
        lots.standing[i] = BEARING
        note_free_lost(trace, i)
    lots.pending[i] = 0


def lose_grace(i: int, day: int, terms: Any, lots: Any, tally: Any, trace: Any) -> None:
    """A purchase of the running cycle after an unpaid statement has no free period at all."""
    if terms.new_purchases:
        lots.standing[i] = WAITING
        lots.pending[i] = 0
        note_free_kept(trace, i)
    else:
        lose_free(i, day, terms, lots, tally, trace)


def missing_up_to(k: int, statements: Any, tally: Any) -> int:
    """What is missing of statement k's minimum, earlier ones included."""
    total = 0
    for j in range(tally[OLDEST], k + 1):
        total += statements.missing[j]
    return total


def charge_late_fee(
    k: int, missing: int, day: int, terms: Any, lots: Any, statements: Any, tally: Any, trace: Any
) -> None:
    """One late fee for statement k."""
    fee = late_fee(k, missing, terms, statements)
    if fee <= 0:
        return
    statements.late_fee[k] = fee
    i = new_charge(LATE_FEE, fee, day, terms, lots, tally, trace)
    note_late_fee(trace, i, k, missing)


def late_fee(k: int, missing: int, terms: Any, statements: Any) -> int:
    """A share of what is missing between floor and cap, or a flat fee."""
    if terms.late_fee_flat > 0:
        fee = terms.late_fee_flat
        for j in range(max(0, k - 6), k):
            if statements.late_fee[j] > 0:
                fee = max(fee, min(terms.late_fee_flat_again, terms.late_fee_cap))
    elif terms.late_fee_rate > 0:
        fee = max(half_up(missing * terms.late_fee_rate, MILLION), terms.late_fee_floor)
    else:
        fee = 0
    if terms.late_fee_at_most_minimum:
        fee = min(fee, statements.minimum[k])
    return min(fee, terms.late_fee_cap)


def new_charge(
    kind: int, cents: int, day: int, terms: Any, lots: Any, tally: Any, trace: Any
) -> int:
    """A lot of the fold's own, behind the postings."""
    i = tally[LOTS]
    tally[LOTS] += 1
    lots.cents[i] = cents
    lots.left[i] = cents
    place_debit(i, kind, day, terms, lots, tally, trace)
    return i


def half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator for numerator >= 0, half rounded up."""
    return (2 * numerator + denominator) // (2 * denominator)


# --- statements


def print_statement(
    day: int, terms: Any, lots: Any, statements: Any, tally: Any, trace: Any
) -> None:
    """The end of a statement day: bill the interest, add up, ask for the minimum."""
    k = tally[PRINTED]
    until = day + 1 if terms.day_count == STATEMENT_DAY_CHARGED else day
    for i in range(tally[LOTS]):
        if lots.statement[i] == NOWHERE:
            continue
        accrue(i, until, terms, lots, tally, trace)
        if lots.standing[i] == WAITING:
            lots.standing[i] = BEARING
        elif lots.standing[i] == FREE and terms.lost_free_period_from:
            start_free_again(i, until, lots, trace)
    statements.late_fee[k] = 0
    statements.kept[k] = 0
    bill_interest(k, until, terms, lots, statements, tally, trace)
    tally[EARNED] = 0
    balance = -tally[CREDIT_BALANCE]
    for i in range(tally[LOTS]):
        if lots.statement[i] != NOWHERE:
            balance += lots.left[i]
    statements.balance[k] = balance
    statements.credits_before[k] = tally[CREDITS]
    earlier = total_missing(statements, tally)
    statements.minimum[k] = minimum(k, balance, earlier, terms, lots, statements, tally)
    statements.missing[k] = max(0, statements.minimum[k] - earlier)
    note_statement(trace, k, day)
    tally[PRINTED] += 1


def start_free_again(i: int, until: int, lots: Any, trace: Any) -> None:
    """No night before the statement costs interest, even if the free period is lost."""
    lots.pending[i] = 0
    lots.start[i] = max(until, lots.start[i])
    note_free_kept(trace, i)


def bill_interest(
    k: int, until: int, terms: Any, lots: Any, statements: Any, tally: Any, trace: Any
) -> None:
    """All interest earned since the last statement, rounded once; or the bank's own."""
    cents = half_up(tally[EARNED], terms.rate_unit)
    if not tally[OWN_CHARGES]:
        cents = 0
        for i in range(tally[LOTS]):
            if lots.kind[i] == INTEREST and lots.statement[i] == k:
                cents += lots.cents[i]
    statements.interest[k] = cents
    if cents > 0 and tally[OWN_CHARGES]:
        i = new_charge(INTEREST, cents, until, terms, lots, tally, trace)
        note_interest(trace, i, k)
    else:
        note_interest(trace, NOWHERE, k)


def minimum(
    k: int, balance: int, earlier: int, terms: Any, lots: Any, statements: Any, tally: Any
) -> int:
    """Everything that counts in whole, what was asked for before, and the shares of the rest.

    Nothing is asked for twice: of the purchases, the part already in an unpaid earlier
    minimum counts in whole, and the share is taken of the rest.
    """
    whole, whole_before, rest, weighted = 0, 0, 0, 0
    for i in range(tally[LOTS]):
        left = lots.left[i]
        if left == 0 or lots.statement[i] == NOWHERE:
            continue
        share = minimum_share(lots.kind[i], k, terms, statements)
        if share == MILLION:
            whole += left
            whole_before += left if lots.statement[i] < k else 0
        else:
            rest += left
            weighted += left * share
    share = minimum_share(PURCHASE, k, terms, statements)
    earlier = half_up(earlier * terms.minimum_of_earlier_minimum, MILLION)
    asked_before = min(rest, max(0, earlier - whole_before))
    over = max(0, min(balance - tally[LIMIT], rest - asked_before))
    over = half_up(over * terms.minimum_of_over_limit, MILLION)
    weighted = max(0, weighted - (asked_before + over) * share)
    asked = whole + asked_before + over + half_up(weighted, MILLION)
    return max(0, min(balance, max(asked, terms.minimum_floor)))


def minimum_share(kind: int, k: int, terms: Any, statements: Any) -> int:
    """The share of a kind of debt that goes into the minimum, in parts of a million."""
    if kind == CASH:
        return terms.minimum_of_cash
    if kind == INSTALMENT:
        return terms.minimum_of_instalments
    if kind == INTEREST:
        return terms.minimum_of_interest
    if kind != PURCHASE:
        return terms.minimum_of_fees
    once_kept = terms.minimum_of_purchases_once_kept
    if once_kept >= 0 and k > 0 and statements.kept[k - 1] and statements.minimum[k - 1] > 0:
        return once_kept
    return terms.minimum_of_purchases


# --- closing


def close_account(
    cycles: Any, terms: Any, as_of: int, lots: Any, statements: Any, tally: Any, trace: Any
) -> None:
    """What would be owed were everything paid on `as_of`.

    Interest of a free period that can still be kept is not owed: paying today keeps it.
    """
    until = as_of + 1 if terms.day_count == PAYMENT_DAY_AT_OLD_BALANCE else as_of
    owed = -tally[CREDIT_BALANCE]
    for i in range(tally[LOTS]):
        if lots.statement[i] != NOWHERE:
            accrue(i, until, terms, lots, tally, trace)
            owed += lots.left[i]
    accrued = half_up(tally[EARNED], terms.rate_unit)
    tally[ACCRUED] = accrued
    tally[OVER_CEILING] = over_ceiling(terms, tally)
    tally[PAYOFF] = owed + accrued - tally[OVER_CEILING]
    oldest = oldest_unpaid(as_of, cycles, terms, statements, tally)
    tally[OLDEST_UNPAID] = oldest
    tally[DAYS_PAST_DUE] = as_of - cycles.due_day[oldest] if oldest >= 0 else 0
    tally[MINIMUM_DUE] = total_missing(statements, tally)
    tally[OVERDUE] = overdue(as_of, cycles, terms, statements, tally) if oldest >= 0 else 0


def overdue(as_of: int, cycles: Any, terms: Any, statements: Any, tally: Any) -> int:
    """What must come in to be no longer late."""
    total = 0
    for k in range(tally[OLDEST], tally[PRINTED]):
        if as_of > cycles.due_day[k] + terms.tolerance_days:
            total += statements.missing[k]
    return total


def over_ceiling(terms: Any, tally: Any) -> int:
    """Interest and fees beyond the ceiling on their total, where one is set."""
    if terms.cost_ceiling < 0:
        return 0
    allowed = half_up(tally[PRINCIPAL_DAYS] * terms.cost_ceiling, 365 * MILLION)
    charged = tally[INTEREST_BILLED] + tally[ACCRUED] + tally[LATE_FEES] + tally[FEES]
    return max(0, charged - allowed)


# --- the trace: kept when interpreted, compiled to nothing (compiled.py)


def note_nights(
    trace: Any, lot: int, first: int, until: int, balance: int, rate: int, pending: bool
) -> None:
    """`balance` of `lot` bears `rate` over these nights; `pending`: only if its free period is lost."""
    if trace is not None:
        nights = trace.pending if pending else trace.earned
        nights.setdefault(lot, []).append((first, until, balance, rate))


def note_free_kept(trace: Any, lot: int) -> None:
    """The interest pending on `lot` is not owed."""
    if trace is not None:
        trace.pending.pop(lot, None)


def note_free_lost(trace: Any, lot: int) -> None:
    """The interest pending on `lot` is owed after all: it bears interest from now on."""
    if trace is not None and lot in trace.pending:
        trace.earned.setdefault(lot, [])[:0] = trace.pending.pop(lot)


def note_interest(trace: Any, lot: int, statement: int) -> None:
    """All interest earned so far became the charge `lot` of `statement` (-1: below a cent)."""
    if trace is not None:
        trace.billed[lot] = (statement, trace.earned)
        trace.earned = {}


def note_late_fee(trace: Any, lot: int, statement: int, missing: int) -> None:
    """`lot` is the late fee of `statement`, whose minimum had `missing` unpaid."""
    if trace is not None:
        trace.late_fees[lot] = (statement, missing)


def note_paid(trace: Any, credit: int, lot: int, cents: int) -> None:
    """Posting `credit` (-1: the credit balance) paid `cents` of `lot`."""
    if trace is not None:
        trace.paid.setdefault(lot, []).append((credit, cents))


def note_credit_balance(trace: Any, credit: int, cents: int) -> None:
    """`cents` of posting `credit` found nothing to pay."""
    if trace is not None:
        trace.unused.append((credit, cents))


def note_undone(trace: Any, posting: int, target: int, cents: int) -> None:
    """`posting` took back `cents` of posting `target`."""
    if trace is not None:
        trace.undone.append((posting, target, cents))


def note_statement(trace: Any, statement: int, day: int) -> None:
    """`statement` was printed."""
    if trace is not None:
        trace.printed.append((statement, day))
