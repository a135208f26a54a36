"""Many accounts at once, in columns: numpy arrays in, numpy arrays out, all cores.

The same fold as for one account, compiled (`compiled.py`). An account whose rows cannot
be right, or whose sums could leave 64 bits, is marked; the latter is then folded by
Python, whose integers have no end. Nothing here reads files: see `night.py`.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arrears.reckoning import fold as f
from arrears.reckoning.core import CODES, head_terms, rate_rows
from arrears.reckoning.trace import day_number
from arrears.rulebook.terms import CardTerms

Ints = NDArray[Any]
CHUNK = 65_536  # accounts a thread takes at a time


def _nothing() -> Ints:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class BookArrays:
    """Accounts as columns. The postings of account i are rows first_posting[i] to [i + 1].

    Days are days since 1970-01-01; kinds are places in `kinds`, or fold.py's own codes.
    Columns of no length are not known: no limit, no opening day, no ids, no other first day
    of interest, nothing reversed. posting_reverses holds the posting_id of another posting of
    the account (-1: none, -2: one not in the book). Cycles are shared by groups of accounts: those of group g are rows
    first_cycle[g] to [g + 1].
    """

    first_posting: Ints
    product: Ints  # place in `terms`; -1 where there are none
    cycle_group: Ints
    posting_day: Ints
    posting_kind: Ints
    posting_cents: Ints
    first_cycle: Ints
    statement_day: Ints
    due_day: Ints
    terms: Sequence[CardTerms]
    limit_cents: Ints = field(default_factory=_nothing)
    opened_day: Ints = field(default_factory=_nothing)
    posting_id: Ints = field(default_factory=_nothing)
    posting_start: Ints = field(default_factory=_nothing)
    posting_reverses: Ints = field(default_factory=_nothing)
    kinds: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.first_posting) - 1


@dataclass(frozen=True, slots=True)
class Answers:
    """One column for each figure of `Owed`, and what was wrong with an account, if anything.

    trouble is 0 where the account was reckoned, else a code of compiled.py; trouble_posting
    is the number of the posting within the account. Figures of such accounts are 0.
    """

    columns: dict[str, Ints]
    trouble: Ints
    trouble_posting: Ints
    overdue_unknown: Ints | None = None  # True where the bank says late and not how much


def reckon_arrays(book: BookArrays, *, as_of: date, threads: int | None = None) -> Answers:
    """Every account of `book` at the end of `as_of`."""
    from arrears.reckoning import compiled

    count, columns = len(book), columns_of(book)
    size = sheet_size(book, columns)
    answers, trouble, trouble_at = blank_answers(count)
    day = day_number(as_of)

    def work(first: int) -> bool:
        last = min(first + CHUNK, count)
        scratch = np.zeros(size, np.int64)
        return compiled.reckon_rows(first, last, day, columns, scratch, answers, trouble, trouble_at)

    if threads == 1:
        fine = [work(first) for first in range(0, count, CHUNK)]
    else:
        with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
            fine = list(pool.map(work, range(0, count, CHUNK)))
    if not all(fine):
        interpret_too_large(book, columns, day, answers, trouble)
    return named_answers(answers, trouble, trouble_at)


def blank_answers(count: int) -> tuple[Ints, Ints, Ints]:
    """Room for the kernel's answers (it writes all of them), troubles and their postings."""
    from arrears.reckoning.compiled import ANSWERS

    return np.empty((len(ANSWERS), count), np.int64), np.zeros(count, np.int8), np.zeros(count, np.int32)


def named_answers(answers: Ints, trouble: Ints, trouble_at: Ints) -> Answers:
    """The kernel's rows by name."""
    from arrears.reckoning.compiled import ANSWERS

    return Answers(dict(zip(ANSWERS, answers, strict=True)), trouble, trouble_at)


def interpret_too_large(book: BookArrays, columns: Any, day: int, answers: Ints, trouble: Ints) -> None:
    """Fold by Python what could leave 64 bits."""
    from arrears.reckoning.compiled import TOO_LARGE

    for account in np.flatnonzero(trouble == TOO_LARGE):
        _interpret(int(account), book, columns, day, answers, trouble)


