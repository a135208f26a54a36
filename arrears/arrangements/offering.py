"""Offers: drafted within the policy, approved where they must be, signed, never twice alive."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction

from arrears.arrangements import ground, models, signing, spending
from arrears.arrangements.barring import check_not_barred
from arrears.arrangements.core import limits, means
from arrears.arrangements.core.drafting import Debt, Draft, cost_of_not_agreeing, debt_of, draft
from arrears.arrangements.core.plans import NotAgreeing, heaviest_month
from arrears.arrangements.core.posting import plan_postings, rest_to_post
from arrears.arrangements.core.quoting import canonical, content_of, fingerprint, schedule_from
from arrears.arrangements.seeing import content, offer_seen
from arrears.arrangements.types import (
    IN_PARTS,
    Asked,
    IsWorkday,
    Kind,
    OfferSeen,
    OfferState,
    Surroundings,
    UnableToApprove,
    UnableToArrange,
    UnableToCancel,
    UnableToOffer,
    Who,
    bank_day,
)
from arrears.casebook import queries as casebook
from arrears.casebook.types import AccountHistory, Movement
from arrears.kernel.money import Money
from arrears.kernel.words import Words
from arrears.rulebook.arrangements import ROLES, Version, policy_of, role_title, title_of
from arrears.rulebook.reasons import reasons

LIVE = (OfferState.OPEN, OfferState.WAITING)


@transaction.atomic
def offer(
    *,
    key: str,
    account_ref: str,
    asked: Asked,
    who: Who,
    now: datetime,
    surroundings: Surroundings | None = None,
    is_workday: IsWorkday = bank_day,
) -> OfferSeen:
    """A quotation for what is asked: signed and open at once, or waiting for approval.

    key: the face's own; asked twice, the answer is the one already given. A live offer on
    the account is superseded. Where an agreement is being kept, the offer renegotiates it.
    Raises UnableToOffer, with the nearest that is allowed, for anything outside the policy;
    UnableToReckon where what is owed cannot be said.
    """
    ground.lock(account_ref)
    made = models.Offer.objects.filter(asked_key=key).first()
    if made:
        return _same(made, account_ref)
    row = _drafted_row(key, account_ref, asked, surroundings, who, now, is_workday)
    _supersede_live(account_ref, now=now)
    if row.state == OfferState.OPEN:
        _open(row, who, now=now)
    row.save()
    return offer_seen(row)


def preview(
    *,
    account_ref: str,
    asked: Asked,
    who: Who,
    now: datetime,
    surroundings: Surroundings | None = None,
    is_workday: IsWorkday = bank_day,
) -> OfferSeen:
    """The offer as it would be, were it made now: word for word, but neither kept nor signed.

    `open` where it would be signed at once, `waiting` with its approvers where not. Raises
    what `offer` raises; nothing is superseded or reserved.
    """
    return offer_seen(_drafted_row("", account_ref, asked, surroundings, who, now, is_workday))


def _drafted_row(
    key: str,
    account_ref: str,
    asked: Asked,
    surroundings: Surroundings | None,
    who: Who,
    now: datetime,
    is_workday: IsWorkday,
) -> models.Offer:
    """The offer within the policy, not written down yet. Raises UnableToOffer."""
    room = _room(account_ref, asked, surroundings or Surroundings(), who, ground.house_day(now))
    drafted = _draft(room, is_workday)
    _refuse_or(drafted, room)
    passes = who.role in limits.roles_that_may(room.version, drafted.measure)
    return _row(key, drafted, room, now=now, waits=not passes)


def _same(made: models.Offer, account_ref: str) -> OfferSeen:
    if made.account.ref != account_ref:
        raise UnableToArrange(f"the key {made.asked_key} belongs to an offer on another account")
    return offer_seen(made)


@dataclass(frozen=True, slots=True)
class Room:
    """Everything one offer is judged by."""

    asked: Asked
    who: Who
    surroundings: Surroundings
    version: Version
    debt: Debt
    on: date
    running: models.Agreement | None


def _room(account_ref: str, asked: Asked, surroundings: Surroundings, who: Who, on: date) -> Room:
    version = policy_of(asked.kind.value, on=on)
    running = ground.running_agreement(account_ref)
    history = ground.history_of(account_ref)
    if asked.kind is not Kind.WAIVER:  # what is given up does no harm, whatever stands in the way
        check_not_barred(account_ref, UnableToOffer)
    debt = debt_of(_as_if_ended(history, running, on), on=on)
    room = Room(asked, who, surroundings, version, debt, on, running)
    _check_open(room)
    if running:
        _check_renegotiation(room, running)
    _check_needs(room)
    return room


def _as_if_ended(history: AccountHistory, running: models.Agreement | None, on: date) -> AccountHistory:
    """The debt as it would be by the terms agreed, were the running plan ended today."""
    if running is None or Kind(running.kind) not in IN_PARTS:
        return history
    kept, schedule = content(running.offer), schedule_from(content(running.offer))
    principal, _ = rest_to_post(schedule, ended=on)
    posted = {one.ref for one in history.movements}
    ended = plan_postings(str(kept["key"]), schedule, until=on, ended=on, left=(principal, 0))
    more = [one for one in ended if one.ref not in posted]
    return replace(history, movements=_in_day_order([*history.movements, *more]))


def _in_day_order(movements: list[Movement]) -> tuple[Movement, ...]:
    return tuple(sorted(movements, key=lambda one: one.posted_date))


def _check_open(room: Room) -> None:
    span, late = room.version.days_past_due, room.debt.owed.days_past_due
    title = title_of(room.asked.kind.value).words()
    if span.nearest(late) != late and room.running is None:
        raise UnableToOffer(
            OPEN_FROM.filled(title=title, late=late, span=f"{span.from_ or 0}–{span.to or ''}"),
            do=ANOTHER_KIND,
        )
    if room.who.role not in room.version.may and not _somebody_above(room):
        raise UnableToOffer(NOT_OPEN.filled(title=title, role=role_title(room.who.role)))
    since = room.on - timedelta(days=365)
    had = models.Agreement.objects.filter(
        account__ref=room.debt.owed.account_ref, kind=room.asked.kind, agreed_at__date__gt=since
    ).count()
    if room.version.most_a_year is not None and had >= room.version.most_a_year:
        raise UnableToOffer(
            TOO_OFTEN.filled(title=title, had=had, most=room.version.most_a_year), do=ANOTHER_KIND
        )


OPEN_FROM = Words(
    zh="{title}：已逾期 {late} 天，限逾期 {span} 天", en="{title}: {late} days past due; open at {span} days"
)
NOT_OPEN = Words(zh="{title}不对“{role}”岗位开放", en="{title} is not open to the role “{role}”")
TOO_OFTEN = Words(
    zh="{title}：一年内已有 {had} 次，最多 {most} 次", en="{title}: {had} within a year, {most} are allowed"
)
ANOTHER_KIND = Words(zh="请换一种安排。", en="Choose another kind of arrangement.")


def _somebody_above(room: Room) -> bool:
    return room.who.role in ROLES and bool(
        set(room.version.may) & set(ROLES[ROLES.index(room.who.role) + 1 :])
    )


def _check_needs(room: Room) -> None:
    """What the policy, and for article 70 the law, wants to know first."""
    told, needs = room.surroundings, room.version.needs
    unknown = set(told.reasons) - set(room.version.reasons or told.reasons)
    if unknown or ("reason" in needs and not told.reasons):
        raise UnableToOffer(NO_REASON, do=CHOOSE_FROM.filled(reasons=_named(room.version.reasons)))
    if "means" in needs and told.sustainable_cents is None:
        raise UnableToOffer(NO_MEANS, do=TAKE_THE_FORM)
    if "willing" in needs and not told.willing:
        raise UnableToOffer(NOT_WILLING, do=ASK_AND_NOTE)
    if "ability_exceeded" in needs and not _exceeded(room):
        raise UnableToOffer(CAN_BE_PAID, do=BALANCE_INSTEAD)


NO_REASON = Words(zh="没有说明可以受理的原因", en="no reason is given that counts here")
CHOOSE_FROM = Words(zh="请从中选择：{reasons}。", en="Choose from: {reasons}.")
NO_MEANS = Words(zh="还不知道收入和支出", en="nothing is known of income and outgoings")
TAKE_THE_FORM = Words(zh="请先填写收支简表。", en="Take the short form first.")
NOT_WILLING = Words(zh="第七十条要求客户有还款意愿", en="article 70 needs a customer who is willing to pay")
ASK_AND_NOTE = Words(zh="请询问客户并记下回答。", en="Ask, and note the answer.")
CAN_BE_PAID = Words(
    zh="第七十条要求欠款超出还款能力；按收支表，客户还得起",
    en="article 70 needs a debt beyond what the customer can pay; the form says it can be paid",
)
BALANCE_INSTEAD = Words(zh="可改为余额分期。", en="Offer instalments of the balance instead.")


def _named(codes: tuple[str, ...]) -> Words:
    titles = [
        reasons()[code].title.words() if code in reasons() else Words(zh=code, en=code) for code in codes
    ]
    return Words(zh="、".join(each.zh for each in titles), en=", ".join(each.en for each in titles))


def _exceeded(room: Room) -> bool:
    """By the form, where one was taken; else by what was noted."""
    told, owed = room.surroundings, room.debt.owed
    if told.sustainable_cents is None:
        return bool(told.ability_exceeded)
    due = max(owed.minimum_due_cents, owed.overdue_cents or 0)
    if room.running:  # what the plan asks for now is what cannot be paid
        parts = schedule_from(content(room.running.offer)).parts
        due = max(due, *(part.due_cents for part in parts))
    return means.ability_exceeded(due_now_cents=due, sustainable_cents=told.sustainable_cents)


def _check_renegotiation(room: Room, running: models.Agreement) -> None:
    """One renegotiation before breaking; a plan in parts may be planned anew by article 70 only."""
    kind, was = room.asked.kind, Kind(running.kind)
    if kind is Kind.WAIVER:
        return
    policy = policy_of(was.value, on=room.on)
    if (1 if running.offer.replaces else 0) >= policy.renegotiations:
        raise UnableToOffer(
            Words(
                zh="该账户有履行中的约定，且已重新商量过或不能再商量",
                en="an agreement is being kept on this account and has been renegotiated, or may not be",
            ),
            do=Words(zh="请先让它履行完毕或终止。", en="Let it be kept or ended first."),
        )
    if was in IN_PARTS and kind in IN_PARTS and kind is not Kind.PERSONAL:
        raise UnableToOffer(
            Words(
                zh="分期余额不得再次分期（银保监规〔2022〕13号）",
                en="an instalment balance may not be put into instalments again (2022 No. 13)",
            ),
            do=Words(
                zh="只有第七十条的个性化分期可以重新安排。",
                en="Only a personalised agreement under article 70 may take it up again.",
            ),
        )


def _draft(room: Room, is_workday: IsWorkday) -> Draft:
    try:
        return draft(room.asked, room.debt, room.version, is_workday=is_workday)
    except UnableToOffer:
        raise
    except UnableToArrange as problem:
        nearest = _possible_months(room)
        raise UnableToOffer(problem.words, do=problem.do_words, nearest=nearest) from problem


def _possible_months(room: Room) -> Asked | None:
    """The nearest length the policy knows, where the length asked for was impossible."""
    span = limits.widest(room.version).months
    months = room.asked.months
    if span is None or months is None or span.nearest(months) == months:
        return None
    return replace(room.asked, months=span.nearest(months))


def _refuse_or(drafted: Draft, room: Room) -> None:
    """Refuse at once what nobody here may grant, naming the nearest that somebody may."""
    who, may = room.who, limits.widest(room.version)
    passes = (who.role, *limits.approvers(room.version, drafted.measure, who.role))
    if not set(passes) & set(limits.roles_that_may(room.version, drafted.measure)):
        own = room.version.may.get(who.role, may)  # type: ignore[call-overload]
        why = limits.breaches(may, drafted.measure) or limits.breaches(own, drafted.measure)
        principal = drafted.schedule.principal_cents if drafted.schedule else 0
        nearest = limits.nearest(
            drafted.asked, drafted.measure, may, principal_cents=principal, today=room.on
        )
        told = Words(zh="；".join(words.zh for words in why), en="; ".join(words.en for words in why))
        raise UnableToOffer(told, nearest=nearest)
    _refuse_beyond_means(drafted, room)


def _refuse_beyond_means(drafted: Draft, room: Room) -> None:
    """A plan that cannot be kept is no help: article 70 is for what can be afforded."""
    can = room.surroundings.sustainable_cents
    if "means" not in room.version.needs or can is None or drafted.schedule is None:
        return
    monthly = heaviest_month(drafted.schedule, drafted.asked.months or 1)
    if monthly > can:
        months = -(-drafted.schedule.due_cents // can) if can else 0
        span = limits.widest(room.version).months
        fits = months and span and span.to and months <= span.to
        raise UnableToOffer(
            BEYOND_MEANS.filled(
                **{name: money_text(cents, room) for name, cents in (("monthly", monthly), ("can", can))}
            ),
            do="" if fits else NO_LENGTH,
            nearest=replace(drafted.asked, months=months) if fits else None,
        )


BEYOND_MEANS = Words(zh="每月 {monthly}，客户能承受 {can}", en="{monthly} a month; {can} can be afforded")
NO_LENGTH = Words(
    zh="法律允许的期限内都还不起；请考虑困难帮扶或一次性结清。",
    en="No length allowed by law fits; look at hardship and settlement.",
)


def money_text(cents: int, room: Room) -> str:
    """An amount in the account's currency."""
    return Money(cents, room.debt.owed.currency).with_symbol()


