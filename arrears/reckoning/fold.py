"""The fold: one account's dated postings become what is owed. Integers only, written once.

Python runs this file as it stands and keeps a trace for the explanation (`core.py`);
numba compiles the same functions for the night (`compiled.py`). So it keeps to what both
understand: loops and integers. Everything stands on one sheet of integers, as on paper:

  sheet[TOLERANCE_DAYS]      the head: the card's terms, then the account's running figures
  sheet[rate + PURCHASES]    one row for each dated rate
  sheet[statement + MISSING] one row for each statement, filled as it is printed
  sheet[lot + LEFT]          one row for each posting, then for each charge the fold makes

`rate`, `statement` and `lot` are the places where rows begin. Other words used here:

  day        days since 1970-01-01, as Arrow's date32 counts them
  lot        a debit and what is left of it; a credit has a row too, with nothing left.
             Open lots are on a list, so that what is paid is not looked at again
  pending    interest of a lot still in its free period: owed only if that is lost
  earned     interest that will stand on the next statement; both in 1/RATE_UNIT of a cent
  missing    the part of a statement's minimum, not asked for before, that is still unpaid

One day in order: at its start the free period and late fee of a statement whose grace
ended the day before are decided; then its postings; at its end the statement, if it is
a statement day. Interest is charged for nights, so a payment's own day costs nothing.
"""

from typing import Any

# --- the head of the sheet: terms, in the order of rulebook.terms.CardTerms
(
    RATE_UNIT,
    DAY_COUNT,
    METHOD,
    COMPOUNDING,
    ACCRUAL_START,
    FREE_PERIOD,
    LOST_FREE_PERIOD_FROM,
    NEW_PURCHASES,
    FEES_BEAR_INTEREST,
    MINIMUM_OF_PURCHASES,
    MINIMUM_OF_PURCHASES_ONCE_KEPT,
    MINIMUM_OF_CASH,
    MINIMUM_OF_INSTALMENTS,
    MINIMUM_OF_INTEREST,
    MINIMUM_OF_FEES,
    MINIMUM_OF_OVER_LIMIT,
    MINIMUM_OF_EARLIER_MINIMUM,
    MINIMUM_FLOOR,
    LATE_FEE_RATE,
    LATE_FEE_FLOOR,
    LATE_FEE_CAP,
    LATE_FEE_FLAT,
    LATE_FEE_FLAT_AGAIN,
    LATE_FEE_AT_MOST_MINIMUM,
    TOLERANCE_DAYS,
    TOLERANCE_AMOUNT,
    ALLOCATION,
    PRINCIPAL_FIRST_FROM_DAY,
    COST_CEILING,
    CHARGES_BY,
) = range(30)
TERMS = 30

# --- the head, continued: the question, where the rows are, the running figures
AS_OF, LIMIT, RATES_AT, RATES_END, STATEMENTS_AT, STATEMENTS_END, LOTS_AT, POSTINGS_END = range(30, 38)
KINDS = 38  # a bit for each KIND there is among the postings; more bits do no harm
LOTS_END, PRINTED_END, DECIDED_END, OLDEST = range(39, 43)  # ends of what is done so far
OPEN_END = 43  # behind the list of open lots, which the OPEN column of the rows from LOTS_AT names
EARNED, CREDITS, CREDIT_BALANCE, LATE_FEES, INTEREST_BILLED, FEES, PRINCIPAL_DAYS = range(44, 51)
LEFT_OF = 51  # and five more: what is left of each KIND of debt, nothing to look for where it is 0
MISSING_IN_ALL, BANK_INTEREST = range(57, 59)  # the latter: posted by the bank since the last statement
PAID_IN_FULL, OWN_CHARGES = range(59, 61)  # 1 or 0
WHOLE, REST, WEIGHTED = range(61, 64)  # the statement being printed, for its minimum
ACCRUED, PAYOFF, MINIMUM_DUE, OVERDUE, DAYS_PAST_DUE, OLDEST_UNPAID, OVER_CEILING = range(64, 71)
HEAD = 71

# --- rows
RATE_FROM, PURCHASES, CASH_ADVANCES = range(3)
RATE_ROW = 3
STATEMENT_DAY, DUE_DAY, BALANCE, MINIMUM, MISSING, CREDITS_BEFORE, BILLED, FEE_CHARGED, KEPT = range(9)
STATEMENT_ROW = 9
KIND, CENTS, LEFT, POSTED, START, TARGET, SINCE, PENDING, STANDING, PRINTED_ON, OPEN = range(11)
LOT_ROW = 11

# --- KIND: debits below FIRST_CREDIT, principal up to INSTALMENT
PURCHASE, CASH, INSTALMENT, FEE, INTEREST, LATE_FEE = range(6)
FIRST_CREDIT = 8
PAYMENT, REFUND, CHARGEBACK, CREDIT_ADJUSTMENT, WAIVER, PAYMENT_REVERSAL = range(8, 14)
# Those that say something about others, or about who charges interest here: bits of KINDS.
TELLING = 1 << INTEREST | 1 << LATE_FEE | 1 << CHARGEBACK | 1 << PAYMENT_REVERSAL

