"""The adversary: it knows where every rule turns, and proposes on both sides of each edge.

An episode is a generator: it yields moves in order of time (a proposal, several at once, a
fact told, a contact from the person) and is sent the gate's answers, so that it can come
back at the very moment the gate named. `episodes_for` draws a person's few.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from arrears.simulation.types import Answer, Contact, Event, Person

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ask:
    """Proposals put to the gate together, before anything comes of any of them.

    linger: what is cleared is made at the last moment of its clearance, not at once.
    cures: the adversary wants to know from when a no would be a yes.
    asked_at: put to the gate that long before; what is cleared keeps its place till then.
    """

    contacts: tuple[Contact, ...]
    linger: bool = False
    cures: bool = False
    asked_at: datetime | None = None

    @property
    def at(self) -> datetime:
        return self.asked_at or self.contacts[0].at


@dataclass(frozen=True, slots=True)
class Use:
    """The moment has come for which a clearance was given."""

    contact: Contact
    answer: Answer

    @property
    def at(self) -> datetime:
        return self.contact.at


Move = Ask | Event | Contact | Use  # a bare Contact is one the person began
Episode = Generator[Move, list[Answer], None]


@dataclass(slots=True)
class Plot:
    """Whom it is about, when, and the chance everything is drawn from."""

    person: Person
    chance: Random
    day: date
    number: int

    @property
    def country(self) -> str:
        return self.person.book.split(".")[0]

    def moment(self, clock: time, *, days: int = 0, zone: str = "") -> datetime:
        """That time of the wall clock; in a gap or a fold either reading, by chance."""
        naive = datetime.combine(self.day + days * DAY, clock)
        place = ZoneInfo(zone or self.person.zone)
        return naive.replace(tzinfo=place, fold=self.chance.randint(0, 1)).astimezone(UTC)

    def noon(self, days: int = 0) -> datetime:
        return self.moment(time(12, self.chance.randrange(60), self.chance.randrange(60)), days=days)

    def contact(self, at: datetime, channel: str = "call", **different: object) -> Contact:
        """A contact by whom this book is written for, about one debt or all of them."""
        person, chance = self.person, self.chance
        debts = (chance.choice(person.debts),) if chance.random() < 0.7 else person.debts
        plain: dict[str, object] = {
            "by": self.caller(),
            "point": None if channel in {"letter", "visit"} else person.points[0],
            "debts": debts,
            "collectors": 2 if channel == "visit" else None,
            "place": "door" if channel == "visit" else None,
            "outcome": "met" if channel == "visit" else "no_answer" if "call" in channel else "delivered",
        }
        return Contact(at, channel, **{**plain, **different})  # type: ignore[arg-type]

    def caller(self) -> str:
        if self.person.book == "us.third_party_collector":
            return self.chance.choice(("C1", "C1", "C2"))
        if self.person.book == "cn.agency":
            return self.chance.choice(("issuer", "agency:A"))
        return "issuer"

    def told(self, at: datetime, kind: str, debt: str | None = None, **payload: object) -> Event:
        self.number += 1
        return Event(at, kind, payload, debt, f"{self.person.ref}:{kind}:{self.number}:{at.isoformat()}")


def ask(*contacts: Contact, edge: str, linger: bool = False, cures: bool = False) -> Ask:
    return Ask(tuple(replace(contact, edge=edge) for contact in contacts), linger, cures)


def and_when_cured(plot: Plot, answers: list[Answer], contact: Contact, edge: str) -> Episode:
    """Back a second before the moment the gate named, and at that moment."""
    cured = answers[0].cured_at
    if answers[0].cleared or cured is None or cured - contact.at > 40 * DAY or cured - SECOND <= contact.at:
        return
    yield ask(replace(contact, at=cured - SECOND), edge=f"{edge}: a second before the cure")
    yield ask(replace(contact, at=cured), edge=f"{edge}: at the cure")


ANY_CHANNEL = ("call", "robot_call", "sms", "email", "chat", "wechat", "letter", "visit")
OPENS = {"cn": (8, 22), "us": (8, 21), "uk": (8, 21), "hk": (8, 21)}


def edges_of_the_day(plot: Plot) -> Episode:
    """A second on either side of when the day opens and closes, with the clocks of that day."""
    channel = plot.chance.choice(ANY_CHANNEL)
    opens, closes = OPENS[plot.country]
    for hour, off in ((opens, -1), (opens, 0), (closes, -1), (closes, 0), (closes, 1)):
        at = plot.moment(time(hour)) + off * SECOND
        contact = plot.contact(at, channel, point=plot.chance.choice(plot.person.points))
        answers = yield ask(contact, edge="hours", cures=off == 1, linger=plot.chance.random() < 0.3)
        if off == 1:
            yield from and_when_cured(plot, answers, contact, "hours")


def several_zones(plot: Plot) -> Episode:
    """Where the person is, is not sure: two or three zones, and the edges of each."""
    zones = plot.chance.sample(
        (plot.person.zone, "America/Los_Angeles", "America/St_Johns", "Pacific/Chatham", "Asia/Kathmandu",
         "Europe/London", "Asia/Urumqi", "Australia/Lord_Howe", "America/New_York"), k=plot.chance.choice((2, 2, 3))
    )  # fmt: skip
    state = {"state": "MA"} if plot.country == "us" and plot.chance.random() < 0.5 else {}
    yield plot.told(plot.noon(-1), "may_be_in", zones=list(dict.fromkeys(zones)), **state)
    opens, closes = OPENS[plot.country]
    moments = [
        plot.moment(time(hour), zone=zone) + off * SECOND
        for zone in zones
        for hour, off in ((opens, -1), (opens, 0), (closes, 0), (closes, 1))
    ]
    for at in sorted(moments):
        yield ask(plot.contact(at, plot.chance.choice(("call", "sms", "letter"))), edge="zones")


WINDOWS = (
    "22:00-24:00",
    "14:00-20:00",
    "02:15-02:45",
    "01:00-02:30",
    "23:00-07:00",
    "06:30-08:00, 20:00-22:30",
)


def hours_of_ones_own(plot: Plot) -> Episode:
    """Hours agreed or asked for, with and without an end, one wish over another."""
    chance, kind = plot.chance, plot.chance.choice(("agreed_hours", "asked_hours", "asked_hours"))
    text = chance.choice(WINDOWS)
    until = {"until": (plot.day + chance.randrange(3) * DAY).isoformat()} if chance.random() < 0.6 else {}
    if kind == "asked_hours" and chance.random() < 0.4:
        yield plot.told(plot.noon(-2), kind, hours="10:00-18:00")
    if chance.random() < 0.2:
        until["from"] = (plot.day + DAY).isoformat()
    told = plot.told(plot.noon(-1), kind, hours=text, **until)
    yield told
    edges = sorted({piece for window in text.split(",") for piece in window.strip().split("-")} - {"24:00"})
    for days in (0, chance.choice((1, 2, 3))):
        moments = [
            plot.moment(time.fromisoformat(e), days=days) + off * SECOND for e in edges for off in (-1, 0)
        ]
        moments = sorted([*moments, plot.moment(time(3), days=days), plot.noon(days)])
        for at in moments:
            contact, last = plot.contact(at, chance.choice(("call", "sms"))), at is moments[-1]
            answers = yield ask(
                contact, edge=kind.replace("_", " "), cures=last, linger=chance.random() < 0.3
            )
        yield from and_when_cured(plot, answers, contact, kind.replace("_", " "))
        if answers[0].cured_at and answers[0].cured_at > plot.noon(1):
            break


def many_attempts(plot: Plot) -> Episode:
    """Attempts on one number till it is full, by person and machine, then another number, then midnight."""
    chance, last = plot.chance, plot.moment(time(21))
    at, points = plot.moment(time(9)), plot.person.points
    for number in range(8):
        outcome = chance.choice(("no_answer", "voicemail", "busy", "rang_unanswered", "not_in_service"))
        contact = plot.contact(at, chance.choice(("call", "robot_call")), outcome=outcome, by=plot.caller())
        answers = yield ask(contact, edge="attempts a day", cures=number >= 6)
        if number >= 6:
            yield from and_when_cured(plot, answers, contact, "attempts a day")
            if not answers[0].cleared:
                break
        at += chance.randrange(60, 5000) * SECOND
        if at > last:
            break
    if answers[0].cured_at is None and len(points) > 1 and at < last:
        yield ask(plot.contact(at + MINUTE, point=points[1]), edge="attempts a day: another number")


def many_conversations(plot: Plot) -> Episode:
    """Conversations till no more are allowed; one the person began does not count in China."""
    at = plot.moment(time(9))
    last = plot.chance.choice((3, 4))
    for number in range(last + 1):
        contact = plot.contact(at, plot.chance.choice(("call", "robot_call")), outcome="conversation")
        answers = yield ask(
            contact, edge="conversations a day", cures=number == last, linger=plot.chance.random() < 0.1
        )
        at += plot.chance.randrange(60, 3000) * SECOND
        if plot.chance.random() < 0.15:
            yield replace(plot.contact(at), direction="in", outcome="conversation")
            at += SECOND
    yield from and_when_cured(plot, answers, contact, "conversations a day")


def at_once(plot: Plot) -> Episode:
    """Everybody at once: bank, agencies and machines ask before anything has come of any call."""
    at, callers = plot.noon(), ("issuer", *plot.person.agencies, "C1", "C2")
    channels = plot.chance.choice(
        (("call", "robot_call"), ("sms", "email", "chat", "wechat"), ("call", "sms"))
    )
    outcomes = {"sms": "delivered", "email": "delivered", "chat": "delivered", "wechat": "delivered"}
    same = plot.chance.choice(callers[:1] + callers[3:])
    contacts = [
        plot.contact(
            at, channel, by=plot.chance.choice((same, same, *callers)), point=plot.chance.choice(plot.person.points),
            outcome=outcomes.get(channel) or plot.chance.choice(("no_answer", "conversation", "busy")),
        )
        for channel in plot.chance.choices(channels, k=plot.chance.choice((6, 10)))
    ]  # fmt: skip
    yield ask(*contacts, edge="at once")
    yield ask(
        plot.contact(at + HOUR, channels[0], outcome=outcomes.get(channels[0], "conversation")),
        edge="after all at once",
    )


def many_messages(plot: Plot) -> Episode:
    """Messages over every written channel till the day is full."""
    at = plot.moment(time(8, 30))
    last = plot.chance.choice((5, 6))
    for number in range(last + 1):
        contact = plot.contact(at, plot.chance.choice(("sms", "email", "chat", "wechat")))
        answers = yield ask(contact, edge="messages a day", cures=number == last)
        at += plot.chance.randrange(1, 4000) * SECOND
    yield from and_when_cured(plot, answers, contact, "messages a day")


def a_week_of_calls(plot: Plot) -> Episode:
    """Calls about one debt day after day, at the first and last moments of days."""
    chance, by, debt = plot.chance, plot.caller(), plot.person.debts[:1]
    if plot.country == "us" and chance.random() < 0.7:
        yield plot.told(plot.noon(-1), "robot_consent", given=True)
    opens, closes = OPENS[plot.country]
    days = sorted(chance.choices(range(8), k=chance.choice((7, 8, 9))))
    at = plot.moment(time(opens), days=days[0]) - SECOND
    for day in days:
        clock = chance.choice((time(opens), time(closes - 1, 59, 59), time(12)))
        at = max(at + SECOND, plot.moment(clock, days=day))
        outcome = chance.choice(
            ("no_answer", "voicemail", "busy", "answered_dropped", "no_answer", "limited_content_message")
        )
        debts = plot.person.debts if chance.random() < 0.2 else debt
        contact = plot.contact(
            at, chance.choice(("call", "call", "robot_call")), by=by, debts=debts, outcome=outcome
        )
        answers = yield ask(contact, edge="seven in seven days", cures=day is days[-1])
    yield from and_when_cured(plot, answers, contact, "seven in seven days")


def after_a_conversation(plot: Plot) -> Episode:
    """A conversation, begun by either, then calls a second later, on the seventh and eighth day, with consent."""
    chance, by, debt = plot.chance, plot.caller(), plot.person.debts[:1]
    at = plot.noon()
    spoken = plot.contact(at, by=by, debts=debt, outcome="conversation")
    if chance.random() < 0.5:
        yield replace(spoken, direction="in")
    else:
        yield ask(spoken, edge="ordinary")
    if chance.random() < 0.5:  # agreed to in that talk, or in a letter before or after it
        early = chance.choice((-5 * HOUR, 2 * MINUTE, 2 * MINUTE))
        yield plot.told(
            max(at + early, at + MINUTE) if early > timedelta(0) else at + MINUTE, "call_consent", to=by
        )
        again = replace(spoken, at=at + HOUR, outcome=chance.choice(("conversation", "no_answer")))
        yield ask(again, edge="consent")
        yield ask(replace(spoken, at=at + DAY, outcome="no_answer"), edge="consent: spent or not")
        yield ask(
            replace(spoken, at=plot.moment(time(19), days=6), outcome="no_answer"),
            edge="consent: its last day",
        )
    else:
        yield ask(
            replace(spoken, at=at + SECOND, by=chance.choice((by, "C2")), outcome="no_answer"),
            edge="after a conversation",
        )
        yield ask(
            replace(spoken, at=plot.moment(time(20, 59, 59), days=6), outcome="no_answer"),
            edge="after a conversation",
        )
    contact = replace(spoken, at=plot.moment(time(8), days=7), outcome="no_answer")
    yield ask(contact, edge="after a conversation: the eighth day")


def a_letter_of_consent(plot: Plot) -> Episode:
    """Consent comes by mail in the morning, a conversation ends it, and somebody calls again."""
    by, debt = plot.caller(), plot.person.debts[:1]
    yield plot.told(plot.moment(time(8, 1)), "call_consent", to=by)
    yield ask(plot.contact(plot.noon(), by=by, debts=debt, outcome="conversation"), edge="consent")
    at = plot.moment(time(14, 30))
    yield ask(plot.contact(at, by=by, debts=debt), edge="consent: spent that day")
    yield ask(plot.contact(plot.noon(1), by=by, debts=debt), edge="consent: spent the day before")


HOLDS = (
    "objection", "dispute", "complaint", "hardship", "wrong_amount_suspected", "fraud", "incapacity", "minor",
    "litigation", "bankrupt", "breathing_space", "mental_health_crisis", "debt_counsellor", "deceased", "attorney",
    "cease_request", "employer_prohibits", "vulnerable", "agreement", "promise",
    "opted_out", "inconvenient_place", "time_barred",
)  # fmt: skip
WHILE = {"agreement": "performing", "promise": "running"}  # they hold in this state
LASTS = {"breathing_space": 60, "debt_counsellor": 30}


def a_hold(plot: Plot) -> Episode:
    """A fact told at midday: a second before it, a second after, by everybody; at its end; lifted."""
    chance, kind, at = plot.chance, plot.chance.choice(HOLDS), plot.noon()
    person = plot.person
    yield ask(plot.contact(at - SECOND), edge=f"hold {kind}: before")
    debt = chance.choice((None, *person.debts))
    payload: dict[str, object] = {}
    if kind in WHILE:
        payload["state"] = WHILE[kind]
    if kind == "opted_out":
        payload["channel"] = chance.choice(("call", "sms", "email", "letter", "visit"))
    if kind == "inconvenient_place":
        payload["place"] = chance.choice(("work", "door", "office"))
    ends = chance.random() < 0.3 and kind not in {"agreement", "opted_out", "inconvenient_place"}
    if ends:
        payload["until"] = (plot.day + chance.choice((1, 3, 70)) * DAY).isoformat()
    told = plot.told(at, kind, debt=debt, **payload)
    yield told
    if chance.random() < 0.2 and kind not in {
        *WHILE,
        "opted_out",
        "inconvenient_place",
    }:  # another of the kind beside it
        yield plot.told(
            at + SECOND, kind, debt=chance.choice((None, *person.debts)), until=plot.day.isoformat()
        )
    contacts = [
        plot.contact(at + 2 * SECOND, channel, by=chance.choice((plot.caller(), *person.agencies)))
        for channel in chance.sample(ANY_CHANNEL, 2)
    ]
    more = chance.choice(
        (
            {"purpose": "service"}, {"purpose": "answer_objection"}, {"to": "attorney", "point": "law-firm"},
            {"to": "executor", "point": "estate"}, {"to": "guarantor", "point": "guarantor-1"},
            {"purpose": "notify_remedy"}, {"point": "office-1", "place": "work"}, {"purpose": "threaten_suit"},
        )
    )  # fmt: skip
    yield ask(*contacts, edge=f"hold {kind}")
    yield ask(plot.contact(at + MINUTE, "call", **more), edge=f"hold {kind}: {next(iter(more.values()))}")
    if kind in LASTS and not ends:
        for days in (LASTS[kind], LASTS[kind] + 1):
            yield ask(plot.contact(plot.noon(days), "letter"), edge=f"hold {kind}: its end")
    elif ends and payload["until"] < (plot.day + 10 * DAY).isoformat():  # type: ignore[operator]
        last = (date.fromisoformat(str(payload["until"])) - plot.day).days
        yield ask(
            plot.contact(plot.moment(time(20, 59, 59), days=last), "email"), edge=f"hold {kind}: its last day"
        )
        yield ask(plot.contact(plot.moment(time(8), days=last + 1), "email"), edge=f"hold {kind}: its end")
    else:
        yield plot.told(plot.noon(2), "hold_lifted", fact=told.key)
        yield ask(plot.contact(plot.noon(3), "letter"), edge=f"hold {kind}: lifted")


def other_people(plot: Plot) -> Episode:
    """Third persons: before the debtor is lost, the same day, the next; told too much; after they refused."""
    chance, at = plot.chance, plot.moment(time(9))
    to = chance.choice(("third_person", "referee", "spouse", "relative", "colleague", "third_party_location"))
    purpose = chance.choice(("ask_to_pass_on_message", "locate", "collect", "ask_for_contact_details"))
    if to == "third_party_location" and purpose == "collect":
        purpose = "locate"
    point, by = f"{to}-1", plot.caller()

    def other(at: datetime, **more: object) -> Contact:
        return plot.contact(at, "call", **{"to": to, "purpose": purpose, "point": point, "by": by, **more})

    for number in range(chance.choice((2, 3, 3, 4))):
        at += chance.randrange(60, 3000) * SECOND
        outcome = chance.choice(("no_answer", "busy", "not_in_service", "no_answer"))
        yield ask(
            plot.contact(at, by=by, outcome=outcome, point=chance.choice(plot.person.points)), edge="ordinary"
        )
        if number == 1:
            yield ask(other(at + SECOND), edge="third person: two failures")
    yield ask(other(plot.moment(time(20, 30))), edge="third person: the same day")
    if chance.random() < 0.25:
        kind = chance.choice(("call", "chat"))
        yield replace(
            plot.contact(plot.moment(time(21), days=0), kind),
            direction="in",
            outcome="conversation" if kind == "call" else "replied",
        )
    if chance.random() < 0.2:
        yield ask(
            other(plot.moment(time(8), days=1), discloses=("amount",)), edge="third person: told of the debt"
        )
    outcome = chance.choice(("conversation", "refused", "left_message", "no_answer"))
    answers = yield ask(
        other(plot.moment(time(9), days=1), outcome=outcome), edge="third person: the next day"
    )
    if answers[0].cleared:
        days = chance.choice((1, 8, 36, 41))
        to = chance.choice((to, to, "third_person" if to != "third_party_location" else to))
        yield ask(other(plot.moment(time(10), days=days), to=to), edge="third person: again")


def at_the_door(plot: Plot) -> Episode:
    """Visits: alone, inside, without authority or notice, to the vulnerable."""
    flaw = plot.chance.choice(
        (
            {"collectors": 1}, {"place": "home"}, {"place": "office"}, {"authorisation": None}, {"notice_given": False},
            {"recorded": False}, {"place": "home", "entry_consent": True}, {"place": "stairwell"}, {},
        )
    )  # fmt: skip
    yield ask(plot.contact(plot.noon(), "visit", **flaw), edge="visit")
    if plot.chance.random() < 0.3:
        yield plot.told(plot.noon(0) + HOUR, "entry_consent", place="home")
        yield ask(
            plot.contact(plot.noon(1), "visit", place="home", collectors=plot.chance.choice((1, 2))),
            edge="visit: let in",
        )


def a_flaw(plot: Plot) -> Episode:
    """One thing wrong with an otherwise lawful contact."""
    flaw = plot.chance.choice(
        (
            {"recorded": False}, {"identified": False}, {"identifies_as": "court"}, {"identifies_as": "police"},
            {"identifies_as": "bank", "by": "agency:A"}, {"private_device": True}, {"point_source": "bought"},
            {"point_source": "reserved"}, {"posts_in_public": True}, {"point": "work-1"}, {"place": "work"},
            {"identity_proved": False, "discloses": ("amount",)}, {"identity_proved": False, "discloses": ("name",)},
            {"autodialled": True}, {"opt_out_notice": False}, {"identifies_as": "law_firm"},
        )
    )  # fmt: skip
    contact = plot.contact(plot.noon(), plot.chance.choice(("call", "sms", "email", "letter")), **flaw)
    yield ask(contact, edge=f"manner {next(iter(flaw))}")


def an_agency(plot: Plot) -> Episode:
    """An agency before it has the case, before the person was told, after it was called back."""
    a, b = plot.person.agencies
    at, chance = plot.noon(), plot.chance
    yield ask(plot.contact(at, "sms", by=a), edge="agency: not assigned")
    if chance.random() < 0.7:
        yield plot.told(at + SECOND, "told_of_assignment", **({"agency": a} if chance.random() < 0.6 else {}))
    evaluated = (
        {"evaluated_on": (plot.day - chance.choice((1, 400)) * DAY).isoformat()}
        if chance.random() < 0.3
        else {}
    )
    yield plot.told(at + MINUTE, "assigned", agency=a, on_list=chance.random() < 0.8, **evaluated)
    yield ask(
        plot.contact(at + 2 * MINUTE, by=a), plot.contact(at + 2 * MINUTE, by=b), edge="agency: assigned"
    )
    in_banks_name = plot.contact(at + 3 * MINUTE, "email", by=a, identifies_as="bank")
    yield ask(in_banks_name, edge="agency: in the bank's name")
    if chance.random() < 0.6:
        yield plot.told(plot.noon(1), "assigned", agency=chance.choice((None, b)), on_list=True)
        yield ask(
            plot.contact(plot.noon(2), "sms", by=a),
            plot.contact(plot.noon(2), "sms", by=b),
            edge="agency: called back",
        )


def planned_ahead(plot: Plot) -> Episode:
    """The night plans the day: places are taken for it, and by noon the person's life has changed."""
    chance, by, debt = plot.chance, plot.caller(), plot.person.debts[:1]
    night = plot.moment(time(20), days=-1)
    channels = chance.choices(("call", "sms", "robot_call", "email", "letter"), k=chance.choice((3, 5, 8)))
    hours = sorted(chance.choices(range(8, 21), k=len(channels)))
    planned = [
        plot.contact(plot.moment(time(hour)), channel, by=by, debts=debt, edge="planned the night before")
        for hour, channel in zip(hours, channels, strict=True)
    ]
    yield Ask(tuple(planned), asked_at=night)
    at = plot.noon()
    change = chance.choice(
        ("talk", "opted_out", "asked_hours", "may_be_in", *HOLDS[:6], "deceased", "assigned")
    )
    if change == "talk":
        yield replace(plot.contact(at, by=by, debts=debt), direction="in", outcome="conversation")
    else:
        payloads: dict[str, dict[str, object]] = {
            "opted_out": {"channel": chance.choice(channels)}, "asked_hours": {"hours": "18:00-19:00"},
            "may_be_in": {"zones": [plot.person.zone, "America/Los_Angeles"]}, "assigned": {"agency": "agency:B"},
        }  # fmt: skip
        yield plot.told(at, change, None, **payloads.get(change, {}))
    for _ in range(chance.choice((1, 4))):
        at += MINUTE
        yield ask(
            plot.contact(at, chance.choice(channels), by=by, debts=debt), edge="beside what was planned"
        )