def _supersede_live(account_ref: str, *, now: datetime) -> None:
    for row in models.Offer.objects.filter(account__ref=account_ref, state__in=LIVE):
        close(row, OfferState.SUPERSEDED, now=now)


def close(row: models.Offer, state: OfferState, *, now: datetime, by: str = "", because: str = "") -> None:
    """End a live offer and give its budget back."""
    spending.release(row)
    row.state, row.decided_at = state, now
    row.decided_by, row.decided_because = by or row.decided_by, because or row.decided_because
    row.save()


def _row(key: str, drafted: Draft, room: Room, *, now: datetime, waits: bool) -> models.Offer:
    ref, told = drafted.debt.owed.account_ref, room.surroundings
    customer = casebook.owner_of(ref)
    ends_at = _ends_at(drafted, room.version, room.on)
    text = content_of(
        drafted,
        key=(own := uuid4().hex),
        customer_ref=customer,
        version=room.version,
        not_agreeing=_not_agreeing(drafted, told),
        made_at=now,
        ends_at=ends_at,
        made_by=room.who.name,
        role=room.who.role,
    )
    replaces = room.running.key if room.running and room.asked.kind is not Kind.WAIVER else ""
    text["replaces"] = replaces or None
    return models.Offer(
        key=own,
        asked_key=key,
        account_id=casebook.account_keys([ref])[ref],
        customer_id=casebook.customer_keys([customer])[customer],
        kind=drafted.asked.kind,
        state=OfferState.WAITING if waits else OfferState.OPEN,
        quotation=canonical(_with_true_basis(text, ref)),
        asked=ground.asked_as_json(room.asked),
        surroundings=_as_json(told),
        affordability=_band(drafted, told),
        approvers=list(limits.approvers(room.version, drafted.measure, room.who.role)) if waits else [],
        waived_cents=drafted.waived_cents if room.version.counts_against_budget else 0,
        replaces=replaces,
        made_by=room.who.name,
        made_role=room.who.role,
        made_team=room.who.team,
        made_at=now,
        ends_at=ends_at,
    )


