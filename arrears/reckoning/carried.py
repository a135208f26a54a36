"""What is carried from one night to the next: an account's sheet, folded small.

The fold can go on from where it stood: its running figures, the statements that still
matter and the open lots are all it needs. `save` writes them as numbers, `load` lays them
out again with the day's new statements and postings behind. Both forms of the fold, the
whole history at once and night after night, end with the same sheet; a test says so.

What reaches back behind the last night cannot go on: a posting of an earlier day, one that
undoes another, the bank's first own charge. Such an account needs its whole history.
"""

from typing import Any

from arrears.reckoning import compiled as c
from arrears.reckoning import fold as f
from arrears.reckoning.reasons import NEEDS_HISTORY

FIRST_FIGURE, FIGURES = f.EARNED, f.OWN_CHARGES + 1 - f.EARNED
COUNTS = 5  # statement rows, of them printed, decided, before the oldest unpaid; lots
LOT_NUMBERS = f.LOT_ROW - 1  # all but OPEN
KEPT_PRINTED = 6  # a flat late fee looks six statements back


@c.usable_in_both
def most_saved(statements: int, lots: int) -> int:
    """Room that surely holds one account."""
    return FIGURES + COUNTS + statements * f.STATEMENT_ROW + lots * LOT_NUMBERS


@c.usable_in_both
def save(sheet: Any, saved: Any, at: int) -> int:
    """Fold the sheet small, from place `at` on; returns the place behind."""
    for i in range(FIGURES):
        saved[at + i] = sheet[FIRST_FIGURE + i]
    first = max(sheet[f.STATEMENTS_AT], sheet[f.PRINTED_END] - KEPT_PRINTED * f.STATEMENT_ROW)
    first = min(first, min(sheet[f.OLDEST], sheet[f.DECIDED_END]))
    at += FIGURES
    saved[at] = (sheet[f.STATEMENTS_END] - first) // f.STATEMENT_ROW
    saved[at + 1] = (sheet[f.PRINTED_END] - first) // f.STATEMENT_ROW
    saved[at + 2] = (sheet[f.DECIDED_END] - first) // f.STATEMENT_ROW
    saved[at + 3] = (sheet[f.OLDEST] - first) // f.STATEMENT_ROW
    counts, at = at, at + COUNTS
    for place in range(first, sheet[f.STATEMENTS_END]):
        saved[at] = sheet[place]
        at += 1
    return save_lots(sheet, saved, at, counts + 4)


@c.usable_in_both
def save_lots(sheet: Any, saved: Any, at: int, count_at: int) -> int:
    """The open lots; the statement each is on is counted from the last one printed."""
    for row in range(sheet[f.LOTS_AT], sheet[f.OPEN_END], f.LOT_ROW):
        lot = sheet[row + f.OPEN]
        for i in range(LOT_NUMBERS):
            saved[at + i] = sheet[lot + i]
        saved[at + f.TARGET] = f.NOWHERE
        saved[at + f.PRINTED_ON] = (sheet[lot + f.PRINTED_ON] - sheet[f.PRINTED_END]) // f.STATEMENT_ROW
        at += LOT_NUMBERS
    saved[count_at] = (sheet[f.OPEN_END] - sheet[f.LOTS_AT]) // f.LOT_ROW
    return at


@c.usable_in_both
def load(sheet: Any, saved: Any, at: int, book: Any, account: int, carried_day: int) -> int:
    """Lay an account out again, its new statements and postings behind; returns its first new posting.

    -1 where a new statement is of a day that is over: the account needs its whole history.
    """
    for i in range(FIGURES):
        sheet[FIRST_FIGURE + i] = saved[at + i]
    counts = at + FIGURES
    at = counts + COUNTS
    first = sheet[f.RATES_END]
    place = first
    for _ in range(saved[counts] * f.STATEMENT_ROW):
        sheet[place] = saved[at]
        place += 1
        at += 1
    sheet[f.STATEMENTS_AT] = first
    sheet[f.PRINTED_END] = first + saved[counts + 1] * f.STATEMENT_ROW
    sheet[f.DECIDED_END] = first + saved[counts + 2] * f.STATEMENT_ROW
    sheet[f.OLDEST] = first + saved[counts + 3] * f.STATEMENT_ROW
    place = load_new_statements(sheet, book, account, place, carried_day)
    if place < 0:
        return f.NOWHERE
    sheet[f.STATEMENTS_END] = place
    sheet[f.LOTS_AT] = place
    place = load_lots(sheet, saved, at, saved[counts + 4], place)
    return load_new_postings(sheet, book, account, place)


