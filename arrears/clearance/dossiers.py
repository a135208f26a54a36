"""Fetching what the gate knows of many people: two queries, however many they are.

Inside the room only. The casebook's word goes before our own: a contact it knows of is
counted from there, and the clearance it was made under is not counted too. What was read
is kept as it was read: of most people of a round nobody needs more than a glance.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from arrears.casebook import queries as casebook
from arrears.casebook.types import Fact, FactKind
from arrears.clearance.core.dossier import CAPS_LOOK_BACK as CAPS_LOOK_BACK
from arrears.clearance.core.dossier import LOST_LOOK_BACK as LOST_LOOK_BACK
from arrears.clearance.core.dossier import STANDING, Dossier, dossier_of, past_contact
from arrears.clearance.types import PastContact
from arrears.kernel.straight import question, rows_of, text_array, texts_of_row, together
from arrears.rulebook.law import SHIPPED_POLICY

# A contact begun just before its clearance ended may be reported a little after.
GRACE = timedelta(hours=1)

CONTACTS = (FactKind.CONTACT_MADE, FactKind.CONTACT_WITHDRAWN)
# What places may have in common is read once for all of them: their moment, the rest as one text, and
# whether their time has passed unused.
_PLACES = """
select coalesce(used_at, at), row(channel, direction, "to", by, purpose, outcome, more)::text,
  used_at is null and until < %(open)s,
  array_agg(customer_ref), array_agg(key::text), array_agg(account_ref), array_agg(point)
from clearance_clearance
where customer_ref = any(%(refs)s::text[]) and at >= %(since)s and verdict = 'cleared' and released_at is null
group by 1, 2, 3 order by 1
"""
# Customer, key of the clearance, account, number or address (or ""), moment, the words above.
Place = tuple[str, str, str | None, str, datetime, str]
# Places that share moment and words, and whether they have expired: their customers, keys, accounts, points.
Alike = tuple[datetime, str, bool, Sequence[str], Sequence[str], Sequence[str | None], Sequence[str]]


class Person(NamedTuple):
    """What is on record of one person. contacts: those the casebook knows of, each with its clearance."""

    zone: str
    facts: Sequence[Fact] = ()
    contacts: Sequence[tuple[str, PastContact]] = ()
    places: Sequence[Place] = ()

    def dossier(self, *, but: str = "") -> Dossier:
        """As the gate looks at it, the contact under the clearance `but` left out."""
        if not self.facts and not self.contacts and not self.places:
            return nothing_known(self.zone)
        history = self.history(but=but)
        if self.facts:
            return dossier_of(self.facts, zone=self.zone, history=history)
        return Dossier(nothing_known(self.zone).known, {}, history, no_facts=True)

    def history(self, *, but: str = "") -> tuple[PastContact, ...]:
        """Contacts made and planned, that under the clearance `but` left out."""
        made = [contact for key, contact in self.contacts if not but or key != but]
        planned = [contact_of(place) for place in self.places if place[1] != but]
        return (*made, *planned)


@dataclass(slots=True)
class Gathered:
    """Facts, contacts and places of many people; the clearances under which contacts were made.

    expired: places whose time has passed unused and that nobody gave back yet.
    """

    standing: dict[str, list[Fact]] = field(default_factory=lambda: defaultdict(list))
    contacts: dict[str, list[tuple[str, PastContact]]] = field(default_factory=lambda: defaultdict(list))
    places: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    expired: list[Place] = field(default_factory=list)
    made_under: set[str] = field(default_factory=set)

    def take(self, places: Iterable[Place]) -> None:
        """These places count, but for those that are known as contacts made."""
        of, made_under = self.places, self.made_under
        for place in places:
            if place[1] not in made_under:
                of[place[0]].append(place)

    def people(self, living: Mapping[str, Sequence[str]]) -> dict[str, Person]:
        """All who live there (by zone), whether anything was found of them or not."""
        everybody: dict[str, Person] = {}
        for zone, refs in living.items():
            everybody |= dict.fromkeys(refs, Person(zone))
        found = self.standing.keys() | self.contacts.keys() | self.places.keys()
        for ref in everybody.keys() & found:
            everybody[ref] = self.person(ref, everybody[ref].zone)
        return everybody

    def person(self, ref: str, zone: str) -> Person:
        """What was found of one of them, who lives in `zone`."""
        return Person(zone, self.standing.get(ref, ()), self.contacts.get(ref, ()), self.places.get(ref, ()))


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
    customer_refs: Collection[str], *, now: datetime, look_back: timedelta
) -> Callable[[], Gathered]:
    """The same, asked within a block of `together`: what is returned reads the answer after it."""
    since = now - look_back
    facts = casebook.facts_standing_and_recent(customer_refs, standing=STANDING, recent=CONTACTS, since=since)
    asked = {"refs": text_array(customer_refs), "since": since, "open": now - GRACE}
    places = question(connection, _PLACES, asked)
    return lambda: _gathered(facts(), rows_of(places))


def _gathered(facts: Mapping[str, list[Fact]], places: Iterable[Alike]) -> Gathered:
    gathered = Gathered()
    standing = gathered.standing
    for ref, found in facts.items():
        for fact in found:
            if fact.kind in CONTACTS:
                _told(gathered, ref, fact)
            else:
                standing[ref].append(fact)
    for moment, words, expired, *names in places:
        own = zip(*names, strict=True)
        alike = [(ref, key, account, point, moment, words) for ref, key, account, point in own]
        if expired:
            gathered.expired += alike
        else:
            gathered.take(alike)
    return gathered


def _told(gathered: Gathered, ref: str, fact: Fact) -> None:
    key = str(fact.payload.get("clearance") or "")
    if key:
        gathered.made_under.add(key)
    if fact.kind is FactKind.CONTACT_MADE:
        contact = past_contact(at=fact.happened_at, payload=fact.payload, account_ref=fact.account_ref)
        gathered.contacts[ref].append((key, contact))


class PlaceWords(NamedTuple):
    """The words of a place, read. debts: None where they go without saying."""

    channel: str
    direction: str
    to: str
    by: str
    purpose: str
    outcome: str
    debts: tuple[str, ...] | None
    consent: bool


@lru_cache(maxsize=4096)
def read_words(words: str) -> PlaceWords:
    """The last part of a `Place`."""
    *columns, more = texts_of_row(words)
    said = json.loads(more)
    debts = tuple(said["debts"]) if "debts" in said else None
    channel, direction, to, by, purpose, outcome = columns
    consent = bool(said.get("consent"))
    return PlaceWords(channel, direction, to, by, purpose, outcome, debts, consent)


def contact_of(place: Place) -> PastContact:
    """A place taken; until its outcome is known it counts as whatever refuses more."""
    _, _, account, point, at, words = place
    said = read_words(words)
    debts = said.debts if said.debts is not None else (account,) if account else ()
    return PastContact(
        at,
        said.channel,
        said.direction,
        said.to,
        point or None,
        said.by,
        debts,
        said.outcome or "planned",
        said.purpose,
        said.consent,
    )