# --- STANDING: how a lot stands towards interest
NOT_BOOKED, BEARS_NONE, FREE, BEARING, WAITING = range(5)

# --- orders of payment: steps from the right, 1 for what is on a statement, 2 for principal, 4 for charges
STEP_BITS = 3
AS_USUAL = 0o2435
PRINCIPAL_ON_STATEMENT_FIRST = 0o2453
ALL_PRINCIPAL_FIRST = 0o4523
ALL_CHARGES_FIRST = 0o2345

# Where the share of each KIND in the minimum stands behind that of purchases, packed like the orders.
_SHARES = (
    MINIMUM_OF_PURCHASES,
    MINIMUM_OF_CASH,
    MINIMUM_OF_INSTALMENTS,
    MINIMUM_OF_FEES,
    MINIMUM_OF_INTEREST,
    MINIMUM_OF_FEES,  # late fees
)
MINIMUM_SHARES = sum((share - MINIMUM_OF_PURCHASES) << STEP_BITS * kind for kind, share in enumerate(_SHARES))

# --- choices, by their place in rulebook.terms.CHOICES
STATEMENT_DAY_CHARGED, PAYMENT_DAY_AT_OLD_BALANCE = 1, 2
UNPAID_PART = 1
WHILE_PAID_IN_FULL, NO_FREE_PERIOD = 1, 2
BY_LATENESS, PRINCIPAL_FIRST, HIGHEST_RATE_FIRST = 0, 2, 3
AS_POSTED, BY_BANK = 0, 2

MILLION = 1_000_000
NEVER = 1 << 40
NO_LIMIT = 1 << 53  # an amount that is not set (kernel.money.MOST_CENTS)
NOWHERE = -1

Sheet = Any  # a list of int when interpreted, a pointer to int64 when compiled
Tracer = Any  # trace.Trace, or None where nobody asks why


def fold(sheet: Sheet, trace: Tracer) -> None:
    """Reckon the account on the sheet at the end of AS_OF; the answers are left on it."""
    open_account(sheet, trace)
    go_on(sheet, sheet[LOTS_AT], trace)


def go_on(sheet: Sheet, posting: int, trace: Tracer) -> None:
    """Day by day to the end of AS_OF, from the first posting that is not booked yet."""
    as_of = sheet[AS_OF]
    while True:
        decision_day, statement_day = next_decision(sheet), next_statement(sheet)
        last_day = min(decision_day - 1, statement_day, as_of)
        while posting < sheet[POSTINGS_END] and sheet[posting + POSTED] <= last_day:
            book(sheet, posting, trace)
            posting += LOT_ROW
        if min(decision_day, statement_day) > as_of:
            break
        if decision_day <= statement_day:
            decide(sheet, decision_day, trace)
        else:
            print_statement(sheet, statement_day, trace)
    close_account(sheet, trace)


def next_decision(sheet: Sheet) -> int:
    """The day after the grace of the oldest statement not yet decided."""
    statement = sheet[DECIDED_END]
    if statement == sheet[PRINTED_END]:
        return NEVER
    return int(sheet[statement + DUE_DAY] + sheet[TOLERANCE_DAYS] + 1)


def next_statement(sheet: Sheet) -> int:
    """The day of the next statement to be printed."""
    statement = sheet[PRINTED_END]
    return int(sheet[statement + STATEMENT_DAY]) if statement < sheet[STATEMENTS_END] else NEVER


# --- opening: what was undone later was never there


def open_account(sheet: Sheet, trace: Tracer) -> None:
    """Clear the running figures, take out what was undone later."""
    for place in range(EARNED, HEAD):
        sheet[place] = 0
    sheet[PRINTED_END] = sheet[STATEMENTS_AT]
    sheet[DECIDED_END] = sheet[STATEMENTS_AT]
    sheet[OLDEST] = sheet[STATEMENTS_AT]
    sheet[LOTS_END] = sheet[POSTINGS_END]
    sheet[OPEN_END] = sheet[LOTS_AT]
    sheet[PAID_IN_FULL] = 1
    sheet[OWN_CHARGES] = 0 if sheet[CHARGES_BY] == BY_BANK else 1
    if sheet[KINDS] & TELLING:
        for lot in range(sheet[LOTS_AT], sheet[POSTINGS_END], LOT_ROW):
            if sheet[lot + POSTED] <= sheet[AS_OF]:
                look_at(sheet, lot, trace)


def make_lot(sheet: Sheet, lot: int) -> None:
    """A posting before its day."""
    sheet[lot + LEFT] = sheet[lot + CENTS]
    sheet[lot + STANDING] = NOT_BOOKED
    sheet[lot + PENDING] = 0


def look_at(sheet: Sheet, lot: int, trace: Tracer) -> None:
    """What a posting of a TELLING kind says."""
    kind = sheet[lot + KIND]
    if kind == PAYMENT_REVERSAL or kind == CHARGEBACK:
        undo(sheet, lot, trace)
    elif (kind == INTEREST or kind == LATE_FEE) and sheet[CHARGES_BY] == AS_POSTED:
        sheet[OWN_CHARGES] = 0


