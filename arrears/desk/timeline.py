"""One timeline out of everything that happened to an account, newest first. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from itertools import groupby
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from arrears.arrangements.types import Kind
from arrears.casebook.types import CREDITS, HOLDS, AccountHistory, Cycle, Fact, FactKind, Movement
from arrears.contact.types import Message
from arrears.delinquency.types import FlipSeen
from arrears.desk import names
from arrears.desk.types import Entry
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.words import Words
from arrears.look.names import MOVEMENT_ICONS, MOVEMENTS
from arrears.look.say import day_text, money_text
from arrears.rulebook.arrangements import title_of
from arrears.rulebook.reasons import reasons
from arrears.strategy.types import ProposalSeen

NOT_MADE = {"refused", "deferred"}
AGREED = {FactKind.PROMISE, FactKind.AGREEMENT, FactKind.AGREEMENT_STEP}


def timeline(
    *,
    history: AccountHistory,
    facts: Iterable[Fact],
    flips: Iterable[FlipSeen],
    proposals: Iterable[ProposalSeen],
    messages: Iterable[Message],
    as_of: date,
    language: str,
) -> list[Entry]:
    """Every entry, newest first; a message that a proposal became is told once, with its text."""
    letters = {message.key: message for message in messages}
    entries = [
        *(_money(movement, history) for movement in history.movements),
        *(_statement(cycle, history, language) for cycle in history.cycles if cycle.statement_date <= as_of),
        *(_flip(flip) for flip in flips),
        *_contacts(list(proposals), letters, language),
        *(
            _agreed(fact, history.currency, language) if fact.kind in AGREED else _fact(fact, language)
            for fact in facts
            if not _told_by_a_message(fact, letters)
        ),
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(HOUSE_ZONE))


def _money(movement: Movement, history: AccountHistory) -> Entry:
    credit = movement.kind in CREDITS
    sources = {"notice": _("as notified to us"), "desk": _("entered at the desk")}
    return Entry(
        at=_start_of(movement.posted_date),
        timed=False,
        group="money",
        icon=MOVEMENT_ICONS[movement.kind],
        tone="good" if credit else "",
        title=str(MOVEMENTS[movement.kind]),
        account_ref=history.ref,
        cents=-movement.cents if credit else movement.cents,
        said=[sources[movement.source]] if movement.source in sources else [],
        by=movement.ref,
    )


def _statement(cycle: Cycle, history: AccountHistory, language: str) -> Entry:
    said = [_("Due on %(day)s") % {"day": day_text(cycle.due_date, language)}]
    printed = (
        (_("Balance %(amount)s"), cycle.supplied_balance_cents),
        (_("Minimum payment %(amount)s"), cycle.supplied_minimum_cents),
    )
    for words, cents in printed:
        if cents is not None:
            said.append(words % {"amount": money_text(cents, history.currency)})
    return Entry(
        at=_start_of(cycle.statement_date),
        timed=False,
        group="money",
        icon="file-invoice",
        tone="",
        title=_("Statement"),
        account_ref=history.ref,
        said=said,
    )


def _flip(flip: FlipSeen) -> Entry:
    before = flip.before.bucket if flip.before else "M0"
    worse = flip.after.days_past_due > (flip.before.days_past_due if flip.before else 0)
    days = _("%(days)s days past due") % {"days": flip.after.days_past_due}
    return Entry(
        at=max(_start_of(flip.on_date), flip.recorded_at)
        if flip.because != "round"
        else _start_of(flip.on_date),
        timed=flip.because != "round",
        group="lateness",
        icon="trending-up" if worse else "trending-down",
        tone="warn" if worse else "good",
        title=f"{before} \N{RIGHTWARDS ARROW} {flip.after.bucket}",
        account_ref=flip.account_ref,
        said=[days],
        by=_("found by: %(what)s") % {"what": names.BECAUSE.get(flip.because, flip.because)},
    )


def _contacts(proposals: list[ProposalSeen], letters: dict[str, Message], language: str) -> Iterator[Entry]:
    for _kind, same in groupby(proposals, key=_alike):
        repeats = list(same)
        yield _proposal(repeats, letters.get(repeats[-1].key), language)
    proposed = {proposal.key for proposal in proposals}
    for message in letters.values():
        if message.key not in proposed:
            yield _message(message)


def _alike(proposal: ProposalSeen) -> tuple[object, ...]:
    """Proposals that met the same no day after day are told once; each contact made stands alone."""
    if proposal.state in NOT_MADE:
        return (proposal.state, proposal.step, proposal.channel, tuple(r.rule for r in proposal.reasons))
    return (proposal.key,)


def _proposal(repeats: list[ProposalSeen], message: Message | None, language: str) -> Entry:
    proposal, first = repeats[-1], repeats[0]
    said = [proposal.why.said_in(language)]
    if len(repeats) > 1:
        since = day_text(first.on_date, language)
        said.append(_("%(times)s times since %(day)s") % {"times": len(repeats), "day": since})
    at = (message.sent_at if message else None) or proposal.planned_at
    state = names.PROPOSALS.get(proposal.state, proposal.state)
    return Entry(
        at=at or _start_of(proposal.on_date),
        timed=at is not None,
        group="contact",
        icon=names.CHANNEL_ICONS.get(proposal.channel, "message-off"),
        tone=names.PROPOSAL_TONES.get(proposal.state, ""),
        title=str(names.CHANNELS.get(proposal.channel, proposal.channel)),
        account_ref=proposal.account_ref,
        state=str(state),
        said=said,
        reasons=proposal.reasons,
        letter=_letter(message),
        by=_("to %(point)s") % {"point": proposal.point} if proposal.point else "",
    )


def _message(message: Message) -> Entry:
    return Entry(
        at=message.sent_at or message.not_before,
        timed=True,
        group="contact",
        icon=names.CHANNEL_ICONS.get(message.channel, "message"),
        tone="good" if message.sent_at else "",
        title=str(names.CHANNELS.get(message.channel, message.channel)),
        account_ref=message.account_ref or "",
        state=str(names.MESSAGES.get(message.state, message.state)),
        letter=_letter(message),
        by=_("to %(point)s") % {"point": message.point},
    )


def _letter(message: Message | None) -> str:
    if message is None:
        return ""
    return f"{message.subject}\n\n{message.body}" if message.subject else message.body


def _told_by_a_message(fact: Fact, letters: dict[str, Message]) -> bool:
    return fact.payload.get("message") in letters


def _fact(fact: Fact, language: str) -> Entry:
    contact = fact.kind in (FactKind.CONTACT_MADE, FactKind.CONTACT_WITHDRAWN)
    channel = str(fact.payload.get("channel", ""))
    return Entry(
        at=fact.happened_at,
        timed=True,
        group="contact" if contact else "word",
        icon=names.CHANNEL_ICONS.get(channel, "")
        if contact and channel
        else names.FACT_ICONS.get(fact.kind, "point"),
        tone="calm" if fact.kind in HOLDS else "good" if fact.kind == FactKind.HOLD_LIFTED else "",
        title=_contact_title(fact) if contact else str(names.FACTS[fact.kind]),
        account_ref=fact.account_ref or "",
        said=[text for text in said_of(fact, language) if text],
        by=_kept_by(fact.recorded_by),
    )


def _agreed(fact: Fact, currency: str, language: str) -> Entry:
    """A promise, an agreement, or a step of one: what, how it stands, amounts and days in words."""
    payload = fact.payload
    state, step = str(payload.get("state", "")), str(payload.get("step", ""))
    states = names.PROMISE_STATES if fact.kind is FactKind.PROMISE else names.AGREEMENT_STATES
    return Entry(
        at=fact.happened_at,
        timed=True,
        group="word",
        icon=names.FACT_ICONS[fact.kind],
        tone=names.STEP_TONES.get(step, "") or names.STATE_TONES.get(state, ""),
        title=_what_was_agreed(fact, language),
        account_ref=fact.account_ref or "",
        state=str(names.STEPS.get(step, step) if step else states.get(state, state)),
        said=[text for text in _said_of_agreed(fact, currency, language) if text],
        by=_kept_by(fact.recorded_by),
    )


def _what_was_agreed(fact: Fact, language: str) -> str:
    kind = str(fact.payload.get("kind", ""))
    if kind in set(Kind):
        return title_of(kind).words().said_in(language)
    return str(names.FACTS[fact.kind])


def _said_of_agreed(fact: Fact, currency: str, language: str) -> Iterator[str]:
    told = fact.payload
    cents, paid, until = told.get("cents"), told.get("paid_cents"), told.get("until")
    if cents:
        day, amount = _day_of(until, language), money_text(int(cents), currency)
        yield _("%(amount)s by %(day)s") % {"amount": amount, "day": day} if day else amount
    if told.get("pays_cents"):
        yield _("%(amount)s to be paid in all") % {"amount": money_text(int(told["pays_cents"]), currency)}
    if told.get("number"):
        day = _day_of(told.get("day"), language)
        yield _("Instalment %(number)s") % {"number": told["number"]} + (f", {day}" if day else "")
    if paid:
        yield _("%(amount)s has come in") % {"amount": money_text(int(paid), currency)}
    if isinstance(told.get("because"), Mapping):
        yield Words(**told["because"]).said_in(language)
    if told.get("corrects"):
        yield _("Corrected: money of an earlier day was posted late.")
    if told.get("text"):
        yield str(told["text"])


def _day_of(day: object, language: str) -> str:
    """In words; what a room we do not know wrote there stays as it is."""
    try:
        return day_text(date.fromisoformat(str(day)), language) if day else ""
    except ValueError:
        return str(day)


def _kept_by(who: str) -> str:
    if who == "round":
        return _("found by: %(what)s") % {"what": names.BECAUSE["round"]}
    if who == "customer":
        return _("told by the customer, on the customers' page")
    return _("kept by %(who)s") % {"who": who}


def _contact_title(fact: Fact) -> str:
    channel = names.CHANNELS.get(str(fact.payload.get("channel", "")), names.FACTS[fact.kind])
    if fact.payload.get("direction") == "in":
        return _("%(channel)s, from the customer") % {"channel": channel}
    return str(channel)


def said_of(fact: Fact, language: str) -> list[str]:
    """What a fact's payload says, as sentences: its words, then what else of it has a name."""
    payload, said = dict(fact.payload), []
    if {"zh", "en"} <= payload.keys():
        said.append(Words(zh=payload["zh"], en=payload["en"]).said_in(language))
        payload.pop("reason", None)  # a code for what the words say
    if payload.get("text"):
        said.append(str(payload["text"]))
    for each in payload.get("findings", ()):
        better = Words(**each["better"]).said_in(language)
        said.append(_("“%(phrase)s” Better: %(better)s") % {"phrase": each["phrase"], "better": better})
    for key, words in names.PAYLOAD.items():
        if payload.get(key):
            said.append(words % {"value": _valued(key, payload[key], language)})
    return said


def _valued(key: str, value: object, language: str) -> str:
    if isinstance(value, dict) and {"zh", "en"} <= value.keys():
        return Words(zh=value["zh"], en=value["en"]).said_in(language)
    if key == "channel":
        return str(names.CHANNELS.get(str(value), value))
    if key == "reason" and str(value) in reasons():
        return reasons()[str(value)].title.words().said_in(language)
    if key == "outcome":
        return str(names.OUTCOMES.get(str(value), value))
    return str(value)
