"""Words read before they leave and after they were said, with what is found kept on record."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.conf import settings

from arrears.casebook import actions as casebook
from arrears.casebook.types import FactKind
from arrears.kernel.clock import HOUSE_ZONE
from arrears.speech import queries as speech
from arrears.speech.types import Finding, Setting

FEW = 20  # findings kept of one text; the first ones say enough


def findings_in(text: str, *, now: datetime, setting: Setting = speech.TO_DEBTOR) -> list[Finding]:
    """What the guard finds in `text` by the house's rule book on the day of `now`."""
    day = now.astimezone(ZoneInfo(HOUSE_ZONE)).date()
    return speech.read(text, book=settings.RULE_BOOK, on=day, setting=setting)


def keep(
    findings: Sequence[Finding],
    *,
    key: str,
    text: str,
    sent: bool,
    customer_ref: str,
    account_ref: str | None,
    by: str,
    now: datetime,
) -> bool:
    """Keep what was found in a text as a fact; True the first time. `sent`: whether it was said
    or sent all the same; what was stopped is kept with its text, for nothing else holds it."""
    mark = sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
    payload = {"sent": sent, "findings": [finding.as_json() for finding in findings[:FEW]]}
    return casebook.record_fact(
        key=f"words:{key}"[:140] + f":{mark}",
        kind=FactKind.WORDS_QUESTIONED,
        customer_ref=customer_ref,
        account_ref=account_ref,
        happened_at=now,
        now=now,
        by=by,
        payload=payload if sent else {**payload, "stopped": text},
    )
