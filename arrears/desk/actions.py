"""What the desk does: keeps what was told, lifts a hold. Each calls the rooms in one transaction."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from arrears.care import actions as care
from arrears.care import queries as care_queries
from arrears.care.actions import Correction, Raised
from arrears.care.types import Outcome
from arrears.casebook import actions as casebook
from arrears.casebook import queries as casebook_queries
from arrears.casebook.types import FactKind, MoneyNotice
from arrears.clearance import actions as clearance
from arrears.clearance import queries as clearance_queries
from arrears.clearance.types import Asking, Clearance, Override, Proposal
from arrears.contact import actions as contact
from arrears.daily import actions as daily
from arrears.daily import credits
from arrears.intake import actions as intake
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.rulebook.speech import Hearer
from arrears.speech.types import Finding
from arrears.staff.models import Member, Role

CALL_LASTS = timedelta(minutes=30)  # a place in the budget is kept no longer for one call
ASK_SOMEBODY_ABOVE = Words(zh="请找班组长或合规人员。", en="Ask a team leader or a compliance officer.")
MAY_LIFT = {Role.TEAM_LEADER, Role.COMPLIANCE, Role.MANAGER}


class UnableToOverride(Trouble):
    """The rule stands; the message says why."""


class UnableToDecide(Trouble):
    """Nothing was done; the message says whose decision it is."""


class UnableToCorrect(Trouble):
    """No money is given back; the message says why."""


class UnableToLift(Trouble):
    """The hold stays; the message says why."""


def tell(
    *,
    key: str,
    kind: FactKind,
    account_ref: str,
    payload: Mapping[str, Any],
    by: Member,
    now: datetime,
) -> list[Finding]:
    """Keep a fact told at the desk; words in it that want a second look are kept beside it.

    What is planned is withdrawn at once where the fact stops contact or changes how it may
    be made; the next round decides afresh.
    """
    customer_ref = casebook_queries.owner_of(account_ref)
    with transaction.atomic():
        first = casebook.record_fact(
            key=f"desk:{key}",
            kind=kind,
            customer_ref=customer_ref,
            account_ref=account_ref,
            happened_at=now,
            now=now,
            by=by.username,
            payload=payload,
        )
        if first and kind is not FactKind.NOTE:
            daily.settle(account_refs=casebook_queries.accounts_of(customer_ref), now=now, because=daily.TOLD)
        if kind is not FactKind.NOTE:  # what a complaint quotes is not our word
            return []
        return _read(f"desk:{key}", account_ref, str(payload.get("text", "")), by=by, now=now)


def may_lift(member: Member) -> bool:
    """Whether this member may lift a hold."""
    return Role(member.role) in MAY_LIFT


def lift(*, hold_key: str, account_ref: str, reason: str, by: Member, now: datetime) -> bool:
    """Lift a hold, with a reason on record. Raises UnableToLift."""
    if not may_lift(by):
        raise UnableToLift(
            Words(zh="坐席不能解除停催", en="an agent does not lift holds"), do=ASK_SOMEBODY_ABOVE
        )
    customer_ref = casebook_queries.owner_of(account_ref)
    holds = {fact.key: fact for fact in casebook_queries.holds_on([customer_ref]).get(customer_ref, [])}
    if hold_key not in holds:
        raise UnableToLift(Words(zh="这项停催已经不在了", en="this hold no longer stands"))
    return casebook.record_fact(
        key=f"lift:{hold_key}"[:160],
        kind=FactKind.HOLD_LIFTED,
        customer_ref=customer_ref,
        account_ref=holds[hold_key].account_ref,
        happened_at=now,
        now=now,
        by=by.username,
        payload={"fact": hold_key, "reason": reason, "kind": str(holds[hold_key].kind)},
    )


def match(*, money_ref: str, account: str, reason: str, by: Member, now: datetime) -> None:
    """Apply stray money to an account and reckon it again at once.

    Raises casebook's UnableToMatchMoney.
    """
    with transaction.atomic():
        intake.match_by_hand(money_ref=money_ref, account_ref=account, by=by.username, reason=reason, now=now)
        daily.settle(account_refs=[account], now=now)


def say_one_money(*, money_ref: str, as_ref: str, by: Member, now: datetime) -> None:
    """Two tellings were one payment: take the second back from its account, and reckon it again at once."""
    with transaction.atomic():
        touched = intake.say_one_money(money_ref=money_ref, as_ref=as_ref, by=by.username, now=now)
        daily.settle(account_refs=touched, now=now)


def book_statement(*, number: int, reason: str, by: Member, now: datetime) -> None:
    """Book a flagged statement on a team leader's word; the accounts it changes are reckoned at once.

    Raises UnableToDecide, or intake's UnableToBook.
    """
    _leader_decides(by)
    with transaction.atomic():
        booked = intake.book_anyway(key=number, because=reason, by=by.username, now=now)
        daily.settle(account_refs=booked.touched, now=now)


def settle_doubt(*, account_ref: str, reason: str, by: Member, now: datetime) -> None:
    """An account may stand without the rows that were set aside; it is reckoned at once.

    Raises UnableToDecide, or intake's UnableToSettleDoubt.
    """
    _leader_decides(by)
    with transaction.atomic():
        intake.settle_doubt(account_ref=account_ref, because=reason, by=by.username, now=now)
        known = [account_ref] if casebook_queries.account_keys([account_ref]) else []
        daily.settle(account_refs=known, now=now, because=daily.NEWS)


def release_debit(*, end_to_end: str, reason: str, by: Member, now: datetime) -> None:
    """The account may be debited again after this collection came to nothing.

    Raises UnableToDecide, or intake's UnableToDebit.
    """
    _leader_decides(by)
    intake.release_debit(end_to_end=end_to_end, reason=reason, by=by.username, now=now)


def offer_back(*, account_ref: str, on: date, now: datetime) -> None:
    """Write to the customer that a credit is theirs. Raises daily's UnableToOffer."""
    credits.offer_back(account_ref=account_ref, on=on, now=now)


