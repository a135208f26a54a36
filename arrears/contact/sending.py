"""What `actions.send_waiting` does, step by step: claim, ask again, hand over, record.

Every change of state is one conditional update: whoever finds the row no longer as
believed lets it be. The fact is recorded in the same transaction as the state.
"""

import time
from collections import Counter
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

from django.db import transaction
from django.db.models import F, Q, QuerySet

from arrears.casebook.actions import record_fact
from arrears.casebook.types import FactKind
from arrears.clearance import actions as clearance
from arrears.contact import models, senders
from arrears.contact.channels import Channel, ChannelDown, Outgoing, Receipt, Refused, TryLater
from arrears.contact.core import Hour, hour_for, retry_after
from arrears.contact.types import MessageState, SendReport
from arrears.contact.ways import ways
from arrears.evidence import actions as evidence
from arrears.evidence.types import Told, told
from arrears.kernel.words import Words

BATCH_SECONDS = 2.0  # a batch claimed is held no longer; the rest goes back, to be asked about again
LEASE = timedelta(minutes=5)  # longer than a batch and one channel's patience together


class StillClear(Protocol):
    """Clearance's word, asked right before sending: `clearance.queries.still_clear`."""

    def __call__(self, clearance_keys: Collection[str], /, *, at: datetime) -> Collection[str]:
        """Those of the keys that still give leave at that moment."""


WINDOW_PASSED = Words(
    zh="允许联系的时段已过，消息没有发出", en="the hours in which it was allowed passed before it could leave"
)
NOT_CLEAR = Words(zh="发出前复核未通过，已撤回", en="no longer cleared when asked again before sending")


