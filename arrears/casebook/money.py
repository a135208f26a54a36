"""Money in and money back, many tellings at a time, each counted once. One telling is a bulk of one.

What the tellings of one call may touch is read in a few questions; then they are gone through in
their order, in memory; then everything new is written in a few statements. The order of arrival
does not matter for what is owed in the end: money told again under a name both sources know is
one money, what went back waits for the money it undoes, and money waits for its account.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Field, JSONField, Model

from arrears.casebook.models import (
    Account,
    MoneyBack,
    MoneyBackOf,
    MoneyBackPosted,
    MoneyIn,
    MoneyMatch,
    MoneyName,
    MoneyTold,
    Posting,
    SameMoney,
)
from arrears.casebook.types import MoneyBack as BackTold
from arrears.casebook.types import MoneyNotice, MoneyTaken, MovementKind, Telling
from arrears.kernel.money import decimal_text
from arrears.kernel.words import Words

SAME_MONEY_DAYS = 3  # a bank's own line may carry a day a little off the notice's
SAME_NAME_DAYS = 31  # the same reference later than this is used anew, for other money
ONE_TILL = 7_311_003  # the advisory lock's number

Row = TypeVar("Row", bound=Model)
Key = tuple[int, str, int]  # account, kind, cents: what a book line is compared by


class Kept:
    """One money as this call sees it: what the tables say, and what this call adds."""

    __slots__ = ("account", "backs", "money", "names", "posting_ref", "sources")

    def __init__(self, money: MoneyIn) -> None:
        self.money = money
        self.account: Account | None = None
        self.posting_ref = ""
        self.sources = {money.source}
        self.backs: list[MoneyBack] = []
        self.names: dict[str, None] = {}  # in the order they became known

    @property
    def left_cents(self) -> int:
        """What of it did not go back."""
        return self.money.cents - sum(back.cents for back in self.backs)


def hold_till() -> None:
    """Only one transaction at a time takes money. Ask before anything else of the transaction is locked."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [ONE_TILL])


def take(tellings: Sequence[Telling | BackTold], *, now: datetime) -> list[MoneyTaken]:
    """Keep and apply these, in order, in one transaction: the outcome of each.

    Accounts named must be known and of the money's currency; what is not stays unmatched.
    """
    with transaction.atomic():
        hold_till()
        till = Till(
            names={name for telling in tellings for name in _names_of(telling)},
            account_refs={t.account_ref for t in tellings if isinstance(t, Telling) and t.account_ref},
            cents={t.notice.cents if isinstance(t, Telling) else t.cents for t in tellings},
            now=now,
        )
        outcomes = [till.take(telling) for telling in tellings]
        till.write()
    return outcomes