def _with_true_basis(text: dict[str, Any], account_ref: str) -> dict[str, Any]:
    """The fingerprint is of the account as it is, also where the draft looked at it as if ended."""
    return {**text, "basis": {**text["basis"], "fingerprint": current_fingerprint(account_ref)}}


def _not_agreeing(drafted: Draft, told: Surroundings) -> NotAgreeing | None:
    if drafted.schedule is None:
        return None
    return cost_of_not_agreeing(drafted.debt, drafted.schedule, sustainable_cents=told.sustainable_cents)


def _ends_at(drafted: Draft, version: Version, on: date) -> datetime:
    """The end of its last day, and never after the first instalment's day."""
    last = on + timedelta(days=version.valid_days)
    first_due = drafted.schedule.parts[0].day if drafted.schedule else last
    return ground.day_end(min(last, first_due))


def _band(drafted: Draft, told: Surroundings) -> str:
    if drafted.schedule is None or drafted.asked.kind not in IN_PARTS:
        return "unknown"
    return means.band(told.sustainable_cents, heaviest_month(drafted.schedule, drafted.asked.months or 1))


def _as_json(told: Surroundings) -> dict[str, Any]:
    return {
        "reasons": list(told.reasons),
        "willing": told.willing,
        "ability_exceeded": told.ability_exceeded,
        "sustainable_cents": told.sustainable_cents,
        "means": dict(told.means),
        "recording": told.recording,
    }


