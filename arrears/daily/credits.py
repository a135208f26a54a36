"""Money that is the customer's: offered back once a credit, paid back never beyond it.

The round offers what is old and large enough and sure; whatever it may not, a person finds on the
desk's list, and may offer it there.
"""

from contextlib import suppress
from datetime import date, datetime, time

from django.conf import settings
from django.db import transaction

from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import AccountHistory, Movement, MovementKind, Person
from arrears.clearance import actions as clearance
from arrears.clearance.types import SENT_BY_MACHINE, Asking, Clearance, Proposal
from arrears.contact import actions as contact
from arrears.contact import queries as contact_queries
from arrears.contact.types import Planned, Purpose
from arrears.daily import actions as daily
from arrears.daily import casework
from arrears.delinquency import queries as delinquency
from arrears.intake import queries as intake
from arrears.kernel.money import Money, decimal_text
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.reckoning import queries as reckoning
from arrears.strategy import actions as strategy
from arrears.strategy.types import Decision, ProposalMade, ProposalState, Wish

POINTS = {"sms": "mobile", "email": "email"}
MOST_OFFERS = 10_000  # in one round, the largest credits first
_TITLE = Words(zh="告知溢缴款可退", en="Offer the credit back")
_WHY = Words(zh="多还的款项是客户的钱", en="what was paid too much is the customer's")


class UnableToOffer(Trouble):
    """Nothing is written; the message says why."""


class UnableToPayBack(Trouble):
    """Nothing is recorded; the message says why."""


def offer_credits_back(*, on: date, now: datetime) -> int:
    """The round's own offers: how many messages were planned. Safe to repeat: once a credit.

    None where house policy leaves them to a person; and a person looks wherever anything stops collecting,
    a row was set aside, or two figures disagree.
    """
    if intake.money_policy().offers_back == "person":
        return 0
    standings = delinquency.in_credit(limit=MOST_OFFERS)
    refs = [one.account_ref for one in standings]
    unsure = {*casebook.holds_on({one.customer_ref for one in standings}), *intake.doubts_about(refs)}
    offered = 0
    for standing in standings:
        if not {standing.customer_ref, standing.account_ref} & unsure and _is_sure(standing.account_ref, on):
            with suppress(UnableToOffer):  # it stays on the desk's list, and the gate keeps its own refusal
                offered += _offer_once(standing.account_ref, on, now)[1]
    return offered


def _is_sure(account_ref: str, on: date) -> bool:
    reckoned, _ = casework.reckon(casebook.histories([account_ref]), on=on)
    return bool(reckoned) and not reckoned[0].owed.findings and reckoned[0].opinion is None


def offer_back(*, account_ref: str, on: date, now: datetime) -> str:
    """Write to the customer, in their language, that the credit is theirs; once a credit. The message's key.

    It asks the gate as any contact does, as a statement without a demand. Raises UnableToOffer where the
    credit is smaller or younger than house policy says, nobody can be reached, or the gate says no.
    """
    return _offer_once(account_ref, on, now)[0]


def _offer_once(account_ref: str, on: date, now: datetime) -> tuple[str, bool]:
    """The message's key, and whether it was planned now."""
    history = next(iter(casebook.histories([account_ref])), None)
    if history is None:
        raise UnableToOffer(
            Words(zh=f"没有账户 {account_ref}", en=f"the casebook does not know {account_ref}")
        )
    credit = max(0, -reckoning.amounts(history=history, as_of=on).payoff_cents)
    since = max((one.posted_date for one in history.movements), default=on)
    _is_worth_it(credit, history.currency, (on - since).days)
    key = f"credit:{account_ref}:{since}"
    if contact_queries.message(key):
        return key, False
    person = casebook.persons([history.customer_ref])[history.customer_ref]
    ways = [(c, p.value) for c, kind in POINTS.items() for p in person.points if p.kind == kind]
    if not ways:
        raise UnableToOffer(
            Words(zh="没有能联系到客户的方式", en="no way to reach the customer is known"),
            do=Words(zh="请找到一种，或寄信。", en="Find one, or write a letter."),
        )
    channel, point = ways[0]
    wish = Proposal(
        at=now, channel=channel, point=point, purpose="statement", debts=(account_ref,),
        autodialled=channel in SENT_BY_MACHINE,
    )  # fmt: skip
    with transaction.atomic():
        asking = Asking(f"{key}:{on}", person.ref, wish, account_ref)
        leave = clearance.ask(asking=asking, book=settings.RULE_BOOK, now=now)
        if leave.cleared:
            strategy.record_proposals(proposals=[_proposal(key, leave, wish, history, on)], now=now)
            contact.plan(messages=[_offer(key, leave, wish, person, history, credit, on)], now=now)
    if not leave.cleared:
        raise UnableToOffer(
            Words(
                zh="；".join(one.words.zh for one in leave.refusals) or "合规校验未放行",
                en="; ".join(one.words.en for one in leave.refusals) or "the gate says no",
            )
        )
    return key, True


