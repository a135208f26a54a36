"""What the casebook's facts come to, for the gate: holds, wishes, consents, past contacts.

A dossier is one person's. What was said of one account (an objection to it, an agreement
about it) holds for contacts about that account and for contacts that name none; what was
said of the person holds for all.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from arrears.casebook.types import HOLDS, Fact, FactKind
from arrears.clearance.core.vocabulary import CHANNEL_WORDS
from arrears.clearance.types import CHANNELS, Consent, Hold, Known, PastContact, Wish
from arrears.kernel.hours import Hours, NotHours
from arrears.kernel.workdays import NotDays, days_named

# Of these, one account's fact says nothing about another account.
OF_THE_ACCOUNT = frozenset(
    {
        FactKind.OBJECTION,
        FactKind.DISPUTE,
        FactKind.WRONG_AMOUNT_SUSPECTED,
        FactKind.FRAUD,
        FactKind.TIME_BARRED,
        FactKind.AGREEMENT,
        FactKind.PROMISE,
    }
)
# Of these, an account's last one counts, and it holds while it is in this state.
WHILE = {
    FactKind.AGREEMENT: ("performing", "agreement_performing"),
    FactKind.PROMISE: ("running", "promise_running"),
}
STANDING = HOLDS | {
    FactKind.AGREEMENT,
    FactKind.PROMISE,
    FactKind.OPTED_OUT,
    FactKind.AGREED_HOURS,
    FactKind.ASKED_HOURS,
    FactKind.CALL_CONSENT,
    FactKind.ROBOT_CONSENT,
    FactKind.ENTRY_CONSENT,
    FactKind.MAY_BE_IN,
    FactKind.NUMBER_INVALID,
    FactKind.THIRD_PERSON_REFUSED,
    FactKind.ASSIGNED,
    FactKind.TOLD_OF_ASSIGNMENT,
    FactKind.HOLD_LIFTED,
}
CLOSED = Hours(())
DAY = timedelta(days=1)
# The longest cap looks back seven days; one more for zones apart.
CAPS_LOOK_BACK = timedelta(days=8)
# Who may be asked besides the debtor hangs on all that was ever said to them: a refusal, a
# question for the debtor's whereabouts. Records are kept three years after the last contact.
LOST_LOOK_BACK = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Dossier:
    """One person as the gate knows them; `known_for` narrows it to one account."""

    known: Known = field(default_factory=Known)
    account_holds: Mapping[str, Mapping[str, Hold]] = field(default_factory=dict)
    history: tuple[PastContact, ...] = ()
    no_facts: bool = False

    @property
    def nothing_known(self) -> bool:
        """Nothing but the zone: no fact, no contact."""
        return self.no_facts and not self.history

    def narrowed(self, account_ref: str | None, debts: Collection[str] = ()) -> "Dossier":
        """The same for a contact about that account and those debts alone."""
        if not self.account_holds:
            return self
        return Dossier(self.known_for(account_ref, debts), {}, self.history, self.no_facts)

    def known_for(self, account_ref: str | None, debts: Collection[str] = ()) -> Known:
        """With the holds on that account and on those the debts name; on every one where no account is named."""
        if not self.account_holds:
            return self.known
        holds = dict(self.known.holds)
        for ref, account in self.account_holds.items():
            if account_ref is None or ref == account_ref or ref in debts:
                for hold in account.values():
                    _put(holds, hold)
        return replace(self.known, holds=holds)


def dossier_of(facts: Sequence[Fact], *, zone: str, history: tuple[PastContact, ...] = ()) -> Dossier:
    """The dossier these standing facts (oldest first) come to. `zone` is where the customer lives."""
    standing = _not_lifted(facts)
    person: dict[str, Hold] = {}
    accounts: dict[str, dict[str, Hold]] = {}
    for fact, hold in in_force(standing, zone=zone):
        own = fact.kind in OF_THE_ACCOUNT and fact.account_ref
        holds = accounts.setdefault(str(fact.account_ref), {}) if own else person
        _put(holds, hold)
    known = _known(standing, zone, person)
    return Dossier(known, accounts, history, no_facts=not facts)


def in_force(facts: Sequence[Fact], *, zone: str) -> Iterator[tuple[Fact, Hold]]:
    """Each fact (oldest first) that holds, unless lifted since; of agreements and promises, each
    account's last."""
    standing = _not_lifted(facts)
    last = {(fact.kind, fact.account_ref): fact.key for fact in standing if fact.kind in WHILE}
    for fact in standing:
        if fact.kind is FactKind.INCONVENIENT_PLACE:
            told = _hold(fact, str(fact.kind), zone)
            yield from ((fact, replace(told, detail=p)) for p in _listed([fact], "place"))
        elif fact.kind in HOLDS:
            yield fact, _hold(fact, str(fact.kind), zone)
        elif last.get((fact.kind, fact.account_ref)) == fact.key:
            state, hold = WHILE[fact.kind]
            if fact.payload.get("state") == state:
                yield fact, _hold(fact, hold, zone)


