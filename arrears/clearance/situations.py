"""Situations of clearance: a lawyer's example in YAML becomes a question and is checked.

`arrears situations` reads the files; an entry with `rulebook` is ours. How an entry is
written, `entries.py` says.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from arrears.clearance.core import clear
from arrears.clearance.core import vocabulary as words
from arrears.clearance.entries import (
    SINCE,
    UNTIL,
    ClearanceEntry,
    ClearanceQuestion,
    Contact,
    Earlier,
    Expected,
    Facts,
    Flag,
    HoursEntry,
    HoursWritten,
    Listed,
    channel_named,
    moment_of,
)
from arrears.clearance.types import Consent, Hold, Known, PastContact, Proposal, Verdict, Wish
from arrears.kernel.hours import Hours
from arrears.kernel.workdays import days_named
from arrears.rulebook.law import SHIPPED_POLICY, rules_in_force

OVER = frozenset(
    {
        "false", "no", "none", "closed", "resolved", "answered", "rejected", "withdrawn", "lifted", "over",
        "ended", "done", "revoked", "broken", "cancelled", "completed", "settled", "verified", "dismissed", "paid",
        "unlimited", "full", "sound", "kept", "part_kept", "fulfilled", "performed", "finished", "concluded",
        "terminated", "expired", "lapsed", "failed", "breached", "defaulted",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A question ready to be put to the gate."""

    book: str
    on: date
    proposal: Proposal
    known: Known
    history: tuple[PastContact, ...]
    zone: str

    def answer(self, policy: tuple[Path, ...] = SHIPPED_POLICY) -> Verdict:
        """What the gate says, under these folders of house policy."""
        return clear(self.proposal, self.known, self.history, book=self.book, on=self.on, policy=policy)


@dataclass(frozen=True, slots=True)
class Case:
    """A situation: the question, and what must follow."""

    name: str
    asked: Asked
    expect: Expected


def read_entry(entry: dict[str, Any]) -> Case:
    """The entry as a question. Raises pydantic's ValidationError, which the reader of the file words."""
    return case_of(ClearanceEntry.model_validate(entry))


SAID_OTHERWISE = {"at", "debts", "authorisation", "discloses", "consent", "identified"}


def case_of(entry: ClearanceEntry) -> Case:
    """A checked entry as a case."""
    return Case(entry.name, question_of(entry), entry.expect)


def question_of(entry: ClearanceQuestion) -> Asked:
    """A checked question as the gate takes it."""
    at = moment_of(entry.proposed.at, entry.zone)
    return Asked(
        book=entry.rulebook,
        on=entry.on or at.astimezone(ZoneInfo(entry.zone)).date(),
        proposal=_proposal(entry, at),
        known=_known(entry),
        history=tuple(_past(past, entry.zone) for past in entry.history),
        zone=entry.zone,
    )


def _proposal(entry: ClearanceQuestion, at: datetime) -> Proposal:
    proposed = entry.proposed
    return Proposal(
        at=at,
        debts=_texts(proposed.debts),
        authorisation=_authorised(proposed.authorisation),
        discloses=_disclosed(proposed.discloses),
        consent=proposed.consent or _consents_at_once(entry),
        identified=proposed.identified and not proposed.anonymous,
        **_same(proposed, [f.name for f in fields(Proposal)], but=SAID_OTHERWISE),
    )


def _past(past: Earlier, zone: str) -> PastContact:
    same = _same(past, PastContact._fields, but={"at", "debts"})
    return PastContact(at=moment_of(past.at, zone), debts=_texts(past.debts), **same)


def run_entry(case: Case) -> tuple[bool, str]:
    """Whether the verdict is the one expected, and if not, what differed."""
    verdict, expect = case.asked.answer(), case.expect
    why = _why(verdict, case.asked.zone)
    said = "cleared" if verdict.cleared else "refused"
    if said != expect.verdict:
        return False, f"expected {expect.verdict}, got {said}{why}"
    if expect.cites and not any(expect.cites in reference for reference in _references(verdict)):
        return False, f"{said}, but no reference holds {expect.cites!r}{why}"
    if expect.cured_at and verdict.cured_at != moment_of(expect.cured_at, case.asked.zone):
        return False, f"expected from {expect.cured_at}, got {verdict.cured_at}{why}"
    return True, ""


