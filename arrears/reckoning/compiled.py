"""fold.py compiled by numba, for the night. Imported only where millions are reckoned.

The functions are the ones Python interprets; only the `note_...` hooks become nothing.
A sheet is reached through a bare pointer: numba's arrays carry a reference count, and
counting it at every call would cost more than the arithmetic.

Compiling takes some seconds and is kept on disk: in the user's cache, else in
ARREARS_HOME, else in the temporary folder, under a name made from these sources, so that a
changed source never meets an old compilation. Where nothing can be written, every
process compiles for itself.
"""

import hashlib
import inspect
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic, overload, register_jitable

from arrears.reckoning import fold as f

Function = TypeVar("Function", bound=Callable[..., Any])


def _cache_folder() -> Path | None:
    """The first folder that can be written, made if need be."""
    for base in _cache_bases():
        folder = base / "numba" / _fingerprint()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return None


def _cache_bases() -> Iterator[Path]:
    yield Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "arrears"
    if home := os.environ.get("ARREARS_HOME"):
        yield Path(home) / "cache"
    yield Path(tempfile.gettempdir()) / f"arrears-cache-{os.getuid()}"


def _fingerprint() -> str:
    sources = b"".join(Path(name).read_bytes() for name in (f.__file__, __file__))
    versions = f"{numba.__version__} {np.__version__} {sys.version_info}".encode()
    return hashlib.sha256(sources + versions).hexdigest()[:16]


def _do_nothing(*_given: Any) -> Any:
    def nothing(*_given: Any) -> None:
        pass

    return nothing


_folder = _cache_folder()
if _folder and not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = str(_folder)
# half_up divides by a million or RATE_UNIT, never zero: no checks for it.
_njit = numba.njit(cache=_folder is not None, nogil=True, error_model="numpy")


def compiled(function: Function) -> Function:
    """Compile for the night."""
    return cast(Function, _njit(function))


def usable_in_both(function: Function) -> Function:
    """Compiled code may call it, and Python too."""
    return cast(Function, register_jitable(function))


def in_place(function: Function) -> Function:
    """The same for what every account needs: compiled where it is called."""
    return cast(Function, register_jitable(forceinline=True)(function))


# Functions of fold.py few accounts come to: once is enough, so that the rest is compact.
RARE = frozenset({"undo", "pay_highest_rate_first", "late_before"})


def _prepare() -> None:
    for name, function in inspect.getmembers(f, inspect.isfunction):
        if name.startswith("note_"):
            overload(function)(_do_nothing)
        elif name in RARE:
            usable_in_both(function)
        else:
            # In place: a call costs much of what it does. Compiling takes 20 seconds for it, once.
            in_place(function)


_prepare()

# What can be wrong with an account's rows; the rest of the book is reckoned all the same.
FINE, OUT_OF_ORDER, BEFORE_OPENING, NO_AMOUNT, UNKNOWN_KIND, TWICE, REVERSES_NOTHING, TOO_LARGE = range(8)
WRONG_STATEMENT, NO_TERMS = 8, 9
NO_DAY, MADE_LATER = 11, 12  # reasons.py has the same numbers, and the words
LONG_AGO = -(1 << 30)  # a day that is missing stands before it
# The answers for one account, in the order of the rows of `answers`.
ANSWERS = (
    "payoff_cents",
    "statement_balance_cents",
    "minimum_due_cents",
    "overdue_cents",
    "interest_billed_cents",
    "interest_accrued_cents",
    "late_fees_cents",
    "days_past_due",
)
MOST = float(1 << 61)
# What most_cents allows for, in nights; whoever goes beyond is looked at closely.
USUAL_NIGHTS, MADE_BEFORE, USUAL_STATEMENTS = 1500, 366, 50
MOST_CENTS = 1 << 41  # more than any most_cents
MOST_POSTINGS = 1 << 20  # of so many, none above MOST_CENTS, the sum stays within 64 bits