@c.usable_in_both
def load_new_statements(sheet: Any, book: Any, account: int, place: int, carried_day: int) -> int:
    """The statements not known yet behind those that are; -1 for one of a day that is over."""
    last = sheet[place - f.STATEMENT_ROW + f.STATEMENT_DAY] if place > sheet[f.RATES_END] else -f.NEVER
    for row in range(book.first_cycle[account], book.first_cycle[account + 1]):
        day = book.statement_day[row]
        if day <= last:
            continue
        if day <= carried_day:
            return f.NOWHERE
        sheet[place + f.STATEMENT_DAY] = day
        sheet[place + f.DUE_DAY] = book.due_day[row]
        place += f.STATEMENT_ROW
    return place


@c.usable_in_both
def load_lots(sheet: Any, saved: Any, at: int, number: int, place: int) -> int:
    """The open lots, listed again."""
    sheet[f.OPEN_END] = sheet[f.LOTS_AT]
    for _ in range(number):
        for i in range(LOT_NUMBERS):
            sheet[place + i] = saved[at + i]
        sheet[place + f.PRINTED_ON] = sheet[f.PRINTED_END] + saved[at + f.PRINTED_ON] * f.STATEMENT_ROW
        f.list_as_open(sheet, place)
        place += f.LOT_ROW
        at += LOT_NUMBERS
    return place


@c.usable_in_both
def load_new_postings(sheet: Any, book: Any, account: int, place: int) -> int:
    """The day's postings behind the lots; returns the first one's place."""
    first = place
    for row in range(book.first_posting[account], book.first_posting[account + 1]):
        sheet[place + f.KIND] = c.kind_of(book, book.posting_kind[row])
        sheet[place + f.CENTS] = book.posting_cents[row]
        sheet[place + f.POSTED] = book.posting_day[row]
        sheet[place + f.START] = book.posting_day[row]
        if book.knows_start and sheet[f.ACCRUAL_START]:
            sheet[place + f.START] = book.posting_start[row]
        sheet[place + f.TARGET] = f.NOWHERE
        f.make_lot(sheet, place)
        place += f.LOT_ROW
    sheet[f.POSTINGS_END] = place
    sheet[f.LOTS_END] = place
    sheet[f.LIMIT] = book.limit_cents[account] if book.knows_limit else 1 << 53
    return first


@c.usable_in_both
def what_is_wrong(sheet: Any, book: Any, account: int, first: int, carried_day: int) -> Any:
    """The first thing of the day that cannot be right, or that reaches back behind the last night."""
    last = carried_day + 1
    for lot in range(first, sheet[f.POSTINGS_END], f.LOT_ROW):
        number = (lot - first) // f.LOT_ROW
        cents, day, kind = sheet[lot + f.CENTS], sheet[lot + f.POSTED], sheet[lot + f.KIND]
        if cents <= 0 or cents > 1 << 53:
            return c.NO_AMOUNT, number
        if kind < 0:
            return c.UNKNOWN_KIND, number
        if day < c.LONG_AGO:
            return c.NO_DAY, number
        if day <= carried_day or reaches_back(sheet, book, account, number, kind):
            return NEEDS_HISTORY, number
        if day < last:
            return c.OUT_OF_ORDER, number
        if book.knows_opening and day < book.opened_day[account]:
            return c.BEFORE_OPENING, number
        if book.knows_start and book.posting_start[book.first_posting[account] + number] > day:
            return c.MADE_LATER, number
        last = day
    if c.out_of_line(sheet) >= 0:
        return c.WRONG_STATEMENT, c.out_of_line(sheet)
    if book.knows_ids and c.twice(book, account) >= 0:
        return c.TWICE, c.twice(book, account)
    return (NEEDS_HISTORY, 0) if too_large(sheet) else (c.FINE, 0)