def undo(sheet: Sheet, lot: int, trace: Tracer) -> None:
    """A bounced payment, a purchase charged back: taken out from its own day on."""
    target = sheet[lot + TARGET]
    reverses_credit = sheet[lot + KIND] == PAYMENT_REVERSAL
    if target == NOWHERE and reverses_credit:
        target = latest_payment_of(sheet, sheet[lot + CENTS], lot)
    if target == NOWHERE or target > lot:
        return
    if (FIRST_CREDIT <= sheet[target + KIND] <= WAIVER) != reverses_credit:
        return
    cents = min(sheet[lot + LEFT], sheet[target + LEFT])
    sheet[target + LEFT] -= cents
    sheet[lot + LEFT] -= cents
    note_undone(trace, lot, target, cents)


def latest_payment_of(sheet: Sheet, cents: int, before: int) -> int:
    """The last payment of exactly `cents` before a posting, not undone yet; or NOWHERE."""
    lot = before - LOT_ROW
    while lot >= sheet[LOTS_AT]:
        if sheet[lot + KIND] == PAYMENT and sheet[lot + LEFT] == cents:
            return lot
        lot -= LOT_ROW
    return NOWHERE


# --- interest


def accrue(sheet: Sheet, lot: int, until: int, trace: Tracer) -> None:
    """Reckon the lot's interest up to the night before `until`.

    Without branches: which of the lots bear interest is what a processor cannot guess.
    """
    since, standing = sheet[lot + SINCE], sheet[lot + STANDING]
    until = since + max(0, until - since) * (standing > BEARS_NONE)
    sheet[lot + SINCE] = until
    left = sheet[lot + LEFT]
    sheet[PRINCIPAL_DAYS] += left * (until - since) * (sheet[lot + KIND] <= INSTALMENT)
    bears = (standing == BEARING) | ((standing == FREE) & (sheet[METHOD] != UNPAID_PART))
    cost = interest(sheet, lot, left * bears, since, until, trace)
    earned = cost * (standing == BEARING)
    sheet[EARNED] += earned
    sheet[lot + PENDING] += cost - earned


def interest(sheet: Sheet, lot: int, balance: int, first: int, until: int, trace: Tracer) -> int:
    """`balance` x nights x rate from `first` to before `until`, dated rate by dated rate."""
    column = CASH_ADVANCES if sheet[lot + KIND] == CASH else PURCHASES
    rate = sheet[RATES_END] - RATE_ROW
    if rate == sheet[RATES_AT] or first >= sheet[rate + RATE_FROM]:
        note_nights(trace, sheet, lot, first, until, balance, sheet[rate + column])
        return int(balance * max(0, until - first) * sheet[rate + column])
    total = 0
    ends = until
    while ends > first:
        begins = first
        if rate > sheet[RATES_AT]:
            begins = max(first, sheet[rate + RATE_FROM])
        if begins < ends:
            total += balance * (ends - begins) * sheet[rate + column]
            note_nights(trace, sheet, lot, begins, ends, balance, sheet[rate + column])
            ends = begins
        rate -= RATE_ROW
    return total


# --- postings


def book(sheet: Sheet, lot: int, trace: Tracer) -> None:
    """One posting on its day."""
    kind = sheet[lot + KIND]
    sheet[lot + PRINTED_ON] = sheet[PRINTED_END]
    if sheet[lot + LEFT] == 0:  # undone by a later posting
        sheet[lot + STANDING] = BEARS_NONE
        return
    if kind == PAYMENT_REVERSAL:  # of a payment nobody knows: the money is owed again
        kind = PURCHASE
        sheet[lot + KIND] = kind
    if kind < FIRST_CREDIT:
        place_debit(sheet, lot, trace)
    else:
        place_credit(sheet, lot, trace)


def place_debit(sheet: Sheet, lot: int, trace: Tracer) -> None:
    """A new lot, met at once by any credit balance waiting for it."""
    list_as_open(sheet, lot)
    kind = sheet[lot + KIND]
    sheet[lot + SINCE] = sheet[lot + START]
    sheet[lot + STANDING] = first_standing(sheet, kind)
    if sheet[CREDIT_BALANCE] > 0:
        used = min(sheet[CREDIT_BALANCE], sheet[lot + LEFT])
        sheet[CREDIT_BALANCE] -= used
        sheet[lot + LEFT] -= used
        note_paid(trace, NOWHERE, lot, used)
    sheet[LEFT_OF + kind] += sheet[lot + LEFT]
    if kind > INSTALMENT:
        count_charge(sheet, kind, sheet[lot + CENTS])


def count_charge(sheet: Sheet, kind: int, cents: int) -> None:
    """A new charge in the sum of its kind."""
    if kind == INTEREST:
        sheet[INTEREST_BILLED] += cents
        sheet[BANK_INTEREST] += cents
    elif kind == FEE:
        sheet[FEES] += cents
    else:
        sheet[LATE_FEES] += cents


def list_as_open(sheet: Sheet, lot: int) -> None:
    """Put a lot at the end of the list of open lots, which is in the order they were booked."""
    sheet[sheet[OPEN_END] + OPEN] = lot
    sheet[OPEN_END] += LOT_ROW


