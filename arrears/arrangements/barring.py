"""Holds while which nothing is promised or planned, and what is said of each."""

from arrears.arrangements.types import UnableToArrange
from arrears.casebook import queries as casebook
from arrears.casebook.types import Fact, FactKind
from arrears.kernel.words import Words

# Whether anything is owed, and by whom, is to be settled first. The second set concerns a
# person, whatever the account.
ABOUT_THE_DEBT = frozenset(
    {FactKind.OBJECTION, FactKind.DISPUTE, FactKind.WRONG_AMOUNT_SUSPECTED, FactKind.LITIGATION}
)
ABOUT_THE_PERSON = frozenset(
    {FactKind.FRAUD, FactKind.DECEASED, FactKind.BANKRUPT, FactKind.INCAPACITY, FactKind.MINOR}
    | {FactKind.MENTAL_HEALTH_CRISIS}
)


def barred_by(account_ref: str) -> Fact | None:
    """The hold because of which nothing may be agreed on this account now; the oldest."""
    customer_ref = casebook.owner_of(account_ref)
    for fact in casebook.holds_on([customer_ref]).get(customer_ref, []):
        ours = fact.account_ref in (None, account_ref)
        if fact.kind in ABOUT_THE_PERSON or (fact.kind in ABOUT_THE_DEBT and ours):
            return fact
    return None


def check_not_barred(account_ref: str, error: type[UnableToArrange]) -> None:
    """Raises `error`, saying which hold stands in the way."""
    fact = barred_by(account_ref)
    if fact:
        raise error(BARRED[fact.kind], do=SETTLE_FIRST)


def why_barred(account_ref: str) -> Words | None:
    """In words, why nothing may be agreed on this account now."""
    fact = barred_by(account_ref)
    return BARRED[fact.kind] if fact else None


SETTLE_FIRST = Words(
    zh="先把这件事处理好；有结果后再商量还款。", en="Settle that first; then talk about paying."
)
BARRED = {
    FactKind.OBJECTION: Words(
        zh="客户对欠款有异议，正在核实", en="the customer objects to the debt; it is being checked"
    ),
    FactKind.DISPUTE: Words(
        zh="客户对交易有争议，正在核实", en="a transaction is disputed; it is being checked"
    ),
    FactKind.WRONG_AMOUNT_SUSPECTED: Words(
        zh="金额可能有误，正在核实", en="the amount may be wrong; it is being checked"
    ),
    FactKind.LITIGATION: Words(zh="案件正在诉讼中", en="the case is before a court"),
    FactKind.FRAUD: Words(
        zh="可能是冒用或欺诈，正在调查", en="fraud or identity theft is suspected; it is being looked into"
    ),
    FactKind.DECEASED: Words(
        zh="客户已去世，只能与遗产管理人商量", en="the customer has died; only the estate can be talked to"
    ),
    FactKind.BANKRUPT: Words(zh="客户已进入破产程序", en="insolvency proceedings were opened"),
    FactKind.INCAPACITY: Words(
        zh="客户没有行为能力，须由监护人代理",
        en="the customer cannot decide for themselves; a guardian has to",
    ),
    FactKind.MINOR: Words(
        zh="客户未成年，须由监护人代理", en="the customer is a minor; a guardian has to decide"
    ),
    FactKind.MENTAL_HEALTH_CRISIS: Words(
        zh="客户正处于心理危机，现在不谈还款",
        en="the customer is in a mental health crisis; this is no time to speak of paying",
    ),
}