def surroundings_from(kept: dict[str, Any]) -> Surroundings:
    """What an offer kept of its surroundings."""
    return Surroundings(**{**kept, "reasons": tuple(kept["reasons"])})


def _open(row: models.Offer, who: Who, *, now: datetime) -> None:
    """Reserve what is given up and put the house's hand under it."""
    month = spending.month_of(ground.house_day(now))
    if row.waived_cents:
        scopes = spending.scopes_of(who, content(row)["currency"])
        spending.reserve(scopes, row.waived_cents, month=month)
        row.budgets = [scope.name for scope in scopes]
    row.budget_month, row.state = month, OfferState.OPEN
    row.signature = signing.sign(row.quotation)


@transaction.atomic
def approve(*, offer_key: str, who: Who, because: str, now: datetime) -> OfferSeen:
    """Let an offer pass that its maker may not grant alone; it is signed and open then.

    What it gives up is taken from the approver's budget. Raises UnableToApprove where this
    person may not, the offer is decided otherwise, has ended, or money moved since.
    """
    row = _locked_offer(offer_key)
    if row.state == OfferState.OPEN and row.decided_by == who.name:
        return offer_seen(row)
    _check_may_decide(row, who)
    if now >= row.ends_at:
        raise UnableToApprove(Words(zh="报价已过期", en="its end date has passed"), do=OFFER_ANEW)
    if content(row)["basis"]["fingerprint"] != current_fingerprint(row.account.ref):
        raise UnableToApprove(
            Words(zh="起草之后账上有新的款项", en="money moved since it was drafted"), do=OFFER_ANEW
        )
    row.decided_by, row.decided_because, row.decided_at = who.name, because, now
    _open(row, who, now=now)
    row.save()
    return offer_seen(row)


