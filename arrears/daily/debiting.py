"""What may be collected by direct debit on a day: instalments of agreements kept, else the minimum due.

Only accounts with a mandate are looked at. Whatever stops collecting stops this too, and is said:
a hold, a promise still running, figures nobody is sure of.
"""

from datetime import date, datetime

from arrears.arrangements import queries as arrangements
from arrears.arrangements.types import AgreementState, PromiseState
from arrears.casebook import queries as casebook
from arrears.casebook.types import AccountHistory, Fact
from arrears.daily import casework
from arrears.intake import actions as intake
from arrears.intake.types import Due, FileMade, NotCollected, Version
from arrears.kernel.words import Words
from arrears.reckoning.types import Owed

_HOLDS = Words(zh="有未解除的暂停事项：{kinds}", en="what stops collecting stands: {kinds}")
_PROMISED = Words(zh="客户承诺在 {day} 前还款", en="the customer promised to pay by {day}")
_ASIDE = Words(zh="账户无法核算：{why}", en="the account cannot be reckoned: {why}")
_UNSURE = Words(zh="金额存疑，须先由人核对", en="its figures disagree: a person looks first")
_NOTHING = Words(zh="当日没有应扣金额", en="nothing is due on that day")


def collect_debits(*, on: date, version: Version, now: datetime) -> FileMade:
    """The file of collections for `on`; its count is 0 where nothing is due.

    A file of that day made before comes again unchanged. Raises UnableToDebit.
    """
    mandates = intake.mandates()
    customers = {fact.customer_ref for fact in mandates.values()}
    holds = casebook.holds_on(customers)
    dues, left_out = list[Due](), list[NotCollected]()
    for history in casebook.histories(sorted(mandates)):
        stopped = _stopped(history, holds.get(history.customer_ref, []))
        due = stopped or _due(history, on)
        if isinstance(due, Words):
            left_out.append(NotCollected(history.ref, due))
        else:
            dues.append(due)
    return intake.collect(dues=dues, mandates=mandates, left_out=left_out, on=on, version=version, now=now)


def _stopped(history: AccountHistory, holds: list[Fact]) -> Words | None:
    if holds:  # of the person, whichever account they were told for: when unsure, nothing is taken
        return _HOLDS.filled(kinds=", ".join(sorted({str(fact.kind) for fact in holds})))
    running = [one for one in arrangements.promises_of(history.ref) if one.state is PromiseState.RUNNING]
    return _PROMISED.filled(day=running[0].day) if running else None


def _due(history: AccountHistory, on: date) -> Due | Words:
    reckoned, aside = casework.reckon([history], on=on)
    if not reckoned:
        return _ASIDE.filled(why=aside.get(history.ref, ""))
    owed = reckoned[0].owed
    if owed.findings or reckoned[0].opinion is not None:
        return _UNSURE
    agreed = _instalments(history.ref, on)
    cents, for_what = agreed if agreed is not None else _minimum(owed, on)
    if cents <= 0:
        return _NOTHING
    return Due(history.ref, history.customer_ref, cents, history.currency, for_what)


def _instalments(account_ref: str, on: date) -> tuple[int, str] | None:
    """What agreements being kept ask for by `on` and has not come; None where there is no agreement."""
    kept = [one for one in arrangements.agreements_of(account_ref) if one.state is AgreementState.PERFORMING]
    if not kept:
        return None
    open_cents, numbers = 0, list[str]()
    for agreement in kept:
        for part in arrangements.standing_of(agreement.key, on=on).parts:
            left = part.part.due_cents - part.paid_cents
            if part.part.day <= on and left > 0:
                open_cents += left
                numbers.append(f"{agreement.key}:{part.part.number}")
    return open_cents, ", ".join(numbers)


def _minimum(owed: Owed, on: date) -> tuple[int, str]:
    """The minimum on its due day; on other days, what of earlier ones is overdue."""
    if owed.next_due_date == on:
        return min(owed.minimum_due_cents, owed.payoff_cents), f"minimum {on}"
    return min(owed.overdue_cents or 0, owed.payoff_cents), f"overdue since {owed.oldest_due_date}"
