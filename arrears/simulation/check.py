"""The second opinion: every rule written anew, plainly, from the texts and not from the gate.

It imports nothing of the gate and nothing of the law files; numbers stand here as constants
with their references. `broken` says which rules one contact breaks, given what had been told
of the person and which contacts had been made before it. Where the law is silent and the
house has a figure of its own, the reference says so.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from arrears.simulation.types import Broken, Contact, Event, Person

CBA = "CBA Guide of 2026-01-30"
GBT = "GB/T 45251-2025, 5.3"
CARD = "信用卡业务监督管理办法 (2011)"
REG_F = "12 CFR "
HOUSE = "house figure, no law: docs/clearance.md"

# When contact is possible on the person's own clock; whether the closing moment itself is.
EIGHT, NINE_PM, TEN_PM = time(8), time(21), time(22)
HOURS = {
    "cn": (EIGHT, TEN_PM, False, f"{CBA}: 22:00-08:00; {GBT}"),
    "us": (EIGHT, NINE_PM, True, f"{REG_F}1006.6(b)(1)(i): before 8:00 or after 21:00"),
    "uk": (EIGHT, NINE_PM, False, f"CONC 7.9.4R, no hours given; {HOUSE}"),
    "hk": (EIGHT, NINE_PM, False, f"Code of Banking Practice 43.2, no hours given; {HOUSE}"),
}
UNANSWERED_A_DAY_ON_A_POINT = 6  # CBA 2026: 同一联系方式当天不宜超过6次
CONVERSATIONS_A_DAY = 3  # GB/T 45251-2025: 每日不应超过3次, robots' voices included
CALLS_IN_SEVEN_DAYS = 7  # 12 CFR 1006.14(b)(2)(i)(A)
DAYS_OF_REST = 7  # 12 CFR 1006.14(b)(2)(i)(B): the conversation's day is the first
DAYS_OF_CONSENT = 7  # 12 CFR 1006.14(b)(3)(i): the day of receipt is the first
TELEPHONE_IN_MASSACHUSETTS = 2  # 940 CMR 7.04(1)(f), in seven days
BREATHING_SPACE_DAYS = 60  # SI 2020/1311
COUNSELLOR_DAYS = 30  # CONC 7.3.12G
FAILURES_BEFORE_OTHERS = 3  # CBA 2026: 连续三次
FAILURES_COUNT_FOR = timedelta(days=35)  # house: older failures say nothing of today
COLLECTORS_AT_THE_DOOR = 2  # CBA 2026 art. 22
CALLS_A_DAY = 6  # house
MESSAGES_A_DAY = 5  # house
TWO_DAYS = timedelta(days=2)  # no local day is longer
WEEK = timedelta(days=6)  # from the first of seven days to the last

CALLS = {"call", "robot_call"}
MESSAGES = {"sms", "email", "chat", "wechat"}
RINGS = CALLS | MESSAGES | {"visit"}
SPOKEN = {"conversation", "refused", "promise"}
DID_NOT_CONNECT = {"busy", "not_in_service"}
ASKED_FOR = {"service", "callback"}
OWED_ANSWERS = {"answer_objection", "notify_assignment", "statement", "notify_remedy", "end_efforts"}
AFTER_A_CEASE = {"notify_remedy", "end_efforts"}
RELAY = {"ask_to_pass_on_message", "locate", "ask_for_contact_details"}
REPRESENTATIVES = {"executor", "attorney", "debt_counsellor"}
TOLD_SOMETHING = SPOKEN | {"left_message", "delivered", "met"}
AT_WORK = {"office", "work"}
NO_DEBT_IN_IT = {"nothing", "name", "callback_number"}
LAWFUL_SOURCES = {None, "reserved", "contract", "application"}
FALSE_NAMES = {"court", "police", "prosecutor", "law_firm"}
AT_THE_DOOR = {None, "door"}


@dataclass(slots=True)
class Case:
    """One person's log so far: what was told, and which contacts were made, in order of time."""

    person: Person
    told: list[Event] = field(default_factory=list)
    made: list[Contact] = field(default_factory=list)
    _standing: dict[str, list[Event]] = field(default_factory=dict)
    _read: int = -1

    def standing(self, kind: str) -> list[Event]:
        """What was told of the kind and not lifted since, oldest first."""
        if self._read != len(self.told):
            lifted = {event.payload["fact"] for event in self.told if event.kind == "hold_lifted"}
            self._standing = defaultdict(list)
            for event in self.told:
                if event.key not in lifted:
                    self._standing[event.kind].append(event)
            self._read = len(self.told)
        return self._standing.get(kind, [])

    def zones(self) -> tuple[str, ...]:
        places = self.standing("may_be_in")
        return tuple(places[-1].payload["zones"]) if places else (self.person.zone,)

    @property
    def country(self) -> str:
        return self.person.book.split(".")[0]