def machines(plot: Plot) -> Episode:
    """Consent to machines' calls and texts given and withdrawn."""
    for days, given in enumerate(plot.chance.sample((True, False), 2)):
        yield plot.told(plot.noon(2 * days), "robot_consent", given=given)
        at = plot.noon(2 * days + 1)
        for channel in ("robot_call", "sms", "call"):
            at += SECOND
            yield ask(
                plot.contact(at, channel, purpose=plot.chance.choice(("collect", "service"))), edge="machines"
            )


def an_ordinary_week(plot: Plot) -> Episode:
    """What a bank does all day, so that histories are real ones."""
    for days in range(plot.chance.choice((2, 4))):
        at = plot.moment(time(plot.chance.randrange(8, 21), plot.chance.randrange(60)), days=days)
        channel = plot.chance.choice(("sms", "call", "email", "call", "letter", "wechat"))
        outcome = {"call": plot.chance.choice(("no_answer", "conversation", "busy"))}.get(
            channel, "delivered"
        )
        yield ask(
            plot.contact(at, channel, outcome=outcome), edge="ordinary", linger=plot.chance.random() < 0.2
        )


EPISODES: tuple[tuple[Callable[[Plot], Episode], int], ...] = (
    (edges_of_the_day, 4), (several_zones, 1), (hours_of_ones_own, 2), (many_attempts, 2), (many_conversations, 2),
    (at_once, 1), (many_messages, 1), (a_week_of_calls, 2), (after_a_conversation, 2), (a_letter_of_consent, 1),
    (a_hold, 6), (other_people, 3), (at_the_door, 1), (a_flaw, 3), (an_agency, 1), (machines, 1),
    (planned_ahead, 3), (an_ordinary_week, 3),
)  # fmt: skip
ORDINARY: tuple[tuple[Callable[[Plot], Episode], int], ...] = ((an_ordinary_week, 1),)
SPECIAL_DAYS = tuple(
    date(*day)
    for day in (
        (2026, 3, 8), (2026, 3, 29), (2026, 4, 5), (2026, 9, 27), (2026, 10, 4), (2026, 10, 25), (2026, 11, 1),
        (2028, 2, 29), (2026, 2, 28), (2026, 3, 31), (2026, 9, 30), (2026, 6, 30), (2028, 3, 12),
    )
)  # fmt: skip


def episodes_for(person: Person, chance: Random, *, days: int, adversary: bool) -> list[Episode]:
    """What is tried on this person: three to five episodes on days drawn, the odd ones first."""
    kinds = EPISODES if adversary else ORDINARY
    last = person.first_day + (days - 1) * DAY
    special = [day for day in SPECIAL_DAYS if person.first_day <= day <= last]
    found = []
    for number in range(chance.choice((2, 3, 4))):
        episode = chance.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        day = person.first_day + chance.randrange(max(1, days)) * DAY
        if special and chance.random() < 0.3:
            day = chance.choice(special)
        found.append(episode(Plot(person, chance, day, 1000 * number)))
    return found
