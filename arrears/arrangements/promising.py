"""Promises to pay: taken within the policy, judged by the money at the end of their day."""

from datetime import date, datetime, timedelta

from django.db import transaction

from arrears.arrangements import ground, models
from arrears.arrangements.barring import check_not_barred
from arrears.arrangements.core import following
from arrears.arrangements.money import money_of
from arrears.arrangements.seeing import promise_seen
from arrears.arrangements.types import (
    PromiseSeen,
    PromiseState,
    UnableToArrange,
    UnableToCancel,
    UnableToPromise,
    Who,
)
from arrears.casebook import queries as casebook
from arrears.casebook.types import FactKind
from arrears.contact import actions as contact
from arrears.kernel.days import days_between
from arrears.kernel.money import Money
from arrears.kernel.words import Words
from arrears.rulebook.arrangements import PromisePolicy, promise_policy, role_title

BROKEN_WITHIN_DAYS = 90
PROMISED = Words(
    zh="客户已承诺还款，原定联系撤回", en="the customer promised to pay: the planned contact is withdrawn"
)


@transaction.atomic
def record_promise(
    *,
    key: str,
    account_ref: str,
    cents: int,
    day: date,
    channel: str,
    who: Who,
    now: datetime,
    remind_by: str = "",
) -> PromiseSeen:
    """Take a promise. key: the face's own, once for ever. A running one is replaced by it.

    who: who took it; the customer at the portal takes their own. remind_by: the channel the
    customer prefers for the reminder (sms, email). Raises UnableToPromise outside the policy.
    """
    ground.lock(account_ref)
    known = models.Promise.objects.filter(key=key).select_related("account", "customer").first()
    if known:
        return _same(known, account_ref)
    currency = ground.history_of(account_ref).currency
    check_not_barred(account_ref, UnableToPromise)
    policy, on = promise_policy(), ground.house_day(now)
    _check(policy, account_ref, cents, day, who, on, currency)
    for running in _running(account_ref):
        end_promise(running, PromiseState.CANCELLED, paid_cents=0, at=now, now=now)
    row = _made(key, account_ref, cents, day, channel, who, now, remind_by)
    _tell(row, at=now, now=now, by=who.name)
    contact.withdraw(account_refs=[account_ref], because=PROMISED, now=now)
    return promise_seen(row)


def _same(known: models.Promise, account_ref: str) -> PromiseSeen:
    if known.account.ref != account_ref:
        raise UnableToArrange(
            Words(
                zh="这份表单已用于另一个账户",
                en=f"the key {known.key} belongs to a promise on another account",
            )
        )
    return promise_seen(known)


FROM_TO = Words(zh="请选择 {first} 至 {last} 之间的日子。", en="Choose from {first} to {last}.")
LEAST = Words(zh="最少 {least}。", en="The least is {least}.")


def _check(
    policy: PromisePolicy, account_ref: str, cents: int, day: date, who: Who, on: date, currency: str
) -> None:
    most = policy.most_days.get(who.role)  # type: ignore[call-overload]
    if most is None:
        raise UnableToPromise(
            Words(zh="“{role}”岗位不登记承诺", en="the role “{role}” takes no promises").filled(
                role=role_title(who.role)
            )
        )
    if not on <= day <= on + timedelta(days=most):
        raise UnableToPromise(
            Words(zh=f"{day} 距今 {(ahead := days_between(on, day))} 天", en=f"{day} is {ahead} days ahead"),
            do=FROM_TO.filled(first=on, last=on + timedelta(days=most)),
        )
    if cents < policy.least_cents:
        raise UnableToPromise(
            Words(zh="金额太小", en="the amount is too small"),
            do=LEAST.filled(least=Money(policy.least_cents, currency).with_symbol()),
        )
    since = on - timedelta(days=BROKEN_WITHIN_DAYS)
    broken = models.Promise.objects.filter(account__ref=account_ref, state="broken", day__gte=since).count()
    if who.role == "customer" and broken >= policy.most_broken:
        raise UnableToPromise(
            Words(
                zh=f"{BROKEN_WITHIN_DAYS} 天内有 {broken} 次承诺没有兑现",
                en=f"{broken} promises in {BROKEN_WITHIN_DAYS} days were not kept",
            ),
            do=Words(
                zh="请和我们谈谈：分期也许更合适。", en="Please talk to us: a plan in parts may fit better."
            ),
        )