class Till:
    """Everything known that the tellings of one call may touch, and what they add to it.

    names: every name of the tellings; account_refs and cents: what else they may be about.
    """

    def __init__(self, *, names: set[str], account_refs: set[str], cents: set[int], now: datetime) -> None:
        self.now = now
        self.by_ref: dict[str, Kept] = {}
        self.by_name: dict[str, list[Kept]] = defaultdict(list)
        self.waiting: dict[str, list[MoneyBack]] = defaultdict(list)  # by the name of what they undo
        self.backs: dict[str, MoneyBack] = {}
        self.found: dict[str, Kept] = {}  # by the ref of what went back
        self.posted: set[str] = set()  # backs that are on an account
        self.accounts: dict[str, Account] = {}
        self.lines: dict[Key, list[Posting]] = defaultdict(list)  # of the book, not paired yet
        self.rows: dict[type[Model], list[Model]] = defaultdict(list)
        self._read(names, account_refs, cents)

    # --- reading

    def _read(self, names: set[str], account_refs: set[str], cents: set[int]) -> None:
        backs = _rows(MoneyBack, "ref = any(%(names)s) or of = any(%(names)s)", names=list(names))
        whose = self._read_monies(list(names | {back.of for back in backs}))
        self._read_backs(backs)
        self._read_accounts(account_refs, whose)
        cents = cents | {k.money.cents for k in self.by_ref.values()} | {b.cents for b in self.backs.values()}
        self._read_lines(cents)

    def _read_monies(self, names: list[str]) -> dict[Kept, int]:
        """Every money of these names with all its names; and the account's key of what is applied."""
        monies = _rows(MoneyIn, f"id in ({_OF_THESE_NAMES}) order by id", names=names)
        kept, keys = {money.pk: Kept(money) for money in monies}, [money.pk for money in monies]
        for each in kept.values():
            self._know(each, [each.money.ref])
        for told in _rows(MoneyTold, "money_id = any(%(keys)s) order by id", keys=keys):
            kept[told.money_id].sources.add(told.source)
            self._know(kept[told.money_id], [told.ref])
        for name in _rows(MoneyName, "money_id = any(%(keys)s) order by id", keys=keys):
            self._name(kept[name.money_id], name.name)
        of = dict(_answers(_BACKS_OF_MONEY, keys=keys))
        for back in _rows(MoneyBack, "id = any(%(keys)s) order by id", keys=list(of)):
            kept[of[back.pk]].backs.append(self.backs.setdefault(back.ref, back))
            self.found[back.ref] = kept[of[back.pk]]
        whose = {}
        for key, account, posting_ref in _answers(_MATCHES_OF_MONEY, keys=keys):
            kept[key].posting_ref, whose[kept[key]] = posting_ref, account
        return whose

    def _know(self, kept: Kept, refs: Iterable[str]) -> None:
        for ref in refs:
            self.by_ref[ref] = kept
            self._name(kept, ref)

    def _name(self, kept: Kept, name: str) -> None:
        if name not in kept.names:
            kept.names[name] = None
            self.by_name[name].append(kept)

    def _read_backs(self, told: list[MoneyBack]) -> None:
        names = list(self.by_name)
        waiting = _rows(MoneyBack, f"of = any(%(names)s) and {_NOT_FOUND}", names=names)
        for back in sorted({b.pk: b for b in (*told, *waiting)}.values(), key=lambda b: b.pk):
            self.backs.setdefault(back.ref, back)
        keys = [back.pk for back in self.backs.values()]
        elsewhere = {ref for (ref,) in _answers(_FOUND, keys=keys)}
        for back in sorted(self.backs.values(), key=lambda b: b.pk):
            if back.ref not in elsewhere:
                self.waiting[back.of].append(back)
        self.posted = {ref for (ref,) in _answers(_POSTED, keys=keys)}

    def _read_accounts(self, refs: set[str], whose: Mapping[Kept, int]) -> None:
        # Locked, in one order: a card book that brings a line for the same money waits, or has come.
        where = "ref = any(%(refs)s) or id = any(%(keys)s) order by id for no key update"
        rows = _rows(Account, where, refs=list(refs), keys=list(set(whose.values())))
        self.accounts = {account.ref: account for account in rows}
        by_key = {account.pk: account for account in rows}
        for kept, key in whose.items():
            kept.account = by_key[key]

    def _read_lines(self, cents: set[int]) -> None:
        keys = [account.pk for account in self.accounts.values()]
        for line in _rows(Posting, _BOOK_LINES, keys=keys, cents=list(cents)):
            self.lines[line.account_id, line.kind, line.cents].append(line)

    # --- one telling after the other

    def take(self, telling: Telling | BackTold) -> MoneyTaken:
        """What becomes of one telling, in memory."""
        return self._back(telling) if isinstance(telling, BackTold) else self._money(telling)

    def _money(self, telling: Telling) -> MoneyTaken:
        notice = telling.notice
        kept, same_as = self.by_ref.get(notice.ref), None
        first = kept is None
        if kept is not None:
            said = _contradicted(kept, notice)
            if said:
                account = kept.account.ref if kept.account else None
                return MoneyTaken(notice.ref, kept.money.ref, account, False, False, contradicts=said)
        else:
            kept = self._same_by_name(notice)
            same_as = kept.money.ref if kept else None
            kept = self._told_again(kept, notice) if kept else self._keep(telling)
        applied = self._apply_if_certain(kept, telling)
        self._settle_backs(kept)
        account = kept.account.ref if kept.account else None
        return MoneyTaken(notice.ref, kept.money.ref, account, first, applied, same_as=same_as)

    def _same_by_name(self, notice: MoneyNotice) -> Kept | None:
        """Money another source told of under a name this one uses too: same amount, and not long ago."""
        near = timedelta(days=SAME_NAME_DAYS)
        for name in (notice.ref, *notice.names):
            for kept in self.by_name.get(name, ()):
                money = kept.money
                same = (money.cents, money.currency) == (notice.cents, notice.currency)
                soon = abs(money.received_date - notice.received_date) <= near
                if same and soon and notice.source not in kept.sources:
                    return kept
        return None

    def _keep(self, telling: Telling) -> Kept:
        notice = telling.notice
        money = MoneyIn(
            ref=notice.ref,
            received_date=notice.received_date,
            cents=notice.cents,
            currency=notice.currency,
            account_given=notice.account_given[:80],
            reference_given=notice.reference_given[:200],
            payer_name=notice.payer_name[:200],
            payer_account=notice.payer_account[:64],
            source=notice.source,
            origin=notice.origin[-200:],
            unmatched_because=None if self._fits(telling) else telling.words.as_json(),
            recorded_at=self.now,
        )
        self.rows[MoneyIn].append(money)
        kept = Kept(money)
        self._know(kept, [notice.ref])
        self._add_names(kept, notice.names)
        return kept

    def _told_again(self, kept: Kept, notice: MoneyNotice) -> Kept:
        self.rows[MoneyTold].append(
            MoneyTold(
                ref=notice.ref,
                money=kept.money,
                source=notice.source,
                received_date=notice.received_date,
                account_given=notice.account_given[:80],
                reference_given=notice.reference_given[:200],
                payer_name=notice.payer_name[:200],
                origin=notice.origin[-200:],
                recorded_at=self.now,
            )
        )
        kept.sources.add(notice.source)
        self._know(kept, [notice.ref])
        self._add_names(kept, notice.names)
        return kept

    def _add_names(self, kept: Kept, names: Iterable[str]) -> None:
        for name in dict.fromkeys(names):
            if name not in kept.names:
                self.rows[MoneyName].append(MoneyName(name=name, money=kept.money))
                self._name(kept, name)

    def _fits(self, telling: Telling) -> Account | None:
        account = self.accounts.get(telling.account_ref or "")
        return account if account and account.currency == telling.notice.currency else None

    def _apply_if_certain(self, kept: Kept, telling: Telling) -> bool:
        account = self._fits(telling)
        if kept.account or account is None:
            return False
        self.apply(kept, account, by=telling.by, reason=telling.words)
        return True

    def apply(self, kept: Kept, account: Account, *, by: str, reason: Words) -> None:
        """Put money on an account, with what of it went back already."""
        money = kept.money
        posting = Posting(
            account=account,
            ref=f"notice:{money.ref}"[:80],
            kind=MovementKind.PAYMENT,
            cents=money.cents,
            posted_date=money.received_date,
            source="notice",
            origin=money.origin,
            recorded_at=self.now,
        )
        kept.account, kept.posting_ref = account, posting.ref
        self.rows[Posting].append(posting)
        self.rows[MoneyMatch].append(
            MoneyMatch(
                money=money,
                account=account,
                posting=posting,
                by=by[:80],
                reason=reason.as_json(),
                matched_at=self.now,
            )
        )
        self._pair(posting, certain={money.ref})
        for back in kept.backs:
            self._post_back(kept, back)

    # --- what went back

    def _back(self, told: BackTold) -> MoneyTaken:
        back, first, applied = self.backs.get(told.ref), False, False
        if back is None:
            back, first = self._keep_back(told), True
        elif (back.cents, back.currency, back.of) != (told.cents, told.currency, told.of):
            said = f"{decimal_text(back.cents, currency=back.currency)} {back.currency}, {back.of}"
            return MoneyTaken(told.ref, back.of, None, False, False, contradicts=said)
        for kept in list(self.by_name.get(back.of, ())):
            applied = self._settle_backs(kept) or applied
        found = self.found.get(told.ref)
        account = found.account.ref if found and found.account else None
        money_ref = found.money.ref if found else back.of
        return MoneyTaken(told.ref, money_ref, account, first, first and applied)

    def _keep_back(self, told: BackTold) -> MoneyBack:
        back = MoneyBack(
            ref=told.ref,
            of=told.of,
            cents=told.cents,
            currency=told.currency,
            returned_date=told.returned_date,
            reason=told.reason[:200],
            source=told.source,
            origin=told.origin[-200:],
            recorded_at=self.now,
        )
        self.rows[MoneyBack].append(back)
        self.backs[told.ref] = back
        self.waiting[told.of].append(back)
        return back

    def _settle_backs(self, kept: Kept) -> bool:
        """Join what waits for this money to it, as far as it reaches; whether anything was posted."""
        posted = False
        for name in kept.names:
            for back in list(self.waiting.get(name, ())):
                if self._only_one_it_can_be(back) is not kept:
                    continue
                self.waiting[name].remove(back)
                kept.backs.append(back)
                self.found[back.ref] = kept
                self.rows[MoneyBackOf].append(MoneyBackOf(back=back, money=kept.money, recorded_at=self.now))
                posted = self._post_back(kept, back) or posted
        return posted

    def _only_one_it_can_be(self, back: MoneyBack) -> Kept | None:
        can = [
            kept
            for kept in self.by_name.get(back.of, ())
            if kept.money.currency == back.currency and kept.left_cents >= back.cents
        ]
        return can[0] if len(can) == 1 else None

    def _post_back(self, kept: Kept, back: MoneyBack) -> bool:
        if kept.account is None or back.ref in self.posted:
            return False
        posting = Posting(
            account=kept.account,
            ref=f"back:{back.ref}"[:80],
            kind=MovementKind.PAYMENT_REVERSAL,
            cents=back.cents,
            posted_date=max(back.returned_date, kept.money.received_date),
            reverses=kept.posting_ref,
            source="notice",
            origin=back.origin,
            recorded_at=self.now,
        )
        self.posted.add(back.ref)
        self.rows[Posting].append(posting)
        self.rows[MoneyBackPosted].append(MoneyBackPosted(back=back, posting=posting))
        self._pair(posting, certain={back.ref})
        return True

    # --- the book's own line

    def _pair(self, posting: Posting, *, certain: set[str]) -> None:
        """The book's line for the same money, if it is there: one of the same name, else the earliest."""
        lines = self.lines.get((posting.account.pk, str(posting.kind), posting.cents), [])
        near = timedelta(days=SAME_MONEY_DAYS)
        fits = [line for line in lines if abs(line.posted_date - posting.posted_date) <= near]
        twin = next((line for line in fits if line.ref in certain), fits[0] if fits else None)
        if twin:
            lines.remove(twin)
            self.rows[SameMoney].append(
                SameMoney(notice=posting, book=twin, certain=twin.ref in certain, recorded_at=self.now)
            )

    # --- writing

    def write(self) -> None:
        """Everything new, parents first."""
        for model in _IN_ORDER:
            if self.rows[model]:
                _copy_in(model, self.rows[model])


