"""Holds: facts that stop contact on every channel, by everyone, while they last."""

from dataclasses import replace
from datetime import date, timedelta

from arrears.clearance.core.question import ANYBODY, Answer, No, Question, class_of, rule
from arrears.clearance.core.times import day_after
from arrears.clearance.core.vocabulary import AFTER_CEASE, HOMES, REMINDING, SUING, WORK_PLACES
from arrears.clearance.types import Hold
from arrears.rulebook.law import Rule

NOT_REPRESENTATIVES = ANYBODY - {"representative", "confidant"}

# The hold each rule looks for. Several rules may look for one hold: the law of a country
# where it has a rule of its own, and the house everywhere else.
HOLD_OF = {
    "cn.card2011.art69_objection": "objection",
    "uk.conc.dispute": "objection",
    "us.regf.dispute": "objection",
    "house.objection": "objection",
    "house.dispute": "dispute",
    "uk.conc.disputed_debt": "dispute",
    "us.regf.disputed_debt": "dispute",
    "house.complaint": "complaint",
    "house.hardship": "hardship",
    "uk.conc.forbearance": "hardship",
    "house.wrong_amount": "wrong_amount_suspected",
    "cn.card2011.art70_agreement": "agreement_performing",
    "house.agreement": "agreement_performing",
    "house.promise": "promise_running",
    "house.fraud": "fraud",
    "us.regf.identity_theft": "fraud",
    "house.incapacity": "incapacity",
    "uk.conc.mental_capacity": "incapacity",
    "house.minor": "minor",
}
REPRESENTED = {
    "house.litigation": "litigation",
    "us.bankruptcy.stay": "bankrupt",
    "uk.insolvency.bankrupt": "bankrupt",
    "hk.cobp.bankrupt": "bankrupt",
    "house.bankrupt": "bankrupt",
    "uk.breathing_space.moratorium": "breathing_space",
    "house.breathing_space": "breathing_space",
    "uk.breathing_space.crisis": "mental_health_crisis",
    "uk.conc.debt_counsellor": "debt_counsellor",
    "house.debt_counsellor": "debt_counsellor",
}
ATTORNEY_LETS_US = {
    "unresponsive", "consented", "consents", "no_response", "not_responding", "does_not_respond", "failed_to_respond",
}  # fmt: skip
NO_END = date(9000, 1, 1)
# They stop reminders too; what the law has us say, and an answer we owe, stay possible.
MORATORIA = {"breathing_space", "mental_health_crisis"}
WITH_DAYS = {
    "uk.breathing_space.moratorium",
    "house.breathing_space",
    "uk.conc.debt_counsellor",
    "house.debt_counsellor",
}


@rule(*HOLD_OF, hold=HOLD_OF)
@rule(*(REPRESENTED.keys() - WITH_DAYS), persons=NOT_REPRESENTATIVES, hold=REPRESENTED)
@rule(*WITH_DAYS, persons=NOT_REPRESENTATIVES, hold=REPRESENTED, needs=("days",))
def held(question: Question, rule: Rule) -> Answer:
    """While the fact stands. Where the rule gives it days, it ends by itself."""
    kind, purpose = HOLD_OF.get(rule.id) or REPRESENTED[rule.id], question.proposal.purpose
    if kind in MORATORIA and class_of(purpose) == "answering" and purpose not in REMINDING:
        return None
    hold = question.known.holds.get(kind)
    return _refusal(question, rule, hold) if hold else None


def _refusal(question: Question, rule: Rule, hold: Hold) -> Answer:
    """No while the hold, or another of its kind, stands in any zone; cured the day after the last."""
    standing = [
        (zone, one, last)
        for one in (hold, *hold.beside)
        for zone, day in question.days()
        for first, last in [_days_of(rule, one, zone)]
        if (first is None or first <= day) and (last is None or day <= last)
    ]
    if not standing:
        return None
    ends = [day_after(zone, last) for zone, _, last in standing if last]
    _, shown, last = standing[0]
    numbers = {
        "since": shown.since or "-",
        "last": last or "-",
        "days": rule.value.days,
        "detail": shown.detail or "",
    }
    return No(max(ends) if len(ends) == len(standing) else None, numbers)