class Columns(NamedTuple):
    """A book for the kernel (bulk.BookArrays): arrays, or pointers to them; the knows_ are 0 or 1."""

    first_posting: Any
    product: Any
    cycle_group: Any
    limit_cents: Any
    opened_day: Any
    posting_id: Any
    posting_day: Any
    posting_start: Any
    posting_kind: Any
    posting_cents: Any
    posting_reverses: Any
    kind_codes: Any  # fold.py's code for each number in posting_kind; -1 for unknown
    first_cycle: Any
    statement_day: Any
    due_day: Any
    terms: Any  # f.TERMS numbers for each product
    most_cents: Any  # postings of a product that come to no more are not too_large (bulk.most_cents)
    first_rate: Any
    rates: Any  # f.RATE_ROW numbers for each dated rate
    kinds: int
    knows_limit: int
    knows_opening: int
    knows_ids: int
    knows_start: int
    knows_reverses: int


@intrinsic  # type: ignore[untyped-decorator]
def pointer(_context: Any, array: Any) -> Any:
    """Where the array's numbers begin. The caller keeps the array alive."""

    def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return cgutils.create_struct_proxy(array)(context, builder, arguments[0]).data

    return types.CPointer(array.dtype)(array), codegen  # type: ignore[attr-defined]


@compiled
def fold_sheet(sheet: Any) -> None:
    """`fold.fold` on an int64 array, changed in place."""
    f.fold(pointer(sheet), None)


@compiled
def reckon_rows(
    first: int, last: int, as_of: int, columns: Any, scratch: Any, answers: Any, trouble: Any, trouble_at: Any
) -> bool:
    """Reckon the accounts from `first` to before `last`, each on the one sheet in `scratch`.

    `scratch` has room for the largest account (bulk.sheet_size). Returns whether all were fine.
    """
    sheet, book = pointer(scratch), pointed(columns)
    product, group, fine = -1, -1, True
    sheet[f.AS_OF] = as_of
    for account in range(first, last):
        wrong, at, product, group = lay_out(sheet, book, account, product, group)
        if wrong == FINE:
            f.fold(sheet, None)
            answer(sheet, answers, account)
        else:
            fine = False
            no_answer(answers, account)
            trouble[account] = wrong
            trouble_at[account] = at
    return fine


@compiled
def pointed(columns: Any) -> Any:
    """The same columns as pointers."""
    return Columns(
        pointer(columns.first_posting),
        pointer(columns.product),
        pointer(columns.cycle_group),
        pointer(columns.limit_cents),
        pointer(columns.opened_day),
        pointer(columns.posting_id),
        pointer(columns.posting_day),
        pointer(columns.posting_start),
        pointer(columns.posting_kind),
        pointer(columns.posting_cents),
        pointer(columns.posting_reverses),
        pointer(columns.kind_codes),
        pointer(columns.first_cycle),
        pointer(columns.statement_day),
        pointer(columns.due_day),
        pointer(columns.terms),
        pointer(columns.most_cents),
        pointer(columns.first_rate),
        pointer(columns.rates),
        columns.kinds,
        columns.knows_limit,
        columns.knows_opening,
        columns.knows_ids,
        columns.knows_start,
        columns.knows_reverses,
    )


@in_place
def lay_out(sheet: Any, book: Any, account: int, product: int, group: int) -> Any:
    """The account onto the sheet, where `product` and `group` of the one before it still are.

    Returns what is wrong and where, and the product and group that are there now.
    """
    if book.product[account] < 0:
        return NO_TERMS, 0, product, group
    if book.product[account] != product:
        product = book.product[account]
        load_terms(sheet, book, product)
        group = -1
    if book.cycle_group[account] != group:
        group = book.cycle_group[account]
        if load_cycles(sheet, book, group) < 0:
            return WRONG_STATEMENT, out_of_line(sheet), product, -1
    wrong, at = FINE, 0
    if load_postings(sheet, book, account) > book.most_cents[product] or not of_usual_length(sheet):
        wrong, at = what_is_wrong(sheet, book, account)
    return wrong, at, product, group