OFFER_ANEW = Words(zh="请重新报价。", en="Let it be offered anew.")


def current_fingerprint(account_ref: str) -> str:
    """Of the account's postings and statements as they are now."""
    return fingerprint(ground.history_of(account_ref))


@transaction.atomic
def decline(*, offer_key: str, who: Who, because: str, now: datetime) -> OfferSeen:
    """Not let an offer pass; the reason is kept. Raises UnableToApprove as `approve` does."""
    row = _locked_offer(offer_key)
    if row.state == OfferState.DECLINED and row.decided_by == who.name:
        return offer_seen(row)
    _check_may_decide(row, who)
    if not because.strip():
        raise UnableToApprove(
            Words(zh="没有写明原因", en="no reason is given"),
            do=Words(zh="请写明原因，客户可能会问。", en="Say why; the customer may ask."),
        )
    close(row, OfferState.DECLINED, now=now, by=who.name, because=because)
    return offer_seen(row)


def _check_may_decide(row: models.Offer, who: Who) -> None:
    if row.state != OfferState.WAITING:
        raise UnableToApprove(Words(zh="它不在待批准状态", en="it does not wait for approval any more"))
    if who.name == row.made_by:
        raise UnableToApprove(
            Words(zh="不能批准自己提出的报价", en="nobody approves their own offer"),
            do=Words(zh="请有权限的同事批准。", en="Ask a colleague who may."),
        )
    if who.role not in row.approvers:
        may = [role_title(role) for role in row.approvers]
        raise UnableToApprove(
            Words(zh="“{role}”岗位无权批准", en="the role “{role}” may not let it pass").filled(
                role=role_title(who.role)
            ),
            do=Words(
                zh=f"可批准的岗位：{'、'.join(each.zh for each in may)}。",
                en=f"One of these may: {', '.join(each.en for each in may)}.",
            ),
        )


@transaction.atomic
def cancel_offer(*, offer_key: str, who: Who, because: str, now: datetime) -> OfferSeen:
    """Take a live offer back, because the customer does not want it. Raises UnableToCancel."""
    row = _locked_offer(offer_key)
    if row.state == OfferState.CANCELLED:
        return offer_seen(row)
    if row.state not in LIVE:
        raise UnableToCancel(Words(zh="这份报价已经有了结果", en=f"the offer is {row.state}"))
    close(row, OfferState.CANCELLED, now=now, by=who.name, because=because)
    return offer_seen(row)


def _locked_offer(offer_key: str) -> models.Offer:
    rows = models.Offer.objects.select_related("account", "customer")
    row = rows.filter(key=offer_key).first()
    if row is None:
        raise UnableToApprove(Words(zh=f"没有报价 {offer_key}", en=f"there is no offer {offer_key}"))
    ground.lock(row.account.ref)
    row.refresh_from_db()
    return row
