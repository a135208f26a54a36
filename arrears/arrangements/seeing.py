"""Rows of this room as the frozen values it hands out."""

import json
from typing import Any

from arrears.arrangements import models
from arrears.arrangements.core.quoting import schedule_from
from arrears.arrangements.types import (
    AgreementSeen,
    AgreementState,
    Kind,
    OfferSeen,
    OfferState,
    PromiseSeen,
    PromiseState,
)
from arrears.kernel.words import Words


def content(row: models.Offer) -> dict[str, Any]:
    """What the quotation says."""
    kept: dict[str, Any] = json.loads(row.quotation)
    return kept


def offer_seen(row: models.Offer) -> OfferSeen:
    """An offer."""
    return OfferSeen(
        key=row.key,
        account_ref=row.account.ref,
        customer_ref=row.customer.ref,
        kind=Kind(row.kind),
        state=OfferState(row.state),
        quotation=row.quotation,
        signature=row.signature,
        content=content(row),
        ends_at=row.ends_at,
        made_by=row.made_by,
        made_at=row.made_at,
        approvers=tuple(row.approvers),
        decided_by=row.decided_by,
        decided_because=row.decided_because,
        decided_at=row.decided_at,
    )


def agreement_seen(row: models.Agreement) -> AgreementSeen:
    """An agreement."""
    said = content(row.offer)
    return AgreementSeen(
        key=row.key,
        offer_key=row.offer.key,
        account_ref=row.account.ref,
        customer_ref=said["customer"],
        kind=Kind(row.kind),
        state=AgreementState(row.state),
        schedule=schedule_from(said),
        content=said,
        agreed_at=row.agreed_at,
        channel=row.channel,
        accepted_by=row.accepted_by,
        recording=row.recording,
        ended_date=row.ended_date,
        ended_because=Words(**row.ended_because) if row.ended_because else None,
    )


def promise_seen(row: models.Promise) -> PromiseSeen:
    """A promise."""
    return PromiseSeen(
        key=row.key,
        account_ref=row.account.ref,
        customer_ref=row.customer.ref,
        cents=row.cents,
        day=row.day,
        channel=row.channel,
        taken_by=row.taken_by,
        taken_at=row.taken_at,
        state=PromiseState(row.state),
        paid_cents=row.paid_cents,
        currency=row.account.currency,
    )