def first_standing(sheet: Sheet, kind: int) -> int:
    """Whether a new lot bears interest at once, perhaps, or never."""
    if kind == PURCHASE or kind == INSTALMENT:
        if sheet[FREE_PERIOD] == NO_FREE_PERIOD:
            return BEARING
        if sheet[FREE_PERIOD] == WHILE_PAID_IN_FULL and not sheet[PAID_IN_FULL]:
            return WAITING if sheet[NEW_PURCHASES] else BEARING
        return FREE
    if kind == CASH or (kind == FEE and sheet[FEES_BEAR_INTEREST]):
        return BEARING
    return BEARING if kind == INTEREST and sheet[COMPOUNDING] else BEARS_NONE


def place_credit(sheet: Sheet, credit: int, trace: Tracer) -> None:
    """Money for the account: it meets minimums oldest first, and lots in the order agreed."""
    late = days_past_due(sheet, sheet[credit + POSTED]) if sheet[ALLOCATION] == BY_LATENESS else 0
    needed = sheet[MISSING_IN_ALL] if sheet[ALLOCATION] == HIGHEST_RATE_FIRST else 0
    sheet[credit + STANDING] = BEARS_NONE
    sheet[CREDITS] += sheet[credit + LEFT]
    meet_minimums(sheet, sheet[credit + LEFT])
    target = sheet[credit + TARGET]
    if NOWHERE < target < credit:
        pay_lot(sheet, credit, target, trace)
        if sheet[credit + KIND] == CREDIT_ADJUSTMENT:
            forget_if_free(sheet, target, sheet[credit + POSTED], trace)
    pay_in_order(sheet, credit, late, needed, trace)
    if sheet[credit + LEFT] > 0:
        sheet[CREDIT_BALANCE] += sheet[credit + LEFT]
        note_credit_balance(trace, credit, sheet[credit + LEFT])
        sheet[credit + LEFT] = 0


def forget_if_free(sheet: Sheet, lot: int, day: int, trace: Tracer) -> None:
    """A purchase wholly corrected, or turned into instalments, in its free period costs no interest."""
    if sheet[lot + LEFT] == 0 and sheet[lot + STANDING] == FREE:
        stay_free(sheet, lot, day, trace)


def pay_in_order(sheet: Sheet, credit: int, late: int, needed: int, trace: Tracer) -> None:
    """Pay lots in the order this credit follows: what is on a statement before what is not."""
    order = order_of(sheet, sheet[credit + KIND], late)
    if order == AS_USUAL and sheet[ALLOCATION] == HIGHEST_RATE_FIRST:
        pay_highest_rate_first(sheet, credit, needed, trace)
    while sheet[credit + LEFT] > 0 and order > 0:
        billed = order % 2 == 1
        if order & 2:
            pay_principal(sheet, credit, billed, trace)
        else:
            pay_charges(sheet, credit, billed, trace)
        order >>= STEP_BITS


def order_of(sheet: Sheet, kind: int, late: int) -> int:
    """What a credit of this kind that comes `late` days past due pays first."""
    if kind == REFUND or kind == CHARGEBACK:
        return ALL_PRINCIPAL_FIRST
    if kind == WAIVER:
        return ALL_CHARGES_FIRST
    return PRINCIPAL_ON_STATEMENT_FIRST if principal_first(sheet, late) else AS_USUAL


def principal_first(sheet: Sheet, late: int) -> bool:
    """Whether a payment that comes `late` days past due pays principal before interest and fees."""
    if sheet[ALLOCATION] == BY_LATENESS:
        return bool(late >= sheet[PRINCIPAL_FIRST_FROM_DAY])
    return bool(sheet[ALLOCATION] == PRINCIPAL_FIRST)


def pay_highest_rate_first(sheet: Sheet, credit: int, needed: int, trace: Tracer) -> None:
    """12 CFR 1026.53: what exceeds the minimum goes to the highest rate first."""
    minimum_part = min(needed, sheet[credit + LEFT])
    excess = sheet[credit + LEFT] - minimum_part
    sheet[credit + LEFT] = minimum_part
    pay_charges(sheet, credit, True, trace)
    pay_rows(sheet, credit, PURCHASE, PURCHASE, True, sheet[LOTS_AT], sheet[OPEN_END], trace)
    sheet[credit + LEFT] += excess
    rate = rate_row(sheet, sheet[credit + POSTED])
    dearer = CASH if sheet[rate + CASH_ADVANCES] > sheet[rate + PURCHASES] else PURCHASE
    for billed in (True, False):
        pay_rows(sheet, credit, dearer, dearer, billed, sheet[LOTS_AT], sheet[OPEN_END], trace)
    pay_principal(sheet, credit, True, trace)


def rate_row(sheet: Sheet, day: int) -> int:
    """The dated rate in force on a day."""
    rate = sheet[RATES_END] - RATE_ROW
    while rate > sheet[RATES_AT] and sheet[rate + RATE_FROM] > day:
        rate -= RATE_ROW
    return int(rate)


def pay_charges(sheet: Sheet, credit: int, billed: bool, trace: Tracer) -> None:
    """Interest, then fees, then late fees, each oldest first."""
    for kind in (INTEREST, FEE, LATE_FEE):
        if sheet[LEFT_OF + kind] > 0:
            pay_rows(sheet, credit, kind, kind, billed, sheet[LOTS_AT], sheet[OPEN_END], trace)