def pay_back(*, account_ref: str, cents: int, reference: str, on: date, by: Member, now: datetime) -> None:
    """Record what was paid out of a credit. Raises UnableToDecide, or daily's UnableToPayBack."""
    _leader_decides(by)
    credits.pay_back(
        account_ref=account_ref, cents=cents, reference=reference, on=on, by=by.username, now=now
    )


def take_cash(
    *, receipt: str, account: str, cents: int, payer: str, on: date, by: Member, now: datetime
) -> None:
    """Cash handed over at a branch: one payment by its receipt's number, booked and reckoned at once.

    Raises casebook's trouble for an unknown account, UnableToTakeNotice where the receipt was told otherwise.
    """
    found = next(iter(casebook_queries.histories([account])), None)
    if found is None:
        raise UnableToTakeCash(
            Words(zh=f"这里没有账户 {account}", en=f"there is no account {account} here"),
            do=Words(zh="请再核对一遍账号。", en="Look the number up again."),
        )
    notice = MoneyNotice(
        ref=f"cash:{receipt}",
        received_date=on,
        cents=cents,
        currency=found.currency,
        account_given=account,
        payer_name=payer,
        origin=f"cash, taken by {by.username}",
        source="cash",
        names=(receipt,),
    )
    with transaction.atomic():
        taken = intake.take_notice(notice=notice, now=now)
        if taken.account_ref != account:
            raise UnableToTakeCash(
                Words(
                    zh=f"收据 {receipt} 已用于另一个账户",
                    en=f"the receipt {receipt} was taken for another account",
                )
            )
        daily.settle(account_refs=[account], now=now)


class UnableToTakeCash(Trouble):
    """The cash is not booked; the message says why."""


def _leader_decides(member: Member) -> None:
    if not may_decide_on_money(member):
        raise UnableToDecide(
            Words(zh="这件事由班组长决定", en="this is for a team leader to decide"),
            do=Words(zh="请找班组长。", en="Ask a team leader."),
        )


def may_decide_on_money(member: Member) -> bool:
    """Whether this member decides on money that does not add up or came back."""
    return Role(member.role) in {Role.TEAM_LEADER, Role.MANAGER}


def begin_call(
    *, key: str, account_ref: str, point: str, by: Member, now: datetime, override_reason: str = ""
) -> Clearance:
    """Ask the gate for leave to call now; a yes takes its place in the customer's budget.

    override_reason: a supervisor's word against rules that only say `should`. Raises
    UnableToOverride where this member may not, or no reason is given.
    """
    customer_ref = casebook_queries.owner_of(account_ref)
    wish = Proposal(at=now, channel="call", point=point, debts=(account_ref,))
    override = _override(by, override_reason) if override_reason else None
    asking = Asking(f"desk:{key}", customer_ref, wish, account_ref, valid_for=CALL_LASTS, override=override)
    return clearance.ask(asking=asking, book=settings.RULE_BOOK, now=now)


def may_override(member: Member) -> bool:
    """Whether this member may set aside a rule that only says `should`."""
    return Role(member.role) in MAY_LIFT