def sheet_size(book: BookArrays, columns: Any) -> int:
    """Room for the largest account of the book."""
    from arrears.reckoning.compiled import longest

    postings, cycles = longest(columns.first_posting), longest(columns.first_cycle)
    rates = max((len(terms.rates) for terms in book.terms), default=0)
    rows = rates * f.RATE_ROW + cycles * f.STATEMENT_ROW + (postings + 2 * cycles) * f.LOT_ROW
    return f.HEAD + rows


def columns_of(book: BookArrays) -> Any:
    """The book as the kernel wants it (compiled.Columns)."""
    from arrears.reckoning.compiled import Columns

    made = _of_terms(tuple(book.terms), tuple(book.kinds))
    arrays = [
        made[name] if name in made else as_compiled(getattr(book, name), name in _NARROW)
        for name in Columns._fields[:-6]
    ]
    known = (book.limit_cents, book.opened_day, book.posting_id, book.posting_start, book.posting_reverses)
    told: list[Any] = [*arrays, len(made["kind_codes"]), *(int(len(column) > 0) for column in known)]
    return Columns(*told)


@lru_cache(maxsize=64)
def _of_terms(terms: tuple[CardTerms, ...], kinds: tuple[str, ...]) -> dict[str, Ints]:
    """The columns that are the same for one batch after another."""
    rates = [rate_rows(one) for one in terms]
    steps = [len(rows) // f.RATE_ROW for rows in rates]
    made = {
        "terms": np.array([head_terms(one) for one in terms], np.int64).ravel(),
        "first_rate": np.concatenate([[0], np.cumsum(steps)]),
        "most_cents": np.array([most_cents(one) for one in terms], np.int64),
        "rates": np.array([number for rows in rates for number in rows], np.int64),
        "kind_codes": np.array(kind_codes(kinds), np.int64),
    }
    return {name: as_compiled(column) for name, column in made.items()}


@lru_cache(maxsize=4096)
def most_cents(terms: CardTerms) -> int:
    """Cents that surely stay within 64 bits over the nights and statements of usual accounts; 0 where none do."""
    from arrears.reckoning import compiled as c

    sheet = [*head_terms(terms), *([0] * (f.HEAD - f.TERMS)), *rate_rows(terms)]
    sheet[f.RATES_AT], sheet[f.RATES_END] = f.HEAD, len(sheet)
    sheet[f.STATEMENTS_END] = c.USUAL_STATEMENTS * f.STATEMENT_ROW
    nights = float(c.USUAL_NIGHTS + c.MADE_BEFORE + 400)
    powers = (1 << power for power in range(40, 0, -1))
    return next((cents for cents in powers if not c.beyond_64_bits(sheet, float(cents), nights)), 0)


# One type for each column, whoever brings it: every other would be compiled anew.
_NARROW = frozenset(
    "product cycle_group opened_day posting_id posting_day posting_start posting_kind posting_reverses "
    "statement_day due_day".split()
)


def as_compiled(column: Ints, narrow: bool = False) -> Ints:
    """The column as the kernel's functions take it."""
    view = np.ascontiguousarray(column, np.int32 if narrow else np.int64).view()
    view.flags.writeable = False
    return view


def kind_codes(kinds: Sequence[str]) -> list[int]:
    """fold.py's code of each kind; without kinds, of each of its own codes."""
    if not kinds:
        known = set(CODES.values())
        return [code if code in known else -1 for code in range(max(known) + 1)]
    by_name = {kind.value: code for kind, code in CODES.items()}
    return [by_name.get(kind, -1) for kind in kinds]


def _interpret(account: int, book: BookArrays, columns: Any, day: int, answers: Ints, trouble: Ints) -> None:
    """The same fold by Python's own integers, for sums that could leave 64 bits."""
    from arrears.reckoning import compiled

    sheet: Any = [0] * sheet_size(book, columns)
    sheet[f.AS_OF] = day
    compiled.load_terms(sheet, columns, int(book.product[account]))
    compiled.load_cycles(sheet, columns, int(book.cycle_group[account]))
    with np.errstate(over="ignore"):  # of the sum it returns, for which these amounts are too large
        compiled.load_postings(sheet, columns, account)
    sheet = [int(number) for number in sheet]
    f.fold(sheet, None)
    told: Any = {}
    compiled.answer(sheet, told, 0)
    if all(abs(figure) < 1 << 63 for figure in told.values()):
        compiled.answer(sheet, answers, account)
        trouble[account] = compiled.FINE