def pay_principal(sheet: Sheet, credit: int, billed: bool, trace: Tracer) -> None:
    """Oldest statement first, and on one statement cash before purchases and instalments."""
    begin, end_of_all = sheet[LOTS_AT], sheet[OPEN_END]
    while sheet[credit + LEFT] > 0 and begin < end_of_all and sheet[LEFT_OF + CASH] > 0:
        end = end_of_statement(sheet, begin)
        pay_rows(sheet, credit, CASH, CASH, billed, begin, end, trace)
        pay_rows(sheet, credit, PURCHASE, INSTALMENT, billed, begin, end, trace)
        begin = end
    pay_rows(sheet, credit, PURCHASE, INSTALMENT, billed, begin, end_of_all, trace)


def end_of_statement(sheet: Sheet, begin: int) -> int:
    """Behind the open lots that are on the same statement as the one listed in row `begin`."""
    end = begin
    while (
        end < sheet[OPEN_END]
        and sheet[sheet[end + OPEN] + PRINTED_ON] == sheet[sheet[begin + OPEN] + PRINTED_ON]
    ):
        end += LOT_ROW
    return end


def pay_rows(
    sheet: Sheet,
    credit: int,
    first_kind: int,
    last_kind: int,
    billed: bool,
    begin: int,
    end: int,
    trace: Tracer,
) -> None:
    """Open lots of some kinds, on a statement or not yet: those listed in rows `begin` to before `end`."""
    row = begin
    while row < end and sheet[credit + LEFT] > 0:
        lot = sheet[row + OPEN]
        # All asked at once: a guess of the processor's that may be wrong, not four.
        of_kind = (first_kind <= sheet[lot + KIND]) & (sheet[lot + KIND] <= last_kind)
        printed = sheet[lot + PRINTED_ON] < sheet[PRINTED_END]
        if of_kind & (sheet[lot + LEFT] > 0) & (printed == billed):
            pay_lot(sheet, credit, lot, trace)
        row += LOT_ROW


def pay_lot(sheet: Sheet, credit: int, lot: int, trace: Tracer) -> None:
    """Pay one lot as far as the credit goes."""
    used = min(sheet[credit + LEFT], sheet[lot + LEFT])
    if used == 0 or sheet[lot + STANDING] == NOT_BOOKED:
        return
    old_balance = 1 if sheet[DAY_COUNT] == PAYMENT_DAY_AT_OLD_BALANCE else 0
    accrue(sheet, lot, sheet[credit + POSTED] + old_balance, trace)
    sheet[lot + LEFT] -= used
    sheet[credit + LEFT] -= used
    sheet[LEFT_OF + sheet[lot + KIND]] -= used
    note_paid(trace, credit, lot, used)


# --- minimums and lateness


def meet_minimums(sheet: Sheet, cents: int) -> None:
    """A credit meets what is missing of the minimums, oldest first."""
    while cents > 0 and sheet[OLDEST] < sheet[PRINTED_END]:
        oldest = sheet[OLDEST]
        used = min(cents, sheet[oldest + MISSING])
        sheet[oldest + MISSING] -= used
        sheet[MISSING_IN_ALL] -= used
        cents -= used
        if sheet[oldest + MISSING] > 0:
            return
        sheet[OLDEST] += STATEMENT_ROW


def missing_of_decided(sheet: Sheet) -> int:
    """What is missing of the minimums of statements whose grace is over."""
    missing = sheet[MISSING_IN_ALL]
    for statement in range(max(sheet[DECIDED_END], sheet[OLDEST]), sheet[PRINTED_END], STATEMENT_ROW):
        missing -= sheet[statement + MISSING]
    return int(missing)


def oldest_unpaid(sheet: Sheet, day: int) -> int:
    """The oldest statement whose minimum is missing beyond both tolerances; or NOWHERE.

    What is missing adds up: eight yuan are forgiven once, not every month.
    """
    total = 0
    for statement in range(sheet[OLDEST], sheet[PRINTED_END], STATEMENT_ROW):
        total += sheet[statement + MISSING]
        if total > sheet[TOLERANCE_AMOUNT]:
            late = day > sheet[statement + DUE_DAY] + sheet[TOLERANCE_DAYS]
            return statement if late else NOWHERE
    return NOWHERE


def days_past_due(sheet: Sheet, day: int) -> int:
    """Days since the due date of the oldest unpaid minimum; 0 when there is none."""
    oldest = oldest_unpaid(sheet, day)
    return int(day - sheet[oldest + DUE_DAY]) if oldest != NOWHERE else 0


# --- the end of a statement's grace


