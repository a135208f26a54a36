"""Raising a matter and answering it. Every step is kept; holds begin and end with the matter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from arrears.care import models, papers
from arrears.care.papers import MOST_BYTES, UnableToKeepPaper
from arrears.care.types import ABOUTS, FOUND, LATE_BECAUSE, OVER, SUPPORTS, About, MatterKind, Outcome
from arrears.casebook import actions as casebook
from arrears.casebook import queries as casebook_queries
from arrears.casebook.types import FactKind, Movement, MovementKind
from arrears.contact import actions as contact
from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.reckoning import queries as reckoning
from arrears.rulebook.clocks import Clock, clocks
from arrears.speech.types import Finding

__all__ = ["MOST_BYTES", "Correction", "Raised", "UnableToAnswer", "UnableToKeepPaper", "UnableToRaise"]
MOST_TEXT = 4000


class UnableToRaise(Trouble):
    """The matter is not kept; the message says what is missing."""


class UnableToAnswer(Trouble):
    """The matter stays as it is; the message says why."""


@dataclass(frozen=True, slots=True)
class Raised:
    """What somebody says is wrong, or has changed. key: asked twice, raised once."""

    key: str
    about: str
    customer_ref: str
    account_ref: str | None = None
    text: str = ""
    about_contact: str = ""
    supports: Sequence[str] = ()
    consent: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """Money given back where we were wrong: a credit on the account, in its currency."""

    cents: int
    reverses: str = ""  # the posting that was wrong, where it is one


def raise_matter(*, raised: Raised, by: str, now: datetime) -> str:
    """Keep a matter: its hold stands at once, its clock runs, our own sum is laid beside it.

    by: `customer`, or who at the desk wrote it down. The ref of the matter, the same when
    raised again with its key. Raises UnableToRaise.
    """
    about = _checked(raised)
    known = models.Matter.objects.filter(key=raised.key).first()
    if known:
        return known.ref
    clock, on = clocks()[about.kind], _day(now)
    with transaction.atomic():
        matter, first = models.Matter.objects.get_or_create(
            key=raised.key, defaults=_row(raised, about, clock, by=by, now=now)
        )
        if first:
            _step(matter, "raised", by=by, now=now, text=matter.text)
            _hold(matter, about, by=by, now=now)
            _tell_reason(matter, by=by, now=now)
            _tell_bureau(matter, "mark", clock, on=on)
    return matter.ref


def _checked(raised: Raised) -> About:
    about = ABOUTS.get(raised.about)
    if about is None:
        raise UnableToRaise(
            Words(zh=f"没有“{raised.about}”这类事项", en=f"there is no matter about {raised.about!r}"),
            do=Words(zh=f"可选：{'、'.join(ABOUTS)}。", en=f"Known: {', '.join(ABOUTS)}."),
        )
    if raised.customer_ref not in casebook_queries.zones_of([raised.customer_ref]):
        raise UnableToRaise(
            Words(
                zh=f"没有客户 {raised.customer_ref}",
                en=f"the casebook does not know customer {raised.customer_ref}",
            )
        )
    if raised.account_ref and raised.account_ref not in casebook_queries.accounts_of(raised.customer_ref):
        raise UnableToRaise(
            Words(
                zh=f"账户 {raised.account_ref} 不属于客户 {raised.customer_ref}",
                en=f"{raised.account_ref} is no account of customer {raised.customer_ref}",
            )
        )
    if about.kind is MatterKind.NEED and not raised.consent:
        raise UnableToRaise(
            Words(
                zh="涉及客户个人情况，须经本人同意才能记录",
                en="the customer's own life is kept only with their consent",
            ),
            do=Words(zh="请先征得同意并勾选。", en="Ask, and say so with `consent`."),
        )
    unknown = set(raised.supports) - set(SUPPORTS)
    if unknown:
        raise UnableToRaise(
            Words(zh=f"没有“{min(unknown)}”这种照顾方式", en=f"there is no support {min(unknown)!r}"),
            do=Words(zh=f"可选：{'、'.join(SUPPORTS)}。", en=f"Known: {', '.join(SUPPORTS)}."),
        )
    return about


def _row(raised: Raised, about: About, clock: Clock, *, by: str, now: datetime) -> dict[str, Any]:
    return {
        "customer_id": raised.customer_ref,
        "account_id": raised.account_ref,
        "kind": about.kind.value,
        "about": about.code,
        "text": raised.text[:MOST_TEXT],
        "about_contact": raised.about_contact,
        "supports": list(raised.supports),
        "consent": raised.consent,
        "raised_at": now,
        "raised_by": by,
        "clock_id": clock.id,
        "due_date": clock.due_date(raised_on=_day(now), extended=0),
        "hold_key": f"matter:{raised.key}"[:160],
        "second_opinion": _second_opinion(raised, about, now=now),
    }


def _second_opinion(raised: Raised, about: About, *, now: datetime) -> dict[str, Any] | None:
    """Our own sum on the day it was raised, and where the bank's differs: for whoever answers."""
    if about.kind in {MatterKind.NEED, MatterKind.COMPLAINT} or not raised.account_ref:
        return None
    history = casebook_queries.history_of(raised.account_ref)
    if history is None:
        return None
    on = _day(now)
    try:
        owed = reckoning.owed(history=history, as_of=on)
        differs = reckoning.second_opinion(history=history, as_of=on)
    except Trouble as trouble:
        return {"on": on.isoformat(), "not_reckoned": str(trouble)}
    return {
        "on": on.isoformat(),
        "payoff_cents": owed.payoff_cents,
        "overdue_cents": owed.overdue_cents,
        "currency": owed.currency,
        "differs": differs.words.as_json() if differs else None,
    }


