"""What each page about agreements shows."""

from collections.abc import Iterable
from datetime import date, timedelta

from arrears.arrangements import queries as arrangements
from arrears.arrangements.queries import Afford, Means
from arrears.arrangements.types import (
    AgreementSeen,
    AgreementState,
    Asked,
    BudgetLeft,
    Kind,
    OfferSeen,
    OfferState,
    PayDays,
    PromiseSeen,
    PromiseState,
    Who,
)
from arrears.care import queries as care
from arrears.casebook import queries as casebook
from arrears.daily import copies
from arrears.daily import queries as daily
from arrears.desk.agreeing.forms import take_of
from arrears.desk.agreeing.read_back import read_back
from arrears.desk.agreeing.types import (
    OVER,
    AgreementCard,
    AgreementPage,
    AgreementsPage,
    BrokenRow,
    Compared,
    Due,
    Ended,
    OfferPage,
    Plan,
    QuotationPage,
    Rates,
    Running,
    Waiting,
)
from arrears.kernel.words import Words
from arrears.look.say import local_day
from arrears.rulebook.arrangements import ROLES, title_of
from arrears.strategy.types import CaseRow

LIVE = {OfferState.OPEN, OfferState.WAITING}
SAID_OF_PROMISES = set(PromiseState) - {PromiseState.RUNNING}
MOST_ENDED = 4  # on the card
LATELY_DAYS = 30
SOON_DAYS = 7
MOST_ROWS = 50


def title(kind: Kind) -> Words:
    """What a kind is called."""
    return title_of(kind.value).words()


def card(account_ref: str, *, on: date, held: bool) -> AgreementCard:
    """What runs on an account. held: whether any hold stands; only then is asked what it bars."""
    promises = arrangements.promises_of(account_ref)
    agreements = arrangements.agreements_of(account_ref)
    offer = next((each for each in arrangements.offers_of(account_ref) if each.state in LIVE), None)
    kept = next((each for each in agreements if each.state is AgreementState.PERFORMING), None)
    return AgreementCard(
        why_barred=arrangements.why_barred(account_ref) if held else None,
        promise=next((each for each in promises if each.state is PromiseState.RUNNING), None),
        running=running(kept, on=on) if kept else None,
        offer=offer,
        offer_title=title(offer.kind) if offer else None,
        ended=_ended(promises, agreements)[:MOST_ENDED],
    )


def promise_on(account_ref: str, key: str) -> str:
    """The key, where it is of a promise on this account; empty for any other."""
    return key if any(each.key == key for each in arrangements.promises_of(account_ref)) else ""


def _ended(promises: Iterable[PromiseSeen], agreements: Iterable[AgreementSeen]) -> list[Ended]:
    """What is over, newest first."""
    found = [
        Ended(
            title(each.kind),
            str(each.state),
            each.ended_date,
            each.key,
            _size(each),
            each.content["currency"],
        )
        for each in agreements
        if each.state in OVER
    ]
    found += [
        Ended(PROMISE, str(each.state), each.day, "", each.cents, each.currency)
        for each in promises
        if each.state in SAID_OF_PROMISES
    ]
    return sorted(found, key=lambda each: each.day or date.min, reverse=True)


PROMISE = Words(zh="承诺还款", en="Promise to pay")


def _size(agreement: AgreementSeen) -> int:
    return int(agreement.content["pays_cents"] or agreement.content["waived_cents"])


def running(agreement: AgreementSeen, *, on: date) -> Running:
    """How an agreement stands at the end of `on`."""
    verdict = arrangements.standing_of(agreement.key, on=on)
    open_parts = [seen for seen in verdict.parts if seen.paid_date is None]
    return Running(
        agreement=agreement,
        title=title(agreement.kind),
        verdict=verdict,
        upcoming=open_parts[0] if open_parts else None,
        left_cents=sum(max(0, seen.part.due_cents - seen.paid_cents) for seen in open_parts),
    )


def before_offering(line: CaseRow) -> OfferPage:
    """Who would be offered something, and what stands in the way or runs already."""
    person = casebook.persons([line.customer_ref])[line.customer_ref]
    kept = arrangements.agreements_of(line.account_ref)
    performing = next((each for each in kept if each.state is AgreementState.PERFORMING), None)
    return OfferPage(
        person=person,
        currency=line.currency,
        owed_cents=line.owed_cents,
        overdue_cents=line.overdue_cents,
        why_barred=arrangements.why_barred(line.account_ref),
        running=performing,
        running_title=title(performing.kind) if performing else None,
    )


def affordable(means: Means | None) -> Afford | None:
    """What a plan may take a month; None where nothing was told."""
    return arrangements.affordable(means) if means else None


def compare(
    account_ref: str,
    *,
    means: Means | None,
    willing: bool,
    pay_days: PayDays | None,
    role: str,
    today: date,
) -> Compared:
    """What can be afforded, and up to three plans this role may offer. Raises UnableToReckon."""
    afford = affordable(means)
    proposed = arrangements.plans_for(
        account_ref,
        role=role,
        on=today,
        sustainable_cents=afford.sustainable_cents if afford else None,
        willing=willing,
        pay_days=pay_days,
    )
    plans = [Plan(title(one.kind), take_of(Asked(one.kind, one.months)), one) for one in proposed]
    return Compared(afford, plans)


