"""One-time codes: six digits that prove somebody holds a customer's own phone or mailbox.

Whether we know the person who asks must not show: rows, limits and answers are the same
for strangers, and what takes time happens beside the request.
"""

import logging
import secrets
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.db import close_old_connections, connection, transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from arrears.casebook.queries import persons
from arrears.contact import models
from arrears.contact.queries import house_values
from arrears.contact.types import LOGIN_CODE, CodeChecked, CodeSent, Planned, Purpose
from arrears.contact.words import named, render
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.trouble import Trouble

log = logging.getLogger(__name__)

MINUTES = 10
MOST_TRIES = 5
KEPT_DAYS = 30
DIGITS = 6
CHANNELS = {"mobile": "sms", "email": "email"}

# How many codes may be asked for: (column, how many, within).
LIMITS = (
    ("asked_as", 3, timedelta(minutes=10)),
    ("asked_as", 10, timedelta(days=1)),
    ("asked_from", 20, timedelta(hours=1)),
)
CUSTOMERS_LIMIT = (10, timedelta(days=1))  # over all points; silent, or it would tell strangers apart


class UnableToSendCode(Trouble):
    """Too many codes were asked for; `again_at` is when one may be asked for again."""

    def __init__(self, *, again_at: datetime) -> None:
        super().__init__("too many codes were asked for", do=f"Try again after {again_at:%H:%M} UTC.")
        self.again_at = again_at


def issue(*, customer_ref: str | None, asked_as: str, asked_from: str, now: datetime) -> tuple[str, CodeSent]:
    """A new code and its ticket, kept as hashes. Raises UnableToSendCode."""
    who = {"asked_as": _hashed("as", asked_as.strip().lower()), "asked_from": _hashed("from", asked_from)}
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    sent = CodeSent(secrets.token_urlsafe(32), now + timedelta(minutes=MINUTES))
    with transaction.atomic():
        _one_at_a_time(*who.values())
        _heed_limits(who, now=now)
        models.OneTimeCode.objects.filter(asked_at__lt=now - timedelta(days=KEPT_DAYS)).delete()
        models.OneTimeCode.objects.create(
            ticket=_hashed("ticket", sent.ticket),
            customer_id=customer_ref,
            code_hash=_hashed(sent.ticket, code),
            asked_at=now,
            expires_at=sent.expires_at,
            **who,
        )
    return code, sent


def _one_at_a_time(*names: str) -> None:
    """Nobody else counts for these names until our transaction ends, so that limits hold."""
    with connection.cursor() as cursor:
        for name in sorted(names):
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _heed_limits(who: dict[str, str], *, now: datetime) -> None:
    for column, most, within in LIMITS:
        asked = models.OneTimeCode.objects.filter(**{column: who[column]}, asked_at__gt=now - within)
        times = list(asked.order_by("-asked_at").values_list("asked_at", flat=True)[:most])
        if len(times) == most:
            raise UnableToSendCode(again_at=times[-1] + within)


def within_customers_limit(customer_ref: str, *, now: datetime) -> bool:
    """Whether one more code may go to this customer today, this one being counted already."""
    most, within = CUSTOMERS_LIMIT
    asked = models.OneTimeCode.objects.filter(customer_id=customer_ref, asked_at__gt=now - within)
    return asked.count() <= most


def message(
    customer_ref: str | None, point_key: str | None, *, code: str, sent: CodeSent, now: datetime
) -> Planned | None:
    """The message that carries a code; None where there is nobody, or no way, to send it to."""
    person = persons([customer_ref]).get(customer_ref) if customer_ref else None
    point = next((point for point in person.points if point.key == point_key), None) if person else None
    channel = CHANNELS.get(point.kind) if point else None
    if person is None or point is None or channel is None:
        return None
    values = {
        **house_values(language=person.language),
        "name": named(person),
        "code": code,
        "minutes": str(MINUTES),
    }
    return Planned(
        key=f"code:{_hashed('ticket', sent.ticket)}",
        clearance_key="",
        customer_ref=person.ref,
        account_ref=None,
        channel=channel,
        point=point.value,
        template=LOGIN_CODE,
        language=person.language,
        wording=render(template=LOGIN_CODE, channel=channel, language=person.language, values=values),
        not_before=now,
        not_after=sent.expires_at,
        planned_on=now.astimezone(ZoneInfo(HOUSE_ZONE)).date(),
        purpose=Purpose.SERVICE,
        secret=True,
    )


def nobody_is_asked(clearance_keys: Collection[str], /, *, at: datetime) -> Collection[str]:
    """A code has no clearance to ask about."""
    return ()


def check(*, ticket: str, code: str, now: datetime) -> CodeChecked:
    """See `actions.check_code`. The try is counted before the code is looked at, so that many
    guesses at once are no more than five."""
    asked = models.OneTimeCode.objects.filter(
        ticket=_hashed("ticket", ticket), used_at=None, expires_at__gte=now, tries__lt=MOST_TRIES
    )
    counted = asked.update(tries=F("tries") + 1)
    row = models.OneTimeCode.objects.filter(ticket=_hashed("ticket", ticket)).first()
    tries_left = MOST_TRIES - row.tries if row and counted else 0
    expected = row.code_hash if row else ""
    right = constant_time_compare(expected, _hashed(ticket, code.strip())) and counted == 1
    if row is None or not right or row.customer_id is None:
        return CodeChecked(None, tries_left)
    first = models.OneTimeCode.objects.filter(pk=row.pk, used_at=None).update(used_at=now) == 1
    return CodeChecked(row.customer_id if first else None, 0)


def _hashed(kind: str, text: str) -> str:
    """Keyed with the installation's secret: the database alone is no use to a thief."""
    return salted_hmac(f"arrears.contact.codes.{kind}", text, algorithm="sha256").hexdigest()


@cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="codes")


def in_background(work: Callable[[], None]) -> None:
    """Run `work` beside the request; its trouble goes to the log, its message stays in the outbox."""

    def guarded() -> None:
        close_old_connections()
        try:
            work()
        except Exception:
            log.exception("a one-time code was not sent")
        finally:
            connection.close()

    _workers().submit(guarded)