def _hold(matter: models.Matter, about: About, *, by: str, now: datetime) -> None:
    casebook.record_fact(
        key=matter.hold_key,
        kind=about.hold,
        customer_ref=matter.customer_id,
        account_ref=matter.account_id,
        happened_at=now,
        now=now,
        by=by,
        payload={"matter": matter.ref, "about": about.code, **({"text": matter.text} if matter.text else {})},
    )


def _tell_reason(matter: models.Matter, *, by: str, now: datetime) -> None:
    """What the matter says of why somebody pays late, for the ladder."""
    if matter.about in LATE_BECAUSE:
        casebook.record_fact(
            key=f"reason:{matter.hold_key}"[:160],
            kind=FactKind.LATENESS_REASON,
            customer_ref=matter.customer_id,
            account_ref=matter.account_id,
            happened_at=now,
            now=now,
            by=by,
            payload={"reason": LATE_BECAUSE[matter.about], "matter": matter.ref},
        )


def add_paper(*, ref: str, name: str, content: bytes, by: str, now: datetime) -> str:
    """Keep a file with the matter; the key of it, the same for the same content.

    Raises UnableToKeepPaper (kind, size, scan, too many) and UnableToAnswer for no such matter.
    """
    matter = _matter(ref)
    if matter.papers.count() >= papers.MOST_PAPERS:
        raise UnableToKeepPaper(
            Words(
                zh=f"一件事项最多保存 {papers.MOST_PAPERS} 份材料",
                en=f"a matter keeps {papers.MOST_PAPERS} files at most",
            )
        )
    kept = papers.keep(content, folder=Path(settings.PAPERS_FOLDER), scanner=settings.SCANNER)
    row, _ = models.Paper.objects.get_or_create(
        matter=matter,
        sha256=kept.sha256,
        defaults={
            "key": uuid4(),
            "name": papers.plain_name(name, kept.media_type),
            "media_type": kept.media_type,
            "size_bytes": len(content),
            "scan": kept.scan,
            "added_at": now,
            "added_by": by,
        },
    )
    return str(row.key)


def check_paper(content: bytes) -> str:
    """The media type of a file that would be kept, as its content says. Raises UnableToKeepPaper."""
    return papers.media_type_of(content)


def take(*, ref: str, by: str, now: datetime) -> None:
    """Whoever says so looks after the matter from now on. Raises UnableToAnswer."""
    with transaction.atomic():
        matter = _open(ref)
        matter.owner = by
        matter.save(update_fields=["owner"])
        _step(matter, "took", by=by, now=now)


