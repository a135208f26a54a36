"""Money in and money back, many tellings at a time, each counted once. One telling is a bulk of one.

What the tellings of one call may touch is read in a few questions; then they are gone through in
their order, in memory; then everything new is written in a few statements. The order of arrival
does not matter for what is owed in the end: money told again under a name both sources know is
one money, what went back waits for the money it undoes, and money waits for its account.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Model, Q

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

Key = tuple[int, str, int]  # account, kind, cents: what a book line is compared by


class Kept:
    """One money as this call sees it: what the tables say, and what this call adds."""

    __slots__ = ("account", "backs", "money", "names", "posting", "sources")

    def __init__(self, money: MoneyIn) -> None:
        self.money = money
        self.account: Account | None = None
        self.posting: Posting | None = None
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
        backs = list(MoneyBack.objects.filter(Q(ref__in=names) | Q(of__in=names)))
        self._read_monies(names | {back.of for back in backs})
        self._read_backs(backs)
        self._read_accounts(account_refs | {k.account.ref for k in self.by_ref.values() if k.account})
        cents = cents | {k.money.cents for k in self.by_ref.values()} | {b.cents for b in self.backs.values()}
        self._read_lines(cents)

    def _read_monies(self, names: Iterable[str]) -> None:
        asked = list(names)
        keys = set(MoneyIn.objects.filter(ref__in=asked).values_list("pk", flat=True))
        keys |= set(MoneyName.objects.filter(name__in=asked).values_list("money_id", flat=True))
        keys |= set(MoneyTold.objects.filter(ref__in=asked).values_list("money_id", flat=True))
        kept = {money.pk: Kept(money) for money in MoneyIn.objects.filter(pk__in=keys).order_by("pk")}
        for each in kept.values():
            self._know(each, [each.money.ref])
        for told in MoneyTold.objects.filter(money__in=keys).order_by("pk"):
            kept[told.money_id].sources.add(told.source)
            self._know(kept[told.money_id], [told.ref])
        for name in MoneyName.objects.filter(money__in=keys).order_by("pk"):
            self._name(kept[name.money_id], name.name)
        for match in MoneyMatch.objects.filter(money__in=keys).select_related("account", "posting"):
            kept[match.money_id].account, kept[match.money_id].posting = match.account, match.posting
        for of in MoneyBackOf.objects.filter(money__in=keys).select_related("back").order_by("pk"):
            kept[of.money_id].backs.append(of.back)
            self.found[of.back.ref] = kept[of.money_id]

    def _know(self, kept: Kept, refs: Iterable[str]) -> None:
        for ref in refs:
            self.by_ref[ref] = kept
            self._name(kept, ref)

    def _name(self, kept: Kept, name: str) -> None:
        if name not in kept.names:
            kept.names[name] = None
            self.by_name[name].append(kept)

    def _read_backs(self, backs: list[MoneyBack]) -> None:
        waiting = MoneyBack.objects.filter(of__in=list(self.by_name), found=None)
        for back in sorted({b.pk: b for b in (*backs, *waiting)}.values(), key=lambda b: b.pk):
            self.backs[back.ref] = back
        keys = [back.pk for back in self.backs.values()]
        elsewhere = set(MoneyBackOf.objects.filter(back__in=keys).values_list("back__ref", flat=True))
        for back in self.backs.values():
            if back.ref not in elsewhere:
                self.waiting[back.of].append(back)
        known = [back.pk for kept in self.by_ref.values() for back in kept.backs]
        posted = MoneyBackPosted.objects.filter(back__in=[*keys, *known])
        self.posted = set(posted.values_list("back__ref", flat=True))

    def _read_accounts(self, refs: set[str]) -> None:
        # Locked, in one order: a card book that brings a line for the same money waits, or has come.
        rows = Account.objects.filter(ref__in=refs).order_by("pk").select_for_update(no_key=True)
        self.accounts = {account.ref: account for account in rows}

    def _read_lines(self, cents: set[int]) -> None:
        rows = Posting.objects.filter(
            account__in=[account.pk for account in self.accounts.values()],
            kind__in=[MovementKind.PAYMENT, MovementKind.PAYMENT_REVERSAL],
            cents__in=cents,
            source="book",
            came_as_notice=None,
        )
        for line in rows.order_by("posted_date", "pk"):
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
        kept.account, kept.posting = account, posting
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
        if kept.account is None or kept.posting is None or back.ref in self.posted:
            return False
        posting = Posting(
            account=kept.account,
            ref=f"back:{back.ref}"[:80],
            kind=MovementKind.PAYMENT_REVERSAL,
            cents=back.cents,
            posted_date=max(back.returned_date, kept.money.received_date),
            reverses=kept.posting.ref,
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
                model._default_manager.bulk_create(self.rows[model], batch_size=2000)


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
