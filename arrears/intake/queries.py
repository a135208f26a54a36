"""What was taken in lately, and what was set aside."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db.models import Exists, OuterRef, QuerySet

from arrears.casebook import queries as casebook
from arrears.casebook.types import MoneyNotice, UnmatchedMoney
from arrears.intake.debits.collecting import collections_seen
from arrears.intake.debits.configuration import load_creditors
from arrears.intake.matching import Order, may_mean, names_in
from arrears.intake.models import BankStatement, Delivery, Doubt, PaymentOrder, StatementEntry, WalletNotice
from arrears.intake.payments import orders_named
from arrears.intake.policy import house_policy
from arrears.intake.policy import house_policy as money_policy
from arrears.intake.proposing import rank
from arrears.intake.rejects import read_rejects, rejects_path
from arrears.intake.statements.taking import as_taken
from arrears.intake.types import (
    AccountInDoubt,
    Candidate,
    EntrySeen,
    NoticeRefused,
    OrderSeen,
    RefusedInFull,
    Reject,
    RowInDoubt,
    StatementTaken,
)
from arrears.intake.wallets.configuration import load_wallets
from arrears.intake.wallets.taking import wallets_file
from arrears.kernel.money import decimal_text
from arrears.kernel.words import Words

__all__ = [
    "candidates",
    "check_setup",
    "collections_seen",
    "doubts_about",
    "doubts_counted",
    "doubts_standing",
    "flagged_statements",
    "in_doubt",
    "latest_with_rejects",
    "money_policy",
    "notice_refused",
    "notices_refused",
    "order",
    "rank",
    "reasons_in",
    "rejects_of",
    "rejects_path",
    "statement",
    "statements",
    "statements_flagged",
]


def check_setup() -> None:
    """Raises WrongConfiguration, naming file and line, where wallets, creditors or the policy are wrong."""
    load_wallets(wallets_file())
    load_creditors()
    house_policy()


def candidates(
    monies: Sequence[UnmatchedMoney], *, instalments: Mapping[str, str] | None = None
) -> dict[str, list[Candidate]]:
    """By money: the accounts that come near it, in a handful of questions for all of them.

    instalments: by money, the one account of whose agreement alone it is an instalment to the cent.
    """
    alone = instalments or {}
    texts = {money.ref: may_mean(_as_notice(money)) for money in monies}
    said = {money.ref: names_in(money.reference_given) for money in monies}
    orders = orders_named(text for many in texts.values() for text in many)
    names, numbers = {m.payer_name for m in monies}, {m.payer_account for m in monies}
    paid = casebook.paid_before(payer_accounts=numbers, payer_names=names)
    asked = {text for many in texts.values() for text in many} | {
        ref for refs in paid.values() for ref in refs
    }
    asked |= {order.account for order in orders.values()} | set(alone.values())
    known = {row[0]: row for row in casebook.find_accounts(refs=asked, customer_refs=asked)}
    called = casebook.accounts_by_name(names.union(*said.values()))
    people = casebook.persons({row[1] for row in known.values()})
    owners = {ref: people[customer].name for ref, customer, _ in known.values()}
    cards = {**known, **{ref: (ref, customer, currency) for ref, customer, currency, _ in called}}
    owners |= {ref: name for ref, _, _, name in called}
    signs = _Signs(texts, said, orders, paid, called, alone)
    return {
        money.ref: [signs.candidate(money, card, owners[card[0]]) for card in cards.values()]
        for money in monies
    }


def _as_notice(money: UnmatchedMoney) -> MoneyNotice:
    said = (money.account_given, money.reference_given, money.payer_name)
    return MoneyNotice(money.ref, money.received_date, money.cents, money.currency, *said)


@dataclass(frozen=True, slots=True)
class _Signs:
    """What is known of some monies and the accounts near them."""

    texts: Mapping[str, tuple[str, ...]]
    said: Mapping[str, set[str]]  # names in the payers' words
    orders: Mapping[str, Order]  # by the text that names them
    paid: Mapping[str, set[str]]
    called: Sequence[tuple[str, str, str, str]]
    alone: Mapping[str, str]

    def candidate(self, money: UnmatchedMoney, card: tuple[str, str, str], name: str) -> Candidate:
        """The signs that lead from one sum to one account."""
        account, customer, currency = card
        texts = self.texts[money.ref]
        by_account = self.paid.get(money.payer_account, set())
        by_name = self.paid.get(money.payer_name, set())
        orders = (self.orders[text] for text in texts if text in self.orders)
        in_words = name != money.payer_name and name in self.said[money.ref]
        return Candidate(
            account=account,
            customer=customer,
            name=name,
            currency=currency,
            named=account in texts,
            customer_named=customer in texts,
            paid_before_by_account=len(by_account) if account in by_account else 0,
            paid_before_by_name=len(by_name) if account in by_name else 0,
            same_name=self._called(name) if name == money.payer_name else 0,
            holder_named=self._called(name) if in_words else 0,
            order=next((order.number for order in orders if order.account == account), ""),
            only_instalment=self.alone.get(money.ref) == account,
        )

    def _called(self, name: str) -> int:
        return sum(called_so == name for _, _, _, called_so in self.called)


def statements(limit: int = 200) -> list[StatementTaken]:
    """Bank statements taken in: flagged ones first, then the newest."""
    rows = BankStatement.objects.select_related("delivery").order_by("-state", "-pk")
    return [as_taken(row) for row in rows[:limit]]


def statement(key: int) -> tuple[StatementTaken, list[EntrySeen]] | None:
    """One bank statement with its first thousand entries."""
    row = BankStatement.objects.select_related("delivery").filter(pk=key).first()
    return (as_taken(row), [_entry(entry) for entry in row.entries.order_by("nth")[:1000]]) if row else None


def _entry(row: StatementEntry) -> EntrySeen:
    amount = decimal_text(row.cents, currency=row.currency)
    return EntrySeen(row.line, amount, row.booked_date, row.booked, row.payer_name, row.text, row.money_ref)


def notices_refused(limit: int = 50) -> list[NoticeRefused]:
    """Wallet notices that were not believed, the latest first."""
    rows = WalletNotice.objects.filter(state="refused").order_by("-pk").defer("body")
    return [
        NoticeRefused(
            row.provider,
            row.transaction,
            Words(**(row.reason or {"zh": "", "en": ""})),
            row.received_at,
            row.pk,
        )
        for row in rows[:limit]
    ]


def order(number: str) -> OrderSeen | None:
    """The payment asked for under that number."""
    row = PaymentOrder.objects.filter(number=number).first()
    return OrderSeen(row.number, row.account_ref, row.cents, row.currency, row.opened_at) if row else None


def notice_refused(key: int) -> RefusedInFull | None:
    """One wallet notice that was not believed, with headers and body."""
    row = WalletNotice.objects.filter(pk=key, state="refused").first()
    if row is None:
        return None
    words = Words(**(row.reason or {"zh": "", "en": ""}))
    seen = NoticeRefused(row.provider, row.transaction, words, row.received_at, row.pk)
    headers = tuple(sorted((str(name), str(value)) for name, value in row.headers.items()))
    text = bytes(row.body)[:MOST_SHOWN].decode("utf-8", "backslashreplace")
    return RefusedInFull(seen, row.code, row.scheme, headers, text)


MOST_SHOWN = 100_000  # bytes of a notice's body put before a person


def flagged_statements() -> int:
    """How many bank statements are not booked and want a person."""
    return _flagged().count()


def latest_with_rejects(limit: int = 10) -> list[Delivery]:
    """Deliveries that set something aside, newest first."""
    return list(Delivery.objects.exclude(rejects_file="").order_by("-pk")[:limit])


def reasons_in(file: Path) -> list[tuple[str, Words, int]]:
    """(code, the sentence of its first row, how many) of a rejects file, the commonest first."""
    counted: Counter[str] = Counter()
    examples: dict[str, Words] = {}
    for reject in read_rejects(file):
        counted[reject.code] += 1
        examples.setdefault(reject.code, reject.words)
    return [(code, examples[code], count) for code, count in counted.most_common()]


def rejects_of(number: int, *, limit: int = 1000) -> list[Reject]:
    """The rows a delivery set aside, in the files' order; at most `limit`."""
    delivery = Delivery.objects.filter(pk=number).first()
    if delivery is None or not rejects_path(delivery).exists():
        return []
    return list(islice(read_rejects(rejects_path(delivery)), limit))


