"""Why an account of a book was set aside, in one sentence a person can act on.

The kernel answers with a code and a posting's number; here both become words, with the
value that stood in the row.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from arrears.kernel.money import MOST_CENTS

NEEDS_HISTORY, NO_DAY, MADE_LATER = (
    10,
    11,
    12,
)  # beside the troubles of compiled.py, known without the compiler
OUT_OF_ORDER, BEFORE_OPENING, NO_AMOUNT, UNKNOWN_KIND, TWICE, REVERSES_NOTHING, TOO_LARGE = range(1, 8)
WRONG_STATEMENT, NO_TERMS = 8, 9
NO_POSTING = frozenset({TOO_LARGE, WRONG_STATEMENT, NO_TERMS, NEEDS_HISTORY})

Key = tuple[str, str, str]  # product, currency, terms: by which terms are looked up
PLAIN = {
    UNKNOWN_KIND: "the kind of posting is unknown",
    TWICE: "there are two postings with this id",
    REVERSES_NOTHING: "it reverses a posting that is not there",
    TOO_LARGE: "what it comes to leaves 64 bits",
    NEEDS_HISTORY: "it cannot go on from yesterday: run the whole night, or name --history",
    NO_DAY: "the posting has no day",
}


def posting_of(batch: Any, account: int, code: int, at: int) -> str:
    """The posting a trouble is about; "" where it is about the account."""
    return "" if code in NO_POSTING else str(_row(batch, account, at)["posting"])


def why(batch: Any, account: int, code: int, at: int, no_terms: Mapping[Key, str]) -> str:
    """The sentence for one trouble. no_terms: why there are none, by product, currency and terms."""
    if code == NO_TERMS:
        row = batch.accounts.slice(account, 1).to_pylist()[0]
        return no_terms[row["product"] or "", row["currency"] or "", row["terms"] or ""]
    if code == WRONG_STATEMENT:
        return next(_wrong_statements(batch, account), _not_following(batch, account))
    if code in PLAIN:
        said = f": {_row(batch, account, at)['kind']!r}" if code == UNKNOWN_KIND else ""
        return PLAIN[code] + said
    row = _row(batch, account, at)
    if code == NO_AMOUNT:
        return f"the amount {_amount(row['cents'])}"
    if code == OUT_OF_ORDER:
        return f"the posting is out of order: {row['posted_date']} after a later day"
    if code == MADE_LATER:
        return f"it was made on {row['made_date']}, after it was posted on {row['posted_date']}"
    opened = batch.accounts["opened_date"][account].as_py()
    return f"the posting of {row['posted_date']} is before the account was opened on {opened}"


def _row(batch: Any, account: int, at: int) -> dict[str, Any]:
    place = int(batch.first_posting[account]) + at
    row: dict[str, Any] = batch.postings.slice(place, 1).to_pylist()[0]
    return row


def _amount(cents: Any) -> str:
    if cents is None:
        return "is missing or no whole number of minor units"
    if cents != int(cents):
        return f"{cents} has a fraction of a minor unit"
    return f"{int(cents)} is not between 1 and 2^53 minor units ({MOST_CENTS})"


def _not_following(batch: Any, account: int) -> str:
    """Where the statement before is one of yesterday's, and not in the batch."""
    place = int(batch.first_cycle[account])
    return f"statement {batch.statements['statement_date'][place]} does not follow the one before"


def _wrong_statements(batch: Any, account: int) -> Iterator[str]:
    first, end = int(batch.first_cycle[account]), int(batch.first_cycle[account + 1])
    before: tuple[date, date] | None = None
    for row in batch.statements.slice(first, end - first).to_pylist():
        stated, due = row["statement_date"], row["due_date"]
        if stated is None:
            yield f"a statement due on {due} has no day"
        elif due is None:
            yield f"statement {stated} has no due date"
        elif due <= stated:
            yield f"statement {stated} is due on {due}, not after its own day"
        elif before and (stated <= before[0] or due < before[1]):
            yield f"statement {stated}, due on {due}, does not follow {before[0]}, due on {before[1]}"
        else:
            before = stated, due


def whole_cents(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Amounts as int64; null where one is no whole number, so that its account is set aside."""
    if not (pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)):
        return column
    whole = pc.and_(pc.equal(pc.floor(column), column), pc.less_equal(pc.abs(column), 1 << 53))
    return pc.if_else(whole, column, None).cast(pa.int64())