def decide(sheet: Sheet, day: int, trace: Tracer) -> None:
    """Was the statement paid in full, was its minimum paid: free period and late fee."""
    statement = sheet[DECIDED_END]
    sheet[DECIDED_END] += STATEMENT_ROW
    paid = sheet[CREDITS] - sheet[statement + CREDITS_BEFORE]
    in_full = sheet[statement + BALANCE] - paid <= sheet[TOLERANCE_AMOUNT]
    sheet[PAID_IN_FULL] = 1 if in_full else 0
    # A purchase of the running cycle is free while statements are paid in full.
    unbilled_too = (not in_full) & (sheet[FREE_PERIOD] == WHILE_PAID_IN_FULL)
    for row in range(sheet[LOTS_AT], sheet[OPEN_END], LOT_ROW):
        lot = sheet[row + OPEN]
        on_it = sheet[lot + PRINTED_ON] == statement
        if (sheet[lot + STANDING] == FREE) & (on_it | unbilled_too):
            decide_lot(sheet, lot, statement, in_full, on_it, day, trace)
    missing = missing_of_decided(sheet)
    sheet[statement + KEPT] = 1 if missing <= sheet[TOLERANCE_AMOUNT] else 0
    if not sheet[statement + KEPT] and sheet[OWN_CHARGES]:
        charge_late_fee(sheet, statement, missing, day, trace)


def decide_lot(
    sheet: Sheet, lot: int, statement: int, in_full: bool, on_it: bool, day: int, trace: Tracer
) -> None:
    """The free period of a lot, when the statement it is on, or one before it, is decided."""
    # A purchase of the running cycle after an unpaid statement has no free period.
    if not in_full and (on_it or not sheet[NEW_PURCHASES]):
        bear(sheet, lot, day, trace)
        return
    stay_free(sheet, lot, day, trace)
    if on_it:  # what the tolerance forgave moves on to the next statement
        sheet[lot + PRINTED_ON] = statement + STATEMENT_ROW
    else:
        sheet[lot + STANDING] = WAITING


def stay_free(sheet: Sheet, lot: int, day: int, trace: Tracer) -> None:
    """No night before `day` costs interest (though its nights count for the ceiling)."""
    accrue(sheet, lot, day, trace)
    sheet[lot + PENDING] = 0
    sheet[lot + SINCE] = max(day, sheet[lot + SINCE])
    sheet[lot + START] = sheet[lot + SINCE]
    note_free_kept(trace, lot)


def bear(sheet: Sheet, lot: int, day: int, trace: Tracer) -> None:
    """The free period is lost: interest from the first day, on the full amount or what is left."""
    accrue(sheet, lot, day, trace)
    sheet[lot + STANDING] = BEARING
    if sheet[METHOD] == UNPAID_PART:
        sheet[EARNED] += interest(sheet, lot, sheet[lot + LEFT], sheet[lot + START], day, trace)
        sheet[lot + SINCE] = max(day, sheet[lot + SINCE])
    else:
        sheet[EARNED] += sheet[lot + PENDING]
        sheet[lot + PENDING] = 0
        note_free_lost(trace, lot)


def charge_late_fee(sheet: Sheet, statement: int, missing: int, day: int, trace: Tracer) -> None:
    """One late fee for the statement."""
    fee = late_fee(sheet, statement, missing)
    if fee > 0:
        sheet[statement + FEE_CHARGED] = fee
        lot = new_charge(sheet, LATE_FEE, fee, day, trace)
        note_late_fee(trace, lot, statement, missing)


def late_fee(sheet: Sheet, statement: int, missing: int) -> int:
    """A share of what is missing between floor and cap, or a flat fee."""
    fee = half_up(missing * sheet[LATE_FEE_RATE], MILLION)
    if sheet[LATE_FEE_RATE] > 0:
        fee = max(fee, sheet[LATE_FEE_FLOOR])
    if sheet[LATE_FEE_FLAT] > 0:
        fee = sheet[LATE_FEE_FLAT]
        if sheet[LATE_FEE_FLAT_AGAIN] < NO_LIMIT and late_before(sheet, statement):
            fee = sheet[LATE_FEE_FLAT_AGAIN]
    if sheet[LATE_FEE_AT_MOST_MINIMUM]:
        fee = min(fee, sheet[statement + MINIMUM])
    return int(min(fee, sheet[LATE_FEE_CAP]))


def late_before(sheet: Sheet, statement: int) -> bool:
    """Whether one of the six statements before had a late fee (12 CFR 1026.52(b)(1)(ii)(B))."""
    first = max(sheet[STATEMENTS_AT], statement - 6 * STATEMENT_ROW)
    fees = 0
    for earlier in range(first, statement, STATEMENT_ROW):
        fees += sheet[earlier + FEE_CHARGED]
    return fees > 0


def new_charge(sheet: Sheet, kind: int, cents: int, day: int, trace: Tracer) -> int:
    """A lot of the fold's own, behind the postings; returns its place."""
    lot = sheet[LOTS_END]
    sheet[LOTS_END] += LOT_ROW
    sheet[lot + KIND] = kind
    sheet[lot + CENTS] = cents
    sheet[lot + LEFT] = cents
    sheet[lot + POSTED] = day
    sheet[lot + START] = day
    sheet[lot + TARGET] = NOWHERE
    sheet[lot + PENDING] = 0
    sheet[lot + PRINTED_ON] = sheet[PRINTED_END]
    place_debit(sheet, lot, trace)
    return int(lot)


