"""What the gate puts on file, and how it is read back: enough to give every answer again.

Inside the room only. An answer's record holds the proposal, all that was known of the person
at that moment, the rules of the day as a digest, and the answer. A night tells many: of
people about whom nothing is known it is written from pieces, keys already in order.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from pydantic import TypeAdapter

from arrears.clearance.core.dossier import Dossier
from arrears.clearance.types import Asking, Known, Override, PastContact, Proposal, Refusal, Said
from arrears.evidence.types import Sheet, Told, canonical, in_order, in_quotes, line_of, plain, told
from arrears.rulebook.law import rules_in_force

ANSWER, USED, RELEASED = "answer", "used", "released"


# Always written; of the rest, what is not as it should be. A test pins what goes without saying.
_ALWAYS = frozenset({"at", "by", "channel", "debts", "direction", "outcome", "point", "purpose", "to"})


class _Shape:
    """How a contact is written, proposed or past: keys in order, times in UTC."""

    def __init__(self, defaults: Mapping[str, Any]) -> None:
        shape = sorted(defaults.items())
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
_PROPOSAL = _Shape({f.name: f.default for f in fields(Proposal)})
_PAST = _Shape(dict.fromkeys(PastContact._fields, _NEVER) | PastContact._field_defaults)


def proposal_said(proposal: Proposal) -> dict[str, Any]:
    """A proposal as the record has it."""
    return _PROPOSAL.plain(proposal)


# A record's own values; the rest it shares with others. Those from `history` on only some have: what the
# answer rested on where nobody else's did, or the moment from which the person's hold counts.
_OWN = ("about", "account", "customer", "debts", "point", "question", "history", "known")
_MARKS = {name: uuid4().hex for name in (*_OWN, "since")}  # nobody can guess them
OWN_ACCOUNT, OWN_POINT, HISTORY, KNOWN, SINCE = (
    _MARKS[name] for name in ("account", "point", "history", "known", "since")
)
_PLACE = {mark: _OWN.index(name if name in _OWN else "history") for name, mark in _MARKS.items()}
_MARK = re.compile(f'"({"|".join(_PLACE)})"')
ABOUT, CUSTOMER = 0, 2  # in a record's body keys are in order: these come first and third
_NAMES = frozenset(map(_OWN.index, ("about", "account", "customer", "point", "question")))
_TOLD_AT = uuid4().hex  # all of a sheet are told at one moment
_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
_HERE = uuid4().hex  # stands for a value of its own while the rest is written


class Mould(NamedTuple):
    """What records of one kind share: a body cut where its own values stand, and which stand there.

    names_alone: those are all names.
    """

    pieces: tuple[str, ...]
    values: Callable[[Sequence[str]], Sequence[str]]
    names_alone: bool

    def told_at(self, moment: datetime) -> tuple[str, ...]:
        """The pieces of records told at that moment."""
        then = moment_said(moment)
        return tuple([piece.replace(f'"{_TOLD_AT}"', then) for piece in self.pieces])


def body(
    proposal: Proposal,
    said: Said,
    valid_for: timedelta | None,
    override: Override | None,
    policy: tuple[Path, ...],
    *,
    own_debt: bool,
) -> str:
    """The body of such an answer, with marks where its own values stand. own_debt: about its account alone."""
    debts = [OWN_ACCOUNT] if own_debt else _MARKS["debts"]
    shared = {
        "answer": said.answer.value,
        "book": said.book,
        "cured_at": _utc(said.cured_at),
        "kind": ANSWER,
        "not_before": _utc(said.not_before),
        "override": {"by": override.by, "reason": override.reason} if override else None,
        "proposal": {**proposal_said(proposal), "debts": debts, "point": OWN_POINT},
        "recorded_at": _TOLD_AT,
        "refusals": [refusal_said(each) for each in said.refusals],
        "rules_on": str(said.rules_on),
        "rules_sha256": rules_digest(said.book, said.rules_on, policy),
        "until": _utc(said.until),
        "valid_seconds": int(valid_for.total_seconds()) if valid_for else None,
    }
    own = {name: _MARKS[name] for name in _OWN if name not in {"debts", "point"}}
    return in_order(dict(sorted((shared | own).items())))


def mould(marked: str) -> Mould:
    """A body with marks, cut there."""
    parts = _MARK.split(marked)
    places = tuple(_PLACE[mark] for mark in parts[1::2])
    return Mould(tuple(parts[::2]), itemgetter(*places), _NAMES.issuperset(places))


def with_what_it_rested_on(marked: str, history: str, known: str) -> str:
    """The same with that written out: others' answers rested on it too."""
    return marked.replace(f'"{HISTORY}"', history).replace(f'"{KNOWN}"', known)


