"""Two ways to the real gate: in memory, and on PostgreSQL as everybody else asks it."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Protocol

from arrears.casebook.types import Fact, FactKind
from arrears.clearance.rehearsal import Rehearsal
from arrears.clearance.types import Asking, PastContact, Proposal
from arrears.rulebook.law import SHIPPED_POLICY
from arrears.simulation.types import Answer, Contact, Event, Person

_said = attrgetter(
    "at", "channel", "direction", "to", "point", "by", "debts", "purpose", "place", "collectors", "recorded",
    "authorisation", "discloses", "point_source", "consent", "entry_consent", "identity_proved", "identified",
    "identifies_as", "posts_in_public", "private_device", "notice_given", "autodialled", "opt_out_notice",
)  # fmt: skip


class Gate(Protocol):
    """What the trial needs of a gate, for one person."""

    def asked(self, contacts: Sequence[Contact], *, now: datetime, cures: bool) -> list[Answer]:
        """Answers to proposals put together; `cures`: and from when a no would be a yes."""

    def still(self, answer: Answer, contact: Contact) -> bool:
        """Whether a clearance given earlier still holds at the moment of `contact`."""

    def made(self, answer: Answer, contact: Contact) -> None:
        """A cleared contact was made; `contact` has when, and its outcome."""

    def given_back(self, answer: Answer, at: datetime) -> None:
        """A cleared contact is not wanted any more."""

    def heard(self, contact: Contact) -> None:
        """The person made contact."""

    def told(self, event: Event) -> None:
        """A fact was recorded."""


class InMemory:
    """The pure gate with this person's history kept beside it."""

    def __init__(self, person: Person, policy: tuple[Path, ...] = SHIPPED_POLICY) -> None:
        self.person, self.number = person, 0
        self.rehearsal = Rehearsal(person.book, person.zone, policy)

    def asked(self, contacts: Sequence[Contact], *, now: datetime, cures: bool) -> list[Answer]:
        askings = [asking_of(self.person, contact, self._key()) for contact in contacts]
        found = self.rehearsal.asked(askings, cures=cures)
        return [
            Answer(
                verdict.cleared, until, verdict.cured_at, tuple(r.rule_id for r in verdict.refusals), asking.key
            )
            for asking, (verdict, until) in zip(askings, found, strict=True)
        ]  # fmt: skip

    def still(self, answer: Answer, contact: Contact) -> bool:
        return self.rehearsal.still_clear(asking_of(self.person, contact, answer.key))

    def made(self, answer: Answer, contact: Contact) -> None:
        self.rehearsal.made(past_of(contact), answer.key)

    def given_back(self, answer: Answer, at: datetime) -> None:
        self.rehearsal.given_back(answer.key)

    def heard(self, contact: Contact) -> None:
        self.rehearsal.made(past_of(contact))

    def told(self, event: Event) -> None:
        self.rehearsal.told(fact_of(self.person, event))

    def _key(self) -> str:
        self.number += 1
        return str(self.number)


class OnRecord:
    """The gate as the desk, the round and the API ask it; answers, places and facts are rows."""

    def __init__(self, person: Person) -> None:
        self.person, self.number = person, 0

    def asked(self, contacts: Sequence[Contact], *, now: datetime, cures: bool) -> list[Answer]:
        from arrears.clearance import actions

        askings = [asking_of(self.person, contact, self._key()) for contact in contacts]
        given = actions.ask_many(askings=askings, book=self.person.book, now=now)
        return [
            Answer(one.cleared, one.until, one.cured_at, tuple(r.rule_id for r in one.refusals), one.key)
            for one in given
        ]

    def still(self, answer: Answer, contact: Contact) -> bool:
        from arrears.clearance import queries

        return answer.key in queries.still_clear([answer.key], at=contact.at)

    def made(self, answer: Answer, contact: Contact) -> None:
        from arrears.clearance import actions

        actions.use(clearance_key=answer.key, outcome=contact.outcome, at=contact.at)

    def given_back(self, answer: Answer, at: datetime) -> None:
        from arrears.clearance import actions

        actions.release(clearance_keys=[answer.key], because="not wanted", now=at)

    def heard(self, contact: Contact) -> None:
        self._record(
            contact.at, FactKind.CONTACT_MADE, self._key(), None,
            {"channel": contact.channel, "direction": "in", "to": contact.to, "point": contact.point,
             "by": contact.by, "debts": list(contact.debts), "outcome": contact.outcome},
        )  # fmt: skip

    def told(self, event: Event) -> None:
        self._record(event.at, FactKind(event.kind), event.key, event.debt, dict(event.payload))

    def _record(
        self, at: datetime, kind: FactKind, key: str, debt: str | None, payload: dict[str, object]
    ) -> None:
        from arrears.casebook.actions import record_fact

        record_fact(
            key=key, kind=kind, customer_ref=self.person.ref, account_ref=debt, happened_at=at, now=at,
            by="simulation", payload=payload,
        )  # fmt: skip

    def _key(self) -> str:
        self.number += 1
        return f"{self.person.ref}:{self.number}"


def asking_of(person: Person, contact: Contact, key: str) -> Asking:
    """The proposal as the gate is asked: in the case of one account, even where it speaks of several."""
    account = contact.debts[0] if contact.debts else None
    return Asking(key, person.ref, Proposal(*_said(contact)), account)


def past_of(contact: Contact) -> PastContact:
    """The contact as the gate remembers it."""
    return PastContact(
        contact.at, contact.channel, contact.direction, contact.to, contact.point, contact.by, contact.debts,
        contact.outcome, contact.purpose, contact.consent,
    )  # fmt: skip


def fact_of(person: Person, event: Event) -> Fact:
    """The event as the casebook keeps it."""
    return Fact(
        event.key,
        FactKind(event.kind),
        event.at,
        event.at,
        person.ref,
        event.debt,
        event.payload,
        "simulation",
    )