@usable_in_both
def load_terms(sheet: Any, book: Any, product: int) -> None:
    """The product's terms into the head, its rates into their rows."""
    for i in range(f.TERMS):
        sheet[i] = book.terms[product * f.TERMS + i]
    place = f.HEAD
    sheet[f.RATES_AT] = place
    for row in range(book.first_rate[product], book.first_rate[product + 1]):
        for i in range(f.RATE_ROW):
            sheet[place + i] = book.rates[row * f.RATE_ROW + i]
        place += f.RATE_ROW
    sheet[f.RATES_END] = place


@in_place
def load_cycles(sheet: Any, book: Any, group: int) -> int:
    """Statement and due days into their rows. Returns less than 0 where they are `out_of_line`."""
    place, doubt = sheet[f.RATES_END], 0
    before, due_before = LONG_AGO, LONG_AGO
    for row in range(book.first_cycle[group], book.first_cycle[group + 1]):
        day, due = book.statement_day[row], book.due_day[row]
        # Differences or-ed together: one that is below 0 makes the whole so, without a branch.
        doubt |= (due - day - 1) | (day - before - 1) | (due - due_before)
        before, due_before = day, due
        sheet[place + f.STATEMENT_DAY] = day
        sheet[place + f.DUE_DAY] = due
        place += f.STATEMENT_ROW
    sheet[f.STATEMENTS_END] = place
    sheet[f.LOTS_AT] = place
    return doubt


@in_place
def load_postings(sheet: Any, book: Any, account: int) -> int:
    """The account's postings into their rows; statements before the first are left out.

    Returns their sum, or MOST_CENTS where one may be wrong: what_is_wrong then looks closely.
    """
    begin, end = book.first_posting[account], book.first_posting[account + 1]
    before = max(book.opened_day[account], LONG_AGO) if book.knows_opening else LONG_AGO
    place, total, doubt, names, kinds = sheet[f.LOTS_AT], 0, 0, 0, 0
    for row in range(begin, end):
        kind, cents, day = (
            kind_of(book, book.posting_kind[row]),
            book.posting_cents[row],
            book.posting_day[row],
        )
        total += cents
        kinds |= 1 << (kind & 15)
        doubt |= kind | (cents - 1) | (day - before)  # as in load_cycles
        before = day
        if book.knows_ids and row > begin:
            doubt |= book.posting_id[row] - book.posting_id[row - 1] - 1  # rising: none comes twice
        start = book.posting_start[row] if book.knows_start else day
        doubt |= (day - start) | (start - day + MADE_BEFORE)
        if book.knows_reverses:
            names |= book.posting_reverses[row] - f.NOWHERE
        sheet[place + f.KIND] = kind
        sheet[place + f.CENTS] = cents
        sheet[place + f.POSTED] = day
        sheet[place + f.START] = start if sheet[f.ACCRUAL_START] else day
        sheet[place + f.TARGET] = f.NOWHERE
        f.make_lot(sheet, place)
        place += f.LOT_ROW
    sheet[f.POSTINGS_END] = place
    sheet[f.KINDS] = kinds
    sheet[f.LIMIT] = book.limit_cents[account] if book.knows_limit else f.NO_LIMIT
    skip_empty_statements(sheet)
    if names != 0:
        load_targets(sheet, book, begin, end)
    usual = names == 0 and 0 <= doubt < MOST_CENTS and end - begin <= MOST_POSTINGS
    return total if usual else MOST_CENTS


