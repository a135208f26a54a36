"""Reading arrangements: quotations, agreements and promises, what could be offered, what was kept."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from arrears.arrangements import barring, ground, models, signing, spending
from arrears.arrangements.accepting import Checked, check_document
from arrears.arrangements.core import following, means, plans
from arrears.arrangements.core.drafting import Debt, cost_of_not_agreeing, debt_of, principal_for
from arrears.arrangements.core.means import LivingFloor
from arrears.arrangements.core.quoting import schedule_from
from arrears.arrangements.core.schedule import in_parts, left_when_ended
from arrears.arrangements.money import money_of
from arrears.arrangements.offering import preview
from arrears.arrangements.proposing import STEPS, key_of
from arrears.arrangements.seeing import agreement_seen, offer_seen, promise_seen
from arrears.arrangements.types import (
    IN_PARTS,
    AgreementSeen,
    AgreementState,
    BudgetLeft,
    IsWorkday,
    KeptRate,
    Kind,
    Monthly,
    OfferSeen,
    OfferState,
    Part,
    PayDays,
    PromiseSeen,
    PromiseState,
    Schedule,
    UnableToArrange,
    Verdict,
    Who,
    bank_day,
)
from arrears.contact import queries as contact_queries
from arrears.kernel.trouble import Trouble
from arrears.reckoning import queries as reckoning
from arrears.rulebook.arrangements import MOST_MONTHS, affordability_policy, check_policies, policy_of

Proposed = plans.Proposed
preview_offer = preview
Afford = means.Afford
Means = means.Means
why_barred = barring.why_barred
public_key_text = signing.public_key_text


def check_arrangement_policies() -> None:
    """Raises WrongConfiguration, naming file and line, for the first mistake in a policy."""
    check_policies(tuple(kind.value for kind in Kind))


# --- quotations


def offer(key: str) -> OfferSeen | None:
    """One offer."""
    row = _offers().filter(key=key).first()
    return offer_seen(row) if row else None


def offers_of(account_ref: str) -> list[OfferSeen]:
    """Every offer ever made on an account, newest first."""
    return [offer_seen(row) for row in _offers().filter(account__ref=account_ref).order_by("-made_at", "-pk")]


def waiting_for_approval(role: str) -> list[OfferSeen]:
    """Offers this role may let pass, oldest first."""
    rows = _offers().filter(state=OfferState.WAITING, approvers__contains=[role])
    return [offer_seen(row) for row in rows.order_by("made_at", "pk")]


def _offers() -> QuerySet[models.Offer]:
    return models.Offer.objects.select_related("account", "customer")


def document_of(seen: OfferSeen) -> dict[str, Any]:
    """The signed quotation as the customer's copy: what `arrange verify` reads."""
    return {
        "quotation": dict(seen.content),
        "signature": seen.signature,
        "key": signing.key_name(),
        "public_key": signing.public_key_text(),
    }


def schedule_of(seen: OfferSeen) -> Schedule:
    """The instalments a quotation says."""
    return schedule_from(seen.content)


def verify(text: str, *, now: datetime) -> Checked:
    """Whether a quotation file is ours, unchanged, and can be honoured at `now`.

    Raises UnableToArrange where the text is no quotation at all.
    """
    try:
        held = json.loads(text)
        quotation, signature = held["quotation"], held["signature"]
    except (ValueError, KeyError, TypeError) as problem:
        raise UnableToArrange(
            f"this is no quotation file: {problem!r}", do="Use the file as `arrange quote --json` wrote it."
        ) from problem
    if not isinstance(quotation, dict) or not isinstance(signature, str):
        raise UnableToArrange("this is no quotation file", do="It holds `quotation` and `signature`.")
    return check_document(quotation, signature, now=now)


# --- agreements and promises


def agreement(key: str) -> AgreementSeen | None:
    """One agreement."""
    row = _agreements().filter(key=key).first()
    return agreement_seen(row) if row else None


def agreements_of(account_ref: str) -> list[AgreementSeen]:
    """Every agreement on an account, newest first."""
    rows = _agreements().filter(account__ref=account_ref).order_by("-agreed_at", "-pk")
    return [agreement_seen(row) for row in rows]


