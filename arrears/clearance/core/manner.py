"""Manner: recorded, by whom, under which name, from which data, at which door."""

from arrears.clearance.core.holds import at_work
from arrears.clearance.core.question import Answer, No, Question, rule
from arrears.clearance.core.vocabulary import (
    LAWFUL_SOURCES,
    NOT_OURS_TO_BE,
    OUTSIDE_PLACES,
    PUBLIC_PLACES,
)
from arrears.clearance.types import CALLS
from arrears.kernel.days import add_months
from arrears.rulebook.law import Rule

VISIT = frozenset({"visit"})
ISSUER_NAMES = frozenset({"issuer", "bank", "member", "creditor"})


OWN_HANDS = ISSUER_NAMES | {"robot", "agent", "staff"}


def by_agency(question: Question) -> bool:
    """Whether an outside party calls: whoever is not the institution (`issuer`, `issuer:desk-7`)."""
    return question.proposal.by.partition(":")[0] not in OWN_HANDS


@rule("cn.card2011.art68_recording", "hk.cobp.recording", inbound=True)
def recorded(question: Question, rule: Rule) -> Answer:
    return None if question.proposal.recorded else No()


@rule("cn.cba2026.identify", "us.regf.identify", "uk.conc.identify", "hk.cobp.identify")
def says_who_calls(question: Question, rule: Rule) -> Answer:
    """Whoever collects says from whom, and takes no other's name."""
    proposal = question.proposal
    return No() if not proposal.identified or proposal.identifies_as in NOT_OURS_TO_BE else None


@rule("cn.cba2026.agency_as_member")
def agency_in_its_own_name(question: Question, rule: Rule) -> Answer:
    return No() if by_agency(question) and question.proposal.identifies_as in ISSUER_NAMES else None


@rule("cn.cba2026.private_devices")
def no_private_phones(question: Question, rule: Rule) -> Answer:
    return No() if question.proposal.private_device else None


@rule("cn.pipl.source_of_data", "cn.cba2026.lawful_data")
def number_lawfully_had(question: Question, rule: Rule) -> Answer:
    """A number or address comes from the person or the contract, or is not used."""
    source = question.proposal.point_source
    return No(None, {"source": source}) if source is not None and source not in LAWFUL_SOURCES else None


@rule("cn.consumer2022.art41_told", "hk.cobp.told_of_assignment")
def told_before_assignment(question: Question, rule: Rule) -> Answer:
    """An agency is not heard of for the first time when it calls. Not known is not told."""
    return (
        No(None, {"by": question.proposal.by})
        if by_agency(question) and not question.known.told_of_assignment
        else None
    )


@rule("cn.cba2026.agency_list")
def agency_on_the_list(question: Question, rule: Rule) -> Answer:
    off = by_agency(question) and question.known.agency_on_list is False
    return No(None, {"by": question.proposal.by}) if off else None


@rule("cn.gbt45251.agency_evaluation", needs=("most",))
def agency_evaluated_of_late(question: Question, rule: Rule) -> Answer:
    """An agency whose last evaluation, where its day is known, is more than so many months ago."""
    evaluated, months = question.known.agency_evaluated_on, rule.value.most or 0
    if evaluated is None or not by_agency(question):
        return None
    late = any(evaluated < add_months(day, -months) for _, day in question.days())
    return No(None, {"by": question.proposal.by, "evaluated": evaluated, "months": months}) if late else None


@rule("cn.pipl.entrusted", "house.assigned_agency")
def the_agency_that_has_the_case(question: Question, rule: Rule) -> Answer:
    """Only the agency to which the case is assigned today."""
    assigned, by = question.known.assigned_to, question.proposal.by
    return (
        No(None, {"by": by, "assigned": assigned})
        if by_agency(question) and assigned and assigned != by
        else None
    )


@rule("cn.cba2026.visit_two_collectors", channels=VISIT, needs=("at_least",))
def at_least_two_at_the_door(question: Question, rule: Rule) -> Answer:
    come, wanted = question.proposal.collectors, rule.value.at_least or 0
    return No(None, {"come": come, "wanted": wanted}) if come is not None and come < wanted else None


@rule("cn.cba2026.visit_entry", "uk.conc.visit_entry", channels=VISIT)
def not_inside_without_consent(question: Question, rule: Rule) -> Answer:
    """Homes, private places and offices are entered with consent only; an unknown place may be one."""
    place = question.proposal.place
    if place is None or place in OUTSIDE_PLACES:
        return None
    if question.proposal.entry_consent or question.proposal.consent:
        return None
    let_in = {where for where in question.known.entry_consent if not _has_ended(question, where)}
    return None if let_in & {place, "*"} else No(None, {"place": place})


def _has_ended(question: Question, consent: str) -> bool:
    """Whether the last day of a consent is over somewhere the person may be."""
    last = question.known.consent_ends.get(consent)
    return last is not None and any(day > last for _, day in question.days())


@rule("cn.cba2026.visit_evidence", channels=VISIT)
def visitors_show_their_authority(question: Question, rule: Rule) -> Answer:
    return None if question.proposal.authorisation else No()


@rule("cn.cba2026.no_public_posting", "us.regf.public", "uk.conc.public", "hk.cobp.posters")
def nothing_posted_in_public(question: Question, rule: Rule) -> Answer:
    """Neither notices nor lawyers' letters are put up where others read them."""
    proposal = question.proposal
    posts = proposal.posts_in_public or proposal.purpose == "post_notice"
    public = proposal.place in PUBLIC_PLACES and proposal.channel != "visit"
    return No() if posts or public else None


@rule("uk.conc.visit_notice", channels=VISIT)
def visit_announced(question: Question, rule: Rule) -> Answer:
    return None if question.proposal.notice_given else No()


@rule("uk.conc.visit_vulnerable", channels=VISIT)
def no_visit_to_the_vulnerable(question: Question, rule: Rule) -> Answer:
    return No() if "vulnerable" in question.known.holds else None


@rule("us.regf.work_email", channels=frozenset({"email"}))
def not_to_a_work_mailbox(question: Question, rule: Rule) -> Answer:
    """A mailbox of the employer is read by others."""
    return No() if at_work(question) and not question.proposal.consent else None


@rule("us.regf.opt_out_notice", channels=frozenset({"sms", "email"}))
def message_says_how_to_stop(question: Question, rule: Rule) -> Answer:
    """Every electronic message tells a simple way to have no more of them."""
    return None if question.proposal.opt_out_notice else No()


@rule("us.tcpa.consent", channels=CALLS | {"sms"})
def machines_need_consent(question: Question, rule: Rule) -> Answer:
    """Recorded or autodialled calls and texts need consent given before: not known is not given.

    What we know of consent is the debtor's; it says nothing of another person's telephone. A
    text typed by hand needs none, and leaves once the debtor withdrew it all the same.
    """
    proposal, theirs = question.proposal, question.person == "debtor"
    given = question.known.robot_consent if theirs else None
    by_machine = proposal.channel == "robot_call" or proposal.autodialled
    withdrawn = given is False and proposal.channel != "call"
    missing = by_machine and (given is not True or _has_ended(question, "robot")) and not proposal.consent
    return No() if missing or withdrawn else None


@rule("cn.pipl.automated_voice", channels=frozenset({"robot_call"}), persons=frozenset({"debtor"}))
def robots_may_be_refused(question: Question, rule: Rule) -> Answer:
    """Who declined automated decisions is called by people."""
    return No() if question.known.robot_consent is False else None