def _not_lifted(facts: Sequence[Fact]) -> list[Fact]:
    lifted = {str(fact.payload.get("fact")) for fact in facts if fact.kind is FactKind.HOLD_LIFTED}
    return [fact for fact in facts if fact.key not in lifted]


def _hold(fact: Fact, kind: str, zone: str) -> Hold:
    detail = fact.payload.get("state") or fact.payload.get("detail")
    since = fact.happened_at.astimezone(ZoneInfo(zone)).date()
    told = str(detail) if detail else None
    return Hold(kind, since, _day(fact.payload.get("until")), told, at=fact.happened_at)


def _put(holds: dict[str, Hold], hold: Hold) -> None:
    """Beside another of its kind: which of them lasts longer may be for a rule to say."""
    other = holds.get(hold.kind)
    if other:
        hold = replace(hold, beside=(*hold.beside, replace(other, beside=()), *other.beside))
    holds[hold.kind] = hold


def _known(facts: Sequence[Fact], zone: str, holds: dict[str, Hold]) -> Known:
    of: defaultdict[FactKind, list[Fact]] = defaultdict(list)
    for fact in facts:
        of[fact.kind].append(fact)
    dead = [fact.happened_at for fact in of[FactKind.NUMBER_INVALID]]
    place, assigned = _latest(of[FactKind.MAY_BE_IN]), _latest(of[FactKind.ASSIGNED])
    robot = _latest(of[FactKind.ROBOT_CONSENT]).get("given")
    return Known(
        zones=_zones(place.get("zones"), zone),
        agreed_hours=_wishes(of[FactKind.AGREED_HOURS], unreadable=None),
        asked_hours=_latest_each_day(_wishes(of[FactKind.ASKED_HOURS], unreadable=CLOSED)),
        consents=tuple([_consent(fact, zone) for fact in of[FactKind.CALL_CONSENT]]),
        holds=holds,
        opted_out=frozenset(map(_channel, _listed(of[FactKind.OPTED_OUT], "channel"))),
        refused_points=frozenset(_listed(of[FactKind.THIRD_PERSON_REFUSED], "point")),
        mobile_invalid=bool(dead),
        mobile_invalid_at=max(dead, default=None),
        # A case called back is with us again, and with no agency.
        assigned_to=(_agency(assigned) or "issuer") if of[FactKind.ASSIGNED] else None,
        told_of_assignment=_told(of[FactKind.TOLD_OF_ASSIGNMENT], _agency(assigned)),
        agency_on_list=bool(assigned.get("on_list", True)) if assigned else None,
        agency_evaluated_on=_day(assigned.get("evaluated_on")),
        entry_consent=frozenset(_listed(of[FactKind.ENTRY_CONSENT], "place")),
        robot_consent=robot if isinstance(robot, bool) else None,
        consent_ends=_consent_ends(of[FactKind.ROBOT_CONSENT], of[FactKind.ENTRY_CONSENT]),
        state=place.get("state"),
    )


def _latest(facts: Sequence[Fact]) -> Mapping[str, Any]:
    return facts[-1].payload if facts else {}


