"""Months of life of many accounts: what was bought, what was paid, what was forgotten.

Month by month, all accounts of a part at once: purchases follow habit and season, a
statement is made, and each customer does something about it. Nothing marks an account as
late; it is late where the payments that stand here miss its minimums.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from arrears.kernel.days import month_day
from arrears.portfolio.making import habits
from arrears.portfolio.making.arithmetic import TOLERANCE_DAYS, Ledger
from arrears.portfolio.making.draws import Floats, Ints, about, below, spread, uniform
from arrears.portfolio.making.habits import IDLE, MINIMUM_PAYER, REVOLVER, Customers
from arrears.portfolio.making.seasons import daily_weights

KINDS = (
    "purchase",
    "cash_advance",
    "instalment",
    "fee",
    "refund",
    "payment",
    "payment_reversal",
)
PURCHASE, CASH_ADVANCE, INSTALMENT, FEE, REFUND, PAYMENT, PAYMENT_REVERSAL = range(len(KINDS))
BLOCKED_AT_MONTHS_LATE = 2
CASH_FEE_DIVISOR, CASH_FEE_FLOOR_CENTS = 100, 1000  # one per cent, at least ten yuan


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days as numbers since 1970; row per account, column per statement."""

    statement: Ints
    due: Ints
    end: int

    def period(self, month: int) -> tuple[Ints, Ints]:
        """Day before the first and the last day of a period; the open one ends with the book."""
        months = self.statement.shape[1]
        before = self.statement[:, month - 1] if month else self.statement[:, 0] - 30
        after = self.statement[:, month] if month < months else np.full(len(before), self.end)
        return before, after


@dataclass(frozen=True, slots=True)
class Postings:
    """Postings in account and day order. `account` counts from the first of the batch."""

    account: Ints
    day: Ints
    kind: Ints
    cents: Ints
    sequence: Ints  # within the account, from 1
    reverses: Ints  # sequence of the posting undone, 0 for none


def epoch_day(day: date) -> int:
    """Days since 1970-01-01, as Parquet keeps dates."""
    return (day - date(1970, 1, 1)).days


def calendar(people: Customers, *, end: date, months: int) -> Calendar:
    """Statement and due days: the last `months` statements up to `end`."""
    firsts = [epoch_day(month_day(end.year, end.month - back, 1)) for back in range(months, -1, -1)]
    days = np.array(firsts)[None, :] + people.statement_day[:, None] - 1
    this_month = people.statement_day <= end.day
    statement = np.where(this_month[:, None], days[:, 1:], days[:, :-1])
    return Calendar(statement, statement + people.due_days[:, None], epoch_day(end))


def lives(
    seed: int, people: Customers, when: Calendar, opened: Ints, *, strain: float
) -> tuple[Postings, Ledger]:
    """Everything posted on these accounts, and where they stand by the maker's estimate.

    `strain` multiplies the chance to miss a payment and to pay nothing once late; 1 is
    like the real accounts.
    """
    return _Life(seed, people, when, opened, strain).lived()


