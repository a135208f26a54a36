"""What can be agreed with the signed-in customer, and what was: read through arrangements."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

from arrears.arrangements import queries as arrangements
from arrears.arrangements.forms import ShortForm
from arrears.arrangements.types import (
    AgreementSeen,
    AgreementState,
    Asked,
    Kind,
    OfferSeen,
    OfferState,
    PromiseSeen,
    PromiseState,
    Surroundings,
    UnableToOffer,
    Who,
)
from arrears.casebook import queries as casebook
from arrears.casebook.types import AccountHistory, FactKind
from arrears.intake import queries as intake
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.look.say import local_day
from arrears.portal.types import Agreed, Delay, Instalment, Terms
from arrears.reckoning import queries as reckoning
from arrears.rulebook.arrangements import policy_of, promise_policy

ROLE: Final = "customer"
MOST_PLANS = 3
NEWS_FOR = timedelta(days=30)  # a no is shown so long

# Where one of these stands, nothing is agreed here; the page that helps is shown instead.
STOPS = {
    FactKind.DECEASED: "died",
    FactKind.DISPUTE: "wrong",
    FactKind.OBJECTION: "wrong",
    FactKind.WRONG_AMOUNT_SUSPECTED: "wrong",
    FactKind.FRAUD: "wrong",
    FactKind.MINOR: "person",
    FactKind.INCAPACITY: "person",
    FactKind.MENTAL_HEALTH_CRISIS: "person",
    FactKind.BANKRUPT: "person",
    FactKind.LITIGATION: "person",
}
WORST_FIRST = ("died", "wrong", "person")


class NotYours(LookupError):
    """There is no such card, quotation or agreement of this customer."""


def who_is(customer_ref: str) -> Who:
    """The customer as arrangements knows somebody who agrees."""
    return Who(customer_ref, ROLE)


def hindrance(customer_ref: str) -> str:
    """Why nothing is agreed here: `died`, `wrong` or `person`; empty where nothing stands in the way."""
    facts = casebook.holds_on([customer_ref]).get(customer_ref, [])
    found = {STOPS[fact.kind] for fact in facts if fact.kind in STOPS}
    if intake.doubts_about(casebook.accounts_of(customer_ref)):
        found.add("person")  # rows were set aside: nobody agrees to a sum that may be wrong
    return next((each for each in WORST_FIRST if each in found), "")


def account(customer_ref: str, number: int) -> str:
    """The account behind the customer's card of that number. Raises NotYours."""
    refs = casebook.accounts_of(customer_ref)
    if not 1 <= number <= len(refs):
        raise NotYours(f"no card {number}")
    return refs[number - 1]


# More time ------------------------------------------------------------------------------------


def most_days(*, on: date) -> dict[str, int]:
    """How many days ahead a customer may choose without anybody: by way."""
    may = policy_of(Kind.EXTENSION.value, on=on).may.get(ROLE)
    span = may.days.to if may and may.days else None
    return {"promise": promise_policy().most_days.get(ROLE, 0), "extension": span or 0}


def delay(customer_ref: str, told: Mapping[str, Any], *, now: datetime) -> Delay:
    """What waiting until the day told costs. Raises NotYours, and Trouble where it cannot be said."""
    ref = account(customer_ref, told["card"])
    history = casebook.histories([ref])[0]
    extension = told["way"] == "extension"
    terms = preview(customer_ref, told["card"], put_off(told["day"]), now=now) if extension else None
    return Delay(
        number=told["card"],
        tail=ref[-4:],
        currency=history.currency,
        cents=terms.said["pays_cents"] if terms else told["amount"],
        on_date=told["day"],
        costs_cents=_grows_by(history, today=local_day(now), on=told["day"]),
        terms=terms,
    )


def put_off(day: date) -> Asked:
    """What is due now, put off until that day."""
    return Asked(Kind.EXTENSION, day=day)


def _grows_by(history: AccountHistory, *, today: date, on: date) -> int:
    now = reckoning.amounts(history=history, as_of=today).payoff_cents
    then = reckoning.what_if(history=history, payments=[], as_of=on).before.payoff_cents
    return max(0, then - now)


# In parts -------------------------------------------------------------------------------------


def surroundings(means: Mapping[str, Any]) -> Surroundings:
    """What the short form told, as arrangements keeps it beside an offer."""
    form = short_form(means)
    return Surroundings(
        reasons=(means.get("reason") or "other",),
        willing=bool(means.get("willing")),
        sustainable_cents=arrangements.affordable(form.means()).sustainable_cents if form else None,
        means=form.model_dump(mode="json") if form else {},
    )


def short_form(means: Mapping[str, Any]) -> ShortForm | None:
    """The two sums of the form; None where the customer chose not to say."""
    if means.get("income_cents") is None or means.get("outgoings_cents") is None:
        return None
    asked = ("income_cents", "outgoings_cents", "pay_day", "adults", "children")
    return ShortForm(**{name: means[name] for name in asked if means.get(name) is not None})


