"""A day's file of collections: once an account and day, and never the same money twice.

What is due comes in from outside. Left out, with the reason said: what was sent already and is
still under way; accounts from which something came back and nobody has said "try again"; what the
bank could not read. The file is kept before it is handed out: asked again, it is the same.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import cast

from django.db import transaction

from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import Fact, FactKind
from arrears.intake.debits.codes import reason_words
from arrears.intake.debits.configuration import Creditor, debits_file, load_creditors
from arrears.intake.debits.mandates import UnableToReadMandate, read_mandate
from arrears.intake.debits.types import (
    Collection,
    CollectionSeen,
    Due,
    FileMade,
    Mandate,
    NotCollected,
    Sequence_,
    UnableToDebit,
    Version,
)
from arrears.intake.debits.writing import NotWritable, write, written
from arrears.intake.models import DebitCollection, DebitFile
from arrears.kernel.money import decimal_text
from arrears.kernel.trouble import Place
from arrears.kernel.words import Words

_UNREADABLE = Words(zh="授权书不完整：{why}", en="the mandate cannot be used: {why}")
_NOT_YET_SIGNED = Words(
    zh="授权书签署日 {day} 晚于扣款日", en="the mandate is signed on {day}, after that day"
)
_NO_CREDITOR = Words(
    zh="debits.yaml 中没有币种 {currency} 的收款人", en="debits.yaml names no creditor for {currency}"
)
_OTHER_SCHEME = Words(
    zh="授权书给的是另一收款人 {scheme}", en="the mandate was given to another creditor: {scheme}"
)
_CAME_BACK = Words(
    zh="{day} 的扣款未成功（{why}）：再次扣款须由人决定",
    en="the debit of {day} came to nothing ({why}): a person decides whether to try again",
)
_UNDER_WAY = Words(
    zh="已送出 {amount} 待到账，没有其他应扣", en="{amount} is under way already, and no more is due"
)
_SIGNS = Words(zh="含有银行不接受的字符：{why}", en="the bank does not take these signs: {why}")


def collect(
    *,
    dues: Sequence[Due],
    mandates: Mapping[str, Fact],
    left_out: Iterable[NotCollected],
    on: date,
    version: Version,
    now: datetime,
) -> FileMade:
    """The file of `on`; its count is 0 where nothing is to be collected. left_out: refused before.

    A file of that day made before is given again, unchanged, and nothing is collected a second time.
    Raises UnableToDebit where it was made in another version or nobody is set up to collect.
    """
    creditors = load_creditors()
    with transaction.atomic():
        casebook_actions.hold_till()  # nobody takes money, or makes a file, meanwhile
        before = DebitFile.objects.filter(day=on).first()
        if before:
            return _again(before, version)
        if not creditors:
            raise UnableToDebit(
                "nobody is set up to collect",
                do="See `Direct debits` in docs/money.md.",
                at=Place(str(debits_file())),
            )
        collecting = _Collecting(creditors, mandates, on)
        refused = [*left_out, *collecting.look_at(dues)]
        if not collecting.found:
            return FileMade(on, "", version, b"", 0, {}, tuple(refused), again=False)
        return collecting.keep(tuple(refused), version=version, now=now)


class _Collecting:
    """What may be collected on one day, account by account."""

    def __init__(self, creditors: Mapping[str, Creditor], mandates: Mapping[str, Fact], on: date) -> None:
        self.creditors, self.mandates, self.on = creditors, mandates, on
        self.found: list[tuple[Due, Collection]] = []

    def look_at(self, dues: Sequence[Due]) -> list[NotCollected]:
        """Take what may be collected; what may not, with the reason."""
        seen = defaultdict[str, list[CollectionSeen]](list)
        for one in collections_seen([due.account_ref for due in dues]):
            seen[one.account_ref].append(one)
        used = _mandates_in_use()
        refused = []
        for due in sorted(dues, key=lambda due: due.account_ref):
            outcome = self._one(due, seen[due.account_ref], used)
            if isinstance(outcome, Words):
                refused.append(NotCollected(due.account_ref, outcome))
            else:
                self.found.append((due, outcome))
        return refused

    def _one(self, due: Due, before: Sequence[CollectionSeen], used: set[str]) -> Words | Collection:
        mandate = self._mandate(due)
        if isinstance(mandate, Words):
            return mandate
        stopped = next(
            (one for one in before if one.state in {"rejected", "returned"} and not one.released), None
        )
        if stopped:
            return _CAME_BACK.filled(day=stopped.day, why=stopped.words)
        under_way = sum(one.cents for one in before if one.state == "sent" and not one.released)
        cents = due.cents - under_way
        if cents <= 0:
            return _UNDER_WAY.filled(amount=decimal_text(under_way, currency=due.currency))
        sequence: Sequence_ = "RCUR" if mandate.mandate in used else "FRST"
        name = hashlib.sha256(f"{due.account_ref}:{self.on}:{mandate.mandate}".encode()).hexdigest()[:16]
        return Collection(
            f"DD{self.on:%Y%m%d}{name}", due.account_ref, cents, due.currency, sequence, mandate
        )

    def _mandate(self, due: Due) -> Mandate | Words:
        creditor = self.creditors.get(due.currency)
        if creditor is None:
            return _NO_CREDITOR.filled(currency=due.currency)
        try:
            mandate = read_mandate(self.mandates[due.account_ref].payload)
            written(mandate.debtor_name, creditor.characters)
            written(creditor.text.replace("{account}", due.account_ref), creditor.characters, most=140)
        except UnableToReadMandate as trouble:
            return _UNREADABLE.filled(why=trouble.what)
        except NotWritable as trouble:
            return _SIGNS.filled(why=str(trouble))
        if mandate.scheme != creditor.scheme:
            return _OTHER_SCHEME.filled(scheme=mandate.scheme)
        if mandate.signed_date and mandate.signed_date > self.on:
            return _NOT_YET_SIGNED.filled(day=mandate.signed_date)
        return mandate

    def keep(self, refused: tuple[NotCollected, ...], *, version: Version, now: datetime) -> FileMade:
        """Write the file and keep it with its collections, in one transaction."""
        said = "".join(one.end_to_end for _, one in self.found)
        name = f"DD-{self.on:%Y%m%d}-{hashlib.sha256(said.encode()).hexdigest()[:10]}"
        content, blocks = write(
            [one for _, one in self.found],
            creditors=self.creditors,
            message=name,
            day=self.on,
            made_at=now,
            version=version,
        )
        file = DebitFile.objects.create(day=self.on, name=name, version=version, content=content, made_at=now)
        DebitCollection.objects.bulk_create(_row(file, due, one, blocks) for due, one in self.found)
        return _made(file, refused, again=False)


def _row(file: DebitFile, due: Due, one: Collection, blocks: Mapping[str, str]) -> DebitCollection:
    return DebitCollection(
        file=file,
        end_to_end=one.end_to_end,
        block=blocks[one.end_to_end],
        account_ref=one.account_ref,
        customer_ref=due.customer_ref,
        mandate=one.mandate.mandate,
        sequence=one.sequence,
        cents=one.cents,
        currency=one.currency,
        for_what=due.for_what[:160],
    )


def _again(file: DebitFile, version: Version) -> FileMade:
    if file.version != version:
        raise UnableToDebit(
            f"the file of {file.day} was made as pain.008.001.{file.version}",
            do=f"Ask for it with --version {file.version}; the money is not collected twice.",
        )
    return _made(file, (), again=True)


def _made(file: DebitFile, refused: tuple[NotCollected, ...], *, again: bool) -> FileMade:
    rows, sums = list(file.collections.all()), defaultdict[str, int](int)
    for row in rows:
        sums[row.currency] += row.cents
    told = {currency: decimal_text(cents, currency=currency) for currency, cents in sorted(sums.items())}
    return FileMade(
        file.day, file.name, file.version, bytes(file.content), len(rows), told, refused, again=again
    )


def _mandates_in_use() -> set[str]:
    """Mandates of which a collection was not rejected: the next is no first one any more."""
    return set(DebitCollection.objects.filter(rejected_at=None).values_list("mandate", flat=True))


def collections_seen(
    account_refs: Iterable[str] | None = None, *, limit: int | None = None
) -> list[CollectionSeen]:
    """Collections with what became of them, newest first; of these accounts, or all."""
    rows = DebitCollection.objects.select_related("file").order_by("-file__day", "account_ref")
    if account_refs is not None:
        rows = rows.filter(account_ref__in=list(account_refs))
    found = list(rows[:limit])
    money = casebook.money_known_as(row.end_to_end for row in found)
    released = _released({row.customer_ref for row in found})
    return [_seen(row, money.get(row.end_to_end, (0, 0, "")), released) for row in found]


def _seen(row: DebitCollection, money: tuple[int, int, str], released: set[str]) -> CollectionSeen:
    came, back, reason = money
    state, code = "paid" if came else "sent", row.code
    if back:
        state, code = "returned", reason
    elif row.rejected_at and not came:
        state = "rejected"
    return CollectionSeen(
        end_to_end=row.end_to_end,
        account_ref=row.account_ref,
        day=row.file.day,
        cents=row.cents,
        currency=row.currency,
        state=state,
        code=code,
        words=reason_words(code),
        released=row.end_to_end in released,
        told_at=row.rejected_at,
    )


def _released(customer_refs: Iterable[str]) -> set[str]:
    facts = casebook.facts_about(customer_refs, kinds=[FactKind.DIRECT_DEBIT])
    told = [fact.payload for of_one in facts.values() for fact in of_one]
    return {cast(str, each["end_to_end"]) for each in told if each.get("state") == "released"}


def release(*, end_to_end: str, reason: str, by: str, now: datetime) -> bool:
    """A person says that the account may be debited again after this collection came to nothing.

    Also for one the bank never answered. True the first time. Raises UnableToDebit.
    """
    row = DebitCollection.objects.filter(end_to_end=end_to_end).first()
    if row is None or not reason.strip():
        raise UnableToDebit(
            Words(zh="没有这笔扣款", en="there is no such collection")
            if row is None
            else Words(zh="请写明为什么可以再试", en="say why it may be tried again")
        )
    (seen,) = [one for one in collections_seen([row.account_ref]) if one.end_to_end == end_to_end]
    if seen.state == "paid":
        raise UnableToDebit(
            Words(
                zh=f"{end_to_end} 已扣到，不必再试",
                en=f"{end_to_end} was paid: there is nothing to try again",
            )
        )
    return tell(row, state="released", by=by, now=now, reason=reason.strip())


def tell(row: DebitCollection, *, state: str, by: str, now: datetime, **more: str) -> bool:
    """Record what became of a collection as a fact of its customer; True the first time."""
    return casebook_actions.record_fact(
        key=f"debit:{row.end_to_end}:{state}",
        kind=FactKind.DIRECT_DEBIT,
        customer_ref=row.customer_ref,
        account_ref=row.account_ref,
        happened_at=now,
        now=now,
        by=by,
        payload={"state": state, "end_to_end": row.end_to_end, **more},
    )


def collections_named(names: Iterable[str]) -> dict[str, tuple[str, int, str]]:
    """By end-to-end name of ours: (account, cents, currency)."""
    ours = [name for name in names if name.startswith("DD") and len(name) == len("DD20261121") + 16]
    if not ours:
        return {}
    rows = DebitCollection.objects.filter(end_to_end__in=ours)
    return {
        name: (ref, cents, currency)
        for name, ref, cents, currency in rows.values_list("end_to_end", "account_ref", "cents", "currency")
    }
