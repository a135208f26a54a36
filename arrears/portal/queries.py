"""What each page of the portal shows about the signed-in customer, and nobody else."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from arrears.care import queries as care
from arrears.care.queries import NotKnown as NotKnown
from arrears.care.types import Matter
from arrears.casebook import queries as casebook
from arrears.casebook.types import CREDITS, AccountHistory, Cycle, Fact, FactKind, Movement, MovementKind
from arrears.contact import queries as contact
from arrears.contact.types import LOGIN_CODE, Message, MessageState
from arrears.daily import queries as daily
from arrears.delinquency import queries as delinquency
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.trouble import Trouble
from arrears.look.names import MOVEMENT_ICONS, MOVEMENTS
from arrears.look.say import day_text, is_chinese, money_text
from arrears.portal import agreements, names
from arrears.portal.types import Card, Choice, Event, Home, Wishes
from arrears.reckoning import queries as reckoning
from arrears.reckoning.types import Owed

MOST_EVENTS = 200
LATER = timedelta(days=30)  # how far a "what if I pay" looks beyond the payment


def home(customer_ref: str, *, today: date) -> Home:
    """What this customer owes on each card, and what came in last."""
    histories = _histories(customer_ref)
    holds = casebook.holds_on([customer_ref]).get(customer_ref, [])
    return Home(
        person=casebook.persons([customer_ref])[customer_ref],
        cards=_cards(histories, today),
        holds=frozenset(str(fact.kind) for fact in holds),
        last_payment=_last_payment(histories),
        agreed=agreements.running(customer_ref, today=today),
        answered=agreements.answered(customer_ref, today=today),
    )


def language_of(customer_ref: str) -> str:
    """The language we write to this customer in."""
    return "zh-hans" if is_chinese(casebook.persons([customer_ref])[customer_ref].language) else "en"


def day(today: date) -> date:
    """The day the house lives in."""
    return daily.house_day(today)


def cards(customer_ref: str, *, today: date) -> list[Card]:
    """The customer's cards, in a fixed order."""
    return _cards(_histories(customer_ref), today)


def card(customer_ref: str, number: int, *, today: date) -> Card | None:
    """The customer's card of that number; None where there is none."""
    refs = casebook.accounts_of(customer_ref)
    if not 1 <= number <= len(refs):
        return None
    return _card(number, casebook.histories([refs[number - 1]])[0], today)


def _histories(customer_ref: str) -> list[AccountHistory]:
    return casebook.histories(casebook.accounts_of(customer_ref))


def _cards(histories: Sequence[AccountHistory], today: date) -> list[Card]:
    return [_card(number, history, today) for number, history in enumerate(histories, start=1)]


def _card(number: int, history: AccountHistory, today: date) -> Card:
    movements = {movement.ref: movement for movement in history.movements}
    return Card(number, history.ref, history.currency, _owed(history, today), movements)


def _owed(history: AccountHistory, today: date) -> Owed | None:
    standing = delinquency.standing_of(history.ref)
    day = daily.house_day(today)
    try:
        return reckoning.owed(history=history, as_of=max(day, standing.as_of) if standing else day)
    except Trouble:
        return None  # the page says so, and a finding or a set-aside visit tells the desk


def what_if(customer_ref: str, number: int, *, cents: int, on: date, today: date) -> Choice | None:
    """What paying so much on that day would change; None where it cannot be said."""
    refs = casebook.accounts_of(customer_ref)
    if not 1 <= number <= len(refs):
        return None
    history = casebook.histories([refs[number - 1]])[0]
    later = on + LATER
    try:
        then = reckoning.what_if(history=history, payments=[(on, cents)], as_of=on)
        after = reckoning.what_if(history=history, payments=[(on, cents)], as_of=later)
    except Trouble:
        return None
    return Choice(
        number=number,
        currency=history.currency,
        cents=cents,
        on_date=on,
        left_cents=then.after.payoff_cents,
        overdue_cents=then.after.overdue_cents,
        later_date=later,
        later_without_cents=after.before.payoff_cents,
        later_with_cents=after.after.payoff_cents,
    )


def _last_payment(histories: Sequence[AccountHistory]) -> tuple[int, date, int, str] | None:
    found = [
        (movement.posted_date, number, movement.cents, history.currency)
        for number, history in enumerate(histories, start=1)
        for movement in history.movements
        if movement.kind is MovementKind.PAYMENT
    ]
    if not found:
        return None
    day, number, cents, currency = max(found)
    return number, day, cents, currency


def events(customer_ref: str, *, today: date, language: str) -> list[Event]:
    """What has happened, newest first, in the customer's words. Notes of the staff are theirs."""
    histories = _histories(customer_ref)
    happened = [
        *(event for history in histories for event in _money(history, today, language)),
        *(_message(message) for message in _sent(customer_ref) if message.template != LOGIN_CODE),
        *(_word(fact) for fact in casebook.facts_of(customer_ref) if fact.kind in names.TOLD),
    ]
    return sorted(happened, key=lambda event: event.at, reverse=True)[:MOST_EVENTS]


