"""The only way out of the house. `send_waiting` is the whole loop:

claim a few (SKIP LOCKED, a lease) -> ask again whether each may still go -> hand it to its
channel, holding no transaction -> record what became of it, by a conditional update.

A sender that dies leaves its messages to the next one, which sends them with the same key.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from datetime import datetime

from django.db import transaction

from arrears.clearance import queries as clearance
from arrears.contact import codes, guard, models, reports, senders
from arrears.contact.sending import Sending, StillClear, close_waiting
from arrears.contact.types import CodeChecked, CodeSent, MessageState, Planned, Purpose, SendReport
from arrears.contact.ways import ways
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.rulebook.speech import Hearer
from arrears.speech.types import Finding, Setting

BATCH = 20  # messages claimed at once


class UnableToPlan(Trouble):
    """A message that cannot stand in the outbox."""


class UnableToSay(UnableToPlan):
    """A text a person wrote and that must not be sent as it is; `findings` say where and why."""

    def __init__(self, named: Words, findings: Sequence[Finding]) -> None:
        told = [finding.in_words() for finding in findings]
        super().__init__(
            Words(
                zh=f"{named.zh}：" + " ".join(words.zh for words in told),
                en=f"{named.en}: " + " ".join(words.en for words in told),
            ),
        )
        self.findings = tuple(findings)


def plan(*, messages: Sequence[Planned], now: datetime) -> int:
    """Put messages into the outbox; how many were new. Those whose key is known stay as they are.

    Raises UnableToPlan for a channel this installation does not have, for any message but a
    login code without a clearance, and for one whose clearance was given for another person,
    channel, address or time; UnableToSay for words of a person that must not be sent: then
    nothing is planned and the refusal is kept, so do not call it inside a transaction that
    this error would undo.
    """
    known = ways()
    for message in messages:
        if message.channel not in known:
            raise UnableToPlan(f"message {message.key}: there is no channel {message.channel}")
        if not message.clearance_key and not message.is_login_code:
            raise UnableToPlan(
                f"message {message.key}: nobody cleared it", do="Propose it to clearance first."
            )
        if message.written_by:
            _refuse_wrong_words(message, now=now)
    _refuse_leave_of_another(messages)
    keys = [message.key for message in messages]
    with transaction.atomic():
        before = models.Message.objects.filter(key__in=keys).count()
        rows = [_row(message, now=now) for message in messages]
        models.Message.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
        return models.Message.objects.filter(key__in=keys).count() - before


def _refuse_leave_of_another(messages: Sequence[Planned]) -> None:
    """A leave is for one person at one address. One the gate does not know is refused when asked again."""
    leaves = clearance.leaves([message.clearance_key for message in messages])
    for message in messages:
        leave = leaves.get(message.clearance_key)
        if leave is None:
            continue
        same = (leave.customer_ref, leave.channel, leave.point) == (
            message.customer_ref,
            message.channel,
            message.point,
        )
        if not same or message.not_before < leave.not_before or message.not_after > leave.until:
            raise UnableToPlan(
                f"message {message.key}: its clearance {message.clearance_key} is for another contact",
                do="Propose this very contact to clearance: person, channel, address and time.",
            )


def _refuse_wrong_words(message: Planned, *, now: datetime) -> None:
    read_before_saying(
        text=f"{message.wording.subject}\n\n{message.wording.body}",
        named=Words(zh=f"消息 {message.key}", en=f"message {message.key}"),
        key=message.key,
        customer_ref=message.customer_ref,
        account_ref=message.account_ref,
        by=message.written_by,
        now=now,
    )


def read_before_saying(
    *, text: str, named: Words, key: str, customer_ref: str, account_ref: str | None, by: str, now: datetime
) -> list[Finding]:
    """Read what a person wrote to a customer before it is said; findings that want a second look.

    named: what the text is, for the message of a refusal. Raises UnableToSay for words that must
    not be said; the refusal stays on record, so do not call it inside a transaction that this
    error would undo.
    """
    findings = guard.findings_in(text, now=now)
    stopping = [finding for finding in findings if finding.stops]
    if findings:
        guard.keep(
            findings,
            key=key,
            text=text,
            sent=not stopping,
            customer_ref=customer_ref,
            account_ref=account_ref,
            by=by,
            now=now,
        )
    if stopping:
        raise UnableToSay(named, stopping)
    return findings


def read_words(
    *,
    text: str,
    key: str,
    account_ref: str | None,
    customer_ref: str,
    by: str,
    now: datetime,
    to: Hearer = "debtor",
) -> list[Finding]:
    """Read a note or the result of a call after it was kept; what is found is kept beside it.

    Never refuses: what happened must be recorded, in the words it was told.
    """
    findings = guard.findings_in(text, now=now, setting=Setting(to=to, stage="kept"))
    if findings:
        guard.keep(
            findings,
            key=key,
            text=text,
            sent=True,
            customer_ref=customer_ref,
            account_ref=account_ref,
            by=by,
            now=now,
        )
    return findings


def _row(planned: Planned, *, now: datetime) -> models.Message:
    return models.Message(
        key=planned.key,
        clearance_key=planned.clearance_key,
        customer_id=planned.customer_ref,
        account_id=planned.account_ref,
        channel=planned.channel,
        point=planned.point,
        purpose=planned.purpose,
        template=planned.template,
        language=planned.language,
        subject=planned.wording.subject[:200],
        body=planned.wording.body,
        secret=planned.secret,
        planned_on=planned.planned_on,
        not_before=planned.not_before,
        not_after=planned.not_after,
        created_at=now,
    )


def withdraw(*, account_refs: Collection[str], because: Words, now: datetime) -> int:
    """Take back what waits about these accounts; how many. A fact tells why for each.

    What a sender holds at this moment may still leave, but is not tried a second time.
    What the customer asked for stays.
    """
    rows = models.Message.objects.filter(account_id__in=list(account_refs)).exclude(purpose=Purpose.SERVICE)
    with transaction.atomic():
        withdrawn = close_waiting(rows, MessageState.WITHDRAWN, because=because, now=now)
        rows.filter(state=MessageState.SENDING).update(unwanted_because=because.as_json())
    return withdrawn


def send_waiting(
    *,
    now: datetime,
    wall_now: datetime,
    still_clear: StillClear,
    limit: int | None = None,
    only: Collection[str] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> SendReport:
    """Send what waits and may leave at `now`; call it outside any transaction.

    still_clear: of the clearance keys given, those that still stand at `now` (clearance's to say).
    wall_now: the real time. Leases and retries follow it; and a channel that reaches real
    people sends only when both clocks lie in the message's window.
    limit: at most so many; only: no keys but these; on_progress hears how many were handled.
    """
    with senders.sender() as name, ExitStack() as open_channels:
        sending = Sending(name, now, wall_now, still_clear, only, open_channels)
        open_channels.callback(sending.let_go)
        sending.free_what_the_dead_held()
        sending.expire()
        while batch := sending.claim(BATCH if limit is None else min(BATCH, limit - sending.handled)):
            sending.send(batch)
            if on_progress:
                on_progress(sending.handled)
        return sending.report()


def send_code(
    *,
    customer_ref: str | None,
    point_key: str | None,
    asked_as: str,
    asked_from: str,
    now: datetime,
    run: Callable[[Callable[[], None]], object] = codes.in_background,
) -> CodeSent:
    """Send a one-time code to a customer's own contact point, because the customer asks for it.

    customer_ref, point_key: whom it goes to; None where nobody answers to what was typed.
    The answer is the same either way, and as quick: the message is written and sent by
    `run`, beside the request. asked_as: what was typed; asked_from: the caller's IP.
    now: the wall clock. Raises UnableToSendCode when too many were asked for.
    """
    code, sent = codes.issue(customer_ref=customer_ref, asked_as=asked_as, asked_from=asked_from, now=now)

    def deliver() -> None:
        message = codes.message(customer_ref, point_key, code=code, sent=sent, now=now)
        if message and codes.within_customers_limit(message.customer_ref, now=now):
            plan(messages=[message], now=now)
            send_waiting(now=now, wall_now=now, still_clear=codes.nobody_is_asked, only=[message.key])

    run(deliver)
    return sent


def check_code(*, ticket: str, code: str, now: datetime) -> CodeChecked:
    """Whether `code` is the one that was sent for `ticket`: five tries, ten minutes, once.

    now: the wall clock. An unknown ticket, a wrong, late or used code all answer alike.
    """
    return codes.check(ticket=ticket, code=code, now=now)


def report_contact(
    *, clearance_key: str, outcome: str, by: str, now: datetime, at: datetime | None = None, text: str = ""
) -> bool:
    """What came of a contact somebody was given leave for; True the first time it is told.

    at: when it was made, the beginning of its leave if not told. The word is kept even where
    it was made outside its leave: it happened, counts, and is marked so that somebody looks.
    Raises clearance's UnableToUseClearance where there never was leave.
    """
    return reports.report(clearance_key=clearance_key, outcome=outcome, at=at, by=by, now=now, text=text)


def report_inbound(
    *,
    key: str,
    customer_ref: str,
    account_ref: str | None,
    channel: str,
    outcome: str,
    at: datetime,
    by: str,
    now: datetime,
    text: str = "",
) -> bool:
    """The customer came to us; True the first time `key` is told.

    It needs no leave, and it counts: after a conversation some laws give the customer rest,
    whoever began it.
    """
    return reports.report_inbound(
        key=key,
        customer_ref=customer_ref,
        account_ref=account_ref,
        channel=channel,
        outcome=outcome,
        at=at,
        by=by,
        now=now,
        text=text,
    )