@usable_in_both
def load_targets(sheet: Any, book: Any, begin: int, end: int) -> None:
    """What postings reverse; few accounts have any that do."""
    lots_at = sheet[f.LOTS_AT]
    for row in range(begin, end):
        if book.posting_reverses[row] >= 0:
            target = posting_named(book, book.posting_reverses[row], begin, end)
            sheet[lots_at + (row - begin) * f.LOT_ROW + f.TARGET] = place_of(target, begin, lots_at)


@in_place
def of_usual_length(sheet: Any) -> bool:
    """Whether the account has no more nights and statements than most_cents allows for."""
    lot = sheet[f.LOTS_AT]
    if lot == sheet[f.POSTINGS_END]:
        return True
    length = sheet[f.STATEMENTS_END] - sheet[f.STATEMENTS_AT]
    return bool(
        abs(sheet[f.AS_OF] - sheet[lot + f.POSTED]) <= USUAL_NIGHTS
        and length <= USUAL_STATEMENTS * f.STATEMENT_ROW
    )


@in_place
def kind_of(book: Any, number: int) -> int:
    """fold.py's code of a kind in the book; -1 where it is unknown."""
    return int(book.kind_codes[number]) if 0 <= number < book.kinds else -1


@usable_in_both
def posting_named(book: Any, name: int, begin: int, end: int) -> int:
    """The row among an account's postings that has this id; or -1."""
    for row in range(begin, end):
        if book.posting_id[row] == name:
            return row
    return f.NOWHERE


@usable_in_both
def place_of(row: int, begin: int, lots_at: int) -> int:
    """Where the posting of a row stands on the sheet."""
    return f.NOWHERE if row < 0 else lots_at + (row - begin) * f.LOT_ROW


@in_place
def skip_empty_statements(sheet: Any) -> None:
    """Statements before the first posting say nothing: begin at the last of them."""
    statement = sheet[f.RATES_END]
    if sheet[f.LOTS_AT] < sheet[f.POSTINGS_END]:
        first = sheet[sheet[f.LOTS_AT] + f.POSTED]
        following = statement + f.STATEMENT_ROW
        while following < sheet[f.STATEMENTS_END] and sheet[following + f.STATEMENT_DAY] < first:
            statement = following
            following += f.STATEMENT_ROW
    sheet[f.STATEMENTS_AT] = statement


@usable_in_both
def what_is_wrong(sheet: Any, book: Any, account: int) -> Any:
    """The first thing that cannot be right with the postings on the sheet, and the number of one."""
    wrong, at = wrong_by_itself(sheet, book, account)
    if wrong != FINE:
        return wrong, at
    if book.knows_ids:
        repeated = twice(book, account)
        if repeated >= 0:
            return TWICE, repeated
    if book.knows_reverses:
        loose = reverses_nothing(sheet, book, account)
        if loose >= 0:
            return REVERSES_NOTHING, loose
    return (TOO_LARGE, 0) if too_large(sheet) else (FINE, 0)


@usable_in_both
def wrong_by_itself(sheet: Any, book: Any, account: int) -> Any:
    """What is wrong with the first posting that cannot be right, whatever the others are; its number."""
    begin, first = book.first_posting[account], sheet[f.LOTS_AT]
    before = max(book.opened_day[account], LONG_AGO) if book.knows_opening else LONG_AGO
    for lot in range(first, sheet[f.POSTINGS_END], f.LOT_ROW):
        number = (lot - first) // f.LOT_ROW
        cents, day = sheet[lot + f.CENTS], sheet[lot + f.POSTED]
        if cents <= 0 or cents > 1 << 53:
            return NO_AMOUNT, number
        if sheet[lot + f.KIND] < 0:
            return UNKNOWN_KIND, number
        if day < before:
            too_early = BEFORE_OPENING if number == 0 else OUT_OF_ORDER
            return NO_DAY if day < LONG_AGO else too_early, number
        if book.knows_start and book.posting_start[begin + number] > day:
            return MADE_LATER, number
        before = day
    return FINE, 0