@dataclass
class Sending:
    """One call of `send_waiting`."""

    name: str
    now: datetime
    wall_now: datetime
    still_clear: StillClear
    only: Collection[str] | None
    open_channels: ExitStack
    counts: Counter[str] = field(default_factory=Counter)
    down: dict[str, str] = field(default_factory=dict)
    handled: int = 0

    def __post_init__(self) -> None:
        self.started = time.monotonic()
        self.ways = ways()
        self.channels: dict[str, Channel] = {}

    def wall(self) -> datetime:
        """The wall clock, which moves on while we send."""
        return self.wall_now + timedelta(seconds=time.monotonic() - self.started)

    def wall_for(self, channel: str) -> datetime | None:
        """The wall clock where it has a say: on channels that reach people."""
        return self.wall() if self.ways[channel].reaches_people else None

    def moment(self, message: models.Message) -> datetime:
        """When the customer gets it, as facts and headers say."""
        return self.wall_for(message.channel) or self.now

    def open_messages(self) -> QuerySet[models.Message]:
        """Everything this call may touch."""
        rows = models.Message.objects.filter(channel__in=set(self.ways) - set(self.down))
        return rows if self.only is None else rows.filter(key__in=list(self.only))

    def free_what_the_dead_held(self) -> None:
        """Messages in the hands of senders that died wait again; each may have left already."""
        held = models.Message.objects.filter(state=MessageState.SENDING)
        dead = senders.the_dead(held.order_by().values_list("leased_by", flat=True).distinct())
        _free(held.filter(Q(leased_by__in=dead) | Q(lease_until__lt=self.wall())))
        senders.bury(dead)

    def let_go(self) -> None:
        """Leave nothing in our hands, whatever interrupted us."""
        _free(models.Message.objects.filter(state=MessageState.SENDING, leased_by=self.name))

    def expire(self) -> None:
        """Close what can no longer leave in its window, by the clock that rules its channel."""
        past = Q(not_after__lt=self.now)
        for kind, way in self.ways.items():
            if way.reaches_people:
                past |= Q(channel=kind, not_after__lt=self.wall())
        with transaction.atomic():
            self.counts["expired"] += close_waiting(
                self.open_messages().filter(past), MessageState.EXPIRED, because=WINDOW_PASSED, now=self.now
            )

    def due(self) -> QuerySet[models.Message]:
        """What waits and may leave now."""
        may = Q(not_before__lte=self.now, not_after__gte=self.now)
        for kind, way in self.ways.items():
            if way.reaches_people:
                may &= ~Q(channel=kind) | Q(not_before__lte=self.wall(), not_after__gte=self.wall())
        ready = Q(retry_at=None) | Q(retry_at__lte=self.wall())
        return self.open_messages().filter(may, ready, state=MessageState.WAITING)

    def claim(self, size: int) -> list[models.Message]:
        """Lease up to `size` messages to us; other senders pass them by."""
        if size <= 0:
            return []
        with transaction.atomic(durable=True):  # inside another transaction a rollback would send twice
            due = self.due().select_related("customer").order_by("planned_on", "pk")
            batch = list(due.select_for_update(skip_locked=True, of=("self",))[:size])
            models.Message.objects.filter(pk__in=[message.pk for message in batch]).update(
                state=MessageState.SENDING,
                leased_by=self.name,
                lease_until=self.wall() + LEASE,
                attempts=F("attempts") + 1,
            )
        for message in batch:
            message.attempts += 1
        return batch

    def send(self, batch: list[models.Message]) -> None:
        """Hand the batch over one by one; what is not reached in time goes back."""
        asked = {message.clearance_key for message in batch} - {""}
        clear = set(self.still_clear(asked, at=self.now)) | {""} if asked else {""}
        claimed = time.monotonic()
        for message in batch:
            if message.channel in self.down or time.monotonic() - claimed > BATCH_SECONDS:
                self._give_back(message)
            elif message.unwanted_because:
                self._end(message, MessageState.WITHDRAWN, because=Words(**message.unwanted_because))
            elif message.clearance_key not in clear:
                self._end(message, MessageState.WITHDRAWN, because=NOT_CLEAR)
            elif self._hour(message) is not Hour.OPEN:
                self._give_back(message)  # the hour struck while we were sending
            else:
                self._hand_over(message)

    def _hour(self, message: models.Message) -> Hour:
        return hour_for(
            not_before=message.not_before,
            not_after=message.not_after,
            now=self.now,
            wall=self.wall_for(message.channel),
        )

    def _hand_over(self, message: models.Message) -> None:
        try:
            receipt = self._channel(message.channel).send(_outgoing(message, at=self.moment(message)))
        except Refused as refusal:
            self._end(message, MessageState.FAILED, error=str(refusal))
        except TryLater as later:
            self._retry(message, later)
        except ChannelDown as trouble:
            self.down[message.channel] = str(trouble)
            self._give_back(message, error=str(trouble))
        except Exception as surprise:  # noqa: BLE001 - a provider's own fault stops no other message
            self._retry(message, TryLater(f"{type(surprise).__name__}: {surprise}", in_doubt=True))
        else:
            self._end(message, MessageState.SENT, receipt=receipt)

    def _channel(self, kind: str) -> Channel:
        if kind not in self.channels:
            self.channels[kind] = self.open_channels.enter_context(self.ways[kind].open())
        return self.channels[kind]

    def _retry(self, message: models.Message, later: TryLater) -> None:
        wait = retry_after(message.attempts)
        if wait is None:
            reason = f"given up after {message.attempts} attempts: {later}"
            self._end(message, MessageState.FAILED, error=reason, in_doubt=later.in_doubt)
            return
        doubt = {"in_doubt": True} if later.in_doubt else {}
        with transaction.atomic():
            self._back(message, retry_at=self.wall() + wait, last_error=str(later), **doubt)
            evidence.append([_attempted(message, later, at=self.moment(message))])
        self.counts["to_retry"] += 1
        self.handled += 1

    def _give_back(self, message: models.Message, *, error: str = "") -> None:
        """Not tried after all: no attempt is used up."""
        told = {"last_error": error} if error else {}
        self._back(message, attempts=F("attempts") - 1, **told)

    def _back(self, message: models.Message, **changes: Any) -> None:
        _ours(message, self.name).update(
            state=MessageState.WAITING, leased_by="", lease_until=None, **changes
        )

    def _end(self, message: models.Message, state: MessageState, **how: Any) -> None:
        self.handled += 1
        with transaction.atomic():
            if _end(message, state, now=self.moment(message), held_by=self.name, **how):
                self.counts[state] += 1

    def report(self) -> SendReport:
        """What came of it all."""
        open_now = models.Message.objects.all() if self.only is None else self.open_messages()
        in_hand = open_now.filter(state=MessageState.SENDING).count()
        by_now = Q(not_before__lte=self.now, not_after__gte=self.now, state=MessageState.WAITING)
        held = [
            open_now.filter(by_now, Q(not_before__gt=self.wall()), channel=kind).count()
            for kind, way in self.ways.items()
            if way.reaches_people
        ]
        return SendReport(
            **{state: self.counts[state] for state in ("sent", "failed", "to_retry", "withdrawn", "expired")},
            held=sum(held),
            in_hand=in_hand,
            down=tuple(self.down.items()),
        )


