"""What a customer can do here: ask for a code, tell us something."""

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from arrears.care import actions as care
from arrears.care import queries as care_queries
from arrears.care.actions import Raised
from arrears.care.types import Matter
from arrears.casebook import actions as casebook
from arrears.casebook import queries as casebook_queries
from arrears.casebook.types import FactKind
from arrears.contact import actions as contact
from arrears.daily import actions as daily

CHANNEL_POINTS = ("mobile", "email")


def send_code(*, typed: str, asked_from: str, now: datetime) -> str:
    """Send a one-time code to the contact point that fits what was typed, if any; the ticket
    to check it with. Raises contact's UnableToSendCode when too many were asked for.

    Somebody we do not know gets a ticket too, and as quickly.
    """
    customer_ref, point_key = whose(typed)
    sent = contact.send_code(
        customer_ref=customer_ref, point_key=point_key, asked_as=plain(typed), asked_from=asked_from, now=now
    )
    return sent.ticket


def whose(typed: str) -> tuple[str | None, str | None]:
    """Customer and contact point for a mobile number, an address or a customer number.

    Where two customers share a number, neither is meant: the customer number tells them apart.
    """
    plainly = plain(typed)
    people = casebook_queries.people_at(plainly)
    if len(people) != 1:
        return None, None
    points = [point for point in people[0].points if point.kind in CHANNEL_POINTS]
    same = [point for point in points if plain(point.value) == plainly]
    chosen = same or sorted(points, key=lambda point: CHANNEL_POINTS.index(point.kind))
    return (people[0].ref, chosen[0].key) if chosen else (None, None)


def plain(typed: str) -> str:
    """What was typed as the casebook writes it: mobiles with +86, addresses in small letters.

    >>> plain(" 138 0000-0001 "), plain("Wang@Example.com"), plain("C0001")
    ('+8613800000001', 'wang@example.com', 'C0001')
    """
    text = typed.strip()
    if "@" in text:
        return text.lower()
    digits = re.sub(r"[\s\-()]", "", text)
    if re.fullmatch(r"1\d{10}", digits):
        return f"+86{digits}"
    if re.fullmatch(r"(\+|00)\d{6,15}", digits):
        return f"+{digits.removeprefix('00').removeprefix('+')}"
    return text


def check_code(*, ticket: str, code: str, now: datetime) -> str | None:
    """Who proved to hold the phone or mailbox; None for a wrong, late or used code."""
    checked = contact.check_code(ticket=ticket, code=code, now=now)
    if checked.customer_ref is None:
        return None
    casebook.record_fact(
        key=f"signed_in:{uuid.uuid4()}",
        kind=FactKind.SIGNED_IN,
        customer_ref=checked.customer_ref,
        happened_at=now,
        now=now,
        by="customer",
        payload={"face": "portal"},
    )
    return checked.customer_ref


def tell(*, customer_ref: str, kind: FactKind, key: str, payload: Mapping[str, Any], now: datetime) -> bool:
    """Keep what the customer tells us; True the first time. Planned contact is withdrawn at
    once, and the next round decides afresh."""
    with transaction.atomic():
        first = casebook.record_fact(
            key=f"portal:{customer_ref}:{key}",
            kind=kind,
            customer_ref=customer_ref,
            happened_at=now,
            now=now,
            by="customer",
            payload=payload,
        )
        if first and kind is not FactKind.NOTE:
            daily.settle(account_refs=casebook_queries.accounts_of(customer_ref), now=now, because=daily.TOLD)
    return first


def raise_matter(*, customer_ref: str, told: Mapping[str, Any], died: bool, now: datetime) -> Matter | None:
    """Keep what the customer raises, with its files; None for a death, which nobody has to answer.

    Planned contact is withdrawn at once. Told twice with one key, it is kept once.
    """
    key = str(told["key"])
    if died:
        payload = {"text": told["text"]} if told["text"] else {}
        tell(customer_ref=customer_ref, kind=FactKind.DECEASED, key=key, payload=payload, now=now)
        return None
    raised = Raised(
        key=f"portal:{customer_ref}:{key}",
        about=told["about"],
        customer_ref=customer_ref,
        account_ref=_only_account(customer_ref),
        text=told["text"],
        supports=tuple(told.get("supports", ())),
        consent=bool(told.get("consent")),
    )
    with transaction.atomic():
        ref = care.raise_matter(raised=raised, by="customer", now=now)
        daily.settle(account_refs=casebook_queries.accounts_of(customer_ref), now=now, because=daily.TOLD)
        _keep(ref, told.get("papers", []), now=now)
    return care_queries.matter(ref)


def add_papers(*, customer_ref: str, ref: str, files: Sequence[tuple[str, bytes]], now: datetime) -> None:
    """More files for an open matter of this customer. Raises care's NotKnown for anybody else's."""
    if care_queries.matter(ref).customer_ref != customer_ref:
        raise care_queries.NotKnown(f"there is no matter {ref}")
    with transaction.atomic():
        _keep(ref, files, now=now)


def _keep(ref: str, files: Sequence[tuple[str, bytes]], *, now: datetime) -> None:
    for name, content in files:
        care.add_paper(ref=ref, name=name, content=content, by="customer", now=now)


def _only_account(customer_ref: str) -> str | None:
    """The account it must be about; with several, all of them are looked at."""
    accounts = casebook_queries.accounts_of(customer_ref)
    return accounts[0] if len(accounts) == 1 else None