def broken(case: Case, contact: Contact) -> list[Broken]:
    """The rules `contact` breaks by the plain reading of the day; none: it is lawful."""
    if contact.direction == "in":
        return []
    return [
        Broken(name, reference) for name, reference, breaks in RULES[case.country] if breaks(case, contact)
    ]


def judge(person: Person, log: Sequence[Event | Contact]) -> list[tuple[Contact, list[Broken]]]:
    """Every wrongful contact of a whole log in order of time, with the rules it breaks."""
    case, found = Case(person), []
    for entry in log:
        if isinstance(entry, Event):
            case.told.append(entry)
            continue
        rules = broken(case, entry)
        if rules:
            found.append((entry, rules))
        case.made.append(entry)
    return found


# Words


def collects(contact: Contact) -> bool:
    return contact.purpose not in ASKED_FOR and contact.purpose not in OWED_ANSWERS


def unasked(contact: Contact) -> bool:
    return contact.purpose not in ASKED_FOR


def outsider(contact: Contact) -> bool:
    return contact.to not in {"debtor", "guarantor"} | REPRESENTATIVES


def by_agency(contact: Contact) -> bool:
    """Whoever is not the institution itself."""
    return contact.by != "issuer"


def tells_of_the_debt(contact: Contact) -> bool:
    return not set(contact.discloses) <= NO_DEBT_IN_IT


@lru_cache(maxsize=256)
def place(zone: str) -> ZoneInfo:
    return ZoneInfo(zone)


def local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(place(zone))


def today(case: Case, contact: Contact) -> list[tuple[str, date]]:
    return [(zone, local(contact.at, zone).date()) for zone in case.zones()]


