"""Card arithmetic for many accounts at once, as near as people's own reckoning is.

The maker of books needs to know roughly what stands on a customer's statement, because
people pay what the statement asks. This is the usual Chinese card (a tenth of purchases;
instalments, fees, cash, interest, what is over the limit and the unpaid rest in full;
0.05 % a day on the full amount). It is an estimate, a little above, and never leaves this
folder: what is owed is for `reckoning` to say, from the postings alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arrears.portfolio.making.draws import Ints

MINIMUM_PER_MILLE = 100
DAILY_RATE = 0.0005
LONGEST_CYCLE_DAYS, LONGEST_DUE_DAYS = 31, 25
TOLERANCE_DAYS = 3
TOLERANCE_CENTS = 1000
LATE_FEE_RATE = 0.05


@dataclass(slots=True)
class Ledger:
    """What `n` accounts owe, statement by statement. Amounts are cents.

    required[:, k] is the sum of all minimums up to statement k; `paid` what has been paid
    towards them, oldest first. Months late = statements past due not covered by `paid`.
    """

    limit: Ints
    balance: Ints
    paid: Ints
    required: Ints
    debits: Ints  # [:, k]: everything bought or due up to statement k
    in_full: Ints  # [:, k]: what entered minimum k whole
    last_statement: Ints
    waiting: Ints  # cent-days of its new purchases: charged if it is not paid in full
    bearing: Ints  # the part of it that bears interest whatever is paid
    paid_in_full: NDArray[np.bool_]

    @classmethod
    def opened(cls, limit: Ints, statements: int) -> "Ledger":
        """Nothing bought, nothing owed."""
        zeros = [np.zeros_like(limit) for _ in range(5)]
        balance, paid, last, waiting, bearing = zeros
        required, debits, in_full = np.zeros((3, len(limit), statements), dtype=np.int64)
        in_grace = np.ones(len(limit), dtype=bool)
        return cls(limit, balance, paid, required, debits, in_full, last, waiting, bearing, in_grace)

    def months_late(self, statement: int) -> Ints:
        """Unpaid minimums whose due date has passed when `statement` is made."""
        open_by = self.required[:, :statement] - self.paid[:, None]
        return np.asarray((open_by > TOLERANCE_CENTS).sum(axis=1))

    def bill(self, statement: int, *, purchases: Ints, cent_days: Ints, in_full: Ints, refunds: Ints) -> None:
        """Make a statement: `in_full` (instalments, cash, fees) enters the minimum whole.

        cent_days: each purchase times its days until the statement, added up.
        """
        charges = self._interest() + self._late_fee(statement)
        self.balance += purchases + in_full + charges - refunds
        before = self.required[:, statement - 1] if statement else np.zeros_like(self.balance)
        unmet = np.maximum(before - self.paid, 0)
        whole = in_full + charges + np.maximum(self._still_whole(statement, purchases, in_full) - unmet, 0)
        revolving = np.maximum(self.balance - unmet - whole, 0)
        over = np.clip(self.balance - self.limit, 0, revolving)
        asked = whole + over - (over - revolving) * MINIMUM_PER_MILLE // 1000
        asked = np.clip(asked, 0, np.maximum(self.balance - unmet, 0))
        self.required[:, statement] = before + asked
        self.paid = np.maximum(self.paid, self.required[:, statement] - self.balance.clip(min=0))
        self.bearing = np.where(self.paid_in_full, 0, np.maximum(self.balance - purchases - in_full, 0))
        self.last_statement, self.waiting = np.maximum(self.balance, 0), cent_days
        self.paid_in_full = self.last_statement == 0

    def pay(self, statement: int, cents: Ints, *, in_time: Ints) -> None:
        """Money received before the next statement, and how much of it by the due date."""
        self.balance -= cents
        self.paid = np.minimum(self.paid + cents, self.required[:, statement])
        self.paid_in_full |= in_time >= self.last_statement - TOLERANCE_CENTS

    def minimums(self, statement: int, parts: Ints, late: Ints) -> Ints:
        """The money that meets the oldest `parts` unpaid minimums of those `late` months late."""
        upto = np.clip(statement - late + parts - 1, 0, statement)
        required = np.take_along_axis(self.required, upto[:, None], axis=1)[:, 0]
        return np.asarray(np.where(parts > 0, np.maximum(required - self.paid, 0), 0))

    def _still_whole(self, statement: int, purchases: Ints, in_full: Ints) -> Ints:
        """Instalments and cash of earlier statements that older purchases kept from being paid."""
        before = self.debits[:, statement - 1] if statement else np.zeros_like(self.balance)
        self.debits[:, statement] = before + purchases + in_full
        self.in_full[:, statement] = in_full
        repaid = self.debits[:, statement] - self.balance
        left = self.debits[:, :statement] - repaid[:, None]
        return np.asarray(np.clip(left, 0, self.in_full[:, :statement]).sum(axis=1))

    def _interest(self) -> Ints:
        # As if each payment came on the last day: a little too much, never too little.
        cent_days = self.last_statement * LONGEST_CYCLE_DAYS + self.waiting
        cent_days = np.where(self.paid_in_full, self.bearing * LONGEST_DUE_DAYS, cent_days)
        return np.asarray(np.rint(cent_days * DAILY_RATE).astype(np.int64))

    def _late_fee(self, statement: int) -> Ints:
        if not statement:
            return np.zeros_like(self.balance)
        missing = np.maximum(self.required[:, statement - 1] - self.paid, 0)
        fees = np.where(missing > TOLERANCE_CENTS, np.rint(missing * LATE_FEE_RATE), 0)
        return np.asarray(fees.astype(np.int64))