def instalments_of(sums: Iterable[tuple[int, str, date]], *, days: int) -> dict[tuple[int, str, date], str]:
    """By sum (cents, currency, day it came): the account of whose running agreement alone it is an instalment.

    An instalment counts where it falls due at most `days` before or after. Sums that are an instalment of
    no agreement, or of several, are left out.
    """
    asked, found = (
        defaultdict[tuple[int, str], set[date]](set),
        defaultdict[tuple[int, str, date], set[str]](set),
    )
    for cents, currency, day in sums:
        asked[cents, currency].add(day)
    running = _agreements().filter(state=AgreementState.PERFORMING, kind__in=IN_PARTS) if asked else ()
    for agreement in running:
        ref, currency = agreement.account.ref, agreement.account.currency
        for part in agreement_seen(agreement).schedule.parts:
            for day in asked.get((part.due_cents, currency), ()):
                if abs((part.day - day).days) <= days:
                    found[part.due_cents, currency, day].add(ref)
    return {one: next(iter(refs)) for one, refs in found.items() if len(refs) == 1}


def _agreements() -> QuerySet[models.Agreement]:
    return models.Agreement.objects.select_related("account", "offer__customer")


def standing_of(key: str, *, on: date) -> Verdict:
    """How an agreement stands at the end of `on`, instalment by instalment."""
    row = _agreements().get(key=key)
    seen = agreement_seen(row)
    version = policy_of(row.kind, on=ground.house_day(row.offer.made_at))
    money = money_of(ground.history_of(seen.account_ref), since=row.agreed_at)
    return following.judge(
        seen.schedule, money, on=on, cure_days=version.cure_days, tolerance_cents=version.tolerance_cents
    )


def left_if_paid_off(key: str, *, on: date) -> int:
    """What pays the agreement off on `on`: what is left of it, with fees for used months only."""
    row = _agreements().get(key=key)
    seen = agreement_seen(row)
    money = money_of(ground.history_of(seen.account_ref), since=row.agreed_at)
    paid = following.received(money, since=date.min, until=on)
    early = seen.content["early_fee_millionths"]
    return sum(left_when_ended(seen.schedule, on=on, paid_cents=paid, early_fee=early))


def owed_without(key: str, *, on: date) -> int:
    """What the account would owe on `on` had the agreement never been made, in cents: the
    reckoner's answer without its postings, the money that came left in."""
    seen = agreement_seen(_agreements().get(key=key))
    history = ground.history_of(seen.account_ref)
    ours = str(seen.content["key"]) + ":"
    without = tuple(one for one in history.movements if not one.ref.startswith(ours))
    return reckoning.amounts(history=replace(history, movements=without), as_of=on).payoff_cents


def promises_of(account_ref: str) -> list[PromiseSeen]:
    """Every promise on an account, newest first."""
    rows = models.Promise.objects.filter(account__ref=account_ref).select_related("account", "customer")
    return [promise_seen(row) for row in rows.order_by("-taken_at", "-pk")]


def paid_towards(promise_key: str) -> int:
    """What has come in for a promise so far, in cents; judged is it only at the end of its day."""
    row = models.Promise.objects.select_related("account").get(key=promise_key)
    money = money_of(ground.history_of(row.account.ref), since=row.taken_at)
    return following.received(money, since=row.taken_date, until=row.day)


def broken_promises(*, since: date) -> list[PromiseSeen]:
    """Promises broken or kept in part with a day from `since` on, newest first."""
    rows = models.Promise.objects.filter(day__gte=since, state__in=["broken", "part_kept"])
    return [promise_seen(row) for row in rows.select_related("account", "customer").order_by("-day", "pk")]


def promises_running(*, until: date) -> list[PromiseSeen]:
    """Promises whose day has not come, up to that day, the nearest first."""
    rows = models.Promise.objects.filter(state=PromiseState.RUNNING, day__lte=until)
    return [promise_seen(row) for row in rows.select_related("account", "customer").order_by("day", "pk")]


def broken_agreements(*, since: date) -> list[AgreementSeen]:
    """Agreements broken on a day from `since` on, newest first."""
    rows = _agreements().filter(state=AgreementState.BROKEN, ended_date__gte=since)
    return [agreement_seen(row) for row in rows.order_by("-ended_date", "pk")]