def same_debts(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether two contacts may be about one debt; who names none speaks of all."""
    one, other = set(one), set(other)
    return not one or not other or bool(one & other)


# Hours


def at_night(case: Case, contact: Contact) -> bool:
    if not unasked(contact) or contact.consent or (contact.channel == "letter" and case.country != "cn"):
        return False
    first, last, last_included, _ = HOURS[case.country]
    return any(
        not (first <= clock < last or (last_included and clock == last))
        and not _agreed(case, contact, moment)
        for moment, clock in _clocks(case, contact)
    )


def _clocks(case: Case, contact: Contact) -> list[tuple[datetime, time]]:
    here = [local(contact.at, zone) for zone in case.zones()]
    return [(moment, moment.time()) for moment in here]


def _agreed(case: Case, contact: Contact, moment: datetime) -> bool:
    wishes = case.standing("agreed_hours") if contact.to == "debtor" else []
    return any(_stands_on(wish, moment.date()) and _inside(wish, moment.time()) for wish in wishes)


def _stands_on(wish: Event, day: date) -> bool:
    first, last = wish.payload.get("from"), wish.payload.get("until")
    return (not first or date.fromisoformat(first) <= day) and (not last or day <= date.fromisoformat(last))


def _inside(wish: Event, clock: time) -> bool:
    for window in wish.payload["hours"].split(","):
        start, end = (_clock(text) for text in window.strip().split("-"))
        if end is None:
            inside = start is not None and clock >= start
        else:
            inside = start <= clock < end if start < end else (clock >= start or clock < end)  # type: ignore[operator]
        if inside:
            return True
    return False


def _clock(text: str) -> time | None:
    """None is the end of the day."""
    return None if text == "24:00" else time.fromisoformat(text)


def outside_the_hours_asked_for(case: Case, contact: Contact) -> bool:
    """The latest wish that stands on the day is what the person wants that day."""
    if not unasked(contact) or contact.to != "debtor" or contact.channel not in RINGS:
        return False
    wishes = case.standing("asked_hours")
    if not wishes:
        return False
    for moment, clock in _clocks(case, contact):
        standing = [wish for wish in wishes if _stands_on(wish, moment.date())]
        if standing and not _inside(standing[-1], clock):
            return True
    return False


# Caps


def _with_the_same(case: Case, contact: Contact) -> list[Contact]:
    """Contacts we began unasked with the same person; people other than the debtor by their number."""
    return [
        past
        for past in case.made
        if past.direction == "out"
        and unasked(past)
        and past.to == contact.to
        and (contact.to == "debtor" or past.point == contact.point)
    ]


def _fullest_day(case: Case, contact: Contact, counted: list[Contact]) -> int:
    counted = [past for past in counted if contact.at - past.at < TWO_DAYS]
    return max(
        sum(1 for past in counted if local(past.at, zone).date() == day) for zone, day in today(case, contact)
    )


def attempts_on_the_point(case: Case, contact: Contact) -> int:
    calls = [
        past
        for past in _with_the_same(case, contact)
        if past.channel in CALLS and past.outcome not in SPOKEN and past.point == contact.point
    ]
    return _fullest_day(case, contact, calls)


def conversations_today(case: Case, contact: Contact) -> int:
    held = [p for p in _with_the_same(case, contact) if p.channel in CALLS and p.outcome in SPOKEN]
    return _fullest_day(case, contact, held)


def calls_today(case: Case, contact: Contact) -> int:
    return _fullest_day(case, contact, [p for p in _with_the_same(case, contact) if p.channel in CALLS])


def messages_today(case: Case, contact: Contact) -> int:
    return _fullest_day(case, contact, [p for p in _with_the_same(case, contact) if p.channel in MESSAGES])


def _a_call(contact: Contact) -> bool:
    return contact.channel in CALLS and unasked(contact) and contact.to not in REPRESENTATIVES


def seventh_attempt(case: Case, contact: Contact) -> bool:
    return _a_call(contact) and attempts_on_the_point(case, contact) >= UNANSWERED_A_DAY_ON_A_POINT


def fourth_conversation(case: Case, contact: Contact) -> bool:
    return _a_call(contact) and conversations_today(case, contact) >= CONVERSATIONS_A_DAY


def too_many_calls_today(case: Case, contact: Contact) -> bool:
    return _a_call(contact) and calls_today(case, contact) >= CALLS_A_DAY


def calls_bind_the_creditor(case: Case, contact: Contact) -> bool:
    return case.person.book == "us.creditor" and too_many_calls_today(case, contact)


def too_many_messages_today(case: Case, contact: Contact) -> bool:
    ours = contact.channel in MESSAGES and unasked(contact) and contact.to not in REPRESENTATIVES
    return ours and messages_today(case, contact) >= MESSAGES_A_DAY


def _a_collector(case: Case) -> bool:
    return case.person.book == "us.third_party_collector"


def calls_in_seven_days(case: Case, contact: Contact) -> int:
    """Calls of this collector to this person in the seven days that end today, for the fullest debt."""
    calls = [
        past
        for past in case.made
        if past.channel in CALLS
        and past.direction == "out"
        and past.to == contact.to
        and (contact.to == "debtor" or past.point == contact.point)
        and past.by == contact.by
        and past.outcome not in DID_NOT_CONNECT
        and not had_consent(case, past)
    ]
    return _fullest_week(case, contact, calls)


def _fullest_week(case: Case, contact: Contact, counted: list[Contact]) -> int:
    debts: list[tuple[str, ...]] = [(debt,) for debt in contact.debts] or [()]
    return max(
        sum(1 for past in counted if same_debts(debt, past.debts) and _in_the_week(past, zone, day))
        for zone, day in today(case, contact)
        for debt in debts
    )


def _in_the_week(past: Contact, zone: str, day: date) -> bool:
    return day - WEEK <= local(past.at, zone).date() <= day


def eighth_call_in_seven_days(case: Case, contact: Contact) -> bool:
    if not (_a_collector(case) and _a_call(contact)) or had_consent(case, contact):
        return False
    return calls_in_seven_days(case, contact) >= CALLS_IN_SEVEN_DAYS


def too_soon_after_a_conversation(case: Case, contact: Contact) -> bool:
    if not (_a_collector(case) and _a_call(contact)) or had_consent(case, contact):
        return False
    return any(
        past.channel in CALLS
        and past.outcome in SPOKEN
        and past.by == contact.by
        and past.to == contact.to
        and (contact.to == "debtor" or past.point == contact.point)
        and same_debts(past.debts, contact.debts)
        and any(_in_the_week(past, zone, day) for zone, day in today(case, contact))
        for past in case.made
    )


def had_consent(case: Case, contact: Contact) -> bool:
    """Consent given to this collector: seven days at most, and no longer than to the next conversation."""
    if contact.consent:
        return True
    if contact.to != "debtor":
        return False
    return any(_covers(case, consent, contact) for consent in case.standing("call_consent"))


def _covers(case: Case, consent: Event, contact: Contact) -> bool:
    if consent.at > contact.at or consent.payload.get("to") not in {None, contact.by}:
        return False
    last = timedelta(days=DAYS_OF_CONSENT - 1)
    for zone in case.zones():
        day, given = local(contact.at, zone).date(), local(consent.at, zone).date()
        if day - given > last or not _stands_on(consent, day):
            return False
    return not any(
        past.channel in CALLS and past.outcome in SPOKEN and past.by == contact.by and past.to == "debtor"
        and consent.at < past.at < contact.at
        for past in case.made
    )  # fmt: skip


def third_telephone_communication_in_massachusetts(case: Case, contact: Contact) -> bool:
    places = case.standing("may_be_in")
    if not places or places[-1].payload.get("state") != "MA":
        return False
    if contact.channel not in CALLS | {"sms"} or contact.to != "debtor" or not unasked(contact):
        return False
    counted = [
        past
        for past in _with_the_same(case, contact)
        if past.channel in CALLS | {"sms"} and past.outcome not in DID_NOT_CONNECT
    ]
    return _fullest_week(case, contact, counted) >= TELEPHONE_IN_MASSACHUSETTS


# Holds

STOP_WHILE_OPEN = {"objection", "dispute", "wrong_amount_suspected", "fraud", "agreement", "promise"}
OF_ONE_DEBT = STOP_WHILE_OPEN | {"time_barred"}
STOP_COLLECTING = STOP_WHILE_OPEN | {"complaint", "hardship", "incapacity", "minor"}
BUT_REPRESENTATIVES = {"litigation", "bankrupt", "breathing_space", "mental_health_crisis", "debt_counsellor"}
WHILE = {"agreement": "performing", "promise": "running"}
ENDS_AFTER = {"breathing_space": BREATHING_SPACE_DAYS, "debt_counsellor": COUNSELLOR_DAYS}


def _held(case: Case, contact: Contact, kind: str) -> bool:
    """Whether a fact of the kind stands for this contact, in any zone the person may be in."""
    for event in case.standing(kind):
        if event.kind in WHILE and not _last_and_so(case, event):
            continue
        if event.kind in OF_ONE_DEBT and event.debt and not same_debts([event.debt], contact.debts):
            continue
        if any(day <= _last_day(event, zone) for zone, day in today(case, contact)):
            return True
    return False


def _last_and_so(case: Case, event: Event) -> bool:
    """Of agreements and promises a debt's last one counts, and only while it is kept or runs."""
    last = [other for other in case.standing(event.kind) if other.debt == event.debt][-1]
    return event is last and event.payload.get("state") == WHILE[event.kind]


def _last_day(event: Event, zone: str) -> date:
    if event.payload.get("until"):
        return date.fromisoformat(event.payload["until"])
    days = ENDS_AFTER.get(event.kind)
    return local(event.at, zone).date() + timedelta(days=days) if days else date.max


def stopped_by(kind: str) -> Callable[[Case, Contact], bool]:
    """Collecting while such a fact stands; those who act for the person are spoken to in some of them."""

    def held(case: Case, contact: Contact) -> bool:
        if not case.standing(kind) or not collects(contact):
            return False
        represented = contact.to in REPRESENTATIVES and kind in BUT_REPRESENTATIVES
        return not represented and _held(case, contact, kind)

    return held


def of_the_dead(case: Case, contact: Contact) -> bool:
    if contact.to in REPRESENTATIVES or (contact.to != "debtor" and not unasked(contact)):
        return False
    return _held(case, contact, "deceased")


def past_the_attorney(case: Case, contact: Contact) -> bool:
    if contact.to in REPRESENTATIVES or not unasked(contact):
        return False
    known = case.standing("attorney")
    return (
        bool(known) and known[-1].payload.get("state") != "unresponsive" and _held(case, contact, "attorney")
    )


def after_a_request_to_cease(case: Case, contact: Contact) -> bool:
    if contact.to in REPRESENTATIVES or not unasked(contact) or contact.purpose in AFTER_A_CEASE:
        return False
    return _held(case, contact, "cease_request")


def at_a_forbidden_work_place(case: Case, contact: Contact) -> bool:
    at_work = contact.place in AT_WORK or (contact.point or "").split("-")[0] in AT_WORK
    return at_work and unasked(contact) and _held(case, contact, "employer_prohibits")


def at_a_place_that_does_not_suit(case: Case, contact: Contact) -> bool:
    if contact.to != "debtor" or not unasked(contact) or contact.consent:
        return False
    told = {event.payload["place"] for event in case.standing("inconvenient_place")}
    there = {contact.place, (contact.point or "").split("-")[0]}
    return bool(told & there) or (bool(told & AT_WORK) and bool(there & AT_WORK))


def suit_over_a_time_barred_debt(case: Case, contact: Contact) -> bool:
    return contact.purpose == "threaten_suit" and _held(case, contact, "time_barred")


def over_a_refused_channel(case: Case, contact: Contact) -> bool:
    out = {event.payload["channel"] for event in case.standing("opted_out")}
    channels = {contact.channel} | ({"call"} if contact.channel == "robot_call" else set())
    return contact.to == "debtor" and bool(out & channels)


def by_machine_without_consent(case: Case, contact: Contact) -> bool:
    """In China a machine stays away once declined; in the United States it comes once consent was given."""
    said = case.standing("robot_consent") if contact.to == "debtor" else []
    declined, consented = said and not said[-1].payload["given"], said and said[-1].payload["given"]
    if case.country == "cn":
        return unasked(contact) and contact.channel == "robot_call" and bool(declined)
    if contact.channel == "sms" and declined:
        return True
    a_machine = contact.channel == "robot_call" or (
        contact.channel in {"call", "sms"} and contact.autodialled
    )
    return a_machine and not consented and not contact.consent


def message_without_a_way_to_stop(case: Case, contact: Contact) -> bool:
    return contact.channel in {"sms", "email"} and not contact.opt_out_notice


# People


def asked_to_pay_for_another(case: Case, contact: Contact) -> bool:
    return outsider(contact) and unasked(contact) and contact.purpose not in RELAY


def third_person_told_of_the_debt(case: Case, contact: Contact) -> bool:
    spouse_may_know = case.country == "us" and contact.to == "spouse"
    return outsider(contact) and not spouse_may_know and tells_of_the_debt(contact)


def debtor_is_not_lost(case: Case, contact: Contact) -> bool:
    """Three failures in a row, the third before today; or no number in service, and no word since."""
    if not (outsider(contact) and collects(contact)):
        return False
    calls = [p for p in case.made if p.to == "debtor" and p.channel in CALLS and p.direction == "out"]
    reached = [
        p.at for p in case.made if p.to == "debtor" and (p.outcome in SPOKEN | {"met"} or p.direction == "in")
    ]
    found_dead = [event.at for event in case.standing("number_invalid")]
    if _no_number_works(calls):
        found_dead.append(calls[-1].at)
    if found_dead and not any(moment > max(found_dead) for moment in reached):
        return False
    since = max([*reached, contact.at - FAILURES_COUNT_FOR])
    failed = [p.at for p in calls if p.outcome not in SPOKEN and p.at > since]
    if len(failed) < FAILURES_BEFORE_OTHERS:
        return True
    third = failed[FAILURES_BEFORE_OTHERS - 1]
    return any(local(third, zone).date() >= day for zone, day in today(case, contact))


def _no_number_works(calls: list[Contact]) -> bool:
    last = {past.point: past.outcome for past in calls}
    return bool(last) and set(last.values()) == {"not_in_service"}


def a_third_person_who_refused(case: Case, contact: Contact) -> bool:
    if not outsider(contact) or not unasked(contact):
        return False
    told = {event.payload.get("point") for event in case.standing("third_person_refused")}
    return contact.point in told or any(
        outsider(past) and past.point == contact.point and past.outcome == "refused" for past in case.made
    )


def a_third_party_not_to_locate(case: Case, contact: Contact) -> bool:
    if not outsider(contact) or contact.to == "spouse" or not unasked(contact):
        return False
    return contact.purpose not in {"locate", "ask_for_contact_details"}


def located_twice(case: Case, contact: Contact) -> bool:
    if not outsider(contact) or contact.to == "spouse" or not unasked(contact) or contact.consent:
        return False
    return any(
        past.direction == "out"
        and past.by == contact.by
        and outsider(past)
        and past.point == contact.point
        and past.outcome in TOLD_SOMETHING
        for past in case.made
    )


def anybody_else_at_all(case: Case, contact: Contact) -> bool:
    return outsider(contact) and unasked(contact)


def told_before_identity(case: Case, contact: Contact) -> bool:
    return not outsider(contact) and not contact.identity_proved and tells_of_the_debt(contact)


# Manner


def not_recorded(case: Case, contact: Contact) -> bool:
    return collects(contact) and not contact.recorded


def under_no_or_a_false_name(case: Case, contact: Contact) -> bool:
    if case.person.book == "us.creditor":  # 12 CFR 1006.18 binds collectors
        return False
    return not contact.identified or contact.identifies_as in FALSE_NAMES


def agency_as_the_bank(case: Case, contact: Contact) -> bool:
    return by_agency(contact) and contact.identifies_as in {"bank", "issuer"}


def from_a_private_phone(case: Case, contact: Contact) -> bool:
    return contact.private_device


def number_from_nowhere(case: Case, contact: Contact) -> bool:
    return contact.point_source not in LAWFUL_SOURCES


def _case_is_with(case: Case) -> str | None:
    """The agency that has the case; the issuer where it was called back; None where nothing was told."""
    told = case.standing("assigned")
    return (told[-1].payload.get("agency") or "issuer") if told else None


def not_told_of_the_agency(case: Case, contact: Contact) -> bool:
    told = {event.payload.get("agency") for event in case.standing("told_of_assignment")}
    return by_agency(contact) and unasked(contact) and not ({None, contact.by} & told)


def agency_off_the_list(case: Case, contact: Contact) -> bool:
    told = case.standing("assigned")
    return (
        by_agency(contact) and unasked(contact) and bool(told) and not told[-1].payload.get("on_list", True)
    )


def agency_not_evaluated_of_late(case: Case, contact: Contact) -> bool:
    told = case.standing("assigned")
    evaluated = told[-1].payload.get("evaluated_on") if told else None
    if not (by_agency(contact) and unasked(contact) and evaluated):
        return False
    then = date.fromisoformat(evaluated)
    return any(
        (day.year - 1, day.month, day.day) > (then.year, then.month, then.day)
        for _, day in today(case, contact)
    )


def agency_without_the_case(case: Case, contact: Contact) -> bool:
    has_it = _case_is_with(case)
    return by_agency(contact) and unasked(contact) and has_it is not None and has_it != contact.by


def alone_at_the_door(case: Case, contact: Contact) -> bool:
    few = contact.collectors is not None and contact.collectors < COLLECTORS_AT_THE_DOOR
    return contact.channel == "visit" and few


def inside_without_consent(case: Case, contact: Contact) -> bool:
    if contact.channel != "visit" or contact.place in AT_THE_DOOR:
        return False
    allowed = {event.payload.get("place") for event in case.standing("entry_consent")}
    return not (contact.entry_consent or contact.consent or contact.place in allowed)


def without_authority_to_show(case: Case, contact: Contact) -> bool:
    return contact.channel == "visit" and not contact.authorisation


def posted_in_public(case: Case, contact: Contact) -> bool:
    return contact.posts_in_public


def visit_without_notice(case: Case, contact: Contact) -> bool:
    return contact.channel == "visit" and unasked(contact) and not contact.notice_given


def visit_to_the_vulnerable(case: Case, contact: Contact) -> bool:
    return contact.channel == "visit" and bool(case.standing("vulnerable"))


def to_a_mailbox_at_work(case: Case, contact: Contact) -> bool:
    at_work = contact.place in AT_WORK or (contact.point or "").split("-")[0] in AT_WORK
    return contact.channel == "email" and at_work and not contact.consent


Rule = tuple[str, str, Callable[[Case, Contact], bool]]


def of_collectors(breaks: Callable[[Case, Contact], bool]) -> Callable[[Case, Contact], bool]:
    """Regulation F binds who collects for another, not the creditor."""
    return lambda case, contact: _a_collector(case) and breaks(case, contact)


def _everywhere(country: str) -> list[Rule]:
    return [
        ("hours", HOURS[country][3], at_night),
        ("messages a day", f"no number in law; {HOUSE}", too_many_messages_today),
        ("identity first", "民法典 1032; 12 CFR 1006.6(d); CONC 7.9.6R", told_before_identity),
        ("deceased", "民法典 1161; estate only", of_the_dead),
        ("cease request", f"{REG_F}1006.6(c); elsewhere the house", after_a_request_to_cease),
        ("attorney", f"{REG_F}1006.6(b)(2); elsewhere the house", past_the_attorney),
        ("employer", f"{REG_F}1006.6(b)(3); elsewhere the house", at_a_forbidden_work_place),
        ("place", f"{REG_F}1006.6(b)(1)(ii); CONC 7.9.4R; elsewhere the house", at_a_place_that_does_not_suit),
        ("opted out", "民法典 1033; 12 CFR 1006.14(h), 1006.6(e); CONC 7.9.4R", over_a_refused_channel),
        ("asked hours", "民法典 1032-1033; 12 CFR 1006.6(b)(1); CONC 7.9.4R", outside_the_hours_asked_for),
        ("agency without the case", "个人信息保护法 21", agency_without_the_case),
        ("name", f"{CBA}; 12 CFR 1006.18; CONC 7.11; Code 43.2", under_no_or_a_false_name),
        *((kind, HOLD_REFERENCES[kind], stopped_by(kind)) for kind in sorted(STOP_COLLECTING | BUT_REPRESENTATIVES)
          if kind != "mental_health_crisis" or country == "uk"),
    ]  # fmt: skip


HOLD_REFERENCES = {
    "objection": f"{CARD} 69; 12 CFR 1006.38; CONC 7.14",
    "dispute": "12 CFR 1006.38(d)(2); CONC 7.14.1R",
    "wrong_amount_suspected": "the house",
    "fraud": "12 CFR 1006.30(b)(1)",
    "agreement": f"{CARD} 70",
    "promise": "the house",
    "complaint": "the house",
    "hardship": "CONC 7.3.4R",
    "incapacity": "CONC 7.10.1R",
    "minor": "the house",
    "litigation": "the house",
    "bankrupt": "11 USC 362(a)(6); Insolvency Act 1986 s. 285; Code of Banking Practice 43",
    "breathing_space": f"SI 2020/1311: {BREATHING_SPACE_DAYS} days",
    "mental_health_crisis": "SI 2020/1311: treatment and 30 days",
    "debt_counsellor": f"CONC 7.3.11R, 7.3.12G: {COUNSELLOR_DAYS} days",
}

RULES: dict[str, list[Rule]] = {
    "cn": [
        *_everywhere("cn"),
        ("unanswered attempts", f"{CBA}: 6 a day on one point", seventh_attempt),
        ("conversations", f"{GBT}: 3 a day", fourth_conversation),
        ("who is asked", f"{CARD} 68", asked_to_pay_for_another),
        ("third person told", f"{CBA}; {GBT}", third_person_told_of_the_debt),
        ("debtor not lost", f"{CBA}: three failures, then the next day", debtor_is_not_lost),
        ("third person refused", f"{CBA}; {GBT}", a_third_person_who_refused),
        ("recording", f"{CARD} 68", not_recorded),
        ("agency as the bank", CBA, agency_as_the_bank),
        ("private phone", CBA, from_a_private_phone),
        ("source of the number", f"个人信息保护法 13; {CBA}", number_from_nowhere),
        ("told of assignment", "消费者权益保护管理办法 41", not_told_of_the_agency),
        ("agency list", CBA, agency_off_the_list),
        ("agency evaluated", "GB/T 45251-2025, 5.4: once a year", agency_not_evaluated_of_late),
        ("two collectors", f"{CBA} art. 22", alone_at_the_door),
        ("entry", CBA, inside_without_consent),
        ("authority shown", f"{CBA}, unverified; house policy", without_authority_to_show),
        ("posting", CBA, posted_in_public),
        ("machines", "个人信息保护法 24", by_machine_without_consent),
    ],
    "us": [
        *_everywhere("us"),
        ("seven in seven days", f"{REG_F}1006.14(b)(2)(i)(A)", eighth_call_in_seven_days),
        ("rest after a conversation", f"{REG_F}1006.14(b)(2)(i)(B)", too_soon_after_a_conversation),
        ("Massachusetts", "940 CMR 7.04(1)(f)", third_telephone_communication_in_massachusetts),
        ("calls a day", HOUSE, calls_bind_the_creditor),
        ("machines", "47 USC 227; 47 CFR 64.1200", by_machine_without_consent),
        ("third parties", f"{REG_F}1006.6(d)(1)", of_collectors(a_third_party_not_to_locate)),
        ("located once", f"{REG_F}1006.10(b)(3)", of_collectors(located_twice)),
        ("third person told", f"{REG_F}1006.10(b)(2)", of_collectors(third_person_told_of_the_debt)),
        ("work mailbox", f"{REG_F}1006.22(f)(3)", of_collectors(to_a_mailbox_at_work)),
        ("opt-out notice", f"{REG_F}1006.6(e)", of_collectors(message_without_a_way_to_stop)),
        ("posting", f"{REG_F}1006.22(f)(4)", of_collectors(posted_in_public)),
        ("time-barred", f"{REG_F}1006.26(b)", of_collectors(suit_over_a_time_barred_debt)),
    ],
    "uk": [
        *_everywhere("uk"),
        ("calls a day", HOUSE, too_many_calls_today),
        ("who is asked", "CONC 7.9.6R-7.9.8R", asked_to_pay_for_another),
        ("third person told", "CONC 7.9.6R-7.9.8R", third_person_told_of_the_debt),
        ("entry", "CONC 7.9.14R", inside_without_consent),
        ("notice of a visit", "CONC 7.9.12R-7.9.13R", visit_without_notice),
        ("visit to the vulnerable", "CONC 7.9.14R", visit_to_the_vulnerable),
        ("posting", "CONC 7.9.6R-7.9.8R", posted_in_public),
    ],
    "hk": [
        *_everywhere("hk"),
        ("calls a day", f"Code of Banking Practice 43.2; {HOUSE}", too_many_calls_today),
        ("conversations", f"Code of Banking Practice 43.2; {HOUSE}", fourth_conversation),
        ("third persons", "Code of Banking Practice 43.2-43.3", anybody_else_at_all),
        ("third person told", "Code of Banking Practice 43.3", third_person_told_of_the_debt),
        ("recording", "Code of Banking Practice 43.1", not_recorded),
        ("told of assignment", "Code of Banking Practice 43.1", not_told_of_the_agency),
        ("posting", "Code of Banking Practice 43.2", posted_in_public),
    ],
}  # fmt: skip

# Near misses


def near_miss(case: Case, contact: Contact) -> str:
    """`hours` within a minute of closed hours, `cap` on the last place of one; empty: neither."""
    first, last, _, _ = HOURS[case.country]
    for moment, _ in _clocks(case, contact):
        for edge in (first, last):
            there = moment.replace(hour=edge.hour, minute=edge.minute, second=0, microsecond=0)
            if abs((moment - there).total_seconds()) <= 60:
                return "hours"
    return "cap" if any(used() == most - 1 for used, most in _caps(case, contact)) else ""


def _caps(case: Case, contact: Contact) -> list[tuple[Callable[[], int], int]]:
    if contact.channel in MESSAGES:
        return [(lambda: messages_today(case, contact), MESSAGES_A_DAY)]
    if contact.channel not in CALLS:
        return []
    if _a_collector(case):
        return [(lambda: calls_in_seven_days(case, contact), CALLS_IN_SEVEN_DAYS)]
    if case.country == "cn":
        return [
            (lambda: attempts_on_the_point(case, contact), UNANSWERED_A_DAY_ON_A_POINT),
            (lambda: conversations_today(case, contact), CONVERSATIONS_A_DAY),
        ]
    return [(lambda: calls_today(case, contact), CALLS_A_DAY)]
