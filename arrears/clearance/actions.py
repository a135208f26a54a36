"""Asking the gate for the record: every answer is kept, and a yes takes its place at once.

All of one person's questions pass one lock, so a cap holds however many ask together:
desk, robots, agencies through the API and the night's round share one budget. Locks are
taken in one order and held for one short transaction; nothing else is locked meanwhile.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter

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
    keep,
    known_under_lock,
    new_keys,
    open_budgets,
    open_budgets_of,
    planned_contact,
)
from arrears.clearance.records import Known as OnRecord
from arrears.clearance.types import Answer, Asking, Clearance
from arrears.evidence import actions as evidence
from arrears.kernel.cycles import not_searched
from arrears.kernel.in_turn import InTurn
from arrears.kernel.straight import together
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words

AT_ONCE = 6000  # askings decided in one transaction, which locks these people for a tenth of a second or two
AT_A_TIME = 250  # of them worked out while the database is at work for those before and after
FIRST = 50  # of them; nothing is worked out until these are looked up
AHEAD = 2  # further pieces looked up before one is worked out: the database never waits for the next question
MANY = 100  # askings from here on come from a round, mostly in the same words
SWEPT_AT_ONCE = 5000  # expired places given back in one transaction

Reading = Callable[[], OnRecord | None]
Gate = Callable[[Asking, Person, str], Decided]


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
    """Many at once, answered in the order given; in pieces, each one transaction of its own.

    Raises UnableToAsk where a customer is unknown; what other pieces answered stands, and
    is the answer when asked again.
    """
    found: dict[str, Clearance] = {}
    with not_searched():
        for some in _pieces(_by_customer(askings), AT_ONCE):
            found |= _decide(some, book=book, now=now)
    return [found[asking.key] for asking in askings]


def _in_a_transaction() -> bool:
    return connection.in_atomic_block or not connection.get_autocommit()


def _by_customer(askings: Iterable[Asking]) -> list[Asking]:
    """The order in which locks are taken."""
    return sorted(askings, key=attrgetter("customer_ref"))


def _pieces(askings: Sequence[Asking], most: int, *, first: int | None = None) -> Iterator[Sequence[Asking]]:
    """Pieces of about `first`, then twice as many each, up to `most`; all of a customer's questions in one."""
    start, end = 0, first or most
    while start < len(askings):
        while end < len(askings) and askings[end].customer_ref == askings[end - 1].customer_ref:
            end += 1
        yield askings[start:end]
        start, end = end, end + min(2 * (end - start), most)


class _NoLockYet(Exception):
    """Some of these people were never asked about before."""


def _decide(askings: Sequence[Asking], *, book: str, now: datetime) -> dict[str, Clearance]:
    """askings: in the order of customers."""
    try:
        return _decide_locked(askings, book=book, now=now)
    except _NoLockYet:  # nothing is locked any more: new locks are made before any is taken
        pass
    try:
        return _decide_locked(askings, book=book, now=now, opening=True)
    except _NoLockYet:
        people = {asking.customer_ref for asking in askings}
        raise _unknown(min(people - casebook.zones_of(people).keys())) from None


@transaction.atomic
def _decide_locked(
    askings: Sequence[Asking], *, book: str, now: datetime, opening: bool = False
) -> dict[str, Clearance]:
    """While some are worked out, the database keeps what was said before and looks up who comes next."""
    answers: dict[str, Clearance] = {}
    expired: list[tuple[str, str]] = []
    sheet, gate = answers_sheet(now=now), _gate(askings, book)
    look_up = partial(known_under_lock, now=now, look_back=_look_back(askings))
    with together(connection, last=not connection.savepoint_ids):
        if opening:
            open_budgets_of(askings)
        for some, read in _looked_up_ahead(_pieces(askings, AT_A_TIME, first=FIRST), look_up):
            on_record = _all_known(read())
            expired += on_record.given_back
            keep(written(_decided(some, on_record, answers, gate, now=now), sheet, now=now))
        if expired:
            evidence.append_sheet(witness.releases_sheet(expired, because=EXPIRED, now=now))
        evidence.append_sheet(sheet)
    return answers


def _looked_up_ahead(
    pieces: Iterable[Sequence[Asking]], look_up: Callable[[Sequence[Asking]], Reading]
) -> Iterator[tuple[Sequence[Asking], Reading]]:
    """Each piece with what reads its record; the database has been asked for those after it already."""
    ahead: deque[tuple[Sequence[Asking], Reading]] = deque()
    for piece in pieces:
        ahead.append((piece, look_up(piece)))
        if len(ahead) > AHEAD:
            yield ahead.popleft()
    yield from ahead


def _all_known(on_record: OnRecord | None) -> OnRecord:
    if on_record is None:
        raise _NoLockYet
    if on_record.unknown is not None:
        raise _unknown(on_record.unknown)
    return on_record


def _gate(askings: Sequence[Asking], book: str) -> Gate:
    policy = house_policy()
    return bulk_of(book, policy).decide if len(askings) >= MANY else partial(decide, book=book, policy=policy)


def _decided(
    askings: Sequence[Asking],
    on_record: OnRecord,
    answers: dict[str, Clearance],
    gate: Gate,
    *,
    now: datetime,
) -> list[Decided]:
    """Each question that has no answer yet, with the one it gets; all answers are put among `answers`.
    A place taken counts for the next."""
    answers |= on_record.given
    people, decided = on_record.people, list[Decided]()
    alone = len(people) == len(askings)
    for asking, key in zip(askings, new_keys(len(askings), now), strict=True):
        question, ref = asking.key, asking.customer_ref
        if question in answers:
            continue
        one = gate(asking, people[ref], key)
        decided.append(one)
        _, answer, _ = one
        answers[question] = answer
        if not alone and answer.cleared:
            people[ref] = _with(people[ref], asking)
    return decided


def _unknown(ref: str) -> UnableToAsk:
    return UnableToAsk(
        f"the casebook does not know {ref}",
        do="Enter the customer and the account first, or mend the reference.",
    )


def _at_the_counter(askings: Sequence[Asking], book: str, now: datetime) -> dict[str, Clearance]:
    if len(askings) == 1:
        return _decide(askings, book=book, now=now)
    with in_company.taken():
        return _decide(_by_customer(askings), book=book, now=now)


in_company = InTurn()
_counter = WaitingRoom(_at_the_counter)


def _look_back(askings: Sequence[Asking]) -> timedelta:
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
