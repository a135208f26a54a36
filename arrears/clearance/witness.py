"""What the gate puts on file, and how it is read back: enough to give every answer again.

Inside the room only. An answer's record holds the proposal, all that was known of the person
at that moment, the rules of the day as a digest, and the answer. A night tells many: of
people about whom nothing is known it is written from pieces, keys already in order.
"""

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from arrears.clearance.core.dossier import Dossier
from arrears.clearance.types import Asking, Clearance, Known, PastContact, Proposal, Refusal
from arrears.evidence.types import Told, canonical, in_order, plain, told
from arrears.rulebook.law import rules_in_force

ANSWER, USED, RELEASED = "answer", "used", "released"


# Always written; of the rest, what is not as it should be. A test pins what goes without saying.
_ALWAYS = frozenset({"at", "by", "channel", "debts", "direction", "outcome", "point", "purpose", "to"})


class _Shape:
    """How a contact is written, proposed or past: keys in order, times in UTC."""

    def __init__(self, kind: type[Any]) -> None:
        shape = sorted((f.name, f.default) for f in fields(kind))
        self.names = [name for name, _ in shape]
        self.usual = [_NEVER if name in _ALWAYS else usual for name, usual in shape]
        self.values = attrgetter(*self.names)

    def plain(self, contact: Any) -> dict[str, Any]:
        said = {
            name: own
            for name, own, usual in zip(self.names, self.values(contact), self.usual, strict=True)
            if own != usual
        }
        said["at"] = said["at"].astimezone(UTC)
        return said


_NEVER = object()
_PROPOSAL, _PAST = _Shape(Proposal), _Shape(PastContact)


def proposal_said(proposal: Proposal) -> dict[str, Any]:
    """A proposal as the record has it."""
    return _PROPOSAL.plain(proposal)


def answered(
    asking: Asking, dossier: Dossier, answer: Clearance, *, policy: tuple[Path, ...], now: datetime
) -> Told:
    """A proposal, what was known, and what the gate said to it."""
    body = in_order(
        {
            "about": answer.key,
            "account": asking.account_ref,
            "answer": answer.answer.value,
            "book": answer.book,
            "cured_at": _utc(answer.cured_at),
            "customer": asking.customer_ref,
            "history": [_PAST.plain(past) for past in dossier.history],
            "kind": ANSWER,
            "known": _known(dossier, asking.account_ref),
            "not_before": _utc(answer.not_before),
            "override": _override(asking, answer),
            "proposal": proposal_said(asking.proposal),
            "question": asking.key,
            "recorded_at": _utc(now),
            "refusals": [refusal_said(each) for each in answer.refusals],
            "rules_on": str(answer.rules_on),
            "rules_sha256": rules_digest(answer.book, answer.rules_on, policy),
            "until": _utc(answer.until),
            "valid_seconds": int(asking.valid_for.total_seconds()) if asking.valid_for else None,
        }
    )
    return Told(ANSWER, asking.customer_ref, answer.key, now, body)


def used(clearance_key: str, customer_ref: str, *, outcome: str, at: datetime) -> Told:
    """A contact was made under this clearance."""
    return told(
        USED, customer_ref=customer_ref, about=clearance_key, recorded_at=at, used_at=at, outcome=outcome
    )


def released(clearance_key: str, customer_ref: str, *, because: str, now: datetime) -> Told:
    """A place was given back."""
    return told(RELEASED, customer_ref=customer_ref, about=clearance_key, recorded_at=now, because=because)


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(UTC)


def _override(asking: Asking, answer: Clearance) -> dict[str, str] | None:
    """Who overrode and why, where it came to that."""
    if asking.override is None or not answer.overridden_by:
        return None
    return {"by": asking.override.by, "reason": asking.override.reason}


def _known(dossier: Dossier, account_ref: str | None) -> dict[str, Any]:
    known = dossier.known_for(account_ref)
    return _zone_only(known.zones) if dossier.no_facts else known_said(known)


@lru_cache(maxsize=1024)
def _zone_only(zones: tuple[str, ...]) -> dict[str, Any]:
    return known_said(Known(zones=zones))


def known_said(known: Known) -> dict[str, Any]:
    """What is known of a person, as the record has it: the zones, and whatever else there is."""
    said: dict[str, Any] = plain({**plain(known), "zones": known.zones})
    return said


@lru_cache(maxsize=4096)
def refusal_said(refusal: Refusal) -> dict[str, Any]:
    """A refusal as the record names it: the rule and its reference; the words are the rule book's."""
    return {
        "cured_at": _utc(refusal.cured_at),
        "reference": refusal.reference,
        "rule": refusal.rule_id,
        "strength": refusal.strength,
    }


@lru_cache(maxsize=4096)
def rules_digest(book: str, on: date, policy: tuple[Path, ...]) -> str:
    """SHA-256 of the rules as they stood, house policy applied: another digest, other rules."""
    rules = [
        {
            "id": rule.id,
            "reference": rule.reference,
            "stops": rule.stops,
            "strength": rule.strength,
            "value": rule.value.model_dump(),
        }
        for rule in rules_in_force(book, on, policy=policy)
    ]
    return sha256(canonical(rules).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Recalled:
    """An answer's record, read back. `said` is the record itself."""

    proposal: Proposal
    known: Known
    history: tuple[PastContact, ...]
    said: dict[str, Any]


_PROPOSALS, _KNOWNS = TypeAdapter(Proposal), TypeAdapter(Known)
_HISTORIES = TypeAdapter(tuple[PastContact, ...])


def recalled(said: dict[str, Any]) -> Recalled:
    """What the gate was asked and knew, from the record of its answer."""
    return Recalled(
        _PROPOSALS.validate_python(said["proposal"]),
        _KNOWNS.validate_python(said["known"]),
        _HISTORIES.validate_python(said["history"]),
        said,
    )