def _override(member: Member, reason: str) -> Override:
    if not may_override(member):
        raise UnableToOverride(
            Words(zh="坐席不能越过任何规则", en="an agent overrides no rule"), do=ASK_SOMEBODY_ABOVE
        )
    return Override(by=member.username, reason=reason)


def end_call(
    *, clearance_key: str, outcome: str, text: str, by: Member, now: datetime, lateness: str = ""
) -> list[Finding]:
    """Keep what came of a call that was cleared, and why the customer pays late, if they said so.

    Words in it that want a second look are kept beside it. Raises UnableToUseClearance where
    there never was leave.
    """
    with transaction.atomic():
        first = contact.report_contact(
            clearance_key=clearance_key, outcome=outcome, text=text, by=by.username, now=now
        )
        leave = clearance_queries.clearance(clearance_key)
        if first and lateness and leave and leave.account_ref:
            _keep_reason(f"call:{clearance_key}", leave.account_ref, lateness, by=by, now=now)
        if leave is None or leave.account_ref is None:
            return []
        to: Hearer = "third_person" if outcome == "wrong_person" else "debtor"
        return _read(f"call:{clearance_key}", leave.account_ref, text, to=to, by=by, now=now)


def _read(
    key: str, account_ref: str, text: str, *, by: Member, now: datetime, to: Hearer = "debtor"
) -> list[Finding]:
    """Words in what was just kept that want a second look."""
    return contact.read_words(
        text=text,
        key=key,
        account_ref=account_ref,
        customer_ref=casebook_queries.owner_of(account_ref),
        by=by.username,
        now=now,
        to=to,
    )


def _keep_reason(key: str, account_ref: str, reason: str, *, by: Member, now: datetime) -> None:
    """Why the customer pays late: the next round looks at it."""
    casebook.record_fact(
        key=f"reason:{key}"[:160],
        kind=FactKind.LATENESS_REASON,
        customer_ref=casebook_queries.owner_of(account_ref),
        account_ref=account_ref,
        happened_at=now,
        now=now,
        by=by.username,
        payload={"reason": reason},
    )


def keep_inbound(
    *,
    key: str,
    account_ref: str,
    channel: str,
    outcome: str,
    text: str,
    by: Member,
    now: datetime,
    lateness: str = "",
) -> list[Finding]:
    """The customer came to us, about this account; words that want a second look are kept beside it."""
    with transaction.atomic():
        first = contact.report_inbound(
            key=f"desk:{key}",
            customer_ref=casebook_queries.owner_of(account_ref),
            account_ref=account_ref,
            channel=channel,
            outcome=outcome,
            at=now,
            by=by.username,
            now=now,
            text=text,
        )
        if first and lateness:
            _keep_reason(f"inbound:{key}", account_ref, lateness, by=by, now=now)
        return _read(f"inbound:{key}", account_ref, text, by=by, now=now)


def raise_matter(*, account_ref: str, told: Mapping[str, Any], by: Member, now: datetime) -> str:
    """Write down what the customer raised; planned contact is withdrawn at once. The matter's ref.

    Raises care's UnableToRaise.
    """
    customer_ref = casebook_queries.owner_of(account_ref)
    raised = Raised(
        key=f"desk:{told['key']}",
        about=told["about"],
        customer_ref=customer_ref,
        account_ref=account_ref,
        text=told["text"],
        about_contact=told["about_contact"],
        consent=told["consent"],
    )
    with transaction.atomic():
        ref = care.raise_matter(raised=raised, by=by.username, now=now)
        daily.settle(account_refs=casebook_queries.accounts_of(customer_ref), now=now, because=daily.TOLD)
    return ref


def answer_matter(
    *, ref: str, outcome: str, text: str, correction_cents: int, by: Member, now: datetime
) -> list[Finding]:
    """Answer a matter; what is given back is reckoned at once. Words that want a second look.

    Raises care's UnableToAnswer, and contact's UnableToSay for words nobody may say.

    Money is given back by a team leader or above: see UnableToCorrect.
    """
    if correction_cents and not may_lift(by):
        raise UnableToCorrect(
            Words(zh="坐席不能退还款项", en="an agent gives no money back"),
            do=Words(
                zh="请写下查到的情况，由班组长答复。", en="Note what you found; a team leader answers it."
            ),
        )
    correction = Correction(correction_cents) if correction_cents else None
    account_ref = care_queries.matter(ref).account_ref
    care.read_answer(ref=ref, text=text, by=by.username, now=now)  # a refusal outlives what is undone
    with transaction.atomic():
        findings = care.answer(
            ref=ref, outcome=Outcome(outcome), text=text, by=by.username, now=now, correction=correction
        )
        if correction and account_ref:
            daily.settle(account_refs=[account_ref], now=now)
    return findings
