"""People: who may be asked, who may only pass on a message, and what they may be told."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from arrears.clearance.core.question import Answer, No, Question, rule
from arrears.clearance.core.times import day_after, instant_of
from arrears.clearance.core.vocabulary import (
    DEAD_NUMBER,
    LOCATE,
    NOT_FINANCIAL,
    PASS_ON,
    REACHED,
    THIRD_PERSON_TOLD,
    may_have_spoken,
    person_of,
)
from arrears.clearance.types import CALLS, PastContact
from arrears.rulebook.law import Rule

OUTSIDERS = frozenset({"third", "spouse"})
THIRD = frozenset({"third"})
RELAYING = PASS_ON | LOCATE
LOST_WITHIN = timedelta(days=35)  # failures older than about a month say nothing of today
DEBTS_OWN_PEOPLE = frozenset({"debtor", "guarantor", "representative"})


def tells_of_the_debt(question: Question) -> bool:
    """Whether anything of the debt would be told."""
    return any(item not in NOT_FINANCIAL for item in question.proposal.discloses)


@rule("cn.card2011.art68_who", "hk.cobp.third_party_recovery", persons=OUTSIDERS)
def only_debtor_and_guarantor(question: Question, rule: Rule) -> Answer:
    """Payment is asked of the debtor and the guarantor, of nobody else."""
    return None if question.proposal.purpose in RELAYING else No()


@rule("cn.cba2026.third_person_purpose", "uk.conc.third_party", persons=OUTSIDERS)
def only_to_reach_the_debtor(question: Question, rule: Rule) -> Answer:
    """A third person is asked for contact details or to pass on a message, for nothing else."""
    if _related(question, rule):
        return None
    return None if question.proposal.purpose in RELAYING else No()


@rule(
    "cn.cba2026.third_person_told", "us.regf.location_content", "uk.conc.disclosure", "hk.cobp.disclosure",
    persons=OUTSIDERS, inbound=True,
)  # fmt: skip
def nothing_of_the_debt(question: Question, rule: Rule) -> Answer:
    """Nothing of the debt is told to a third person."""
    if _related(question, rule):
        return None
    return No() if tells_of_the_debt(question) else None


def _related(question: Question, rule: Rule) -> bool:
    """A spouse is no unrelated person: always in US law, in China where the debt served the household."""
    if question.person != "spouse":
        return False
    return rule.id.startswith("us.") or (rule.id.startswith("cn.") and question.known.household_debt)


@rule("cn.cba2026.third_person_when", persons=OUTSIDERS, needs=("at_least",))
def only_when_the_debtor_is_lost(question: Question, rule: Rule) -> Answer:
    """Only once the debtor's number is dead or so many attempts in a row have failed."""
    if _no_number_works(question):
        return None
    wanted, failed = rule.value.at_least or 0, len(_failures_in_a_row(question))
    return No(None, {"failed": failed, "wanted": wanted}) if failed < wanted else None


@rule("cn.cba2026.third_person_next_day", persons=OUTSIDERS, needs=("at_least",))
def not_before_the_next_day(question: Question, rule: Rule) -> Answer:
    """From the day after the attempt that made the debtor count as lost."""
    failed = sorted(_failures_in_a_row(question))
    wanted = rule.value.at_least or 0
    if _no_number_works(question) or len(failed) < wanted:
        return None
    last = failed[wanted - 1]
    today = [(zone, day) for zone, day in question.days() if last >= instant_of(zone, day)]
    return No(max(day_after(zone, day) for zone, day in today)) if today else None


@rule("cn.cba2026.third_person_three_days", persons=OUTSIDERS, needs=("days",))
def only_after_days_of_silence(question: Question, rule: Rule) -> Answer:
    """Only after failures on so many different days."""
    if _no_number_works(question):
        return None
    wanted, failed = rule.value.days or 0, _failures_in_a_row(question)
    days = min(
        len({moment.astimezone(ZoneInfo(zone)).date() for moment in failed}) for zone in question.known.zones
    )
    return No(None, {"failed": days, "wanted": wanted}) if days < wanted else None


