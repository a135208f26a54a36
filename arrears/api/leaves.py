"""Leave for contacts made by others: the bank's dialler, its agencies, their robots.

An agency's key is called `agency-NAME` and asks as `agency:NAME` alone; what it was given
leave for is nobody else's to use or to give back.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, cast

from django.conf import settings
from ninja import Status

from arrears.api import shapes
from arrears.api.problems import Problem, WhereShape
from arrears.casebook import queries as casebook
from arrears.clearance import actions as clearance
from arrears.clearance import queries as clearance_queries
from arrears.clearance.types import Asking, Clearance, Proposal, Refusal
from arrears.contact import actions as contact

AGENCY_KEY = "agency-"
MOST_AHEAD = timedelta(days=31)


def ask(asked: shapes.LeaveAsked, *, caller: str, now: datetime) -> Status[shapes.LeaveShape]:
    """Put the question to the gate. Raises Problem for strangers and for what another asked."""
    asking = _asking(asked, caller=caller, now=now)
    before = clearance_queries.answers_to([asking.key]).get(asking.key)
    given = before or clearance.ask(asking=asking, book=settings.RULE_BOOK, now=now)
    if before and not _same_question(before, asked, asking.proposal):
        raise Problem(
            409,
            f"with the key {asked.idempotency_key} something else was asked before",
            do="A new question needs a key of its own.",
        )
    return Status(200 if before else 201, _leave(given))


def _same_question(before: Clearance, asked: shapes.LeaveAsked, wish: Proposal) -> bool:
    """Whether it was asked in these words; the moment counts only where it is named."""
    then = clearance_queries.proposal(before.key)
    if then is None or before.customer_ref != asked.customer or before.account_ref != asked.account:
        return False
    return wish == (then if asked.at else replace(then, at=wish.at))


def report(
    key: str, reported: shapes.ContactReported, *, caller: str, now: datetime
) -> Status[shapes.Recorded]:
    """Keep what came of it. Raises Problem where this caller was never given that leave."""
    leave = _own(key, caller)
    if not leave.cleared:
        raise Problem(409, f"clearance {key} was {leave.answer}: no contact was to be made", do="Ask anew.")
    first = contact.report_contact(
        clearance_key=key,
        outcome=reported.outcome,
        at=reported.at,
        by=f"api:{caller}",
        now=now,
        text=reported.text,
    )
    if reported.text:
        contact.read_words(
            text=reported.text,
            key=f"call:{key}",
            customer_ref=leave.customer_ref,
            account_ref=leave.account_ref,
            by=f"api:{caller}",
            now=now,
            to="third_person" if reported.outcome == "wrong_person" else "debtor",
        )
    return Status(201 if first else 200, shapes.Recorded(key=key, first=first))


def give_back(key: str, *, caller: str, now: datetime) -> shapes.LeaveShape:
    """Free its place. Raises Problem where it was used, or is another's."""
    if _own(key, caller).used_at:
        raise Problem(409, f"clearance {key} was used: that cannot be taken back")
    clearance.release(clearance_keys=[key], because=f"given back by {caller}", now=now)
    return _leave(_own(key, caller))


def _asking(asked: shapes.LeaveAsked, *, caller: str, now: datetime) -> Asking:
    _must_be_known(asked)
    at = asked.at or now
    if not now - timedelta(minutes=5) <= at <= now + MOST_AHEAD:
        raise _not_right("body.at", "leave is asked for now or for the next 31 days", at.isoformat())
    plain = asked.model_dump(
        include={
            "channel", "to", "purpose", "place", "collectors", "point_source", "identity_proved", "recorded",
            "notice_given", "autodialled", "opt_out_notice",
        }
    )  # fmt: skip
    proposal = Proposal(
        **plain,
        at=at,
        by=_collector(asked.by, caller),
        point=asked.point or None,
        debts=(asked.account,) if asked.account else (),
        discloses=tuple(asked.discloses),
    )
    valid_for = timedelta(minutes=asked.valid_minutes) if asked.valid_minutes else None
    key = f"api:{caller}:{asked.idempotency_key}"
    return Asking(key, asked.customer, proposal, asked.account, valid_for=valid_for)


def _must_be_known(asked: shapes.LeaveAsked) -> None:
    if asked.customer not in casebook.zones_of([asked.customer]):
        raise Problem(404, f"the casebook does not know a customer {asked.customer}")
    if asked.account is not None and asked.account not in casebook.accounts_of(asked.customer):
        raise _not_right("body.account", f"it is no account of customer {asked.customer}", asked.account)


def _collector(told: str | None, caller: str) -> str:
    """Who makes the contact. An agency's key speaks for that agency and for nobody else."""
    own = f"agency:{caller.removeprefix(AGENCY_KEY)}" if caller.startswith(AGENCY_KEY) else None
    if own and told not in {None, own}:
        raise Problem(403, f"the key {caller} asks as {own} alone", do="Leave `by` out.")
    return own or told or "issuer"


def _own(key: str, caller: str) -> Clearance:
    leave = clearance_queries.clearance(key)
    if leave is None or not leave.proposal_key.startswith(f"api:{caller}:"):
        raise Problem(404, f"there is no clearance {key} of yours")
    return leave


def _not_right(field: str, what: str, value: str | None = None) -> Problem:
    return Problem(422, f"{field}: {what}", where=[WhereShape(field=field, what=what, value=value)])


def _leave(given: Clearance) -> shapes.LeaveShape:
    return shapes.LeaveShape(
        key=given.key,
        answer=given.answer.value,
        not_before=given.not_before,
        until=given.until,
        cured_at=given.cured_at,
        refusals=[_refusal(refusal) for refusal in given.refusals],
        book=given.book,
        rules_on=given.rules_on,
        used=given.used_at is not None,
        given_back=given.released_at is not None,
    )


def _refusal(refusal: Refusal) -> shapes.RefusalShape:
    return shapes.RefusalShape(
        rule=refusal.rule_id,
        title=shapes.WordsShape.of(refusal.title),
        reference=refusal.reference,
        strength=cast(Literal["must", "should"], refusal.strength),
        words=shapes.WordsShape.of(refusal.words),
        cured_at=refusal.cured_at,
    )
