"""What the interpreted fold remembers on its way, so that every amount can be explained."""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from arrears.casebook.types import AccountHistory, Cycle, Movement
from arrears.reckoning import fold as f
from arrears.rulebook.terms import CardTerms

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

Night = tuple[int, int, int, int]  # first day, day after the last night, balance, rate


def day_number(day: date) -> int:
    """Days since 1970-01-01, negative before."""
    return day.toordinal() - _EPOCH_ORDINAL


@lru_cache(maxsize=16384)
def day_of(number: int) -> date:
    """The day a day number stands for."""
    return date.fromordinal(number + _EPOCH_ORDINAL)


@dataclass(slots=True)
class Trace:
    """Filled by the `note_...` hooks of fold.py; lots, credits and statements by their place."""

    pending: dict[int, list[Night]] = field(default_factory=dict)  # lot: not owed unless lost
    earned: dict[int, list[Night]] = field(default_factory=dict)  # lot: since the last statement
    billed: dict[int, tuple[int, dict[int, list[Night]]]] = field(default_factory=dict)
    late_fees: dict[int, tuple[int, int]] = field(default_factory=dict)  # lot: statement, missing
    paid: dict[int, list[tuple[int, int]]] = field(default_factory=dict)  # lot: credit, cents
    unused: list[tuple[int, int]] = field(default_factory=list)  # credit, cents
    undone: list[tuple[int, int, int]] = field(default_factory=list)  # posting, target, cents
    minimums: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)  # statement: its parts


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One folded account: the sheet as the fold left it, and its trace."""

    history: AccountHistory
    terms: CardTerms
    as_of: date
    sheet: list[int]
    trace: Trace

    def movement(self, lot: int) -> Movement | None:
        """The posting at a place of the sheet; None for a charge the fold made itself."""
        number = (lot - self.sheet[f.LOTS_AT]) // f.LOT_ROW
        return self.history.movements[number] if number < len(self.history.movements) else None

    def cycle(self, statement: int) -> Cycle:
        """The statement at a place of the sheet."""
        return self.history.cycles[(statement - self.sheet[f.STATEMENTS_AT]) // f.STATEMENT_ROW]

    def printed(self) -> range:
        """The places of the statements printed so far."""
        return range(self.sheet[f.STATEMENTS_AT], self.sheet[f.PRINTED_END], f.STATEMENT_ROW)

    def lots(self) -> range:
        """The places of all lots: postings, then charges."""
        return range(self.sheet[f.LOTS_AT], self.sheet[f.LOTS_END], f.LOT_ROW)