def _days_of(rule: Rule, hold: Hold, zone: str) -> tuple[date | None, date | None]:
    """First and last day on the clock of `zone`; the last as told, or as the rule gives it.

    Some write 9999-12-31 for a fact without an end.
    """
    first = hold.first_day(zone)
    if hold.until is None and rule.value.days is not None and first is not None:
        return first, first + timedelta(days=rule.value.days)
    return first, hold.until if hold.until and hold.until < NO_END else None


@rule("cn.civil_code.deceased", "house.deceased", persons=NOT_REPRESENTATIVES, hold="deceased")
def dead(question: Question, rule: Rule) -> Answer:
    """Nobody is asked for a dead person's debt but whoever administers the estate."""
    hold = question.known.holds.get("deceased")
    if hold is None or (question.person != "debtor" and class_of(question.proposal.purpose) == "asked"):
        return None
    return _refusal(question, rule, hold)


@rule("us.regf.attorney", "house.attorney", persons=NOT_REPRESENTATIVES, hold="attorney")
def represented_by_an_attorney(question: Question, rule: Rule) -> Answer:
    """Write to the attorney, unless that attorney stays silent or agrees to direct contact."""
    hold = question.known.holds.get("attorney")
    if hold is None or hold.detail in ATTORNEY_LETS_US:
        return None
    return _refusal(question, rule, hold)


@rule("us.regf.cease", "house.cease_request", persons=NOT_REPRESENTATIVES, hold="cease_request")
def asked_to_cease(question: Question, rule: Rule) -> Answer:
    """After a request to cease only what the law lets one still say."""
    hold = question.known.holds.get("cease_request")
    if hold is None or question.proposal.purpose in AFTER_CEASE:
        return None
    return _refusal(question, rule, hold)


@rule("us.regf.employer", "house.employer", hold="employer_prohibits")
def not_at_work(question: Question, rule: Rule) -> Answer:
    """Not at the place of work once we know the employer forbids it."""
    hold = question.known.holds.get("employer_prohibits")
    return _refusal(question, rule, hold) if hold and at_work(question) else None


def at_work(question: Question) -> bool:
    """Whether the contact reaches the person at work: by its place, or by the number's name."""
    return question.proposal.place in WORK_PLACES or rings_at_work(question.proposal.point)


def rings_at_work(point: str | None) -> bool:
    """Whether a number or address is named as one of work: `work-phone`, `office_2`."""
    return point is not None and point.startswith(_WORK_PLACES) and _first_word(point) in WORK_PLACES


_WORK_PLACES = tuple(WORK_PLACES)


def _first_word(point: str) -> str:
    return point.replace("-", "_").split("_")[0]


@rule(
    "us.regf.place", "uk.conc.where", "house.place",
    persons=frozenset({"debtor"}), hold="inconvenient_place",
)  # fmt: skip
def not_where_it_is_inconvenient(question: Question, rule: Rule) -> Answer:
    """Not at a place the person told us does not suit; a place nobody named is every place."""
    told = question.known.holds.get("inconvenient_place")
    if told is None or question.proposal.consent:
        return None
    for place in (told, *told.beside):
        no = (
            _refusal(question, rule, replace(place, beside=())) if _is_there(question, place.detail) else None
        )
        if no:
            return no
    return None


def _is_there(question: Question, place: str | None) -> bool:
    """Whether the contact reaches the person there: by its place, or by the number's name."""
    point, at = question.proposal.point, {question.proposal.place}
    if point is not None:
        at |= {point, _first_word(point)}
    alike = next((names for names in (WORK_PLACES, HOMES) if place in names), {place})
    return place in {None, "*"} or bool(alike & at)


@rule("us.regf.time_barred", hold="time_barred")
def no_suit_over_a_time_barred_debt(question: Question, rule: Rule) -> Answer:
    """What the courts would throw out is neither brought before them nor threatened with."""
    hold = question.known.holds.get("time_barred")
    return _refusal(question, rule, hold) if hold and question.proposal.purpose in SUING else None


@rule(
    "cn.civil_code.opted_out", "us.regf.medium", "uk.conc.how", "house.opted_out",
    persons=frozenset({"debtor"}),
)  # fmt: skip
def opted_out(question: Question, rule: Rule) -> Answer:
    """Not over a channel the person asked us not to use; no calls means no robots either."""
    out, channel = question.known.opted_out, question.proposal.channel
    if not out:
        return None
    if channel in out or "*" in out or (channel == "robot_call" and "call" in out):
        return No(None, {"channel": channel})
    return None
