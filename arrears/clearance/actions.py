"""Asking the gate for the record: every answer is kept, and a yes takes its place at once.

All of one person's questions pass one lock, so a cap holds however many ask together:
desk, robots, agencies through the API and the night's round share one budget. Locks are
taken in one order and held for one short transaction; nothing else is locked meanwhile.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from threading import Lock

from django.db import connection, transaction
from django.db.models import QuerySet

from arrears.casebook import queries as casebook
from arrears.clearance import models, witness
from arrears.clearance.alike import bulk_of
from arrears.clearance.behind import is_uuid
from arrears.clearance.casting import Decided, answers_sheet, decide, written
from arrears.clearance.core.vocabulary import person_of
from arrears.clearance.counter import Counter as WaitingRoom
from arrears.clearance.dossiers import CAPS_LOOK_BACK, GRACE, LOST_LOOK_BACK, Person, house_policy
from arrears.clearance.records import (
    EXPIRED,
    MANY,
    keep,
    known_under_lock,
    new_keys,
    open_budgets,
    planned_contact,
    told,
)
from arrears.clearance.records import Known as OnRecord
from arrears.clearance.types import Answer, Asking, Clearance
from arrears.evidence import actions as evidence
from arrears.evidence.types import Told
from arrears.kernel.cycles import not_searched
from arrears.kernel.straight import at_once
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words

AT_ONCE = 3000  # askings decided in one transaction
SWEPT_AT_ONCE = 5000  # expired places given back in one transaction
AT_A_TIME = 250  # answers sent to the database while the next are worked out
HANDS = 2  # that decide chunks side by side: while one decides, the database reads for the other


class UnableToAsk(Trouble):
    """The question names a customer or an account the casebook does not know."""


class UnableToUseClearance(Trouble):
    """This clearance gives no leave for a contact at that moment."""


def ask(*, asking: Asking, book: str, now: datetime) -> Clearance:
    """Put one proposal to the gate; a yes takes its place in the person's budget at once.

    Committed before it returns, together with whatever else this process asks meanwhile;
    inside a transaction of the caller's it is part of that and stands or falls with it.
    Asked again with the same key, the answer is the one already given. Raises UnableToAsk.
    """
    if _in_a_transaction():
        return _decide([asking], book=book, now=now)[asking.key]
    return _counter.ask(asking, book=book, now=now)


def ask_many(*, askings: Sequence[Asking], book: str, now: datetime) -> list[Clearance]:
    """Many at once, answered in the order given; each chunk is one transaction of its own.

    Raises UnableToAsk where a customer is unknown; what other chunks answered stands, and
    is the answer when asked again.
    """
    chunks = list(_chunks(askings))
    found: dict[str, Clearance] = {}
    waiting = iter(chunks)
    with not_searched():
        if len(chunks) == 1 or _in_a_transaction():
            for chunk in waiting:
                found |= _decide(chunk, book=book, now=now)
        else:
            _decide_side_by_side(waiting, found, book=book, now=now)
    return [found[asking.key] for asking in askings]


def _in_a_transaction() -> bool:
    return connection.in_atomic_block or not connection.get_autocommit()


def _decide_side_by_side(
    chunks: Iterator[list[Asking]], found: dict[str, Clearance], *, book: str, now: datetime
) -> None:
    """While the database reads and keeps some chunks, another is decided: hands with connections of their own.

    No person is in two chunks, and each hand holds the locks of one chunk at a time. They think in
    turn: two at once get half of the interpreter each, then wait for the database together.
    """
    taking, thinking = Lock(), Lock()

    def hand() -> None:
        while True:
            with taking:
                chunk = next(chunks, None)
            if chunk is None:
                return
            found.update(_decide(chunk, book=book, now=now, thinking=thinking))

    def second_hand() -> None:
        try:
            hand()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=HANDS - 1) as pool:
        others = [pool.submit(second_hand) for _ in range(HANDS - 1)]
        hand()
        for other in others:
            other.result()


def _chunks(askings: Sequence[Asking]) -> Iterator[list[Asking]]:
    """Whole customers together, in the order they first appear."""
    if len({asking.customer_ref for asking in askings}) == len(askings):  # as in most rounds
        yield from (list(askings[start : start + AT_ONCE]) for start in range(0, len(askings), AT_ONCE))
        return
    of: dict[str, list[Asking]] = defaultdict(list)
    for asking in askings:
        of[asking.customer_ref].append(asking)
    chunk: list[Asking] = []
    for group in of.values():
        chunk += group
        if len(chunk) >= AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


Turn = AbstractContextManager[object]


class _NoLockYet(Exception):
    """Some of these people were never asked about before."""


def _decide(
    askings: list[Asking], *, book: str, now: datetime, thinking: Turn | None = None
) -> dict[str, Clearance]:
    turn = thinking or nullcontext()
    try:
        return _decide_locked(askings, book=book, now=now, turn=turn)
    except _NoLockYet:  # nothing is locked here: new locks are made before any is taken
        return _decide_locked(askings, book=book, now=now, turn=turn, opening=True)


@transaction.atomic
def _decide_locked(
    askings: list[Asking], *, book: str, now: datetime, turn: Turn, opening: bool = False
) -> dict[str, Clearance]:
    read = known_under_lock(askings, now=now, look_back=_look_back(askings), opening=opening)
    if read is None and not opening:
        raise _NoLockYet
    if read is None:
        people = {asking.customer_ref for asking in askings}
        raise _unknown(min(people - casebook.zones_of(people).keys()))
    with ExitStack() as sending:
        with turn:
            on_record = read()
            if on_record.unknown is not None:
                raise _unknown(on_record.unknown)
            evidence.append(_given_back(on_record, now=now))
            sheet, answers = answers_sheet(now=now), dict(on_record.given)
            decided = _decided(askings, on_record, answers, book=book, now=now)
            sending.enter_context(at_once(connection))
            while some := list(islice(decided, AT_A_TIME)):
                keep(told(written(some, sheet, now=now), now=now))
        evidence.append_sheet(sheet)
    return answers


def _decided(
    askings: Sequence[Asking], on_record: OnRecord, answers: dict[str, Clearance], *, book: str, now: datetime
) -> Iterator[Decided]:
    """Each question that has no answer yet, with the one it gets, which is put among `answers`; a place
    taken counts for the next."""
    people, policy = on_record.people, house_policy()
    decide_one = (
        bulk_of(book, policy).decide if len(askings) >= MANY else partial(decide, book=book, policy=policy)
    )
    alone = len(people) == len(askings)
    for asking, key in zip(askings, new_keys(len(askings), now), strict=True):
        if asking.key in answers:
            continue
        person = people[asking.customer_ref]
        decided = decide_one(asking, person, key)
        answer = answers[asking.key] = decided.answer
        if not alone and answer.cleared:
            people[asking.customer_ref] = _with(person, asking)
        yield decided


def _given_back(on_record: OnRecord, *, now: datetime) -> list[Told]:
    return [witness.released(key, ref, because=EXPIRED, now=now) for key, ref in on_record.given_back]


def _unknown(ref: str) -> UnableToAsk:
    return UnableToAsk(
        f"the casebook does not know {ref}",
        do="Enter the customer and the account first, or mend the reference.",
    )


_counter = WaitingRoom(lambda askings, book, now: _decide(askings, book=book, now=now))


def _look_back(askings: list[Asking]) -> timedelta:
    """Whether a debtor is lost shows further back than any cap."""
    persons = {person_of(to) for to in {asking.proposal.to for asking in askings}}
    return LOST_LOOK_BACK if persons & {"third", "spouse"} else CAPS_LOOK_BACK


def _with(person: Person, asking: Asking) -> Person:
    return person._replace(contacts=(*person.contacts, ("", planned_contact(asking.proposal))))


@transaction.atomic
def use(*, clearance_key: str, outcome: str, at: datetime) -> None:
    """The contact was made at that moment, with this outcome. Each clearance serves once.

    Raises UnableToUseClearance where it was refused, used, released, or `at` lies outside it.
    """
    usable = models.Clearance.objects.filter(
        key=clearance_key,
        verdict=Answer.CLEARED,
        used_at=None,
        released_at=None,
        not_before__lte=at,
        until__gte=at,
    )
    customer_ref = usable.values_list("customer__ref", flat=True).first()
    if usable.update(used_at=at, outcome=outcome) != 1:
        raise UnableToUseClearance(
            Words(zh="放行 {key} 不能用：{why}", en="clearance {key}: {why}").filled(
                key=clearance_key, why=_why_not(clearance_key, at)
            ),
            do=Words(zh="请重新申请。", en="Ask anew."),
        )
    evidence.append([witness.used(clearance_key, str(customer_ref), outcome=outcome, at=at)])


@transaction.atomic
def settle(*, clearance_key: str, outcome: str, because: str, at: datetime) -> bool:
    """What was cleared has ended: made, with this outcome; or given up unsent (no outcome), and why.

    False where there is nothing left to settle: done before, given back, or no clearance of ours.
    A contact that may have been made while nobody looked counts at the moment of its leave
    nearest to `at`.
    """
    if not is_uuid(clearance_key):
        return False
    if not outcome:
        return release(clearance_keys=[clearance_key], because=because, now=at) == 1
    taken = models.Clearance.objects.filter(
        key=clearance_key, verdict=Answer.CLEARED, used_at=None, released_at=None
    )
    row = taken.select_for_update().first()
    if row is None or row.not_before is None or row.until is None:
        return False
    made_at = min(max(at, row.not_before), row.until)
    taken.update(used_at=made_at, outcome=outcome)
    evidence.append([witness.used(clearance_key, row.customer_id, outcome=outcome, at=made_at)])
    return True


def _why_not(clearance_key: str, at: datetime) -> Words:
    row = models.Clearance.objects.filter(key=clearance_key).first()
    if row is None:
        return Words(zh="从未给出", en="nobody gave it")
    if row.verdict != Answer.CLEARED:
        return Words(zh="没有放行", en=f"it was {row.verdict}")
    if row.used_at:
        used = row.used_at.isoformat()
        return Words(zh=f"已于 {used} 用过", en=f"it was used at {used}")
    if row.released_at:
        given = f"{row.released_at.isoformat()}: {row.released_because}"
        return Words(zh=f"已于 {given} 退回", en=f"it was given back at {given}")
    return Words(
        zh=f"有效期为 {row.not_before} 至 {row.until}，现在是 {at.isoformat()}",
        en=f"it stands from {row.not_before} to {row.until}, not at {at.isoformat()}",
    )


def release(*, clearance_keys: Collection[str], because: str, now: datetime) -> int:
    """Give places back: the contact is no longer wanted. How many were given back."""
    taken = models.Clearance.objects.filter(
        key__in=list(clearance_keys), verdict=Answer.CLEARED, used_at=None, released_at=None
    )
    return _give_back(taken, because=because, now=now)


def release_expired(*, now: datetime) -> int:
    """Give back every place whose time has passed unused. How many were given back."""
    expired = models.Clearance.objects.filter(
        verdict=Answer.CLEARED, used_at=None, released_at=None, until__lt=now - GRACE
    )
    given_back = some = _give_back(expired, because=EXPIRED, now=now, most=SWEPT_AT_ONCE)
    while some == SWEPT_AT_ONCE:
        some = _give_back(expired, because=EXPIRED, now=now, most=SWEPT_AT_ONCE)
        given_back += some
    return given_back


@transaction.atomic
def _give_back(
    taken: QuerySet[models.Clearance], *, because: str, now: datetime, most: int | None = None
) -> int:
    rows = list(taken.select_for_update().order_by("pk").values_list("pk", "key", "customer__ref")[:most])
    models.Clearance.objects.filter(pk__in=[pk for pk, _, _ in rows]).update(
        released_at=now, released_because=because
    )
    evidence.append([witness.released(str(key), ref, because=because, now=now) for _, key, ref in rows])
    return len(rows)


def make_ready(*, now: datetime) -> None:
    """Before a round asks about many: places that expired are free, and everybody has a lock to take."""
    release_expired(now=now)
    open_budgets()