# A list is one parameter here: thousands of names cost no more to ask for than one.
_OF_THESE_NAMES = """
select id from casebook_moneyin where ref = any(%(names)s)
union select money_id from casebook_moneyname where name = any(%(names)s)
union select money_id from casebook_moneytold where ref = any(%(names)s)"""
_NOT_FOUND = "not exists (select 1 from casebook_moneybackof o where o.back_id = casebook_moneyback.id)"
_BACKS_OF_MONEY = (
    "select back_id, money_id from casebook_moneybackof where money_id = any(%(keys)s) order by id"
)
_MATCHES_OF_MONEY = """
select m.money_id, m.account_id, p.ref from casebook_moneymatch m
join casebook_posting p on p.id = m.posting_id where m.money_id = any(%(keys)s)"""
_FOUND = """
select b.ref from casebook_moneybackof o join casebook_moneyback b on b.id = o.back_id
where o.back_id = any(%(keys)s)"""
_POSTED = """
select b.ref from casebook_moneybackposted o join casebook_moneyback b on b.id = o.back_id
where o.back_id = any(%(keys)s)"""
_BOOK_LINES = """
account_id = any(%(keys)s) and cents = any(%(cents)s) and source = 'book'
and kind in ('payment', 'payment_reversal')
and not exists (select 1 from casebook_samemoney s where s.book_id = casebook_posting.id)
order by posted_date, id"""