def _running(account_ref: str) -> list[models.Promise]:
    rows = models.Promise.objects.filter(account__ref=account_ref, state=PromiseState.RUNNING)
    return list(rows.select_related("account", "customer"))


def _made(
    key: str, account_ref: str, cents: int, day: date, channel: str, who: Who, now: datetime, remind_by: str
) -> models.Promise:
    customer = casebook.owner_of(account_ref)
    return models.Promise.objects.create(
        key=key,
        account_id=casebook.account_keys([account_ref])[account_ref],
        customer_id=casebook.customer_keys([customer])[customer],
        cents=cents,
        day=day,
        channel=channel,
        remind_by=remind_by,
        taken_by=who.name,
        taken_role=who.role,
        taken_at=now,
        taken_date=ground.house_day(now),
        state=PromiseState.RUNNING,
    )


def _tell(row: models.Promise, *, at: datetime, now: datetime, by: str, **more: str) -> None:
    ground.tell(
        FactKind.PROMISE,
        f"promise:{row.key}:{row.verdicts}:{row.state}",
        account_ref=row.account.ref,
        customer_ref=row.customer.ref,
        at=at,
        now=now,
        by=by,
        state=str(row.state),
        promise=row.key,
        cents=row.cents,
        paid_cents=row.paid_cents,
        until=row.day.isoformat(),
        corrects=row.verdicts > 1,
        **more,
    )


def end_promise(
    row: models.Promise,
    state: PromiseState,
    *,
    paid_cents: int,
    at: datetime,
    now: datetime,
    by: str = "round",
    text: str = "",
) -> None:
    """What became of it; decided again, the new fact says that it corrects. text: why, in somebody's words."""
    row.state, row.paid_cents, row.decided_at = state, paid_cents, now
    row.verdicts += 1
    row.save()
    _tell(row, at=at, now=now, by=by, **({"text": text} if text else {}))


@transaction.atomic
def cancel_promise(*, promise_key: str, who: Who, because: str, now: datetime) -> PromiseSeen:
    """Take a promise back before its day has ended: it was recorded wrongly. The fact that it was
    taken stays; a second one says who took it back, when and why.

    An agent takes back what was written down that same day; later it is for somebody above,
    so that no promise goes away because it is about to be broken. Raises UnableToCancel.
    """
    row = models.Promise.objects.filter(key=promise_key).select_related("account", "customer").first()
    if row is None:
        raise UnableToCancel(Words(zh=f"没有承诺 {promise_key}", en=f"there is no promise {promise_key}"))
    ground.lock(row.account.ref)
    row.refresh_from_db()
    if row.state == PromiseState.CANCELLED:
        return promise_seen(row)
    if row.state != PromiseState.RUNNING or row.day < ground.house_day(now):
        raise UnableToCancel(Words(zh="这个承诺已经有了结果", en="the promise is over"))
    if who.role == "agent" and row.taken_date != ground.house_day(now):
        raise UnableToCancel(
            Words(zh="坐席只能撤回当天登记的承诺", en="an agent takes back only what was written down today"),
            do=Words(zh="请找班组长。", en="Ask a team leader."),
        )
    if not because.strip():
        raise UnableToCancel(
            Words(zh="没有写明原因", en="no reason is given"),
            do=Words(zh="请写明哪里记错了。", en="Say what was recorded wrongly."),
        )
    end_promise(row, PromiseState.CANCELLED, paid_cents=0, at=now, now=now, by=who.name, text=because)
    return promise_seen(row)


@transaction.atomic
def judge_promise(row: models.Promise, *, now: datetime) -> str:
    """Decide a promise whose day has ended, or look at it again; the state where it changed, else ""."""
    ground.lock(row.account.ref)
    row.refresh_from_db()
    if row.state == PromiseState.CANCELLED:
        return ""
    policy = promise_policy()
    money = money_of(ground.history_of(row.account.ref), since=row.taken_at)
    paid = following.received(money, since=row.taken_date, until=row.day)
    state = following.judge_promise(
        row.cents,
        paid_cents=paid,
        tolerance_cents=policy.tolerance_cents,
        part_millionths=policy.part_millionths,
    )
    if state == row.state:
        return ""
    end_promise(row, state, paid_cents=paid, at=min(ground.day_end(row.day), now), now=now)
    return str(state)
