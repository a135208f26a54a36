"""Card arithmetic for many accounts at once, as near as people's own reckoning is.

The maker of books needs to know roughly what stands on a customer's statement, because
people pay what the statement asks. This is the usual Chinese card (a tenth of purchases;
instalments, fees, cash, interest and the unpaid rest in full; 0.05 % a day). It is an
estimate and never leaves this folder: what is owed is for `reckoning` to say, from the
postings alone. The estimate lies a little above, and people round up.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arrears.portfolio.making.draws import Ints

MINIMUM_PER_MILLE = 100
DAILY_RATE = 0.0005
TOLERANCE_CENTS = 1000
LATE_FEE_RATE = 0.05


@dataclass(slots=True)
class Ledger:
    """What `n` accounts owe, statement by statement. Amounts are cents.

    required[:, k] is the sum of all minimums up to statement k; `paid` what has been paid
    towards them, oldest first. Months late = statements past due not covered by `paid`.
    """

    balance: Ints
    paid: Ints
    required: Ints
    last_statement: Ints
    last_purchases: Ints
    paid_in_full: NDArray[np.bool_]

    @classmethod
    def opened(cls, accounts: int, statements: int) -> "Ledger":
        """Nothing bought, nothing owed."""
        zero = np.zeros(accounts, dtype=np.int64)
        required = np.zeros((accounts, statements), dtype=np.int64)
        return cls(
            zero.copy(), zero.copy(), required, zero.copy(), zero.copy(), np.ones(accounts, dtype=bool)
        )

    def months_late(self, statement: int) -> Ints:
        """Unpaid minimums whose due date has passed when `statement` is made."""
        open_by = self.required[:, :statement] - self.paid[:, None]
        return np.asarray((open_by > TOLERANCE_CENTS).sum(axis=1))

    def bill(self, statement: int, *, purchases: Ints, in_full: Ints, refunds: Ints) -> None:
        """Make a statement: `in_full` (instalments, cash, fees) enters the minimum whole."""
        charges = self._interest() + self._late_fee(statement)
        self.balance += purchases + in_full + charges - refunds
        before = self.required[:, statement - 1] if statement else np.zeros_like(self.balance)
        unmet = np.maximum(before - self.paid, 0)
        revolving = np.maximum(self.balance - unmet - in_full - charges, 0)
        asked = -(-revolving * MINIMUM_PER_MILLE // 1000) + in_full + charges
        asked = np.clip(asked, 0, np.maximum(self.balance - unmet, 0))
        self.required[:, statement] = before + asked
        self.paid = np.maximum(self.paid, self.required[:, statement] - self.balance.clip(min=0))
        self.last_statement, self.last_purchases = np.maximum(self.balance, 0), purchases
        self.paid_in_full = self.last_statement == 0

    def pay(self, statement: int, cents: Ints) -> None:
        """Money received before the next statement."""
        self.balance -= cents
        self.paid = np.minimum(self.paid + cents, self.required[:, statement])
        self.paid_in_full |= cents >= self.last_statement - TOLERANCE_CENTS

    def minimums(self, statement: int, parts: Ints, late: Ints) -> Ints:
        """The money that meets the oldest `parts` unpaid minimums of those `late` months late."""
        upto = np.clip(statement - late + parts - 1, 0, statement)
        required = np.take_along_axis(self.required, upto[:, None], axis=1)[:, 0]
        return np.where(parts > 0, np.maximum(required - self.paid, 0), 0)

    def _interest(self) -> Ints:
        lost = ~self.paid_in_full
        days_money = self.balance.clip(min=0) * 30 + self.last_purchases * 15
        return np.where(lost, np.rint(days_money * DAILY_RATE), 0).astype(np.int64)

    def _late_fee(self, statement: int) -> Ints:
        if not statement:
            return np.zeros_like(self.balance)
        missing = np.maximum(self.required[:, statement - 1] - self.paid, 0)
        return np.where(missing > TOLERANCE_CENTS, np.rint(missing * LATE_FEE_RATE), 0).astype(np.int64)