def extend(*, ref: str, reason: str, by: str, now: datetime) -> date:
    """Use the clock's next extension; the new last day. The customer reads the reason.

    Raises UnableToAnswer where there is none, and contact's UnableToSay for a reason in words
    nobody may say to a customer.
    """
    _read(ref, reason, Words(zh=f"{ref} 的延期理由", en=f"reason to extend {ref}"), "extend", by=by, now=now)
    with transaction.atomic():
        matter = _open(ref)
        clock = clocks()[matter.kind]
        raised_on = _day(matter.raised_at)
        value = clock.on(raised_on)
        if value is None or matter.extended >= len(value.extensions):
            raise UnableToAnswer(
                Words(zh=f"{ref} 不能再延期", en=f"{ref}: no further time is given"),
                do=Words(
                    zh=f"请在 {matter.due_date} 前答复：{clock.reference}。",
                    en=f"Answer by {matter.due_date}: {clock.reference}.",
                ),
            )
        matter.extended += 1
        matter.due_date = clock.due_date(raised_on=raised_on, extended=matter.extended)
        matter.save(update_fields=["extended", "due_date"])
        _step(matter, "extended", by=by, now=now, text=reason)
    return matter.due_date


def say(*, ref: str, text: str, by: str, now: datetime) -> list[Finding]:
    """Add a word to an open matter: a question, an answer to it, something found out.

    It stays in the house, and what somebody said must be quoted as they said it: nothing is
    refused, words that want a second look come back and are kept beside it. Raises UnableToAnswer.
    """
    with transaction.atomic():
        matter = _open(ref)
        _step(matter, "asked", by=by, now=now, text=text[:MOST_TEXT])
        return contact.read_words(
            text=text[:MOST_TEXT],
            key=f"note:{ref}",
            customer_ref=matter.customer_id,
            account_ref=matter.account_id,
            by=by,
            now=now,
        )


def answer(
    *, ref: str, outcome: Outcome, text: str, by: str, now: datetime, correction: Correction | None = None
) -> list[Finding]:
    """End the matter with an answer: correct what was wrong, lift its hold, tell the bureau.

    Words in it that want a second look come back. Raises UnableToAnswer, also where somebody
    would judge a complaint about their own contact; contact's UnableToSay as `read_answer` does.
    """
    findings = read_answer(ref=ref, text=text, by=by, now=now)
    with transaction.atomic():
        matter = _open(ref)
        _may_end(matter, outcome, text, correction)
        _may_judge(matter, by)
        matter.outcome, matter.answer, matter.answered_at = outcome.value, text[:MOST_TEXT], now
        matter.corrected_cents = correction.cents if correction else 0
        matter.save(update_fields=["outcome", "answer", "answered_at", "corrected_cents"])
        _step(matter, "answered", by=by, now=now, text=text)
        if correction:
            _correct(matter, correction, by=by, now=now)
        _lift(matter, by=by, now=now)
        upheld = outcome in {Outcome.UPHELD, Outcome.PARTLY}
        _tell_bureau(matter, "correct" if upheld else "unmark", clocks()[matter.kind], on=_day(now))
    return findings


def read_answer(*, ref: str, text: str, by: str, now: datetime) -> list[Finding]:
    """Read an answer as the customer will; words in it that want a second look.

    Raises contact's UnableToSay for words nobody may say to a customer. The refusal stays on
    record: whoever answers inside a transaction of their own reads first, outside of it.
    """
    return _read(ref, text, Words(zh=f"对 {ref} 的答复", en=f"answer to {ref}"), "answer", by=by, now=now)


def _read(ref: str, text: str, named: Words, what: str, *, by: str, now: datetime) -> list[Finding]:
    matter = _matter(ref)
    return contact.read_before_saying(
        text=text[:MOST_TEXT],
        named=named,
        key=f"{what}:{ref}",
        customer_ref=matter.customer_id,
        account_ref=matter.account_id,
        by=by,
        now=now,
    )