def half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator for numerator >= 0, half rounded up."""
    return (2 * numerator + denominator) // (2 * denominator)


# --- statements


def print_statement(sheet: Sheet, day: int, trace: Tracer) -> None:
    """The end of a statement day: bill the interest, add up, ask for the minimum."""
    statement = sheet[PRINTED_END]
    until = day + 1 if sheet[DAY_COUNT] == STATEMENT_DAY_CHARGED else day
    share = purchase_share(sheet, statement)
    clear_sums(sheet)
    kept = sheet[LOTS_AT]
    for row in range(sheet[LOTS_AT], sheet[OPEN_END], LOT_ROW):
        lot = sheet[row + OPEN]
        standing = sheet[lot + STANDING]
        # What is free waits: its nights are reckoned when it is paid, decided or asked for.
        if standing != FREE:
            accrue(sheet, lot, until, trace)
            sheet[lot + STANDING] = BEARING if standing == WAITING else standing
        elif sheet[LOST_FREE_PERIOD_FROM]:
            stay_free(sheet, lot, until, trace)
        add_up(sheet, lot, statement, share)
        # One that is paid and has no interest pending is written over by the next.
        sheet[kept + OPEN] = lot
        kept += LOT_ROW * ((sheet[lot + LEFT] > 0) | (sheet[lot + PENDING] > 0))
    sheet[OPEN_END] = kept
    sheet[statement + FEE_CHARGED] = 0
    sheet[statement + KEPT] = 0
    sheet[statement + CREDITS_BEFORE] = sheet[CREDITS]
    bill_interest(sheet, statement, until, share, trace)
    ask_minimum(sheet, statement, share, trace)
    sheet[PRINTED_END] += STATEMENT_ROW


def bill_interest(sheet: Sheet, statement: int, until: int, share: int, trace: Tracer) -> None:
    """All interest earned since the last statement, rounded once; or the bank's own."""
    cents = half_up(sheet[EARNED], sheet[RATE_UNIT]) if sheet[EARNED] > 0 else 0
    sheet[EARNED] = 0
    if not sheet[OWN_CHARGES]:
        cents = sheet[BANK_INTEREST]
        note_bank_billed(trace)
    elif cents > 0:
        lot = new_charge(sheet, INTEREST, cents, until, trace)
        add_up(sheet, lot, statement, share)
        note_billed(trace, lot, statement)
    else:
        note_bank_billed(trace)
    sheet[statement + BILLED] = cents
    sheet[BANK_INTEREST] = 0


def clear_sums(sheet: Sheet) -> None:
    """Before a statement is added up."""
    for place in range(WHOLE, WEIGHTED + 1):
        sheet[place] = 0


def add_up(sheet: Sheet, lot: int, statement: int, purchase_share: int) -> None:
    """One open lot for the statement: whether it counts in whole for the minimum, or its share.

    What counts in whole does so once, on the statement it is printed on; what an earlier
    minimum asked for and money has since met elsewhere counts like a purchase.
    """
    left, kind = sheet[lot + LEFT], sheet[lot + KIND]
    share = sheet[MINIMUM_OF_PURCHASES + (MINIMUM_SHARES >> STEP_BITS * kind & 7)]
    share = purchase_share if kind == PURCHASE else share
    first_time = sheet[lot + PRINTED_ON] >= statement
    whole = left if (share >= MILLION) & first_time else 0
    sheet[WHOLE] += whole
    sheet[REST] += left - whole
    sheet[WEIGHTED] += (left - whole) * (purchase_share if share >= MILLION else share)


def ask_minimum(sheet: Sheet, statement: int, share: int, trace: Tracer) -> None:
    """The balance, and its minimum: what counts in whole, and a share of the rest.

    Nothing is asked for twice: what is missing of earlier minimums counts in whole, and the
    share is taken of the rest.
    """
    whole, rest = sheet[WHOLE], sheet[REST]
    balance = whole + rest - sheet[CREDIT_BALANCE]
    missing = sheet[MISSING_IN_ALL]
    asked_before, over = 0, 0
    if missing > 0:
        earlier = half_up(missing * sheet[MINIMUM_OF_EARLIER_MINIMUM], MILLION)
        asked_before = min(rest, earlier)
    if balance > sheet[LIMIT]:
        over = min(balance - sheet[LIMIT], rest - asked_before)
        over = half_up(over * sheet[MINIMUM_OF_OVER_LIMIT], MILLION)
    shares = half_up(max(0, sheet[WEIGHTED] - (asked_before + over) * share), MILLION)
    note_minimum(trace, statement, whole, asked_before, over, shares)
    asked = max(whole + asked_before + over + shares, sheet[MINIMUM_FLOOR])
    minimum = max(0, min(balance, asked))
    sheet[statement + BALANCE] = balance
    sheet[statement + MINIMUM] = minimum
    sheet[statement + MISSING] = max(0, minimum - missing)
    sheet[MISSING_IN_ALL] += sheet[statement + MISSING]


def purchase_share(sheet: Sheet, statement: int) -> int:
    """The share of purchases in the minimum: a smaller one, with some issuers, once one was kept."""
    once_kept = sheet[MINIMUM_OF_PURCHASES_ONCE_KEPT]
    before = statement - STATEMENT_ROW
    if once_kept >= 0 and before >= sheet[STATEMENTS_AT] and sheet[before + MINIMUM] > 0:
        return int(once_kept if sheet[before + KEPT] else sheet[MINIMUM_OF_PURCHASES])
    return int(sheet[MINIMUM_OF_PURCHASES])