@c.usable_in_both
def reaches_back(sheet: Any, book: Any, account: int, number: int, kind: int) -> bool:
    """Whether a posting undoes or names an earlier one, or is the bank's first own charge."""
    if kind == f.PAYMENT_REVERSAL or kind == f.CHARGEBACK:
        return True
    if book.knows_reverses and book.posting_reverses[book.first_posting[account] + number] != f.NOWHERE:
        return True
    banks_own = kind == f.INTEREST or kind == f.LATE_FEE
    return bool(banks_own and sheet[f.OWN_CHARGES] == 1 and sheet[f.CHARGES_BY] == f.AS_POSTED)


@c.usable_in_both
def too_large(sheet: Any) -> bool:
    """As compiled.too_large, for what is open and new, and what has run up so far."""
    total, run_up, earliest = 0.0, float(sheet[f.EARNED]), sheet[f.AS_OF]
    for lot in range(sheet[f.LOTS_AT], sheet[f.POSTINGS_END], f.LOT_ROW):
        total += sheet[lot + f.LEFT]
        run_up += sheet[lot + f.PENDING]
        earliest = min(earliest, sheet[lot + f.START])
    if sheet[f.COST_CEILING] >= 0:
        run_up = max(run_up, float(sheet[f.PRINCIPAL_DAYS]) * max(1, sheet[f.COST_CEILING]))
    nights = sheet[f.AS_OF] - earliest + 400.0
    return run_up * 8.0 > c.MOST or c.beyond_64_bits(sheet, total, nights)


@c.compiled
def reckon_and_save(
    as_of: int, columns: Any, scratch: Any, answers: Any, trouble: Any, trouble_at: Any, saved: Any, ends: Any
) -> None:
    """Every account from its whole history; what it carries on ends in `saved` at ends[account + 1]."""
    sheet, book, kept = c.pointer(scratch), c.pointed(columns), c.pointer(saved)
    product, group = -1, -1
    sheet[f.AS_OF] = as_of
    for account in range(len(trouble)):
        wrong, at, product, group = c.lay_out(sheet, book, account, product, group)
        trouble[account] = wrong
        trouble_at[account] = at
        ends[account + 1] = ends[account]
        c.no_answer(answers, account)
        if wrong == c.FINE:
            f.fold(sheet, None)
            c.answer(sheet, answers, account)
            ends[account + 1] = save(sheet, kept, ends[account])


@c.compiled
def go_on_and_save(
    as_of: int,
    carried_day: int,
    columns: Any,
    carried: Any,
    carried_ends: Any,
    scratch: Any,
    answers: Any,
    trouble: Any,
    trouble_at: Any,
    saved: Any,
    ends: Any,
) -> None:
    """Every account from what it carried over and the day's rows; marks those that need more."""
    sheet, book = c.pointer(scratch), c.pointed(columns)
    before, kept = c.pointer(carried), c.pointer(saved)
    product = -1
    sheet[f.AS_OF] = as_of
    for account in range(len(trouble)):
        ends[account + 1] = ends[account]
        c.no_answer(answers, account)
        trouble[account] = NEEDS_HISTORY
        if book.product[account] < 0:
            trouble[account] = c.NO_TERMS
        if book.product[account] < 0 or carried_ends[account] == carried_ends[account + 1]:
            continue
        if book.product[account] != product:
            product = book.product[account]
            c.load_terms(sheet, book, product)
        first = load(sheet, before, carried_ends[account], book, account, carried_day)
        if first < 0:
            continue
        wrong, at = what_is_wrong(sheet, book, account, first, carried_day)
        trouble[account] = wrong
        trouble_at[account] = at
        if wrong == c.FINE:
            f.go_on(sheet, first, None)
            c.answer(sheet, answers, account)
            ends[account + 1] = save(sheet, kept, ends[account])