def _proposal(key: str, leave: Clearance, wish: Proposal, history: AccountHistory, on: date) -> ProposalMade:
    """What the outbox settles in the end, as every message's."""
    assert wish.point
    wanted = Wish("credit_offer", wish.channel, wish.point, wish.purpose, time(10))
    return ProposalMade(
        key=key,
        account_ref=history.ref,
        customer_ref=history.customer_ref,
        on_date=on,
        decision=Decision("credit_offer", _TITLE, _WHY, 10, wanted),
        state=ProposalState.PLANNED,
        reasons=(),
        planned_at=leave.not_before,
        until_at=leave.until,
    )


def _is_worth_it(credit: int, currency: str, days: int) -> None:
    policy = intake.money_policy()
    if credit <= 0 or credit < policy.offer_back_least(currency):
        raise UnableToOffer(
            Words(zh="溢缴款 {amount} 太少", en="the credit of {amount} is too small").filled(
                amount=f"{decimal_text(credit, currency=currency)} {currency}"
            )
        )
    if days < policy.offer_back_after_days:
        raise UnableToOffer(
            Words(
                zh=f"溢缴款才 {days} 天；按政策满 {policy.offer_back_after_days} 天再说",
                en=f"the credit is {days} days old; policy waits {policy.offer_back_after_days} days",
            )
        )


def _offer(
    key: str, leave: Clearance, wish: Proposal, person: Person, history: AccountHistory, cents: int, on: date
) -> Planned:
    assert leave.not_before and leave.until and wish.point  # it is cleared
    values = {"account": history.ref[-4:], "amount": Money(cents, history.currency).with_symbol()}
    return Planned(
        key=key,
        clearance_key=leave.key,
        customer_ref=person.ref,
        account_ref=history.ref,
        channel=wish.channel,
        point=wish.point,
        template="credit_offer",
        language=person.language,
        wording=contact_queries.worded(
            template="credit_offer", channel=wish.channel, person=person, values=values
        ),
        not_before=leave.not_before,
        not_after=leave.until,
        planned_on=on,
        purpose=Purpose.STATEMENT,
    )


def pay_back(*, account_ref: str, cents: int, reference: str, on: date, by: str, now: datetime) -> bool:
    """Record that so much of a credit was paid out on `on`, by the bank's reference; True the first time.

    The movement is a debit adjustment, which bears no interest; the bank's own line for it, when its
    book brings one, counts as the same. Raises UnableToPayBack.
    """
    ref = f"payback:{reference}"
    with transaction.atomic():
        casebook_actions.hold_till()  # two at once must not pay the same credit out twice
        history = next(iter(casebook.histories([account_ref])), None)
        if history is None or cents <= 0 or not reference:
            raise UnableToPayBack(
                Words(
                    zh="请写明账户、金额和银行流水号",
                    en="name a known account, an amount and the bank's reference",
                )
            )
        before = next((one for one in history.movements if one.ref == ref), None)
        if before is not None:
            if before.cents != cents:
                said = decimal_text(before.cents, currency=history.currency)
                raise UnableToPayBack(
                    Words(
                        zh=f"{reference} 已按 {said} {history.currency} 登记",
                        en=f"{reference} was recorded with {said} {history.currency}",
                    )
                )
            return False
        credit = max(0, -reckoning.amounts(history=history, as_of=on).payoff_cents)
        if cents > credit:
            said = decimal_text(credit, currency=history.currency)
            raise UnableToPayBack(
                Words(
                    zh=f"账户的溢缴款只有 {said} {history.currency}",
                    en=f"the account's credit is {said} {history.currency}, not more",
                )
            )
        paid = Movement(ref, MovementKind.DEBIT_ADJUSTMENT, cents, on)
        casebook_actions.post(account_ref=account_ref, movements=[paid], origin=f"paid back, {by}", now=now)
        daily.settle(account_refs=[account_ref], now=now, because=daily.NEWS)
    return True