def _references(verdict: Verdict) -> list[str]:
    """Of the rules that refused; for a clearance, of every rule that was weighed."""
    if not verdict.cleared:
        return [refusal.reference for refusal in verdict.refusals]
    return [rule.reference for rule in rules_in_force(verdict.book, verdict.rules_on)]


def _why(verdict: Verdict, zone: str) -> str:
    lines = [f"\n  {r.rule_id}: {r.words.en} [{r.reference}]" for r in verdict.refusals]
    if verdict.cured_at:
        lines.append(f"\n  from {verdict.cured_at.astimezone(ZoneInfo(zone)).isoformat()}")
    return "".join(lines)


def _known(entry: ClearanceQuestion) -> Known:
    facts = entry.facts
    return Known(
        zones=facts.zones or (entry.zone,),
        agreed_hours=_wishes(facts.agreed_hours, facts.agreed_hours_until),
        asked_hours=(
            *_wishes(facts.asked_hours, facts.asked_hours_until),
            *_avoided(facts.inconvenient_hours, facts.asked_hours_until),
        ),
        consents=(*_consents(entry), *_consents_on_record(entry)),
        holds=_holds(facts),
        opted_out=frozenset(_opted_out(facts.opted_out)),
        refused_points=frozenset(_listed(facts.third_person_refused)),
        mobile_invalid=_surely(facts.mobile_invalid),
        assigned_to=facts.assigned_to,
        told_of_assignment=_told(entry),
        agency_on_list=facts.agency_on_list,
        agency_evaluated_on=facts.agency_evaluated_on,
        entry_consent=frozenset(_listed(facts.entry_consent)),
        robot_consent=_robot_consent(entry),
        agreed_attempts=facts.agreed_attempts,
        state=facts.state,
        household_debt=facts.household_debt,
        debt_names=facts.particular_debt_map,
    )


def _told(entry: ClearanceQuestion) -> bool | None:
    """Whether told by the day of the contact; None where nothing is said."""
    written = entry.facts.told_of_assignment
    if written is None:
        return None
    told = _hold("told", written)
    return told is not None and _surely(written) and told.stands_on(_day_of_contact(entry))


def _day_of_contact(entry: ClearanceQuestion) -> date:
    return moment_of(entry.proposed.at, entry.zone).astimezone(ZoneInfo(entry.zone)).date()


HOLDS = (
    "objection", "dispute", "complaint", "hardship", "fraud", "wrong_amount_suspected", "litigation", "incapacity",
    "minor", "vulnerable", "deceased", "bankrupt", "cease_request", "attorney", "debt_counsellor",
    "breathing_space", "mental_health_crisis", "employer_prohibits", "time_barred",
)  # fmt: skip
TREATMENT_AND = timedelta(days=30)  # a crisis moratorium outlasts the treatment by so much


def _holds(facts: Facts) -> dict[str, Hold]:
    written = {kind: getattr(facts, kind) for kind in HOLDS} | {
        "agreement_performing": facts.agreement,
        "promise_running": facts.promise,
    }
    holds = {kind: hold for kind, value in written.items() if (hold := _hold(kind, value))}
    ends = {
        "breathing_space": facts.breathing_space_until,
        "mental_health_crisis": facts.treatment_ended and facts.treatment_ended + TREATMENT_AND,
    }
    for kind, last in ends.items():
        if last and getattr(facts, kind) is not False:
            holds[kind] = replace(holds.get(kind, Hold(kind)), until=last)
    places = [Hold("inconvenient_place", detail=place) for place in _listed(facts.inconvenient_places)]
    if places:
        holds["inconvenient_place"] = replace(places[0], beside=tuple(places[1:]))
    return holds


def _hold(kind: str, value: Any) -> Hold | None:
    """`true`, a day, `open`, `closed`, or `{since:, until:, state:}`."""
    if value is None or value is False:
        return None
    if value is True:
        return Hold(kind)
    if isinstance(value, dict):
        state = str(value.get("state") or value.get("status") or "open")
        if _is_over(state):
            return None
        since, until = (next((value[k] for k in keys if k in value), None) for keys in (SINCE, UNTIL))
        return Hold(kind, _day(since), _day(until), state.lower())
    day = _day(value)
    if day:
        return Hold(kind, day)
    return None if _is_over(str(value)) else Hold(kind, detail=str(value).lower())


def _is_over(state: str) -> bool:
    return state.strip().lower() in OVER


def _true(value: Flag) -> bool:
    return _hold("", value) is not None