def in_parts(kind: Kind, months: int, means: Mapping[str, Any]) -> Asked:
    """A plan over so many months, paid when the money comes."""
    form = short_form(means)
    return Asked(kind, months=months, pay_days=form.pay_days() if form else None)


def plans(customer_ref: str, means: Mapping[str, Any], *, now: datetime) -> list[Terms]:
    """Up to three plans of different lengths, the best for the customer first, each as its
    quotation would read. One that needs no approval is among them wherever there is one.
    """
    ref, told = account(customer_ref, means["card"]), surroundings(means)
    form = short_form(means)
    proposed = partial(
        arrangements.plans_for,
        ref,
        on=local_day(now),
        sustainable_cents=told.sustainable_cents,
        willing=told.willing,
        pay_days=form.pay_days() if form else None,
    )
    wide, own = proposed(role="agent"), proposed(role=ROLE)
    ranked = sorted([*own, *wide], key=lambda one: (one.expected_cost_cents, one.months))
    differing = {one.months: one for one in reversed(ranked)}.values()
    wanted = [(one.kind, one.months) for one in sorted(differing, key=ranked.index)][:MOST_PLANS]
    mine = [(one.kind, one.months) for one in own]
    if mine and not set(wanted) & set(mine):
        wanted[-1] = mine[0]
    return list(_previews(customer_ref, wanted, means, now=now))


def _previews(
    customer_ref: str, wanted: Sequence[tuple[Kind, int]], means: Mapping[str, Any], *, now: datetime
) -> Iterator[Terms]:
    for kind, months in wanted:
        try:
            yield preview(
                customer_ref, means["card"], in_parts(kind, months, means), now=now, told=surroundings(means)
            )
        except UnableToOffer:
            continue  # the rank is rough, the offer's own checks are exact: it is no plan


def preview(
    customer_ref: str, number: int, asked: Asked, *, now: datetime, told: Surroundings | None = None
) -> Terms:
    """The quotation as it would be. Raises UnableToOffer with the nearest, UnableToReckon, NotYours."""
    ref = account(customer_ref, number)
    seen = arrangements.preview_offer(
        account_ref=ref, asked=asked, who=who_is(customer_ref), now=now, surroundings=told
    )
    return _terms(seen, number)


def keeps_one(customer_ref: str, number: int) -> bool:
    """Whether an agreement is being kept on that card. Raises NotYours."""
    made = arrangements.agreements_of(account(customer_ref, number))
    return any(one.state is AgreementState.PERFORMING for one in made)


def months_open(*, on: date) -> tuple[int, int]:
    """The shortest and the longest plan of the whole balance that somebody here may grant."""
    spans = [may.months for may in policy_of(Kind.INSTALMENT_BALANCE.value, on=on).may.values() if may.months]
    return min(span.from_ or 1 for span in spans), max(span.to or 1 for span in spans)


# What was agreed ------------------------------------------------------------------------------


def quotation(customer_ref: str, key: str) -> Terms:
    """One quotation of this customer. Raises NotYours for anybody else's."""
    seen = arrangements.offer(key)
    if seen is None or seen.customer_ref != customer_ref:
        raise NotYours(f"no quotation {key}")
    return _terms(seen, _number(customer_ref, seen.account_ref))


def agreement_of(customer_ref: str, offer_key: str) -> str:
    """The key of the agreement made from a quotation; empty where there is none."""
    made = arrangements.agreements_of(quotation(customer_ref, offer_key).offer.account_ref)
    return next((one.key for one in made if one.offer_key == offer_key), "")


def agreement(customer_ref: str, key: str, *, today: date) -> tuple[Agreed, Terms, dict[str, Any]]:
    """An agreement as it stands, its terms, and the signed document. Raises NotYours."""
    seen = arrangements.agreement(key)
    if seen is None or seen.customer_ref != customer_ref:
        raise NotYours(f"no agreement {key}")
    terms = quotation(customer_ref, seen.offer_key)
    return _agreement(seen, terms.number, today), terms, arrangements.document_of(terms.offer)


def all_agreed(customer_ref: str, *, today: date) -> list[Agreed]:
    """Every promise, agreement and quotation that matters to the customer: first what a colleague
    answered, then the newest."""
    found: list[Agreed] = []
    for number, ref in enumerate(casebook.accounts_of(customer_ref), start=1):
        found += [_agreement(one, number, today) for one in arrangements.agreements_of(ref)]
        found += [_promise(one, number) for one in arrangements.promises_of(ref)]
        found += [_offer(one, number) for one in _offers_to_show(ref, today)]
    return sorted(found, key=lambda one: (bool(one.answer), one.made_at), reverse=True)


