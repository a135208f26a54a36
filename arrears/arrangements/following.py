"""What one day makes of everything agreed: called by the day's round before it visits cases.

Judged is what was there at the end of the day before. Each promise and each agreement is
one transaction of its own; one that cannot be judged is set aside with its reason, and the
others go on. Held twice, it adds nothing.
"""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction

from arrears.arrangements import ground, models, offering
from arrears.arrangements.core import following as core
from arrears.arrangements.core.posting import plan_postings
from arrears.arrangements.core.quoting import schedule_from
from arrears.arrangements.core.schedule import left_when_ended
from arrears.arrangements.ending import end, post, tell_step, undo_end
from arrears.arrangements.money import money_of
from arrears.arrangements.promising import judge_promise
from arrears.arrangements.proposing import follow_ups, propose
from arrears.arrangements.seeing import content
from arrears.arrangements.types import (
    IN_PARTS,
    AgreementState,
    FollowReport,
    Kind,
    OfferState,
    PromiseState,
    Schedule,
    Verdict,
)
from arrears.casebook.types import FactKind
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.rulebook.arrangements import Version, policy_of, promise_policy

log = logging.getLogger(__name__)
DAY = timedelta(days=1)
CORRECT_DAYS = 30  # so long a break is looked at again: money of the day may be posted later


def follow(*, on: date, now: datetime, proposes: bool = True) -> FollowReport:
    """Judge what was promised and agreed by the money that was there at the end of the day before.

    proposes: reminders and follow-ups are put to the gate as well; a day that is only
    caught up on writes to nobody.
    """
    counts: Counter[str] = Counter()
    aside: dict[str, str] = {}
    expired = _expire(now)
    promises = Counter(
        state for row in _promises(on) if (state := _safely(aside, row, lambda r: judge_promise(r, now=now)))
    )
    agreements = Counter(
        state
        for row in _agreements(on)
        if (state := _safely(aside, row, lambda r: _follow_one(r, on=on, now=now, counts=counts)))
    )
    proposed = propose(follow_ups(on), on=on, now=now) if proposes else 0
    return FollowReport(
        promises=dict(promises),
        agreements=dict(agreements),
        missed=counts["missed"],
        cured=counts["cured"],
        corrected=counts["corrected"],
        proposed=proposed,
        expired=expired,
        set_aside=tuple(sorted(aside.items())),
    )


def _safely(aside: dict[str, str], row: models.Promise | models.Agreement, judge: Callable[..., str]) -> str:
    try:
        return judge(row)
    except Trouble as trouble:
        aside[row.account.ref] = str(trouble)
    except Exception as unforeseen:
        log.exception("what was agreed on account %s could not be judged", row.account.ref)
        aside[row.account.ref] = f"unforeseen: {unforeseen!r}; please report this account"
    return ""


def _expire(now: datetime) -> int:
    """Close offers whose end has come and give their budgets back."""
    rows = models.Offer.objects.filter(state__in=offering.LIVE, ends_at__lte=now)
    ended = 0
    for key, account in list(rows.values_list("key", "account__ref")):
        with transaction.atomic():
            ground.lock(account)
            row = models.Offer.objects.get(key=key)
            if row.state in offering.LIVE:
                offering.close(row, OfferState.EXPIRED, now=now)
                ended += 1
    return ended


def _promises(on: date) -> list[models.Promise]:
    """Those whose day has ended, and for a while those decided already."""
    since = on - timedelta(days=promise_policy().correct_days)
    due = models.Promise.objects.filter(day__lt=on).exclude(state=PromiseState.CANCELLED)
    rows = due.filter(state=PromiseState.RUNNING) | due.filter(day__gte=since)
    return list(rows.select_related("account", "customer").order_by("account__ref", "day", "pk"))


def _agreements(on: date) -> list[models.Agreement]:
    """Those being kept, and for a while those that broke."""
    rows = models.Agreement.objects.exclude(kind=Kind.WAIVER)
    broke = rows.filter(state=AgreementState.BROKEN, ended_date__gte=on - timedelta(days=CORRECT_DAYS))
    asked = rows.filter(state=AgreementState.PERFORMING) | broke
    return list(asked.select_related("account", "offer__customer").order_by("account__ref", "pk"))


@transaction.atomic
def _follow_one(agreement: models.Agreement, *, on: date, now: datetime, counts: Counter[str]) -> str:
    ground.lock(agreement.account.ref)
    agreement.refresh_from_db()
    was = AgreementState(agreement.state)
    if was not in {AgreementState.PERFORMING, AgreementState.BROKEN}:
        return ""
    verdict = _verdict(agreement, on=on)
    if was is AgreementState.BROKEN:
        return _correct(agreement, verdict, now=now, counts=counts)
    _post_due(agreement, on=on, now=now)
    _note_missed(agreement, verdict, now=now, counts=counts)
    if verdict.state is not AgreementState.PERFORMING and verdict.decided_date:
        end(agreement, verdict.state, on=verdict.decided_date, because=verdict.why, now=now)
        return str(verdict.state)
    return ""