def _may_end(matter: models.Matter, outcome: Outcome, text: str, correction: Correction | None) -> None:
    if outcome not in (OVER if matter.kind == MatterKind.NEED else FOUND):
        raise UnableToAnswer(
            Words(
                zh=f"这类事项（{matter.kind}）不能以“{outcome}”结束",
                en=f"a matter of kind {matter.kind} does not end as {outcome}",
            )
        )
    if not text.strip():
        raise UnableToAnswer(
            Words(zh="答复不能为空", en="an answer needs its words"),
            do=Words(
                zh="请写明查到了什么，客户会看到这段话。",
                en="Write what was found, as the customer will read it.",
            ),
        )
    if correction and (outcome not in {Outcome.UPHELD, Outcome.PARTLY} or not matter.account_id):
        raise UnableToAnswer(
            Words(
                zh="只有认定属实、且涉及账户的事项才能退还款项",
                en="only what is upheld, on an account, is corrected",
            )
        )
    if correction and correction.cents <= 0:
        raise UnableToAnswer(
            Words(
                zh=f"退还金额须大于零，不能是 {correction.cents}",
                en=f"a correction gives back more than nothing, not {correction.cents}",
            )
        )


def _may_judge(matter: models.Matter, by: str) -> None:
    """Nobody answers a complaint about what they did themselves."""
    if not matter.about_contact:
        return
    about = {fact.key: fact for fact in casebook_queries.facts_of(matter.customer_id)}.get(
        matter.about_contact
    )
    if about is not None and about.recorded_by == by:
        raise UnableToAnswer(
            Words(zh=f"被投诉的联系正是 {by} 做的", en=f"{by} made the contact this is about"),
            do=Words(zh="请由没有参与的同事答复。", en="Somebody who was not involved answers it."),
        )


def _correct(matter: models.Matter, correction: Correction, *, by: str, now: datetime) -> None:
    assert matter.account_id is not None  # _may_end saw to it
    casebook.post(
        account_ref=matter.account_id,
        movements=[
            Movement(
                ref=f"matter:{matter.ref}",
                kind=MovementKind.CREDIT_ADJUSTMENT,
                cents=correction.cents,
                posted_date=_day(now),
                reverses=correction.reverses or None,
            )
        ],
        origin=f"matter {matter.ref}, answered by {by}",
        now=now,
    )


def _lift(matter: models.Matter, *, by: str, now: datetime) -> None:
    casebook.record_fact(
        key=f"lift:{matter.hold_key}"[:160],
        kind=FactKind.HOLD_LIFTED,
        customer_ref=matter.customer_id,
        account_ref=matter.account_id,
        happened_at=now,
        now=now,
        by=by,
        payload={
            "fact": matter.hold_key,
            "matter": matter.ref,
            "reason": matter.outcome,
            "kind": matter.kind,
        },
    )


def tell_bureau(*, ref: str, what: str, by: str, now: datetime) -> bool:
    """Somebody told the credit bureau; True the first time."""
    notice = models.BureauNotice.objects.filter(matter=_matter(ref), what=what, told_at=None)
    return notice.update(told_at=now, told_by=by) == 1


def _tell_bureau(matter: models.Matter, what: str, clock: Clock, *, on: date) -> None:
    value = clock.on(_day(matter.raised_at))
    if value and value.tell_bureau:
        models.BureauNotice.objects.get_or_create(matter=matter, what=what, defaults={"due_date": on})


def _matter(ref: str, *, locked: bool = False) -> models.Matter:
    rows = models.Matter.objects.select_for_update() if locked else models.Matter.objects
    number = ref.removeprefix("M")
    row = rows.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 18 else None
    if row is None:
        raise UnableToAnswer(Words(zh=f"没有事项 {ref}", en=f"there is no matter {ref}"))
    return row


def _open(ref: str) -> models.Matter:
    matter = _matter(ref, locked=True)
    if matter.answered_at:
        raise UnableToAnswer(
            Words(
                zh=f"{ref} 已于 {_day(matter.answered_at)} 答复",
                en=f"{ref} was answered on {_day(matter.answered_at)}",
            ),
            do=Words(zh="请另立新事项。", en="Raise a new matter."),
        )
    return matter


def _step(matter: models.Matter, what: str, *, by: str, now: datetime, text: str = "") -> None:
    models.Step.objects.create(matter=matter, at=now, by=by, what=what, text=text)


def _day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(HOUSE_ZONE)).date()