def _failures_in_a_row(question: Question) -> list[datetime]:
    """Times of failed calls to the debtor, within about a month, since the debtor was last reached.

    Whoever called, wrote or came to us is not lost either.
    """
    since = max([*_times_reached(question), question.at - LOST_WITHIN])
    return [
        past.at
        for past in _calls_to_the_debtor(question)
        if not may_have_spoken(past.outcome) and past.at > since
    ]


def _with_the_debtor(question: Question) -> list[PastContact]:
    return [past for past in question.history if person_of(past.to) == "debtor" and past.at <= question.at]


def _times_reached(question: Question) -> list[datetime]:
    return [
        past.at for past in _with_the_debtor(question) if past.outcome in REACHED or past.direction == "in"
    ]


def _calls_to_the_debtor(question: Question) -> list[PastContact]:
    return [past for past in _with_the_debtor(question) if past.channel in CALLS and past.direction == "out"]


def _no_number_works(question: Question) -> bool:
    """Whether the debtor's number is dead: as recorded, or as calls found it; unless reached since."""
    known = question.known
    if known.mobile_invalid and not _reached_after(question, known.mobile_invalid_at):
        return True
    return _every_number_tried_is_dead(question)


def _reached_after(question: Question, moment: datetime | None) -> bool:
    return moment is not None and any(reached > moment for reached in _times_reached(question))


def _every_number_tried_is_dead(question: Question) -> bool:
    """The last call to every number of the debtor that was tried found it out of service."""
    calls = _calls_to_the_debtor(question)
    last = {
        point: max(past.at for past in calls if past.point == point)
        for point in {past.point for past in calls}
    }
    latest = [past.outcome in DEAD_NUMBER for past in calls if past.at == last[past.point]]
    return bool(latest) and all(latest) and not _reached_after(question, max(last.values()))


@rule("cn.cba2026.third_person_refused", "cn.gbt45251.third_person_refused", persons=OUTSIDERS)
def not_after_a_refusal(question: Question, rule: Rule) -> Answer:
    """A third person who said no is left alone, by everybody."""
    point, refused = question.proposal.point, question.known.refused_points
    if refused and (point is None or point in refused or "*" in refused):
        return No()
    said_no = any(
        past.outcome == "refused" and _the_same_outsider(question, past) for past in question.history
    )
    return No() if said_no else None


def _the_same_outsider(question: Question, past: PastContact) -> bool:
    """A number is one person's, whatever that person is called: spouse, relative, third person."""
    same_number = past.point is not None and past.point == question.proposal.point
    return question.same_person(past) or (same_number and person_of(past.to) in OUTSIDERS)


@rule("us.regf.third_parties", persons=THIRD)
def nobody_but_to_locate(question: Question, rule: Rule) -> Answer:
    """Third parties are not contacted, but once to learn where the consumer is."""
    return None if _locates(question) else No()


def _locates(question: Question) -> bool:
    """By its purpose; or by whom it reaches, where nothing else is said of its purpose."""
    purpose, to = question.proposal.purpose, question.proposal.to
    return purpose in LOCATE or (to == "third_party_location" and purpose == "collect")


@rule("us.regf.location_once", persons=THIRD)
def locate_once(question: Question, rule: Rule) -> Answer:
    """Not the same person a second time, unless that person asked for it."""
    told = any(
        past.direction == "out"
        and past.by == question.proposal.by
        and past.outcome in THIRD_PERSON_TOLD
        and _the_same_outsider(question, past)
        for past in question.history
    )
    return No() if told and not question.proposal.consent else None


@rule("hk.cobp.whereabouts", persons=OUTSIDERS)
def nobody_is_pestered(question: Question, rule: Rule) -> Answer:
    """Referees, family and friends are not asked where the debtor is."""
    return No()


@rule("house.identity_first", persons=DEBTS_OWN_PEOPLE, inbound=True)
def identity_first(question: Question, rule: Rule) -> Answer:
    """Nothing of the debt before we know to whom we speak."""
    return No() if not question.proposal.identity_proved and tells_of_the_debt(question) else None
