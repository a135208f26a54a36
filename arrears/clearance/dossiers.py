"""Fetching what the gate knows of many people: two queries, however many they are.

Inside the room only. The casebook's word goes before our own: a contact it knows of is
counted from there, and the clearance it was made under is not counted too.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from arrears.casebook import queries as casebook
from arrears.casebook.types import Fact, FactKind
from arrears.clearance.core.dossier import CAPS_LOOK_BACK as CAPS_LOOK_BACK
from arrears.clearance.core.dossier import LOST_LOOK_BACK as LOST_LOOK_BACK
from arrears.clearance.core.dossier import STANDING, Dossier, dossier_of, past_contact
from arrears.clearance.types import PastContact
from arrears.kernel.straight import question, text_array, together
from arrears.rulebook.law import SHIPPED_POLICY

# A contact begun just before its clearance ended may be reported a little after.
GRACE = timedelta(hours=1)

CONTACTS = (FactKind.CONTACT_MADE, FactKind.CONTACT_WITHDRAWN)
_PLACES = """
select key::text, customer_ref, account_ref, coalesce(used_at, at), channel, direction, "to", point, by,
  purpose, more::text, outcome
from clearance_clearance
where customer_ref = any(%(refs)s::text[]) and at >= %(since)s and verdict = 'cleared'
  and released_at is null and (used_at is not null or until >= %(open)s)
order by id
"""


@dataclass(slots=True)
class Gathered:
    """Facts, contacts and places of many people; each contact with the clearance it was made under."""

    standing: Mapping[str, list[Fact]]
    contacts: dict[str, list[tuple[str, PastContact]]] = field(default_factory=lambda: defaultdict(list))
    made_under: set[str] = field(default_factory=set)

    def dossier(self, ref: str, zone: str, *, but: str = "") -> Dossier:
        """One person's dossier, the contact under the clearance `but` left out."""
        facts, contacts = self.standing.get(ref), self.contacts.get(ref)
        if not facts and not contacts:
            return nothing_known(zone)
        history = tuple([contact for key, contact in contacts or () if not but or key != but])
        if facts:
            return dossier_of(facts, zone=zone, history=history)
        return Dossier(nothing_known(zone).known, {}, history, no_facts=True)


def house_policy() -> tuple[Path, ...]:
    """Where house policy lies: what is shipped, and the institution's own on top."""
    own: Path = settings.POLICY_FOLDER
    return (*SHIPPED_POLICY, own) if own.is_dir() else SHIPPED_POLICY


@lru_cache(maxsize=1024)
def nothing_known(zone: str) -> Dossier:
    """Somebody of whom the casebook says nothing but where they live."""
    return dossier_of((), zone=zone)


def gather(customer_refs: Collection[str], *, now: datetime, look_back: timedelta) -> Gathered:
    """Everything on record of these people that the gate looks at."""
    with together(connection):
        read = gathering(customer_refs, now=now, look_back=look_back)
    return read()


def gathering(
    customer_refs: Collection[str], *, now: datetime, look_back: timedelta, even_expired: bool = False
) -> Callable[[], Gathered]:
    """The same, asked within a block of `together`: what is returned reads the answer after it.

    even_expired: a place counts until it is given back on record.
    """
    since = now - look_back
    facts = casebook.facts_standing_and_recent(customer_refs, standing=STANDING, recent=CONTACTS, since=since)
    asked = {
        "refs": text_array(customer_refs),
        "since": since,
        "open": since if even_expired else now - GRACE,
    }
    places = question(connection, _PLACES, asked)
    return lambda: _gathered(facts(), places.fetchall())


def _gathered(facts: Mapping[str, list[Fact]], places: Iterable[tuple[Any, ...]]) -> Gathered:
    gathered = Gathered({ref: [f for f in found if f.kind not in CONTACTS] for ref, found in facts.items()})
    for ref, found in facts.items():
        for fact in found:
            if fact.kind in CONTACTS:
                _told(gathered, ref, fact)
    for key, ref, *place in places:
        if key not in gathered.made_under:
            gathered.contacts[ref].append((key, _taken(*place)))
    return gathered


def _told(gathered: Gathered, ref: str, fact: Fact) -> None:
    key = str(fact.payload.get("clearance") or "")
    if key:
        gathered.made_under.add(key)
    if fact.kind is FactKind.CONTACT_MADE:
        contact = past_contact(at=fact.happened_at, payload=fact.payload, account_ref=fact.account_ref)
        gathered.contacts[ref].append((key, contact))


def _taken(
    account: str | None,
    at: datetime,
    channel: str,
    direction: str,
    to: str,
    point: str,
    by: str,
    purpose: str,
    more: str,
    outcome: str,
) -> PastContact:
    """A place taken; until its outcome is known it counts as whatever refuses more."""
    said: dict[str, Any] = json.loads(more) if more != "{}" else {}
    debts = tuple(said["debts"]) if "debts" in said else (account,) if account else ()
    consent = bool(said.get("consent"))
    return PastContact(
        at, channel, direction, to, point or None, by, debts, outcome or "planned", purpose, consent
    )