def _consents(entry: ClearanceQuestion) -> tuple[Consent, ...]:
    """Consents to be called, with the day each was received, and the moment where it is told."""
    told = entry.facts.consent
    found = []
    for one in told if isinstance(told, tuple) else (told,):
        hold = _hold("consent", one)
        if hold and hold.since:
            more: dict[str, Any] = one if isinstance(one, dict) else {"at": one}
            to = more.get("by") or more.get("to")
            at = _moment(next((more[key] for key in SINCE if key in more), None), entry.zone)
            found.append(Consent(hold.since, hold.until, None if to in words.DEBTORS else to, at))
    return tuple(found)


def _moment(written: Any, zone: str) -> datetime | None:
    """A day with its time as a moment; None for a day alone."""
    return moment_of(written, zone) if isinstance(written, str) and len(written) > len("2026-06-10") else None


def _consents_on_record(entry: ClearanceQuestion) -> list[Consent]:
    """Contacts of the past in which the debtor agreed to be called."""
    given = [
        (moment_of(past.at, entry.zone), past.by)
        for past in entry.history
        if past.outcome in words.CONSENTED and past.to in words.DEBTORS
    ]
    return [Consent(at.astimezone(ZoneInfo(entry.zone)).date(), None, by, at) for at, by in given]


def _consents_at_once(entry: ClearanceQuestion) -> bool:
    """`consent: true` without a day: the debtor agreed to this very contact."""
    return entry.facts.consent is True and entry.proposed.to in words.DEBTORS


def _robot_consent(entry: ClearanceQuestion) -> bool | None:
    """Given, withdrawn, or not known: a word that says neither is no consent."""
    written = entry.facts.robot_consent
    if written is None or isinstance(written, bool):
        return written
    if _surely(written):
        hold = _hold("robot_consent", written)
        return True if hold and hold.stands_on(_day_of_contact(entry)) else None
    gone = _hold("robot_consent", written) is None or str(written).lower() == "missing"
    return False if gone else None


SAID_YES = frozenset(
    {
        "true", "yes", "given", "granted", "express", "prior_express", "written", "oral", "told", "notified",
        "done", "sent", "invalid", "dead", "out_of_service", "not_in_service", "disconnected", "confirmed",
    }
)  # fmt: skip


def _surely(value: Flag) -> bool:
    """Whether a flag that allows something says so in words that are known: `unknown` does not."""
    hold = _hold("", value)
    return hold is not None and (hold.detail in SAID_YES | {None, "open"})


def _wishes(written: HoursWritten | None, until: date | None) -> tuple[Wish, ...]:
    if written is None:
        return ()
    pieces = written if isinstance(written, tuple) else (written,)
    return tuple(_wish(piece, until) for piece in pieces)


def _avoided(written: str | tuple[str, ...] | None, until: date | None) -> tuple[Wish, ...]:
    """Hours that do not suit, as a wish for all the others."""
    if written is None:
        return ()
    return (Wish(Hours.read(",".join(_texts(written))).rest_of_day(), None, until),)


def _wish(piece: str | HoursEntry, until: date | None) -> Wish:
    if isinstance(piece, str):
        return Wish(Hours.read(piece), None, until)
    text = piece.hours if isinstance(piece.hours, str) else ",".join(piece.hours)
    return Wish(Hours.read(text), piece.since, piece.until or until, *days_named(piece.days))


def _opted_out(written: Listed | dict[str, Flag]) -> list[str]:
    if isinstance(written, dict):
        return [channel_named(channel) for channel, since in written.items() if _true(since)]
    return [channel_named(channel) if channel != "*" else "*" for channel in _listed(written)]


def _listed(written: Listed) -> tuple[str, ...]:
    if written is None or written is False:
        return ()
    if written is True:
        return ("*",)
    return (written,) if isinstance(written, str) else written


def _texts(written: str | tuple[str, ...]) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else written


def _authorised(written: bool | str | None) -> str | None:
    if isinstance(written, str):
        return None if written.strip().lower() in {"", "none", "no", "missing", "false"} else written
    return "shown" if written else None


def _disclosed(written: Listed) -> tuple[str, ...]:
    if isinstance(written, bool):
        return ("debt",) if written else ()
    return _texts(written or ())


def _same(entry: Contact, names: Iterable[str], *, but: set[str]) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in set(names) - but if hasattr(entry, name)}


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value):
        return date.fromisoformat(value[:10])
    return None


__all__ = ["Case", "ClearanceEntry", "case_of", "read_entry", "run_entry"]