def answered(customer_ref: str, *, today: date) -> list[Agreed]:
    """Quotations a colleague said yes or no to, which the customer has not answered yet."""
    return [one for one in all_agreed(customer_ref, today=today) if one.answer]


def _offers_to_show(account_ref: str, today: date) -> list[OfferSeen]:
    """What can still be agreed to, and a no as long as it is news: lately said, and nothing offered since."""
    offers = arrangements.offers_of(account_ref)
    news = offers[:1] if offers and _declined_lately(offers[0], today) else []
    return [*news, *(one for one in offers if one.state in (OfferState.OPEN, OfferState.WAITING))]


def _declined_lately(offer: OfferSeen, today: date) -> bool:
    if offer.state is not OfferState.DECLINED or offer.decided_at is None:
        return False
    return local_day(offer.decided_at, HOUSE_ZONE) >= today - NEWS_FOR


def running(customer_ref: str, *, today: date) -> list[Agreed]:
    """What is being kept, the next payment first."""
    kept = [one for one in all_agreed(customer_ref, today=today) if one.next]
    return sorted(kept, key=lambda one: one.next.on_date if one.next else date.max)


def _number(customer_ref: str, account_ref: str) -> int:
    return casebook.accounts_of(customer_ref).index(account_ref) + 1


def _terms(seen: OfferSeen, number: int) -> Terms:
    said = seen.content
    why = said["yearly_cost_why_none"]
    return Terms(
        offer=seen,
        number=number,
        tail=seen.account_ref[-4:],
        schedule=_schedule(said),
        yearly=percent(said["yearly_cost_millionths"]),
        why_none=Words(**why) if why else None,
        stands_until=local_day(seen.ends_at - timedelta(microseconds=1), HOUSE_ZONE),
    )


def percent(millionths: int | None) -> str:
    """A rate of a million with two digits.

    >>> percent(123_450), percent(None)
    ('12.35%', '')
    """
    return "" if millionths is None else f"{Decimal(millionths) / 10_000:.2f}%"


def _schedule(said: Mapping[str, Any]) -> list[Instalment]:
    return [
        Instalment(number, date.fromisoformat(day), cents + fee)
        for number, day, cents, fee in said["schedule"]
    ]


def _agreement(seen: AgreementSeen, number: int, today: date) -> Agreed:
    schedule, cure_until = _schedule(seen.content), None
    if seen.kind is not Kind.WAIVER:
        try:
            standing = arrangements.standing_of(seen.key, on=today)
            parts, cure_until = standing.parts, standing.cure_until
            schedule = [
                Instalment(one.part.number, one.part.day, one.part.due_cents, one.paid_cents, one.state)
                for one in parts
            ]
        except Trouble:
            cure_until = None  # it cannot be judged today: the schedule stands as agreed
    performing = seen.state is AgreementState.PERFORMING
    return Agreed(
        what="agreement",
        key=seen.key,
        kind=seen.kind.value,
        state=seen.state.value,
        number=number,
        tail=seen.account_ref[-4:],
        currency=seen.content["currency"],
        cents=seen.content["pays_cents"] or seen.content["waived_cents"],
        made_at=seen.agreed_at,
        schedule=schedule,
        because=seen.ended_because,
        cure_until=cure_until if performing else None,
    )


def _promise(seen: PromiseSeen, number: int) -> Agreed:
    running = seen.state is PromiseState.RUNNING
    paid = arrangements.paid_towards(seen.key) if running else seen.paid_cents
    return Agreed(
        what="promise",
        key="",
        kind="promise",
        state=seen.state.value,
        number=number,
        tail=seen.account_ref[-4:],
        currency=casebook.histories([seen.account_ref])[0].currency,
        cents=seen.cents,
        made_at=seen.taken_at,
        schedule=[Instalment(1, seen.day, seen.cents, paid, "kept" if paid >= seen.cents else "")],
    )


def _offer(seen: OfferSeen, number: int) -> Agreed:
    return listed(_terms(seen, number))


def listed(terms: Terms) -> Agreed:
    """A quotation as the list of agreements shows it."""
    seen = terms.offer
    return Agreed(
        what="offer",
        key=seen.key,
        kind=seen.kind.value,
        state=seen.state.value,
        number=terms.number,
        tail=terms.tail,
        currency=seen.content["currency"],
        cents=seen.content["pays_cents"] or seen.content["waived_cents"],
        made_at=seen.made_at,
        schedule=terms.schedule,
        stands_until=terms.stands_until,
        answer=_answer(seen),
        reason=seen.decided_because,
    )


def _answer(seen: OfferSeen) -> str:
    if not seen.decided_by:
        return ""
    return {OfferState.OPEN: "yes", OfferState.DECLINED: "no"}.get(seen.state, "")
