"""What other rooms ask of the reckoner."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from arrears.casebook.types import AccountHistory
from arrears.kernel.trouble import WrongConfiguration
from arrears.reckoning.core import reckon
from arrears.reckoning.explain import Comparison, Forecast, as_json, as_text
from arrears.reckoning.explain import next_minimum as _next_minimum
from arrears.reckoning.explain import what_if as _what_if
from arrears.reckoning.second_opinion import second_opinion as _second_opinion
from arrears.reckoning.types import Disagreement, Owed, UnableToReckon
from arrears.rulebook.terms import CardTerms, load_terms

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "Comparison",
    "Disagreement",
    "Forecast",
    "as_json",
    "as_text",
    "next_minimum",
    "owed",
    "second_opinion",
    "terms_of",
    "what_if",
]


def owed(*, history: AccountHistory, as_of: date) -> Owed:
    """What `history` owes at the end of `as_of`, with its explanation.

    Raises UnableToReckon where the history or its terms cannot be right: a posting out of
    order, before opening, twice, in an unknown currency or not a whole amount; a statement
    without a due date; an unknown product or term. The account is set aside, the rest go on.
    """
    return reckon(history, terms_of(history, as_of=as_of), as_of=as_of)


def amounts(*, history: AccountHistory, as_of: date) -> Owed:
    """As `owed`, without the lines: for the night, which looks at many and explains few."""
    return reckon(history, terms_of(history, as_of=as_of), as_of=as_of, explained=False)


def next_minimum(*, history: AccountHistory, as_of: date) -> Forecast | None:
    """The next statement's minimum if nothing happens before it. Raises UnableToReckon as `owed` does."""
    return _next_minimum(history, terms_of(history, as_of=as_of), as_of=as_of)


def amounts_of_many(tables: "Mapping[str, pa.Table]", *, as_of: date) -> "pa.Table":
    """As `amounts` for all accounts of the book's tables at once, compiled (many.amounts_of_tables).

    The first call loads the compiler, which takes seconds: for large books alone.
    """
    from arrears.reckoning.arrow import TermsOfBook
    from arrears.reckoning.many import amounts_of_tables

    return amounts_of_tables(tables, as_of=as_of, terms=TermsOfBook(as_of))


def terms_of(history: AccountHistory, *, as_of: date) -> CardTerms:
    """The card terms of one account on a day. Raises UnableToReckon for unknown ones."""
    try:
        return load_terms(history.product, on=as_of, overrides=history.terms)
    except WrongConfiguration as problem:
        raise UnableToReckon(str(problem), account_ref=history.ref) from problem


def second_opinion(*, history: AccountHistory, as_of: date) -> Disagreement | None:
    """Where the bank's own interest or balances first differ from ours; None where they agree.

    Raises UnableToReckon as `owed` does.
    """
    return _second_opinion(history, terms_of(history, as_of=as_of), as_of=as_of)


def what_if(*, history: AccountHistory, payments: Sequence[tuple[date, int]], as_of: date) -> Comparison:
    """What `payments` (day, cents) would change on `as_of`. Raises UnableToReckon as `owed` does."""
    return _what_if(history, terms_of(history, as_of=as_of), payments, as_of=as_of)