# --- closing


def close_account(sheet: Sheet, trace: Tracer) -> None:
    """What would be owed were everything paid on AS_OF.

    Interest of a free period that can still be kept is not owed: paying today keeps it.
    """
    as_of = sheet[AS_OF]
    until = as_of + 1 if sheet[DAY_COUNT] == PAYMENT_DAY_AT_OLD_BALANCE else as_of
    owed = -sheet[CREDIT_BALANCE]
    for row in range(sheet[LOTS_AT], sheet[OPEN_END], LOT_ROW):
        lot = sheet[row + OPEN]
        accrue(sheet, lot, until, trace)
        owed += sheet[lot + LEFT]
    sheet[ACCRUED] = half_up(sheet[EARNED], sheet[RATE_UNIT]) if sheet[EARNED] > 0 else 0
    sheet[OVER_CEILING] = over_ceiling(sheet)
    sheet[PAYOFF] = owed + sheet[ACCRUED] - sheet[OVER_CEILING]
    sheet[MINIMUM_DUE] = sheet[MISSING_IN_ALL]
    oldest = oldest_unpaid(sheet, as_of)
    sheet[OLDEST_UNPAID] = oldest
    sheet[DAYS_PAST_DUE] = 0
    sheet[OVERDUE] = 0
    if oldest != NOWHERE:
        sheet[DAYS_PAST_DUE] = as_of - sheet[oldest + DUE_DAY]
        sheet[OVERDUE] = overdue(sheet, as_of)


def overdue(sheet: Sheet, as_of: int) -> int:
    """What must come in to be no longer late."""
    total = 0
    for statement in range(sheet[OLDEST], sheet[PRINTED_END], STATEMENT_ROW):
        if as_of > sheet[statement + DUE_DAY] + sheet[TOLERANCE_DAYS]:
            total += sheet[statement + MISSING]
    return total


def over_ceiling(sheet: Sheet) -> int:
    """Interest and fees beyond the yearly ceiling on their total, where one is set."""
    if sheet[COST_CEILING] < 0:
        return 0
    allowed = half_up(sheet[PRINCIPAL_DAYS] * sheet[COST_CEILING], 365 * MILLION)
    charged = sheet[INTEREST_BILLED] + sheet[ACCRUED] + sheet[LATE_FEES] + sheet[FEES]
    return int(max(0, charged - allowed))


# --- the trace: kept when interpreted, compiled to nothing (compiled.py)


def note_nights(
    trace: Tracer, sheet: Sheet, lot: int, first: int, until: int, balance: int, rate: int
) -> None:
    """`balance` of `lot` bears `rate` over these nights: surely, or if its free period is lost."""
    if trace is not None and balance > 0 and first < until:
        nights = trace.pending if sheet[lot + STANDING] == FREE else trace.earned
        nights.setdefault(lot, []).append((first, until, balance, rate))


def note_free_kept(trace: Tracer, lot: int) -> None:
    """The interest pending on `lot` is not owed."""
    if trace is not None:
        trace.pending.pop(lot, None)


def note_free_lost(trace: Tracer, lot: int) -> None:
    """The interest pending on `lot` is owed after all."""
    if trace is not None and lot in trace.pending:
        trace.earned.setdefault(lot, [])[:0] = trace.pending.pop(lot)


def note_billed(trace: Tracer, lot: int, statement: int) -> None:
    """All interest earned so far became the charge `lot` of `statement`."""
    if trace is not None:
        trace.billed[lot] = (statement, trace.earned)
        trace.earned = {}


def note_bank_billed(trace: Tracer) -> None:
    """The interest earned so far was billed by the bank, or came to less than half a cent."""
    if trace is not None:
        trace.earned = {}


def note_late_fee(trace: Tracer, lot: int, statement: int, missing: int) -> None:
    """`lot` is the late fee of `statement`, whose minimum had `missing` unpaid."""
    if trace is not None:
        trace.late_fees[lot] = (statement, missing)


def note_paid(trace: Tracer, credit: int, lot: int, cents: int) -> None:
    """`credit` (NOWHERE: the credit balance) paid `cents` of `lot`."""
    if trace is not None:
        trace.paid.setdefault(lot, []).append((credit, cents))


def note_credit_balance(trace: Tracer, credit: int, cents: int) -> None:
    """`cents` of `credit` found nothing to pay."""
    if trace is not None:
        trace.unused.append((credit, cents))


def note_undone(trace: Tracer, lot: int, target: int, cents: int) -> None:
    """`lot` took back `cents` of the posting `target`."""
    if trace is not None:
        trace.undone.append((lot, target, cents))


def note_minimum(
    trace: Tracer, statement: int, whole: int, asked_before: int, over_limit: int, shares: int
) -> None:
    """What the minimum of `statement` is made of, before floor and balance limit it."""
    if trace is not None:
        trace.minimums[statement] = (whole, asked_before, over_limit, shares)
