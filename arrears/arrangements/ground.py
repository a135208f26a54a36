"""What every action of this room stands on: the account's lock, days of the house, its rows."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from arrears.arrangements import models
from arrears.arrangements.types import (
    Asked,
    EveryTwoWeeks,
    Kind,
    Monthly,
    OnDays,
    PayDays,
    UnableToArrange,
)
from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import AccountHistory, FactKind
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.days import at_clock
from arrears.kernel.words import Words

OUR_LOCKS = 7_311_002  # the first half of every advisory lock of this room
DAY = timedelta(days=1)


def lock(account_ref: str) -> None:
    """Wait for whoever arranges something on this account; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", [OUR_LOCKS, account_ref])


def house_day(moment: datetime) -> date:
    """The day the house counts `moment` to."""
    return moment.astimezone(ZoneInfo(HOUSE_ZONE)).date()


def day_end(day: date) -> datetime:
    """The first moment that no longer belongs to `day`."""
    return at_clock(day + DAY, time.min, zone=HOUSE_ZONE)


def history_of(account_ref: str) -> AccountHistory:
    """The account's history. Raises UnableToArrange for one the casebook does not know."""
    history = casebook.history_of(account_ref)
    if history is None:
        raise UnableToArrange(
            Words(zh=f"没有账户 {account_ref}", en=f"the casebook does not know {account_ref}"),
            do=Words(
                zh="账户逾期或有往来时才会登记。", en="An account enters it when it is late or touched."
            ),
        )
    return history


def tell(
    kind: FactKind,
    key: str,
    /,
    *,
    account_ref: str,
    customer_ref: str,
    at: datetime,
    now: datetime,
    by: str,
    **payload: Any,
) -> bool:
    """Record what happened in the casebook, where every other room reads it."""
    return casebook_actions.record_fact(
        key=key[:160],
        kind=kind,
        customer_ref=customer_ref,
        account_ref=account_ref,
        happened_at=at,
        now=now,
        by=by[:80],
        payload=payload,
    )


def asked_as_json(asked: Asked) -> dict[str, Any]:
    """To draft it anew later."""
    return {
        "kind": asked.kind.value,
        "months": asked.months,
        "pay_days": _pay_days_as_json(asked.pay_days),
        "day": asked.day.isoformat() if asked.day else None,
        "cents": asked.cents,
        "of": asked.of,
    }


def _pay_days_as_json(rhythm: PayDays | None) -> dict[str, Any] | None:
    if isinstance(rhythm, Monthly):
        return {"monthly": rhythm.day}
    if isinstance(rhythm, EveryTwoWeeks):
        return {"every_two_weeks": rhythm.first.isoformat()}
    return {"days": [day.isoformat() for day in rhythm.days]} if rhythm else None


def asked_from(kept: dict[str, Any]) -> Asked:
    """What `asked_as_json` kept."""
    day, rhythm = kept["day"], kept["pay_days"]
    return Asked(
        kind=Kind(kept["kind"]),
        months=kept["months"],
        pay_days=pay_days_from(rhythm) if rhythm else None,
        day=date.fromisoformat(day) if day else None,
        cents=kept["cents"],
        of=kept["of"],
    )


def pay_days_from(kept: dict[str, Any]) -> PayDays:
    """A rhythm of pay-days from its JSON: monthly, every_two_weeks or days."""
    if "monthly" in kept:
        return Monthly(kept["monthly"])
    if "every_two_weeks" in kept:
        return EveryTwoWeeks(date.fromisoformat(kept["every_two_weeks"]))
    return OnDays(tuple(date.fromisoformat(day) for day in kept["days"]))


def running_agreement(account_ref: str) -> models.Agreement | None:
    """The agreement being kept on this account."""
    rows = models.Agreement.objects.filter(account__ref=account_ref, state="performing")
    return rows.select_related("offer", "account__customer").first()