def next_instalments(*, on: date, days: int = 7) -> list[tuple[AgreementSeen, Part]]:
    """Instalments of agreements being kept whose day lies within so many days, the nearest first.

    By the schedule alone: one that was paid ahead is among them.
    """
    last = on + timedelta(days=days)
    seen = [agreement_seen(row) for row in _agreements().filter(state=AgreementState.PERFORMING)]
    near = [(each, part) for each in seen for part in each.schedule.parts if on <= part.day <= last]
    return sorted(near, key=lambda one: (one[1].day, one[0].account_ref))


def budget_left(who: Who, *, on: date) -> list[BudgetLeft]:
    """What `who` and their team may still give up in that month, by currency."""
    return spending.left_of(who, month=spending.month_of(on))


def recordings_to_keep() -> list[tuple[str, str]]:
    """(agreement, recording) of article 70 agreements whose debt is not settled yet (art. 70)."""
    rows = _agreements().filter(kind=Kind.PERSONAL).exclude(recording="").exclude(state="done")
    return [(row.key, row.recording) for row in rows.order_by("pk")]


# --- what is kept

KEPT_BY = {
    "kind": "kind",
    "agent": "offer__made_by",
    "channel": "channel",
    "affordability": "offer__affordability",
}


def kept_rates(by: str) -> dict[str, KeptRate]:
    """Kept of ended agreements by `kind`, `agent`, `channel` or `affordability`.

    Broken and cancelled ones ended; one that was renegotiated did not end: it went on.
    """
    ended = models.Agreement.objects.filter(state__in=["done", "broken", "cancelled"]).exclude(
        kind=Kind.WAIVER
    )
    rows = ended.values_list(KEPT_BY[by]).order_by(KEPT_BY[by])
    rows = rows.annotate(kept=Count("pk", filter=Q(state="done")), ended=Count("pk"))
    return {str(name): KeptRate(done, number) for name, done, number in rows}


def kept_promises(by: str = "channel") -> dict[str, KeptRate]:
    """Kept of decided promises by `channel` or `taken_by`; kept in part counts as not kept."""
    decided = models.Promise.objects.filter(state__in=["kept", "part_kept", "broken"])
    rows = decided.values_list(by).order_by(by)
    rows = rows.annotate(kept=Count("pk", filter=Q(state="kept")), ended=Count("pk"))
    return {str(name): KeptRate(done, number) for name, done, number in rows}


ENOUGH_ENDED = 20  # fewer say nothing


def chances() -> Callable[[Kind, int], int | None]:
    """The kept rate by kind and length (a year or less, or more) in millionths; None where too few ended."""
    counted: dict[tuple[str, bool], list[int]] = {}
    rows = models.Agreement.objects.filter(state__in=["done", "broken", "cancelled"], kind__in=list(IN_PARTS))
    for kind, state, asked in rows.values_list("kind", "state", "offer__asked"):
        one = counted.setdefault((kind, (asked["months"] or 0) > 12), [0, 0])
        one[0] += state == "done"
        one[1] += 1

    def chance(kind: Kind, months: int) -> int | None:
        kept, ended = counted.get((kind.value, months > 12), [0, 0])
        return KeptRate(kept, ended).share_millionths if ended >= ENOUGH_ENDED else None

    return chance


# --- what could be offered


def affordable(form: Means) -> Afford:
    """What a plan may take a month, by the house's policy."""
    policy = affordability_policy()
    return means.affordable(
        form, floor=LivingFloor(**policy.floor.model_dump()), share=policy.share_millionths
    )


