"""Mandates: a customer's leave to collect, told as facts; the latest one of an account counts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import Fact, FactKind
from arrears.intake.debits.types import Mandate
from arrears.kernel.trouble import Trouble


class UnableToReadMandate(Trouble):
    """The payload is no mandate; nothing was recorded."""


def read_mandate(payload: Mapping[str, Any]) -> Mandate:
    """A payload as a mandate. Raises UnableToReadMandate, naming what is wrong."""
    try:
        return Mandate.model_validate(dict(payload))
    except ValidationError as trouble:
        first = trouble.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        said = str(first["msg"]).removeprefix("Value error, ")
        raise UnableToReadMandate(
            f"{where}: {said}" if where else said,
            do="A mandate: state, mandate, signed_date, debtor_name, account (iban or other), scheme.",
        ) from trouble


def tell_mandate(
    *, account_ref: str, payload: Mapping[str, Any], happened_at: datetime, by: str, now: datetime
) -> bool:
    """Record a mandate signed or revoked; True the first time. Raises UnableToReadMandate."""
    mandate = read_mandate(payload)
    return casebook_actions.record_fact(
        key=f"mandate:{account_ref}:{mandate.mandate}:{mandate.state}:{happened_at.isoformat()}"[:160],
        kind=FactKind.MANDATE,
        customer_ref=casebook.owner_of(account_ref),
        account_ref=account_ref,
        happened_at=happened_at,
        now=now,
        by=by,
        payload=mandate.model_dump(mode="json", exclude_defaults=True),
    )


def mandates() -> dict[str, Fact]:
    """By account: its latest mandate fact, where that is no revocation."""
    latest: dict[str, Fact] = {}
    for fact in casebook.facts_of_kind(FactKind.MANDATE):
        if fact.account_ref:
            latest[fact.account_ref] = fact
    return {ref: fact for ref, fact in latest.items() if fact.payload.get("state") != "revoked"}
