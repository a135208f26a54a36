"""What other rooms ask of the reckoner."""

from datetime import date

from arrears.casebook.types import AccountHistory
from arrears.kernel.trouble import WrongConfiguration
from arrears.reckoning.core import reckon
from arrears.reckoning.types import Owed, UnableToReckon
from arrears.rulebook.terms import CardTerms, load_terms


def owed(*, history: AccountHistory, as_of: date) -> Owed:
    """What `history` owes at the end of `as_of`, with its explanation.

    Raises UnableToReckon where the history or its terms cannot be right: a posting out of
    order, before opening, twice, in an unknown currency or not a whole amount; a statement
    without a due date; an unknown product or term. The account is set aside, the rest go on.
    """
    return reckon(history, terms_of(history, as_of=as_of), as_of=as_of)


def terms_of(history: AccountHistory, *, as_of: date) -> CardTerms:
    """The card terms of one account on a day. Raises UnableToReckon for unknown ones."""
    try:
        return load_terms(history.product, on=as_of, overrides=history.terms)
    except WrongConfiguration as problem:
        raise UnableToReckon(str(problem), account_ref=history.ref) from problem