def _zones(told: Any, home: str) -> tuple[str, ...]:
    """Every zone told of; with one that no map knows, home must be fine too."""
    named = [str(name) for name in told] if isinstance(told, list) else []
    known = tuple(name for name in named if name in _all_zones())
    return known if known and len(known) == len(named) else (*known, home)


@lru_cache(maxsize=1)
def _all_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _agency(payload: Mapping[str, Any]) -> str | None:
    """As proposals name it, `agency:NAME`, whether the fact says so or the bare name."""
    name = payload.get("agency")
    return None if name is None else f"agency:{str(name).removeprefix('agency:')}"


def _told(facts: Iterable[Fact], agency: str | None) -> bool:
    """Whether the customer was told of this agency (a notice that names none is of any)."""
    told = [_agency(fact.payload) for fact in facts]
    return any(name is None or name == agency for name in told)


def _consent_ends(to_robots: Iterable[Fact], to_enter: Iterable[Fact]) -> dict[str, date]:
    """The last day of consent to machines and to enter, by the latest word on each; no end: not named."""
    told = [("robot", fact) for fact in to_robots]
    told += [(place, fact) for fact in to_enter for place in _listed([fact], "place")]
    ends = {name: _day(fact.payload.get("until")) for name, fact in told}
    return {name: end for name, end in ends.items() if end}


def _channel(word: str) -> str:
    """A channel by any of its names; a word on no list is every channel."""
    name = CHANNEL_WORDS.get(word.strip().lower(), word.strip().lower())
    return name if name in CHANNELS else "*"


def _listed(facts: Iterable[Fact], key: str) -> list[str]:
    """Every `key` of these facts; one that names none means all: `*`."""
    found: list[str] = []
    for fact in facts:
        value = fact.payload.get(key) or "*"
        found += [str(item) for item in value] if isinstance(value, list) else [str(value)]
    return found


def _wishes(facts: Iterable[Fact], *, unreadable: Hours | None) -> tuple[Wish, ...]:
    """Hours agreed or asked. Unreadable ones are read so that less is allowed."""
    found = []
    for fact in facts:
        first, last = _day(fact.payload.get("from")), _day(fact.payload.get("until"))
        try:
            hours = Hours.read(str(fact.payload.get("hours", "")))
            found.append(Wish(hours, first, last, *days_named(fact.payload.get("days"))))
        except (NotHours, NotDays):
            if unreadable is not None:
                found.append(Wish(unreadable, first, last))
    return tuple(found)


def _latest_each_day(wishes: tuple[Wish, ...]) -> tuple[Wish, ...]:
    """Wishes (oldest first) so cut that on each day the latest told stands alone, and an
    earlier one stands again once a later one is over."""
    found: list[Wish] = []
    for wish in wishes:
        before = wish.since - DAY if wish.since and wish.since > date.min else date.min
        after = wish.until + DAY if wish.until and wish.until < date.max else None
        pieces = [replace(old, until=min(old.until or date.max, before)) for old in found]
        if after:
            pieces += [replace(old, since=max(old.since or date.min, after)) for old in found]
        found = [piece for piece in pieces if (piece.since or date.min) <= (piece.until or date.max)]
        found.append(wish)
    return tuple(wish for wish in found if wish.until != date.min)


def _consent(fact: Fact, zone: str) -> Consent:
    given = fact.happened_at.astimezone(ZoneInfo(zone)).date()
    return Consent(given, _day(fact.payload.get("until")), fact.payload.get("to"), fact.happened_at)


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def past_contact(*, at: datetime, payload: Mapping[str, Any], account_ref: str | None) -> PastContact:
    """A `contact_made` fact as the caps count it."""
    debts = payload.get("debts")
    return PastContact(
        at=at,
        channel=str(payload.get("channel", "call")),
        direction=str(payload.get("direction", "out")),
        to=str(payload.get("to", "debtor")),
        point=payload.get("point"),
        by=str(payload.get("by", "issuer")),
        debts=tuple(str(debt) for debt in debts) if debts else ((account_ref,) if account_ref else ()),
        outcome=str(payload.get("outcome", "unknown")),
        purpose=str(payload.get("purpose", "collect")),
        consent=bool(payload.get("consent", False)),
    )