def quotation(key: str, who: Who) -> QuotationPage | None:
    """One quotation, as this reader may deal with it; None where there is none."""
    offer = arrangements.offer(key)
    if offer is None:
        return None
    person = casebook.persons([offer.customer_ref])[offer.customer_ref]
    return QuotationPage(
        offer=offer,
        title=title(offer.kind),
        person=person,
        said=offer.content,
        schedule=arrangements.schedule_of(offer) if offer.content["schedule"] else None,
        terms=_terms(offer),
        read_back=read_back(offer.content, name=person.name, language=person.language),
        may_decide=who.role in offer.approvers and who.name != offer.made_by,
        is_own=who.name == offer.made_by,
        needs_recording=offer.kind is Kind.PERSONAL,
        agreement=_made_of(offer),
    )


def _made_of(offer: OfferSeen) -> AgreementSeen | None:
    """The agreement this quotation became."""
    if offer.state is not OfferState.ACCEPTED:
        return None
    made = arrangements.agreements_of(offer.account_ref)
    return next((each for each in made if each.offer_key == offer.key), None)


def _terms(offer: OfferSeen) -> list[Words]:
    return [Words(zh=zh, en=en) for zh, en in offer.content["terms"]]


def agreement(key: str, *, today: date) -> AgreementPage | None:
    """One agreement and its instalments as they stand; None where there is none."""
    seen = arrangements.agreement(key)
    offer = arrangements.offer(seen.offer_key) if seen else None
    if seen is None or offer is None:
        return None
    on = daily.house_day(today)
    return AgreementPage(
        running=running(seen, on=max(on, local_day(seen.agreed_at))),
        person=casebook.persons([seen.customer_ref])[seen.customer_ref],
        terms=_terms(offer),
        signature=offer.signature,
        on=on,
        copy=copies.of(seen.key),
    )


# --- the team leader's page


def agreements(who: Who, *, today: date) -> AgreementsPage:
    """What waits for this reader's yes, what broke lately, what runs out soon, what is kept."""
    on = daily.house_day(today)
    since = on - timedelta(days=LATELY_DAYS)
    waiting = arrangements.waiting_for_approval(who.role)[:MOST_ROWS]
    promises = arrangements.broken_promises(since=since)[:MOST_ROWS]
    broken = arrangements.broken_agreements(since=since)[:MOST_ROWS]
    soon = on + timedelta(days=SOON_DAYS)
    instalments = arrangements.next_instalments(on=on, days=SOON_DAYS)[:MOST_ROWS]
    promised = arrangements.promises_running(until=soon)[:MOST_ROWS]
    ends = arrangements.deadlines(on=on, days=SOON_DAYS)[:MOST_ROWS]
    matters = [each for each in care.open_matters() if each.due_date <= soon][:MOST_ROWS]
    owners = casebook.owners_of([ref for ref, _what, _day in ends])
    refs = {each.customer_ref for each in waiting} | {each.customer_ref for each in promises}
    refs |= {each.customer_ref for each in broken} | {each.customer_ref for each in promised}
    refs |= {each.customer_ref for each in matters} | set(owners.values())
    refs |= {each.customer_ref for each, _part in instalments}
    names = {ref: person.name for ref, person in casebook.persons(refs).items()}
    due = [
        *(
            Due(part.day, "instalment", title(each.kind), names[each.customer_ref], each.account_ref,
                part.due_cents, each.content["currency"])
            for each, part in instalments
        ),
        *(
            Due(each.day, "promise", None, names[each.customer_ref], each.account_ref, each.cents, each.currency)
            for each in promised
        ),
        *(Due(day, what, None, names.get(owners.get(ref, ""), ""), ref, None, "") for ref, what, day in ends),
        *(
            Due(each.due_date, "matter", each.about.words, names[each.customer_ref], each.ref, None, "")
            for each in matters
        ),
    ]  # fmt: skip
    return AgreementsPage(
        on=on,
        waiting=[_waiting(each, names, who) for each in waiting],
        budget=_budget(who, on),
        broken=_broken(promises, broken, names),
        due=sorted(due, key=lambda each: (each.day, each.ref))[:MOST_ROWS],
        rates=_rates(),
    )


def _waiting(offer: OfferSeen, names: dict[str, str], who: Who) -> Waiting:
    name = names[offer.customer_ref]
    return Waiting(offer, title(offer.kind), name, _terms(offer)[0], who.name == offer.made_by)


def _budget(who: Who, on: date) -> list[BudgetLeft]:
    """Nothing for a role that gives nothing up."""
    return arrangements.budget_left(who, on=on) if who.role in ROLES else []


def _broken(
    promises: Iterable[PromiseSeen], agreements: Iterable[AgreementSeen], names: dict[str, str]
) -> list[BrokenRow]:
    rows = [
        BrokenRow(each.day, None, str(each.state), names[each.customer_ref], each.account_ref, each.taken_by,
                  each.cents, each.paid_cents, each.currency)
        for each in promises
    ]  # fmt: skip
    rows += [
        BrokenRow(each.ended_date or date.min, title(each.kind), str(each.state), names[each.customer_ref],
                  each.account_ref, each.content["made_by"], _size(each), None, each.content["currency"])
        for each in agreements
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row.day, reverse=True)[:MOST_ROWS]


def _rates() -> list[Rates]:
    """Kept of ended: agreements by kind, who offered, channel and means; promises by taker and channel."""
    kinds = [(title(Kind(kind)), rate) for kind, rate in arrangements.kept_rates("kind").items()]
    found = [Rates("kind", kinds)]
    found += [
        Rates(by, list(arrangements.kept_rates(by).items())) for by in ("agent", "channel", "affordability")
    ]
    found += [
        Rates("promise_taken_by", list(arrangements.kept_promises("taken_by").items())),
        Rates("promise_channel", list(arrangements.kept_promises("channel").items())),
    ]
    return [each for each in found if each.rows]
