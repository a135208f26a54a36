"""Taking in payments: each is kept once, and applied where it is certain whose money it is."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from django.db import transaction

from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import MoneyBack, MoneyNotice, MoneyTaken, Telling
from arrears.intake import recognising
from arrears.intake.book import one_at_a_time
from arrears.intake.checking import Checked, Found, Target, check, passed_over
from arrears.intake.debits.collecting import collections_named
from arrears.intake.lines import UnableToRead
from arrears.intake.matching import Card, Decision, Order, decide, may_mean
from arrears.intake.models import Delivery, PaymentOrder, StatementEntry
from arrears.intake.policy import house_policy
from arrears.intake.reasons import Wrong, wrong
from arrears.intake.recognising import Input, Plan
from arrears.intake.rejects import rejects_path, write_rejects
from arrears.intake.sources import RawBatch
from arrears.intake.types import FileRead, NoticeTaken, PaymentsTaken, Reject, Silent, Tell
from arrears.kernel.trouble import Place, Trouble
from arrears.kernel.words import Words
from arrears.portfolio import queries as portfolio

Item = TypeVar("Item")
AT_ONCE = 1_000  # payments in one transaction: a kill loses these at most, and they are taken in again


class UnableToTakeNotice(Trouble):
    """The notice contradicts one taken before; what was taken stays."""


def take_payments(
    *, path: Path, mapping: str | Path | None = None, now: datetime, tell: Tell | None = None
) -> PaymentsTaken:
    """Take in a file of payments. The same file, or the same payment in another file, changes nothing.

    Raises UnableToRead or WrongConfiguration; then nothing was taken.
    """
    plan = recognising.plan(path, mapping=mapping)
    if not plan.is_for_payments:
        raise UnableToRead(
            "holds a card book, not payments", do=f"arrears intake book {path}", at=Place(str(path))
        )
    with one_at_a_time():
        before = Delivery.objects.filter(digest=plan.digest, state="taken").order_by("-pk").first()
        if before:
            return _as_taken(before, seen_before=True)
        return _Taking(plan, now=now, tell=tell or Silent()).take()


def take_notice(*, notice: MoneyNotice, now: datetime) -> NoticeTaken:
    """Take one payment notice (the API's way in).

    Raises UnableToTakeNotice where a payment of this id was notified with other content.
    """
    with transaction.atomic():
        outcome = take_all([notice], now=now)[0]
    if isinstance(outcome, Wrong):
        raise UnableToTakeNotice(
            Words(zh=f"{notice.ref}：{outcome.words.zh}", en=f"{notice.ref}: {outcome.words.en}"),
            do=Words(zh="请用新的编号发更正。", en="Send a correction under an id of its own."),
        )
    return outcome


def match_waiting(*, now: datetime) -> tuple[str, ...]:
    """Look again at money nobody's account was found for; the accounts that received some.

    What a statement left to a person stays with the person.
    """
    unmatched = casebook.money_notified(unmatched=True)
    left = StatementEntry.objects.filter(money_ref__in=list(unmatched), left_open=True)
    for_a_person = set(left.values_list("money_ref", flat=True))
    waiting = [money for ref, (money, _) in unmatched.items() if ref not in for_a_person]
    touched: list[str] = []
    for some in _chunks(iter(waiting)):
        with transaction.atomic():
            outcomes = take_all(some, now=now)
        touched += [
            done.account_ref for done in outcomes if isinstance(done, NoticeTaken) and done.account_ref
        ]
    return tuple(dict.fromkeys(touched))


def match_by_hand(*, money_ref: str, account_ref: str, by: str, reason: str, now: datetime) -> bool:
    """A person says whose money it is: True if this call applied it, False if it stood so already.

    Raises casebook.actions.UnableToMatchMoney.
    """
    with transaction.atomic():
        _enter_unknown([account_ref], now=now)
        words = Words(zh=reason, en=reason)
        return casebook_actions.match_money(
            money_ref=money_ref, account_ref=account_ref, by=by, reason=words, now=now
        )


def say_one_money(*, money_ref: str, as_ref: str, by: str, now: datetime) -> tuple[str, ...]:
    """A person says that `money_ref` is the payment we know as `as_ref`: it counts once from now on.

    The accounts that changed. Raises UnableToTakeNotice where either is unknown or they differ in amount.
    """
    known = casebook.money_notified([money_ref, as_ref])
    if money_ref == as_ref or len(known) != 2:
        raise UnableToTakeNotice(
            Words(zh="两笔中有一笔不存在", en="one of the two is not known"),
            do=Words(zh="请再看一遍列表。", en="Look at the list again."),
        )
    (twice, account), (once, _) = known[money_ref], known[as_ref]
    if (twice.cents, twice.currency) != (once.cents, once.currency):
        raise UnableToTakeNotice(
            Words(
                zh=f"{money_ref} 与 {as_ref} 金额不同", en=f"{money_ref} and {as_ref} are different amounts"
            )
        )
    told = MoneyBack(
        ref=f"one:{sha256(money_ref.encode()).hexdigest()[:40]}",
        of=money_ref,
        cents=twice.cents,
        currency=twice.currency,
        returned_date=twice.received_date,
        reason=f"one money with {as_ref}, says {by}",
        origin=by,
        source="desk",
    )
    casebook_actions.take(tellings=[told], now=now)
    return (account,) if account else ()


def take_all(
    tellings: Sequence[MoneyNotice | MoneyBack],
    *,
    now: datetime,
    left_open: Mapping[str, Words] | None = None,
) -> list[NoticeTaken | Wrong]:
    """Each telling's outcome, in order. Call it inside a transaction; everything of it is applied, or nothing.

    left_open: refs of money that a person has to place, and why.
    """
    kept_back, policy = left_open or {}, house_policy()
    casebook_actions.hold_till()
    collected = _Collected([told for told in tellings if isinstance(told, MoneyNotice)])
    tellings = [collected.named(told) if isinstance(told, MoneyNotice) else told for told in tellings]
    notices = [told for told in tellings if isinstance(told, MoneyNotice)]
    cards = _Cards(notices)
    decisions = {
        id(notice): Decision(None, "left_open", kept_back[notice.ref])
        if notice.ref in kept_back
        else collected.decision_of(notice)
        or policy.tightened(decide(notice, cards.meant_in(notice), cards.orders_in(notice)), notice)
        for notice in notices
    }
    _enter_unknown([decision.account for decision in decisions.values() if decision.account], now=now)
    told = [_telling(each, decisions.get(id(each))) for each in tellings]
    taken = casebook_actions.take(tellings=told, now=now)
    return [_outcome(one, telling) for one, telling in zip(taken, told, strict=True)]


def _telling(told: MoneyNotice | MoneyBack, decision: Decision | None) -> Telling | MoneyBack:
    if isinstance(told, MoneyBack) or decision is None:
        assert isinstance(told, MoneyBack)
        return told
    return Telling(told, decision.account, decision.by, decision.words)


def _outcome(taken: MoneyTaken, telling: Telling | MoneyBack) -> NoticeTaken | Wrong:
    if taken.contradicts is not None:
        return wrong("changed_payment", before=taken.contradicts)
    words = telling.words if isinstance(telling, Telling) else _WENT_BACK
    if taken.account_ref and not taken.applied_now:
        words = _TAKEN_ALREADY
    if taken.same_as:
        words = _SAME_MONEY.filled(ref=taken.same_as)
    return NoticeTaken(taken.money_ref, taken.account_ref, words, taken.first, taken.applied_now)


_TAKEN_ALREADY = Words(zh="此前已入账", en="it was applied before")
_SAME_MONEY = Words(zh="与 {ref} 是同一笔钱，只计一次", en="it is one money with {ref} and counts once")
_WENT_BACK = Words(zh="这笔钱已退回", en="this money went back")


_COLLECTED = Words(zh="我方直接扣款 {name}", en="it is our direct debit {name}")


class _Collected:
    """Our own direct debits among some notices, found in one question: their account is known."""

    def __init__(self, notices: Sequence[MoneyNotice]) -> None:
        self.known = collections_named({name for notice in notices for name in _texts(notice)})

    def named(self, notice: MoneyNotice) -> MoneyNotice:
        """The notice, under the collection's own name too where it is only written in its words."""
        name = self._name(notice)
        return replace(notice, names=(*notice.names, name)) if name and name not in notice.names else notice

    def decision_of(self, notice: MoneyNotice) -> Decision | None:
        """The account, where the notice has the name, the amount and the currency of a collection."""
        name = self._name(notice)
        return Decision(self.known[name][0], "rule:debit", _COLLECTED.filled(name=name)) if name else None

    def _name(self, notice: MoneyNotice) -> str:
        told = (notice.cents, notice.currency)
        names = (name for name in _texts(notice) if name in self.known)
        return next((name for name in names if self.known[name][1:] == told), "")


def _texts(notice: MoneyNotice) -> tuple[str, ...]:
    return (notice.ref, *notice.names, *may_mean(notice))


class _Cards:
    """The accounts and orders some notices may mean, found in three questions, given out notice by notice."""

    def __init__(self, notices: Sequence[MoneyNotice]) -> None:
        self.texts = {id(notice): may_mean(notice) for notice in notices}
        self.by_text: dict[str, dict[str, Card]] = defaultdict(dict)
        for card in _find(sorted({text for texts in self.texts.values() for text in texts})):
            self.by_text[card.account][card.account] = card
            self.by_text[card.customer][card.account] = card
        self.orders = orders_named(text for texts in self.texts.values() for text in texts)

    def orders_in(self, notice: MoneyNotice) -> list[Order]:
        """Every payment we asked for whose number the notice's own texts have."""
        return [self.orders[text] for text in self.texts[id(notice)] if text in self.orders]

    def meant_in(self, notice: MoneyNotice) -> list[Card]:
        """Every account the notice's own texts name, or whose customer they name."""
        named = [self.by_text.get(text, {}) for text in self.texts[id(notice)]]
        return list({ref: card for cards in named for ref, card in cards.items()}.values())


def orders_named(texts: Iterable[str]) -> dict[str, Order]:
    """By text: the payment we asked for under it, in whatever case it is written."""
    asked = {text: text.upper() for text in texts}
    columns = ("number", "account_ref", "cents", "currency")
    rows = PaymentOrder.objects.filter(number__in=set(asked.values())).values_list(*columns)
    found = {row[0]: Order(*row) for row in rows}
    return {text: found[number] for text, number in asked.items() if number in found}


def _find(meant: Sequence[str]) -> list[Card]:
    found = {
        **{row[0]: row for row in portfolio.find_accounts(refs=meant, customer_refs=meant)},
        **{row[0]: row for row in casebook.find_accounts(refs=meant, customer_refs=meant)},
    }
    return [Card(*row) for row in found.values()]


def _enter_unknown(accounts: Sequence[str], *, now: datetime) -> None:
    """Bring accounts only the book knows into the casebook: money is applied there."""
    known = {row[0] for row in casebook.find_accounts(refs=accounts, customer_refs=())}
    unknown = sorted(set(accounts) - known)
    if unknown:
        casebook_actions.enter(rows=portfolio.rows_for(unknown), now=now)


class _Taking:
    """One file (or folder) of payments on its way in."""

    def __init__(self, plan: Plan, *, now: datetime, tell: Tell) -> None:
        self.plan, self.now, self.tell = plan, now, tell
        self.counts = dict.fromkeys(("read", "matched", "unmatched", "unchanged", "set_aside"), 0)
        self.files = {
            entry.source.path: FileRead(entry.source.path.name, entry.source.survey.encoding.upper())
            for entry in plan.inputs
        }
        self.rejects: list[Reject] = []
        self.touched: dict[str, None] = {}
        self.unmatched: list[str] = []
        self.first_at: dict[str, str] = {}  # payment id: where it stood first in these files

    def take(self) -> PaymentsTaken:
        """Take the payments, some at a time; the delivery is marked taken when all are."""
        delivery = Delivery.objects.create(
            kind="payments",
            source=str(self.plan.path)[:500],
            digest=self.plan.digest,
            mapping=self.plan.mapping[:200],
            begun_at=self.now,
        )
        for entry in self.plan.inputs:
            name, size = entry.source.path.name, entry.source.survey.size_bytes
            self.tell.begin(Words(zh=f"读取 {name}", en=f"Reading {name}"), size)
            for some in _chunks(self._good_rows(entry)):
                self._take_some(entry, some)
            entry.source.refuse_if_changed()
        return self._finish(delivery)

    def _good_rows(self, entry: Input) -> Iterator[tuple[int, MoneyNotice]]:
        """(line, notice) of every row that is good by itself and comes for the first time in these files."""
        file = self.files[entry.source.path]
        for batch in entry.source.batches():
            self.tell.advance(batch.bytes_read)
            for line, shown, problem in batch.spoiled:
                self.counts["read"] += 1
                self._set_aside(entry, line, Found(None, shown, problem))
            checked = [(target, check(target, batch)) for target in entry.targets]
            file.read += len(batch.lines) + len(batch.spoiled)
            file.passed_over += passed_over(batch, [rows for _, rows in checked])
            for target, rows in checked:
                yield from self._good_rows_of(target, rows, entry, batch)

    def _good_rows_of(
        self, target: Target, checked: Checked, entry: Input, batch: RawBatch
    ) -> Iterator[tuple[int, MoneyNotice]]:
        columns = {name: column.to_pylist() for name, column in checked.columns.items()}
        self.counts["read"] += len(checked.rows)
        for at, row in enumerate(checked.rows):
            line = int(batch.lines[row])
            if at in checked.wrong:
                self._set_aside(entry, line, checked.wrong[at])
                continue
            said = {name: column[at] for name, column in columns.items()}
            notice = _notice(said, f"{entry.source.path.name}:{line}")
            first = self.first_at.setdefault(notice.ref, notice.origin)
            if first == notice.origin:
                yield line, notice
            else:
                shown = target.shown("payment_id")
                self._set_aside(entry, line, Found(shown, notice.ref, wrong("duplicate", first=first)))

    def _set_aside(self, entry: Input, line: int, found: Found) -> None:
        file = self.files[entry.source.path]
        said = (found.column, found.value and found.value[:200], found.wrong.code, found.wrong.words)
        self.rejects.append(Reject(file.name, line, "payments", *said))
        self.counts["set_aside"] += 1
        file.set_aside += 1

    def _take_some(self, entry: Input, some: list[tuple[int, MoneyNotice]]) -> None:
        with transaction.atomic():
            outcomes = take_all([notice for _, notice in some], now=self.now)
        for (line, notice), outcome in zip(some, outcomes, strict=True):
            if isinstance(outcome, Wrong):
                self._set_aside(entry, line, Found(entry.targets[0].shown("payment_id"), notice.ref, outcome))
            elif outcome.applied_now and outcome.account_ref:
                self.counts["matched"] += 1
                self.touched[outcome.account_ref] = None
            elif outcome.first:
                self.counts["unmatched"] += 1
                self.unmatched.append(notice.ref)
            else:
                self.counts["unchanged"] += 1

    def _finish(self, delivery: Delivery) -> PaymentsTaken:
        self.rejects.sort(key=lambda reject: (reject.file, reject.line))
        if write_rejects(rejects_path(delivery), self.rejects):
            delivery.rejects_file = rejects_path(delivery).name
        delivery.counts = self.counts
        delivery.files = [asdict(file) for file in self.files.values()]
        delivery.state, delivery.taken_at = "taken", self.now
        delivery.save()
        taken = _as_taken(delivery)
        return replace(taken, touched=tuple(self.touched), unmatched_refs=tuple(self.unmatched))


def _notice(said: Mapping[str, Any], origin: str) -> MoneyNotice:
    return MoneyNotice(
        ref=said["payment_id"],
        received_date=said["received_date"],
        cents=said["cents"],
        currency=said["currency"],
        account_given=said["account"] or "",
        reference_given=said["reference"] or "",
        payer_name=said["payer"] or "",
        origin=origin[-200:],
    )


def _as_taken(delivery: Delivery, *, seen_before: bool = False) -> PaymentsTaken:
    return PaymentsTaken(
        number=delivery.pk,
        source=delivery.source,
        mapping=delivery.mapping,
        files=tuple(FileRead(**file) for file in delivery.files),
        rejects_file=rejects_path(delivery) if delivery.rejects_file else None,
        seen_before=seen_before,
        **delivery.counts,
    )


def _chunks(items: Iterator[Item]) -> Iterator[list[Item]]:
    while some := list(islice(items, AT_ONCE)):
        yield some