class _Life:
    """The working state of one batch of accounts while their months go by."""

    def __init__(self, seed: int, people: Customers, when: Calendar, opened: Ints, strain: float) -> None:
        self.seed, self.people, self.when, self.opened, self.strain = seed, people, when, opened, strain
        self.months = when.statement.shape[1]
        self.ledger = Ledger.opened(people.limit_cents, self.months)
        self.rows: list[tuple[Ints, Ints, Ints, Ints, Ints]] = []
        self.written = 0
        first = int(when.statement.min()) - 31
        weights = daily_weights(date(1970, 1, 1) + timedelta(days=first), when.end - first + 1)
        self.first_day, self.busy_until = first, np.concatenate([[0.0], np.cumsum(weights)])

    def draw(self, purpose: str, month: int) -> Floats:
        return uniform(self.seed, purpose, self.people.numbers, month)

    def lived(self) -> tuple[Postings, Ledger]:
        for month in range(self.months + 1):
            spent = self.spend(month)
            if month < self.months:
                self.ledger.bill(month, **spent)
                self.answer_statement(month)
        return self.in_order(), self.ledger

    # Spending ---------------------------------------------------------------------------

    def spend(self, month: int) -> dict[str, Ints]:
        """Post a month's purchases and the like; give the sums a statement wants (Ledger.bill)."""
        late = self.ledger.months_late(min(month, self.months - 1)) if month else np.zeros_like(self.opened)
        start, stop = self.when.period(month)
        active = (late < BLOCKED_AT_MONTHS_LATE) & (self.opened <= start)
        count, budget = self.plans(month, start, stop, active)
        purchases, cent_days, refunds = self.buy(month, start, stop, count, budget)
        carried = self.carried(month, start, active)
        return {
            "purchases": purchases + carried,
            "cent_days": cent_days + carried * (stop - start - 1),
            "in_full": self.instalments(month, start, stop) + self.cash(month, start, stop, active),
            "refunds": refunds,
        }

    def plans(self, month: int, start: Ints, stop: Ints, active: NDArray[np.bool_]) -> tuple[Ints, Ints]:
        """How many purchases, and for how much together."""
        people = self.people
        season = self.busy_at(stop) - self.busy_at(start)
        count = about(
            people.purchases * season / 30.4, self.draw("count", month), self.draw("count more", month)
        )
        room = np.maximum(people.limit_cents * people.level - self.ledger.balance, 0)
        of_room = room * (0.25 + 0.6 * self.draw("of room", month))
        of_limit = people.limit_cents * people.spend_share * spread(self.draw("month", month), 0.3)
        revolving = np.isin(people.habit, (REVOLVER, MINIMUM_PAYER))
        budget = np.where(revolving, of_room, of_limit) * season / 30.4
        free = people.limit_cents - self.ledger.balance
        budget = np.minimum(np.where(people.habit == IDLE, budget * 0.1, budget), free)
        count = np.where(active & (budget >= 100), count, 0)
        return count, np.where(count > 0, budget, 0).astype(np.int64)

    def carried(self, month: int, start: Ints, active: NDArray[np.bool_]) -> Ints:
        """The balance a revolver brings into the book's first month, as one old purchase."""
        if month:
            return np.zeros_like(start)
        people = self.people
        revolving = active & np.isin(people.habit, (REVOLVER, MINIMUM_PAYER))
        carried = people.limit_cents * people.level * (0.35 + 0.6 * self.draw("carried", month))
        cents = np.where(revolving, carried, 0).astype(np.int64)
        self.post(PURCHASE, start + 1, cents)
        return cents

    def buy(self, month: int, start: Ints, stop: Ints, count: Ints, budget: Ints) -> tuple[Ints, Ints, Ints]:
        """Split each budget over its purchases; some are given back. Purchases, cent-days, refunds."""
        account = np.repeat(np.arange(len(count)), count)
        nth = np.arange(len(account)) - np.repeat(np.cumsum(count) - count, count)
        number = self.people.numbers[account]
        weight = spread(uniform(self.seed, "weight", number, month, nth), 0.6)
        whole = np.bincount(account, weights=weight, minlength=len(count))
        cents: Ints = np.maximum(budget[account] * weight / whole[account], 100).astype(np.int64)
        day = self.busy_day(start[account], stop[account], uniform(self.seed, "day", number, month, nth))
        self.post(PURCHASE, day, cents, account)
        back = uniform(self.seed, "refund", number, month, nth)
        returned = day + 3 + below(12, back * 50 % 1)
        refunded: Ints = np.where((back < 0.02) & (returned <= stop[account]), cents, 0)
        self.post(REFUND, returned, refunded, account)
        cent_days = cents * (stop[account] - day)
        by_account = [self.by_account(account, sums) for sums in (cents, cent_days, refunded)]
        return by_account[0], by_account[1], by_account[2]

    def instalments(self, month: int, start: Ints, stop: Ints) -> Ints:
        """One instalment and its fee on the statement day of those who have a plan."""
        due = self.people.instalment_cents > 0
        if month == self.months:
            return np.zeros_like(start)
        cents = np.where(due & (self.opened <= start), self.people.instalment_cents, 0)
        fee = np.rint(cents * 0.072).astype(np.int64)  # 0.6 % of a twelve-month plan, each month
        self.post(INSTALMENT, stop, cents)
        self.post(FEE, stop, fee)
        return np.asarray(cents + fee)

    def cash(self, month: int, start: Ints, stop: Ints, active: NDArray[np.bool_]) -> Ints:
        """Cash from the machine, mostly by those who revolve, with its fee."""
        chance = np.array((0.0, 0.004, 0.02, 0.045))[self.people.habit]
        wanted = self.people.limit_cents * 0.03 * spread(self.draw("cash", month), 0.5)
        wanted = np.clip(np.rint(wanted / 10_000) * 10_000, 10_000, 1_000_000)
        takes = active & (stop > start) & (self.draw("takes cash", month) < chance)
        takes &= self.ledger.balance + wanted < self.people.limit_cents
        cents = np.where(takes, wanted, 0).astype(np.int64)
        fee = np.where(takes, np.maximum(cents // CASH_FEE_DIVISOR, CASH_FEE_FLOOR_CENTS), 0)
        day = self.busy_day(start, stop, self.draw("cash day", month))
        self.post(CASH_ADVANCE, day, cents)
        self.post(FEE, day, fee)
        return np.asarray(cents + fee)

    # Paying -----------------------------------------------------------------------------

    def answer_statement(self, month: int) -> None:
        """What each customer does about the statement, before the next one."""
        late = self.ledger.months_late(month)
        misses = self.misses(month, late)
        wish = np.where(late > 0, self.when_late(month, late), self.when_current(month))
        wish = np.where(misses, self.after_missing(month), wish)
        cents = np.minimum(wish, self.ledger.last_statement)
        forgot = misses & (self.draw("later", month) < habits.PAYS_DAYS_LATER)
        day = np.where(forgot, self.days_later(month), self.days_in_time(month))
        paid = np.where(day <= self.when.end, cents, 0)
        self.post(PAYMENT, day, paid)
        in_time = np.where(day <= self.when.due[:, month] + TOLERANCE_DAYS, paid, 0)
        self.ledger.pay(month, paid, in_time=in_time)
        self.bounce(month, misses & (cents == 0))

    def misses(self, month: int, late: Ints) -> NDArray[np.bool_]:
        """Those not late so far who do not meet this minimum in time."""
        chance = np.array(habits.MISSES)[self.people.habit] * self.people.care * self.strain
        if month == 0:
            chance = chance * habits.STEADY_SHARE_LATE
        owes = self.ledger.last_statement > 0
        return np.asarray(owes & (late == 0) & (self.draw("misses", month) < chance))

    def when_current(self, month: int) -> Ints:
        """In full, a good part, or the minimum, by habit."""
        people, owed = self.people, self.ledger.last_statement
        minimum = self.round_up(self.asked(month))
        more = self.round_up((owed * 0.04 * spread(self.draw("more", month), 1.1)).astype(np.int64))
        draw = self.draw("how much", month)
        full = draw < np.array((0.9, 0.97, 0.05, 0.015))[people.habit]
        just_minimum = (people.habit == MINIMUM_PAYER) | (draw > 0.8)
        part = np.where(just_minimum, minimum, minimum + more)
        return np.where(full, owed, part)

    def when_late(self, month: int, late: Ints) -> Ints:
        """Nothing, one minimum, two, or all of it; the later the less (`habits.LATE`)."""
        chances = habits.LATE[np.minimum(late, len(habits.LATE) - 1)]
        nothing = np.minimum(chances[:, 0] * self.strain, 0.97)
        rest = chances[:, 1:] / chances[:, 1:].sum(axis=1, keepdims=True) * (1 - nothing)[:, None]
        draw = self.draw("when late", month)
        parts = (draw[:, None] >= nothing[:, None] + np.cumsum(rest, axis=1) - rest).sum(axis=1)
        everything = parts == 3
        parts = np.where(everything, late + 1, np.minimum(parts, late))
        return self.round_up(self.ledger.minimums(month, parts, late))

    def after_missing(self, month: int) -> Ints:
        """Pays days later what was asked, or in time but too little, or nothing."""
        whole = self.when_current(month)
        some = self.asked(month) * (0.15 + 0.6 * self.draw("some", month))
        later = self.draw("later", month) < habits.PAYS_DAYS_LATER
        short = self.draw("short", month) < habits.PAYS_A_PART
        return np.where(later, whole, np.where(short, some, 0)).astype(np.int64)

    def asked(self, month: int) -> Ints:
        """The whole minimum of a statement, as it stands on it."""
        return self.ledger.required[:, month] - self.ledger.paid

    def round_up(self, cents: Ints) -> Ints:
        """A little over what was asked, to whole tens of yuan: so people pay."""
        return np.where(cents > 0, -(-(cents * 101 // 100) // 1000) * 1000, 0)

    def days_in_time(self, month: int) -> Ints:
        """Mostly in the last days before the due date; direct debits on it."""
        length = self.people.due_days
        early = (length * self.draw("pays on", month) ** 2).astype(np.int64)
        early = np.where(self.people.direct_debit, 0, np.minimum(early, length - 1))
        return np.asarray(self.when.due[:, month] - early)

    def days_later(self, month: int) -> Ints:
        """After the due date and before the next statement (which is at least 3 days on)."""
        following = self.when.statement[:, month] + 28
        room = following - self.when.due[:, month] - 1
        return np.asarray(
            self.when.due[:, month] + 1 + (room * self.draw("later by", month)).astype(np.int64)
        )

    def bounce(self, month: int, unpaid: NDArray[np.bool_]) -> None:
        """A direct debit that came back: a payment, and two days later its reversal."""
        bounced = unpaid & (self.draw("bounces", month) < habits.BOUNCES)
        cents = np.where(bounced, self.asked(month), 0)
        day = self.when.due[:, month]
        cents = np.where(day + 2 <= self.when.end, cents, 0)
        first = self.post(PAYMENT, day, cents)
        self.post(PAYMENT_REVERSAL, day + 2, cents, undoes=first)

    # Keeping the postings -----------------------------------------------------------------

    def post(
        self, kind: int, day: Ints, cents: Ints, account: Ints | None = None, *, undoes: int | None = None
    ) -> int:
        """Keep the rows that have money in them; give the number of the first."""
        kept = np.flatnonzero(cents > 0)
        rows = np.arange(len(kept))
        reverses = rows + undoes if undoes is not None else np.full(len(kept), -1)
        account = kept if account is None else account[kept]
        self.rows.append((account, day[kept], np.full(len(kept), kind), cents[kept], reverses))
        first, self.written = self.written, self.written + len(kept)
        return first

    def by_account(self, account: Ints, cents: Ints) -> Ints:
        sums = np.bincount(account, weights=cents, minlength=len(self.opened))
        return np.asarray(sums).astype(np.int64)

    def busy_at(self, day: Ints) -> Floats:
        return self.busy_until[np.clip(day - self.first_day + 1, 0, len(self.busy_until) - 1)]

    def busy_day(self, start: Ints, stop: Ints, draws: Floats) -> Ints:
        """A day after `start`, up to `stop`, busy days more likely."""
        low, high = self.busy_at(start), self.busy_at(stop)
        found = np.searchsorted(self.busy_until, low + (high - low) * draws, side="right") - 1
        return np.clip(found + self.first_day, start + 1, np.maximum(stop, start + 1))

    def in_order(self) -> Postings:
        """By account and day; within a day in the order they were posted here."""
        account, day, kind, cents, reverses = (
            np.concatenate(column) for column in zip(*self.rows, strict=True)
        )
        order = np.argsort(account * (1 << 20) + day, kind="stable")
        account, kind = account[order], kind[order]
        counts = np.bincount(account, minlength=len(self.opened))
        sequence = np.arange(len(account)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
        place = np.empty(len(order), dtype=np.int64)
        place[order] = sequence
        undone = np.where(reverses[order] >= 0, place[reverses[order]], 0)
        return Postings(account, day[order], kind, cents[order], sequence, undone)
