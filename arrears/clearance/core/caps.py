"""Caps. They differ on purpose: unanswered attempts on one number, conversations with one
person, calls about one debt in seven days by one collector, the rest after a conversation.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from arrears.clearance.core.question import Answer, No, Question, Used, rule
from arrears.clearance.core.times import day_after
from arrears.clearance.core.vocabulary import NOT_CONNECTED, SPOKE, may_have_spoken
from arrears.clearance.types import CALLS, MESSAGES, Consent, PastContact
from arrears.kernel.words import Words
from arrears.rulebook.law import Rule

TODAY_POINT = Words(zh="今天这个号码", en="today on this number")
TODAY_PERSON = Words(zh="今天与此人", en="today with this person")
TODAY_MESSAGES = Words(zh="今天的消息", en="messages today")
SEVEN_DAYS = Words(zh="七天内就这笔债", en="in seven days about this debt")
TELEPHONE = CALLS | {"sms"}
COUNTED_PERSONS = frozenset({"debtor", "guarantor", "spouse", "third"})


def _today(question: Question, counts: Callable[[PastContact], bool], most: int, scope: Words) -> Used:
    """The fullest local day among the zones, and when it is over."""
    used, cured = 0, None
    for day, contacts in question.todays():
        here = sum(map(counts, contacts))
        if here >= most:
            cured = max(cured, day.end) if cured else day.end
        used = max(used, here)
    return Used(used, most, cured, scope)


@rule("cn.cba2026.attempts_per_point", channels=CALLS, persons=COUNTED_PERSONS, needs=("most",))
def unanswered_attempts_on_one_number(question: Question, rule: Rule) -> Answer:
    """Attempts that reached nobody, today, on this number, whoever made them."""
    agreed = question.known.agreed_attempts if question.person == "debtor" else None

    def counts(past: PastContact) -> bool:
        return past.channel in CALLS and past.outcome not in SPOKE and question.same_point(past)

    return _today(question, counts, (rule.value.most or 0) if agreed is None else agreed, TODAY_POINT)


@rule(
    "cn.gbt45251.conversations", "hk.cobp.conversations",
    channels=CALLS, persons=COUNTED_PERSONS, needs=("most",),
)  # fmt: skip
def conversations_with_one_person(question: Question, rule: Rule) -> Answer:
    """Conversations we began, people's and machines' voices alike, today with this person."""

    def counts(past: PastContact) -> bool:
        return past.channel in CALLS and may_have_spoken(past.outcome)

    return _today(question, counts, rule.value.most or 0, TODAY_PERSON)


@rule(
    "house.calls_per_day", "hk.cobp.persistent_calls",
    channels=CALLS, persons=COUNTED_PERSONS, needs=("most",),
)  # fmt: skip
def calls_in_a_day(question: Question, rule: Rule) -> Answer:
    """All calls we began today with this person, answered or not."""
    return _today(question, lambda past: past.channel in CALLS, rule.value.most or 0, TODAY_PERSON)


@rule("house.messages_per_day", channels=MESSAGES, persons=COUNTED_PERSONS, needs=("most",))
def messages_in_a_day(question: Question, rule: Rule) -> Answer:
    """All messages we sent today to this person, over every written channel together."""
    return _today(question, lambda past: past.channel in MESSAGES, rule.value.most or 0, TODAY_MESSAGES)


@rule("us.regf.calls_in_seven_days", channels=CALLS, persons=COUNTED_PERSONS, needs=("most", "days"))
def calls_about_one_debt(question: Question, rule: Rule) -> Answer:
    """Calls placed about one particular debt in so many consecutive days by this collector."""
    if _with_consent(question, question.at, question.proposal.consent):
        return None
    counted = [
        past
        for past in question.history
        if past.channel in CALLS
        and past.direction == "out"
        and past.by == question.proposal.by
        and past.outcome not in NOT_CONNECTED
        and question.same_person(past)
        and not _with_consent(question, past.at, past.consent)
    ]
    return _per_debt(question, rule, counted)


@rule("us.ma.two_in_seven_days", channels=TELEPHONE, persons=frozenset({"debtor"}), needs=("most", "days"))
def telephone_communications_in_massachusetts(question: Question, rule: Rule) -> Answer:
    """Calls and texts about one debt in seven days; binds creditors too, in that state."""
    if (question.known.state or "").upper() not in {"MA", "MASSACHUSETTS"}:
        return None
    counted = [
        past for past in question.ours() if past.channel in TELEPHONE and past.outcome not in NOT_CONNECTED
    ]
    return _per_debt(question, rule, counted)


def _per_debt(question: Question, rule: Rule, counted: list[PastContact]) -> Used:
    """The fullest stretch of so many days that would hold the contact, for the fullest debt."""
    most, days = rule.value.most or 0, rule.value.days or 0
    if not most:  # a house policy that allows none: no day has room
        return Used(0, 0, None, SEVEN_DAYS)
    used, cured = 0, None
    for zone, today in question.days():
        for about in _debts_apart(question, counted):
            on_days = [_day_of(past.at, zone) for past in about]
            used = max(used, _fullest(on_days, today, days))
            if _fullest(on_days, today, days) >= most:
                free = _first_day_with_room(on_days, today, days, most)
                moment = day_after(zone, free, 0)
                cured = max(cured, moment) if cured else moment
    return Used(used, most, cured, SEVEN_DAYS)


def _fullest(on_days: list[date], today: date, days: int) -> int:
    """Most contacts in any stretch of `days` days that holds `today`: planned ones count too."""
    starts = (today - timedelta(days=back) for back in range(days))
    return max(sum(1 for day in on_days if start <= day < start + timedelta(days=days)) for start in starts)


def _first_day_with_room(on_days: list[date], today: date, days: int, most: int) -> date:
    """The next day on which one more contact stays within `most`."""
    return next(
        day
        for number in range(1, (max(on_days) - today).days + days + 1)
        if _fullest(on_days, day := today + timedelta(days=number), days) < most
    )


def _debts_apart(question: Question, counted: list[PastContact]) -> list[list[PastContact]]:
    """For each debt proposed, the contacts about it; a contact that names none is about all."""
    wanted = _names(question, question.proposal.debts)
    if not wanted:
        return [counted]
    return [
        [past for past in counted if not past.debts or debt in _names(question, past.debts)]
        for debt in wanted
    ]


def _names(question: Question, debts: tuple[str, ...]) -> set[str]:
    return {question.known.debt_names.get(debt, debt) for debt in debts}


def _day_of(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


@rule("us.regf.after_conversation", channels=CALLS, persons=COUNTED_PERSONS, needs=("days",))
def rest_after_a_conversation(question: Question, rule: Rule) -> Answer:
    """No call within so many days of a telephone conversation about that debt, whoever called.

    The day of the conversation is the first of the days.
    """
    if _with_consent(question, question.at, question.proposal.consent):
        return None
    days, wanted = rule.value.days or 0, _names(question, question.proposal.debts)
    spoken = [
        past.at
        for past in question.history
        if past.channel in CALLS
        and may_have_spoken(past.outcome)
        and past.by == question.proposal.by
        and question.same_person(past)
        and (not wanted or not past.debts or wanted & _names(question, past.debts))
    ]
    cured = None
    for zone, today in question.days():
        for moment in spoken:
            spoke_on = _day_of(moment, zone)
            if spoke_on <= today < spoke_on + timedelta(days=days):
                free = day_after(zone, spoke_on, days)
                cured = max(cured, free) if cured else free
    return No(cured, {"days": days}) if cured else None


def _with_consent(question: Question, moment: datetime, told: bool) -> bool:
    """Whether the person had agreed to a call at that moment: for seven days, to one conversation."""
    return told or any(_consent_holds(question, consent, moment) for consent in question.known.consents)


def _consent_holds(question: Question, consent: Consent, moment: datetime) -> bool:
    if consent.to not in {None, question.proposal.by}:
        return False
    last = min(consent.until or date.max, consent.given_on + timedelta(days=6))
    for zone, _ in question.local:
        if not consent.given_on <= _day_of(moment, zone) <= last or _used_up(question, consent, moment, zone):
            return False
    return True


def _used_up(question: Question, consent: Consent, moment: datetime, zone: str) -> bool:
    """A conversation after the consent ends it; the one in which it was given does not."""
    spoken = sorted(
        past.at
        for past in question.history
        if past.channel in CALLS
        and past.outcome in SPOKE
        and past.by == question.proposal.by
        and question.same_person(past)
        and past.at < moment
        and _day_of(past.at, zone) >= consent.given_on
    )
    if consent.given_at:
        return any(spoke_at > consent.given_at for spoke_at in spoken)
    if spoken and _day_of(spoken[0], zone) == consent.given_on:
        spoken = spoken[1:]
    return bool(spoken)


@rule("us.regf.quick_repeat", channels=CALLS, persons=COUNTED_PERSONS, needs=("at_least",))
def not_again_within_minutes(question: Question, rule: Rule) -> Answer:
    """Not again within so many minutes of an unanswered call to the same person."""
    gap = timedelta(minutes=rule.value.at_least or 0)
    times = [p.at for p in question.ours() if p.channel in CALLS and p.outcome not in SPOKE]
    near = [moment for moment in times if moment <= question.at < moment + gap]
    return No(max(near) + gap, {"minutes": rule.value.at_least}) if near else None