def _rows(model: type[Row], where: str, **asked: Any) -> list[Row]:
    return list(model._default_manager.raw(f"select * from {model._meta.db_table} where {where}", asked))


def _answers(question: str, **asked: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, asked)
        return list(cursor.fetchall())


_IN_ORDER: tuple[type[Model], ...] = (
    MoneyIn,
    MoneyName,
    MoneyTold,
    Posting,
    MoneyMatch,
    MoneyBack,
    MoneyBackOf,
    MoneyBackPosted,
    SameMoney,
)


def _copy_in(model: type[Model], rows: Sequence[Model]) -> None:
    """COPY unsaved rows in, each with its key; what they point to is in already."""
    fields, table = model._meta.concrete_fields, model._meta.db_table
    keys = _answers("select nextval(pg_get_serial_sequence(%(table)s, 'id')) from generate_series(1, %(many)s)",
                    table=table, many=len(rows))  # fmt: skip
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor, cursor.copy(f"copy {table} ({columns}) from stdin") as copy:
        for row, (key,) in zip(rows, keys, strict=True):
            row.pk = key
            copy.write_row([_cell(row, field) for field in fields])


def _cell(row: Model, field: "Field[Any, Any]") -> Any:
    value = getattr(row, field.name)
    if isinstance(value, Model):
        return value.pk
    if isinstance(field, JSONField):
        return None if value is None else json.dumps(value, ensure_ascii=False)
    return str(value) if isinstance(value, str) else value


def _names_of(telling: Telling | BackTold) -> tuple[str, ...]:
    if isinstance(telling, BackTold):
        return (telling.ref, telling.of)
    return (telling.notice.ref, *telling.notice.names)


def _contradicted(kept: Kept, notice: MoneyNotice) -> str | None:
    """What was told before, where this telling of the same name says otherwise."""
    money, applied_to = kept.money, kept.account.ref if kept.account else ""
    other_money = (notice.cents, notice.currency) != (money.cents, money.currency)
    other_account = applied_to and notice.account_given and notice.account_given != applied_to
    if not (other_money or other_account):
        return None
    amount = f"{decimal_text(money.cents, currency=money.currency)} {money.currency}"
    return f"{amount}, {applied_to}" if applied_to else amount