def _verdict(agreement: models.Agreement, *, on: date) -> Verdict:
    said = content(agreement.offer)
    schedule, version = schedule_from(said), _version(agreement)
    money = money_of(ground.history_of(agreement.account.ref), since=agreement.agreed_at)
    verdict = core.judge(
        schedule,
        money,
        on=on - DAY,
        cure_days=version.cure_days,
        tolerance_cents=version.tolerance_cents,
        waits_until=_renegotiated_until(agreement),
    )
    if verdict.state is AgreementState.PERFORMING and _paid_early(agreement, schedule, money, on - DAY):
        return Verdict(AgreementState.DONE, verdict.parts, PAID_EARLY, decided_date=on - DAY)
    return verdict


PAID_EARLY = Words(zh="提前结清，只收已用月份的费用", en="paid off early, for the months used only")


def _paid_early(agreement: models.Agreement, schedule: Schedule, money: core.Money, day: date) -> bool:
    """Whether the money covers the plan were it ended today; then it is, in the customer's favour."""
    if Kind(agreement.kind) not in IN_PARTS:
        return False
    paid = sum(cents for posted, cents in money if posted <= day)
    early = content(agreement.offer)["early_fee_millionths"]
    return left_when_ended(schedule, on=day, paid_cents=paid, early_fee=early) == (0, 0)


def _version(agreement: models.Agreement) -> Version:
    """The policy it was agreed under: a later change takes nothing away."""
    return policy_of(agreement.kind, on=ground.house_day(agreement.offer.made_at))


def _renegotiated_until(agreement: models.Agreement) -> date | None:
    """While a renegotiation lies on the table nothing breaks."""
    rows = models.Offer.objects.filter(replaces=agreement.key, state__in=offering.LIVE)
    ends = rows.order_by("-ends_at").values_list("ends_at", flat=True).first()
    return ground.house_day(ends) if ends else None


def _post_due(agreement: models.Agreement, *, on: date, now: datetime) -> None:
    if Kind(agreement.kind) in IN_PARTS:
        said = content(agreement.offer)
        post(agreement, plan_postings(said["key"], schedule_from(said), until=on), now=now)


def _note_missed(
    agreement: models.Agreement, verdict: Verdict, *, now: datetime, counts: Counter[str]
) -> None:
    """Facts for instalments newly missed, and for those made good since."""
    missing = {seen.part.number: seen for seen in verdict.parts if seen.state in {"missed", "part"}}
    for number, seen in missing.items():
        if number not in agreement.missed_numbers:
            which = f"{number}:{seen.part.day}:{seen.lost_date or ''}"
            told = {"number": number, "day": seen.part.day.isoformat(), "paid_cents": seen.paid_cents}
            tell_step(agreement, "missed", which, by="round", now=now, **told)
            counts["missed"] += 1
    for number in agreement.missed_numbers:
        if number not in missing:
            tell_step(agreement, "cured", str(number), by="round", now=now, number=number)
            counts["cured"] += 1
    if sorted(missing) != agreement.missed_numbers:
        agreement.missed_numbers = sorted(missing)
        agreement.save(update_fields=["missed_numbers"])


def _correct(agreement: models.Agreement, verdict: Verdict, *, now: datetime, counts: Counter[str]) -> str:
    """A break that late-posted money of earlier days contradicts is taken back, as a new fact."""
    if verdict.state is AgreementState.BROKEN or ground.running_agreement(agreement.account.ref):
        return ""
    undo_end(agreement, now=now)
    agreement.state, agreement.ended_date, agreement.ended_because = AgreementState.PERFORMING, None, None
    agreement.missed_numbers = []
    agreement.save()
    ground.tell(
        FactKind.AGREEMENT,
        f"agreement:{agreement.key}:performing:again:{now.isoformat()}",
        account_ref=agreement.account.ref,
        customer_ref=agreement.offer.customer.ref,
        at=now,
        now=now,
        by="round",
        state="performing",
        agreement=agreement.key,
        kind=agreement.kind,
        corrects=True,
    )
    counts["corrected"] += 1
    if verdict.state is AgreementState.DONE and verdict.decided_date:
        end(agreement, verdict.state, on=verdict.decided_date, because=verdict.why, now=now, at=now)
        return str(verdict.state)
    return "performing"