def own_values(asking: Asking, key: str, rested_on: tuple[str, ...]) -> tuple[str, ...]:
    """A record's own values, each as JSON, as moulds pick them."""
    proposal, account = asking.proposal, _or_null(asking.account_ref)
    debts = f"[{','.join(map(in_quotes, proposal.debts))}]"
    names = account, in_quotes(asking.customer_ref), debts, _or_null(proposal.point), in_quotes(asking.key)
    return f'"{key}"', *names, *rested_on


def nothing_to_escape(names: Iterable[Iterable[str]]) -> bool:
    """Whether all of these stand in JSON as they are."""
    together = "".join(map("".join, names))
    return in_order(together) == f'"{together}"'


def _or_null(text: str | None) -> str:
    return "null" if text is None else in_quotes(text)


def rested_on(dossier: Dossier) -> tuple[str, str]:
    """The contacts that counted and what was known, as JSON; the dossier of that contact alone."""
    if dossier.no_facts:
        return rested_on_contacts(dossier.history, dossier.known.zones)
    return history_said(dossier.history), in_order(known_said(dossier.known))


def rested_on_contacts(history: Sequence[PastContact], zones: tuple[str, ...]) -> tuple[str, str]:
    """The same of somebody of whom no fact is on record."""
    return history_said(history), _zone_only(zones)


def history_said(history: Iterable[PastContact]) -> str:
    """Past contacts as JSON."""
    return f"[{','.join(map(_past_said, history))}]"


def moment_said(moment: datetime) -> str:
    """A moment as JSON has it."""
    return in_order(moment.astimezone(UTC))


def _past_said(past: PastContact) -> str:
    """A past contact as JSON: most differ in their moment, number and debt only."""
    at, debts, point, rest = _past_pieces(
        past.by, past.channel, past.consent, past.direction, past.outcome, past.purpose, past.to
    )
    owed = f"[{','.join(map(in_quotes, past.debts))}]"
    return f"{at}{moment_said(past.at)}{debts}{owed}{point}{_or_null(past.point)}{rest}"


@lru_cache(maxsize=4096)
def _past_pieces(*words: object) -> list[str]:
    shared = dict(
        zip(("by", "channel", "consent", "direction", "outcome", "purpose", "to"), words, strict=True)
    )
    whole = _PAST.plain(PastContact(at=_ONCE, **shared))  # type: ignore[arg-type]
    return in_order(whole | dict.fromkeys(("at", "debts", "point"), _HERE)).split(f'"{_HERE}"')


def used(clearance_key: str, customer_ref: str, *, outcome: str, at: datetime) -> Told:
    """A contact was made under this clearance."""
    return told(
        USED, customer_ref=customer_ref, about=clearance_key, recorded_at=at, used_at=at, outcome=outcome
    )


def released(clearance_key: str, customer_ref: str, *, because: str, now: datetime) -> Told:
    """A place was given back."""
    return told(RELEASED, customer_ref=customer_ref, about=clearance_key, recorded_at=now, because=because)


def releases_sheet(places: Iterable[tuple[str, str]], *, because: str, now: datetime) -> Sheet:
    """The same of many: clearance keys, each with its customer."""
    sheet = Sheet(RELEASED, recorded_at=now, about=0, customer=1)
    whole = released(_HERE, _HERE, because=because, now=now).body
    number = sheet.number(tuple(whole.split(f'"{_HERE}"')))
    sheet.lines = [line_of(number, map(in_quotes, place)) for place in places]
    return sheet


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(UTC)


@lru_cache(maxsize=1024)
def _zone_only(zones: tuple[str, ...]) -> str:
    return in_order(known_said(Known(zones=zones)))


def known_said(known: Known) -> dict[str, Any]:
    """What is known of a person, as the record has it: the zones, and whatever else there is."""
    return dict(sorted((plain(known) | {"zones": list(known.zones)}).items()))


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