def _money(history: AccountHistory, today: date, language: str) -> Iterator[Event]:
    for movement in history.movements:
        yield _movement(movement, history)
    for cycle in history.cycles:
        if cycle.statement_date <= max(today, daily.house_day(today)):
            yield _statement(cycle, history, language)


def _movement(movement: Movement, history: AccountHistory) -> Event:
    credit = movement.kind in CREDITS
    payment = movement.kind is MovementKind.PAYMENT
    return Event(
        at=_start_of(movement.posted_date),
        timed=False,
        icon=MOVEMENT_ICONS[movement.kind],
        title=_("Your payment arrived") if payment else str(MOVEMENTS[movement.kind]),
        said=[_("Thank you.")] if payment else [],
        cents=movement.cents,
        currency=history.currency,
        tail=history.ref[-4:],
        tone="good" if credit else "",
    )


def _statement(cycle: Cycle, history: AccountHistory, language: str) -> Event:
    said = [_("Due on %(day)s") % {"day": day_text(cycle.due_date, language)}]
    if cycle.supplied_minimum_cents is not None:
        least = money_text(cycle.supplied_minimum_cents, history.currency)
        said.append(_("Minimum payment %(amount)s") % {"amount": least})
    return Event(
        at=_start_of(cycle.statement_date),
        timed=False,
        icon="file-invoice",
        title=_("Statement"),
        said=said,
        cents=cycle.supplied_balance_cents,
        currency=history.currency,
        tail=history.ref[-4:],
    )


def matters(customer_ref: str) -> list[Matter]:
    """What this customer raised, newest first."""
    return care.matters_of(customer_ref)


def open_matters(customer_ref: str) -> int:
    """How many of them wait for our answer."""
    return sum(matter.is_open for matter in care.matters_of(customer_ref))


def contacts(customer_ref: str) -> list[Event]:
    """Every contact we made and every sign-in, newest first, so that a customer can tell a
    genuine message, and a stranger's visit."""
    messages = _sent(customer_ref)
    keys = {message.key for message in messages}
    kinds = [FactKind.CONTACT_MADE, FactKind.SIGNED_IN]
    facts = casebook.facts_about([customer_ref], kinds=kinds).get(customer_ref, [])
    others = [fact for fact in facts if fact.payload.get("message") not in keys]
    made = [*(_message(message) for message in messages), *(_contact(fact) for fact in others)]
    return sorted(made, key=lambda event: event.at, reverse=True)[:MOST_EVENTS]


def _sent(customer_ref: str) -> list[Message]:
    return [each for each in contact.messages_of(customer_ref) if each.state is MessageState.SENT]


def _message(message: Message) -> Event:
    about = names.TEMPLATES.get(message.template)
    return Event(
        at=message.sent_at or message.not_before,
        timed=True,
        icon=names.CHANNEL_ICONS.get(message.channel, "message"),
        title=_("%(channel)s from us") % {"channel": names.CHANNELS.get(message.channel, message.channel)},
        said=[*([str(about)] if about else []), _("to %(point)s") % {"point": message.point}],
        letter="\n\n".join(part for part in (message.subject, message.body) if part),
        tone="calm",
    )


def _contact(fact: Fact) -> Event:
    if fact.kind is FactKind.SIGNED_IN:
        return Event(fact.happened_at, True, "login-2", _("You signed in here"))
    channel = str(fact.payload.get("channel", ""))
    named = names.CHANNELS.get(channel, channel)
    theirs = fact.payload.get("direction") == "in"
    words = _("%(channel)s from you") if theirs else _("%(channel)s from us")
    point = fact.payload.get("point")
    return Event(
        at=fact.happened_at,
        timed=True,
        icon=names.CHANNEL_ICONS.get(channel, "message"),
        title=words % {"channel": named},
        said=[_("to %(point)s") % {"point": point}] if point else [],
        tone="calm",
    )


def _word(fact: Fact) -> Event:
    told, state = fact.recorded_by == "customer", str(fact.payload.get("state", ""))
    return Event(
        at=fact.happened_at,
        timed=True,
        icon=names.ICONS[fact.kind],
        title=str(names.AGREED.get((fact.kind, state), names.TOLD[fact.kind])),
        said=_own_words(fact) if told else [],
        tone="good" if fact.kind is FactKind.HOLD_LIFTED else "",
    )


def _own_words(fact: Fact) -> list[str]:
    keys = ("text", "evidence", "hours")
    said = [str(fact.payload[key]) for key in keys if fact.payload.get(key)]
    channel = fact.payload.get("channel")
    return [*said, str(names.CHANNELS.get(str(channel), channel))] if channel else said


def wishes(customer_ref: str) -> Wishes:
    """How the customer wants to be reached, as last said."""
    kinds = [FactKind.ASKED_HOURS, FactKind.OPTED_OUT]
    facts = casebook.facts_about([customer_ref], kinds=kinds).get(customer_ref, [])
    hours = [str(fact.payload.get("hours", "")) for fact in facts if fact.kind is FactKind.ASKED_HOURS]
    out = {str(fact.payload.get("channel", "")) for fact in facts if fact.kind is FactKind.OPTED_OUT}
    return Wishes(casebook.persons([customer_ref])[customer_ref], hours[-1] if hours else "", frozenset(out))


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(HOUSE_ZONE))