def _free(held: QuerySet[models.Message]) -> None:
    """Let these wait again. A sender hands over in order and notes each outcome before the next,
    so of each sender's messages only the first can have left already."""
    firsts = held.order_by("leased_by", "planned_on", "pk").distinct("leased_by")
    doubtful = list(firsts.values_list("pk", flat=True))
    back = {"state": MessageState.WAITING, "leased_by": "", "lease_until": None}
    held.filter(pk__in=doubtful).update(**back, in_doubt=True)
    held.exclude(pk__in=doubtful).update(**back, attempts=F("attempts") - 1)


def _attempted(message: models.Message, later: TryLater, *, at: datetime) -> Told:
    """A handing over that came to nothing, or of which nobody knows what came."""
    return told(
        "attempt",
        customer_ref=message.customer_id,
        about=message.key,
        recorded_at=at,
        attempt=message.attempts,
        channel=message.channel,
        clearance=message.clearance_key,
        error=str(later),
        in_doubt=later.in_doubt,
        point=message.point,
    )


def _outgoing(message: models.Message, *, at: datetime) -> Outgoing:
    return Outgoing(message.key, message.point, message.customer.name, message.subject, message.body, at)


def _ours(message: models.Message, held_by: str | None) -> QuerySet[models.Message]:
    """The row, if it still stands as we believe: in our hands, or (None) waiting."""
    rows = models.Message.objects.filter(pk=message.pk)
    if held_by is None:
        return rows.filter(state=MessageState.WAITING)
    return rows.filter(state=MessageState.SENDING, leased_by=held_by)


def _end(
    message: models.Message,
    state: MessageState,
    *,
    now: datetime,
    held_by: str | None,
    because: Words | None = None,
    error: str = "",
    receipt: Receipt | None = None,
    in_doubt: bool = False,
) -> bool:
    """Close a message, settle its leave, record the fact; False where somebody else got there first."""
    changes: dict[str, Any] = {
        "state": state,
        "leased_by": "",
        "lease_until": None,
        "last_error": error or (because.en if because else ""),
    }
    if receipt:
        changes |= {"provider": receipt.provider, "provider_ref": receipt.ref, "sent_at": now}
    if message.secret:
        changes["body"] = ""
    if _ours(message, held_by).update(**changes) != 1:
        return False
    outcome = _outcome(state, doubtful=in_doubt or message.in_doubt)
    clearance.settle(clearance_key=message.clearance_key, outcome=outcome, because=state, at=now)
    _record(message, outcome, now=now, because=because, error=error)
    return True


def _outcome(state: MessageState, *, doubtful: bool) -> str:
    """What came of it, as facts and leaves say; empty where it surely never left.

    A message that may have left although we never heard so counts as a contact made, with
    the outcome `unknown`: the customer's peace comes before our count.
    """
    if state is MessageState.SENT:
        return "delivered"
    if doubtful:
        return "unknown"
    return "failed" if state is MessageState.FAILED else ""


def _record(
    message: models.Message, outcome: str, *, now: datetime, because: Words | None, error: str
) -> None:
    """The fact later rooms and the next clearance read; one per message."""
    payload: dict[str, Any] = {
        "channel": message.channel,
        "direction": "out",
        "to": "debtor",
        "point": message.point,
        "by": "issuer",
        "purpose": message.purpose,
        "outcome": outcome,
        "message": message.key,
        "clearance": message.clearance_key,
        "account": message.account_id,
        "template": message.template,
    }
    if not outcome:
        del payload["outcome"]
    if not message.secret:  # the words themselves stay in the outbox; this proves which they were
        payload["text_sha256"] = sha256(f"{message.subject}\n{message.body}".encode()).hexdigest()
    if error:
        payload["error"] = error
    if because:
        payload["because"] = because.as_json()
    record_fact(
        key=f"message:{message.key}",
        kind=FactKind.CONTACT_MADE if outcome else FactKind.CONTACT_WITHDRAWN,
        customer_ref=message.customer_id,
        account_ref=message.account_id,
        happened_at=now,
        now=now,
        by="contact",
        payload=payload,
    )


def close_waiting(
    rows: QuerySet[models.Message], state: MessageState, *, because: Words, now: datetime
) -> int:
    waiting = list(rows.filter(state=MessageState.WAITING).select_for_update().order_by("pk"))
    for message in waiting:
        _end(message, state, now=now, because=because, held_by=None)
    return len(waiting)