def doubts_about(account_refs: Iterable[str]) -> dict[str, str]:
    """By account, why its figures may be wrong: the rows of it that were set aside and have not come good."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = Doubt.objects.filter(account__in=list(account_refs), settled_at=None).order_by("table", "record")
    for row in rows:
        found[row.account].append(f"{row.table} {row.record} ({row.origin}): {row.en}")
    return {ref: "rows of it were set aside: " + "; ".join(told) for ref, told in found.items()}


def in_doubt(limit: int = 200) -> list[AccountInDoubt]:
    """Accounts that stand aside because rows of them were set aside, the longest waiting first."""
    found: dict[str, list[RowInDoubt]] = defaultdict(list)
    for one in Doubt.objects.filter(settled_at=None).order_by("since", "pk")[:MOST_ROWS_IN_DOUBT]:
        words = Words(zh=one.zh, en=one.en)
        found[one.account].append(RowInDoubt(one.table, one.record, words, one.origin, one.since))
    return [AccountInDoubt(ref, tuple(rows)) for ref, rows in islice(found.items(), limit)]


MOST_ROWS_IN_DOUBT = 5_000


def doubts_counted() -> int:
    """How many accounts stand aside because rows of them were set aside."""
    return Doubt.objects.filter(settled_at=None).values("account").distinct().count()


def statements_flagged(limit: int = 100) -> list[StatementTaken]:
    """Bank statements that want a person, the newest first: see `_flagged`."""
    return [as_taken(row) for row in _flagged().select_related("delivery").order_by("-pk")[:limit]]


def _flagged() -> QuerySet[BankStatement]:
    """Not booked, and no other of the same account and days is; interim reports want nobody."""
    same = {name: OuterRef(name) for name in ("account", "currency", "kind", "from_date", "to_date")}
    made_good = BankStatement.objects.filter(state="booked", **same).exclude(account="")
    return BankStatement.objects.filter(~Exists(made_good), state="flagged").exclude(kind="interim")


def doubts_standing(limit: int = 1000) -> list[Doubt]:
    """Rows that were set aside and have not come good, oldest first."""
    return list(Doubt.objects.filter(settled_at=None).order_by("since", "pk")[:limit])