@usable_in_both
def out_of_line(sheet: Any) -> int:
    """The number of the first statement that is not due after its day, or not after the one before; or -1."""
    statement, before, due_before = sheet[f.RATES_END], LONG_AGO, LONG_AGO
    while statement < sheet[f.STATEMENTS_END]:
        day, due = sheet[statement + f.STATEMENT_DAY], sheet[statement + f.DUE_DAY]
        if due <= day or day <= before or due < due_before:
            return int((statement - sheet[f.RATES_END]) // f.STATEMENT_ROW)
        before, due_before = day, due
        statement += f.STATEMENT_ROW
    return f.NOWHERE


@usable_in_both
def twice(book: Any, account: int) -> int:
    """The number of the first posting whose id an earlier one has; or -1."""
    begin, end = book.first_posting[account], book.first_posting[account + 1]
    rising = True
    for row in range(begin + 1, end):
        rising = rising and book.posting_id[row - 1] < book.posting_id[row]
    if rising:
        return f.NOWHERE
    for row in range(begin, end):
        for earlier in range(begin, row):
            if book.posting_id[earlier] == book.posting_id[row]:
                return int(row - begin)
    return -1


@usable_in_both
def reverses_nothing(sheet: Any, book: Any, account: int) -> int:
    """The number of the first posting that reverses one that is not there; or -1 (checks.py has the same)."""
    begin = book.first_posting[account]
    for row in range(begin, book.first_posting[account + 1]):
        lot = sheet[f.LOTS_AT] + (row - begin) * f.LOT_ROW
        kind = sheet[lot + f.KIND]
        may_miss = kind == f.WAIVER or kind == f.CREDIT_ADJUSTMENT or kind == f.REFUND
        found = book.posting_reverses[row] == f.NOWHERE or sheet[lot + f.TARGET] != f.NOWHERE
        if not found and not may_miss:
            return int(row - begin)
    return f.NOWHERE


@usable_in_both
def too_large(sheet: Any) -> bool:
    """Whether a product in the fold could leave 64 bits; Python's integers then take over.

    Nothing in the fold is larger than what was posted and grew since the first day from which
    anything bears interest, times the nights times the largest rate, or times a million for a share.
    """
    if sheet[f.LOTS_AT] == sheet[f.POSTINGS_END]:
        return False
    total, earliest = 0.0, sheet[sheet[f.LOTS_AT] + f.START]
    for lot in range(sheet[f.LOTS_AT], sheet[f.POSTINGS_END], f.LOT_ROW):
        total += sheet[lot + f.CENTS]
        earliest = min(earliest, sheet[lot + f.START])
    return beyond_64_bits(sheet, total, abs(sheet[f.AS_OF] - earliest) + 400.0)


@usable_in_both
def beyond_64_bits(sheet: Any, total: float, nights: float) -> bool:
    """Whether `total` could do so in so many nights, interest and late fees upon each other included."""
    rate, share = 0.0, float(f.MILLION)
    for row in range(sheet[f.RATES_AT], sheet[f.RATES_END], f.RATE_ROW):
        rate = max(rate, float(max(sheet[row + f.PURCHASES], sheet[row + f.CASH_ADVANCES])))
    for term in range(f.MINIMUM_OF_PURCHASES, f.MINIMUM_OF_EARLIER_MINIMUM + 1):
        share = max(share, float(sheet[term]))
    share = max(share, float(sheet[f.LATE_FEE_RATE]))
    statements = float((sheet[f.STATEMENTS_END] - sheet[f.STATEMENTS_AT]) // f.STATEMENT_ROW)
    fees = float(sheet[f.LATE_FEE_FLOOR] + sheet[f.LATE_FEE_FLAT])
    if sheet[f.LATE_FEE_FLAT_AGAIN] < f.NO_LIMIT:
        fees += float(sheet[f.LATE_FEE_FLAT_AGAIN])
    most = total + statements * fees + float(sheet[f.MINIMUM_FLOOR])
    growth = nights * rate / sheet[f.RATE_UNIT] + statements * sheet[f.LATE_FEE_RATE] / f.MILLION
    most *= 8.0 if growth < 2.0 else math.exp(min(growth, 200.0))
    factor = max(2.0 * share, nights * 2.0 * rate, 2.0 * sheet[f.RATE_UNIT])
    if sheet[f.COST_CEILING] >= 0:
        factor = max(factor, nights * 2.0 * sheet[f.COST_CEILING], nights * 2.0)
    return bool(most * factor > MOST)


@in_place
def answer(sheet: Any, answers: Any, account: int) -> None:
    """The figures of one account into their column of `answers`."""
    last = sheet[f.PRINTED_END] - f.STATEMENT_ROW
    printed = last >= sheet[f.STATEMENTS_AT]
    answers[0, account] = sheet[f.PAYOFF]
    answers[1, account] = sheet[last + f.BALANCE] if printed else 0
    answers[2, account] = sheet[f.MINIMUM_DUE]
    answers[3, account] = sheet[f.OVERDUE]
    answers[4, account] = sheet[last + f.BILLED] if printed else 0
    answers[5, account] = sheet[f.ACCRUED]
    answers[6, account] = sheet[f.LATE_FEES]
    answers[7, account] = sheet[f.DAYS_PAST_DUE]


@usable_in_both
def no_answer(answers: Any, account: int) -> None:
    """An account that cannot be reckoned has no figures."""
    for figure in range(len(ANSWERS)):
        answers[figure, account] = 0


@compiled
def longest(firsts: Any) -> int:
    """The most rows any account has."""
    first, most = pointer(firsts), 0
    for account in range(len(firsts) - 1):
        most = max(most, first[account + 1] - first[account])
    return most


@compiled
def summed(cents: Any) -> Any:
    """The sum, where it stays within 64 bits, and the largest amount without its sign."""
    amount, total, least, most = pointer(cents), 0, 0, 0
    for i in range(len(cents)):
        total += amount[i]
        least, most = min(least, amount[i]), max(most, amount[i])
    return total, max(most, -least)


@compiled
def rows_in_order(places: Any, account: int) -> Any:
    """How many rows, from the first on, are of `account` and those after it in order; whether all or until a -1."""
    if len(places) == 0:
        return 0, True
    place = pointer(places)
    doubt = place[0] - account
    for row in range(1, len(places)):
        doubt |= place[row] - place[row - 1]  # below 0 where one is; asked once, as nearly all are in order
    if doubt >= 0:
        return len(places), True
    before = account
    for row in range(len(places)):
        if places[row] < before:
            return row, places[row] < 0
        before = places[row]
    return len(places), True


@compiled
def mark_rows(places: Any, offset: int, account: int, firsts: Any) -> Any:
    """Note in `firsts` where each account's rows begin, `account` being the last one met so far.

    places: for every row the place of its account, -1 for one that belongs to a later batch.
    firsts: 0 for accounts not met yet. Returns how many rows were taken, the last account met,
    and whether the order held.
    """
    taken, in_order = rows_in_order(places, account)
    if taken == 0:
        return taken, account, in_order
    place, first = pointer(places), pointer(firsts)  # reached without a check of each number
    begun, last = first[account], place[taken - 1]
    for row in range(taken - 1, -1, -1):
        first[place[row]] = offset + row
    if place[0] == account:
        first[account] = begun
    # Who has no rows: they would begin where the next one's do.
    for nobody in range(account + 1, place[0]):
        first[nobody] = offset
    missing = False
    for anybody in range(place[0] + 1, last):
        missing |= first[anybody] == 0
    if missing:
        for nobody in range(last - 1, place[0], -1):
            if first[nobody] == 0:
                first[nobody] = first[nobody + 1]
    return taken, last, in_order