def plans_for(
    account_ref: str,
    *,
    role: str,
    on: date,
    sustainable_cents: int | None = None,
    willing: bool = False,
    pay_days: PayDays | None = None,
    is_workday: IsWorkday = bank_day,
    chance: Callable[[Kind, int], int | None] | None = None,
) -> tuple[plans.Proposed, ...]:
    """Up to three plans `role` may offer or ask approval for, the best for the customer first.

    None where nothing that is allowed can be afforded. Raises UnableToReckon.
    """
    debt = debt_of(ground.history_of(account_ref), on=on)
    rhythm = pay_days or Monthly(on.day)

    def schedule_of(one: plans.Candidate) -> Schedule:
        return in_parts(
            principal_for(one.kind, debt),
            agreed=on,
            months=one.months,
            most_months=one.most_months,
            pay_days=rhythm,
            is_workday=is_workday,
            monthly_fee=one.monthly_fee,
        )

    def not_agreeing(schedule: Schedule) -> plans.NotAgreeing:
        return cost_of_not_agreeing(debt, schedule, sustainable_cents=sustainable_cents)

    candidates = _candidates(debt, role, on, sustainable_cents, willing)
    if not candidates:
        return ()
    year = schedule_of(plans.Candidate(Kind.PERSONAL, 12, 0, MOST_MONTHS))
    return plans.best_plans(
        candidates,
        schedule_of=schedule_of,
        sustainable_cents=sustainable_cents,
        chances=chance or chances(),
        not_agreeing=not_agreeing,
        broken_cents=not_agreeing(year).paying_what_one_can_cents,
    )


def _candidates(
    debt: Debt, role: str, on: date, sustainable_cents: int | None, willing: bool
) -> list[plans.Candidate]:
    terms = reckoning.terms_of(debt.history, as_of=on).instalments
    found = []
    for kind in sorted(IN_PARTS):
        version = policy_of(kind.value, on=on)
        late, may = debt.owed.days_past_due, version.may.get(role)  # type: ignore[call-overload]
        if may is None or may.months is None or version.days_past_due.nearest(late) != late:
            continue
        if kind is Kind.PERSONAL and not _article_70(debt, sustainable_cents, willing):
            continue
        fee = version.monthly_fee_millionths
        fee = terms.instalment_monthly_fee if fee is None else fee
        most = min(MOST_MONTHS, terms.instalment_most_months, may.months.to or MOST_MONTHS)
        each = may.each_cents or 1
        months = [
            month
            for month in range(may.months.from_ or 1, most + 1)
            if principal_for(kind, debt) >= each * month
        ]
        usual = plans.candidate_months(months) if months else ()
        found += [plans.Candidate(kind, month, fee, most) for month in usual]
    return found


def _article_70(debt: Debt, sustainable_cents: int | None, willing: bool) -> bool:
    if sustainable_cents is None or not willing:
        return False
    due = max(debt.owed.minimum_due_cents, debt.owed.overdue_cents or 0)
    return means.ability_exceeded(due_now_cents=due, sustainable_cents=sustainable_cents)


def spoken_to(account_refs: Iterable[str], *, on: date) -> set[str]:
    """Those of the accounts about which this day says something of an agreement or promise
    already: one word a day is enough, and the ladder's waits."""
    keys = {key_of(ref, step, on): ref for ref in account_refs for step in STEPS}
    return {keys[key] for key in contact_queries.states_of(keys)}


def due_between(first: date, last: date) -> Mapping[date, int]:
    """What agreements being kept will bring in on each day of a span, both included, in cents."""
    found: dict[date, int] = {}
    for row in _agreements().filter(state="performing"):
        for part in agreement_seen(row).schedule.parts:
            if first <= part.day <= last:
                found[part.day] = found.get(part.day, 0) + part.due_cents
    return dict(sorted(found.items()))


def deadlines(*, on: date, days: int = 7) -> list[tuple[str, str, date]]:
    """(account, what, day) of offers that end soon and missed instalments whose cure ends, for the leader."""
    rows = _offers().filter(
        state__in=["open", "waiting"], ends_at__lte=ground.day_end(on + timedelta(days=days))
    )
    ends = [(row.account.ref, "offer", ground.house_day(row.ends_at - ground.DAY)) for row in rows]
    kept = _agreements().filter(state="performing").exclude(missed_numbers=[])
    cures = []
    for row in kept:
        until = _cure_until(row, on)
        if until:
            cures.append((row.account.ref, "cure", until))
    return sorted([*ends, *cures], key=lambda one: (one[2], one[0]))


def _cure_until(row: models.Agreement, on: date) -> date | None:
    try:
        return standing_of(row.key, on=on).cure_until
    except Trouble:
        return None  # it cannot be judged; the round sets it aside with the reason
