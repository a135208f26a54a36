"""Writing into the casebook. Everything here is safe to do twice."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from arrears.casebook import money
from arrears.casebook.behind import fact_told
from arrears.casebook.models import Account, Fact, Posting, SameMoney
from arrears.casebook.money import SAME_MONEY_DAYS, hold_till
from arrears.casebook.types import (
    BookRows,
    FactKind,
    MoneyBack,
    MoneyNotice,
    MoneyTaken,
    Movement,
    Row,
    Telling,
)
from arrears.evidence import actions as evidence
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words

__all__ = [
    "UnableToMatchMoney",
    "UnableToRecord",
    "enter",
    "hold_till",
    "match_money",
    "post",
    "record_fact",
    "take",
    "take_money",
]


class UnableToMatchMoney(Trouble):
    """The money stays unmatched; the message says why."""


class UnableToRecord(Trouble):
    """The fact names somebody the casebook does not know."""


def enter(*, rows: BookRows, now: datetime) -> None:
    """Bring accounts of the card book into the casebook, or bring them up to date.

    What is there stays: a row that is already known changes nothing, and nothing a later
    delivery lacks is removed. Payments noticed earlier are paired with the book's own
    line for the same money, so they count once.
    """
    with transaction.atomic():
        _copy("book_customers", "ref text, name text, language text, zone text", rows.customers)
        _copy("book_points", "customer text, kind text, value text, source text", rows.contact_points)
        _copy(
            "book_accounts",
            "ref text, customer text, product text, currency text,"
            " opened date, limit_cents bigint, terms text",
            rows.accounts,
        )
        _copy(
            "book_postings",
            "account text, ref text, kind text, cents bigint, posted date, reverses text, origin text,"
            " made date",
            rows.postings,
        )
        _copy(
            "book_statements",
            "account text, stated date, due date, balance bigint, minimum bigint, interest bigint",
            rows.statements,
        )
        _copy(
            "book_supplied",
            "account text, as_of date, balance bigint, months_late int, days_past_due int",
            rows.supplied,
        )
        with connection.cursor() as cursor:
            for statement in _ENTER:
                cursor.execute(statement, {"now": now})
        _pair_same_money(now=now)


def _copy(table: str, columns: str, rows: Iterable[Row]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"create temporary table if not exists {table} ({columns}) on commit delete rows")
        cursor.execute(f"truncate {table}")
        with cursor.copy(f"copy {table} from stdin") as copy:
            width = columns.count(",") + 1
            for row in rows:  # what stands last in the book's order may be left out
                copy.write_row((*row, *[None] * (width - len(row))))


_ENTER = (
    """insert into casebook_customer (ref, name, language, zone, entered_at)
       select ref, name, coalesce(language, 'zh-hans'), coalesce(zone, 'Asia/Shanghai'), %(now)s
       from book_customers
       on conflict (ref) do update
         set name = excluded.name, language = excluded.language, zone = excluded.zone
       where (casebook_customer.name, casebook_customer.language, casebook_customer.zone)
          is distinct from (excluded.name, excluded.language, excluded.zone)""",
    """insert into casebook_contactpoint (customer_id, kind, value, source, recorded_at)
       select c.id, p.kind, p.value, coalesce(p.source, 'bank'), %(now)s
       from book_points p join casebook_customer c on c.ref = p.customer
       on conflict do nothing""",
    """insert into casebook_account
         (ref, customer_id, product, currency, opened_date, limit_cents, terms, entered_at)
       select a.ref, c.id, a.product, a.currency, a.opened, a.limit_cents,
              coalesce(a.terms, '{}')::jsonb, %(now)s
       from book_accounts a join casebook_customer c on c.ref = a.customer
       on conflict (ref) do update set product = excluded.product, limit_cents = excluded.limit_cents,
         terms = excluded.terms
       where (casebook_account.product, casebook_account.limit_cents, casebook_account.terms)
          is distinct from (excluded.product, excluded.limit_cents, excluded.terms)""",
    # Money being taken for these accounts waits here, or has come: either side sees the other's line.
    """select a.id from casebook_account a join book_accounts b on b.ref = a.ref
       order by a.id for no key update of a""",
    """insert into casebook_posting
         (account_id, ref, kind, cents, posted_date, made_date, reverses, source, origin, recorded_at)
       select a.id, p.ref, p.kind, p.cents, p.posted, p.made, coalesce(p.reverses, ''), 'book',
              coalesce(p.origin, ''), %(now)s
       from book_postings p join casebook_account a on a.ref = p.account
       on conflict (account_id, ref) do nothing""",
    """insert into casebook_statement
         (account_id, statement_date, due_date, balance_cents, minimum_cents, interest_cents, recorded_at)
       select a.id, s.stated, s.due, s.balance, s.minimum, s.interest, %(now)s
       from book_statements s join casebook_account a on a.ref = s.account
       on conflict do nothing""",
    """insert into casebook_suppliedstanding
         (account_id, as_of, balance_cents, months_late, days_past_due, recorded_at)
       select a.id, s.as_of, s.balance, s.months_late, s.days_past_due, %(now)s
       from book_supplied s join casebook_account a on a.ref = s.account
       on conflict do nothing""",
)

# A notice and a book line for one account and one amount, a few days apart, neither paired
# yet. Nearest days first; `distinct on` on both sides keeps the pairing one to one.
_CANDIDATES = """
select n.id, b.id, n.ref, b.ref
from casebook_posting n
join book_accounts entered on true
join casebook_account a on a.ref = entered.ref and a.id = n.account_id
join casebook_posting b on b.account_id = n.account_id and b.cents = n.cents and b.kind = n.kind
  and b.source = 'book' and abs(b.posted_date - n.posted_date) <= %(days)s
where n.source <> 'book'
  and not exists (select 1 from casebook_samemoney s where s.notice_id = n.id or s.book_id = b.id)
order by (n.ref = 'notice:' || b.ref or n.ref = 'back:' || b.ref) desc,
  n.id, abs(b.posted_date - n.posted_date), b.id
"""


def _pair_same_money(*, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, {"days": SAME_MONEY_DAYS})
        candidates = cursor.fetchall()
    notices: set[int] = set()
    books: set[int] = set()
    for notice, book, notice_ref, book_ref in candidates:
        if notice in notices or book in books:
            continue
        notices.add(notice)
        books.add(book)
        SameMoney.objects.create(
            notice_id=notice,
            book_id=book,
            certain=notice_ref in {f"notice:{book_ref}", f"back:{book_ref}"},
            recorded_at=now,
        )


def record_fact(
    *,
    key: str,
    kind: FactKind,
    customer_ref: str,
    happened_at: datetime,
    now: datetime,
    by: str,
    account_ref: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> bool:
    """Record that `kind` happened; True the first time this `key` is recorded, and on file for ever.

    Raises UnableToRecord when the customer or the account is unknown.
    """
    fact: dict[str, Any] = {
        "key": key,
        "kind": FactKind(kind).value,
        "customer": customer_ref,
        "account": account_ref,
        "happened": happened_at,
        "now": now,
        "payload": json.dumps(dict(payload or {})),
        "by": by,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_RECORD, fact)
        recorded = bool(cursor.rowcount)
        if recorded:
            on_file = fact_told(
                key=key,
                kind=fact["kind"],
                customer_ref=customer_ref,
                account_ref=account_ref,
                happened_at=happened_at,
                now=now,
                by=by,
                payload=payload or {},
            )
            evidence.append([on_file])
    if not recorded and not Fact.objects.filter(key=key).exists():
        raise UnableToRecord(f"the casebook does not know {account_ref or customer_ref}")
    return recorded


_RECORD = """
insert into casebook_fact
  (key, kind, customer_id, account_id, happened_at, recorded_at, payload, recorded_by)
select %(key)s, %(kind)s, c.id, a.id, %(happened)s, %(now)s, %(payload)s::jsonb, %(by)s
from casebook_customer c left join casebook_account a on a.ref = %(account)s
where c.ref = %(customer)s and (%(account)s::text is null or a.id is not null)
on conflict (key) do nothing
"""


def take(*, tellings: Sequence[Telling | MoneyBack], now: datetime) -> list[MoneyTaken]:
    """Keep money that came in and money that went back, in order, in one transaction; each counts once.

    Whatever is told twice, late or in another order ends in the same balances. A chunk of a
    thousand costs little more than one. See `money.py`.
    """
    return money.take(tellings, now=now)


def take_money(*, notice: MoneyNotice, because: Words | None, now: datetime) -> bool:
    """Keep money that reached us; True the first time. `because` says why it is unmatched so far."""
    telling = Telling(notice, None, "", because or _TO_BE_MATCHED)
    return money.take([telling], now=now)[0].first


_TO_BE_MATCHED = Words(zh="等待认领", en="it waits to be matched")


def match_money(*, money_ref: str, account_ref: str, by: str, reason: Words, now: datetime) -> bool:
    """Apply money to an account, once: True if this call did it, False if it stood so already.

    Raises UnableToMatchMoney when either is unknown, currencies differ, or the money
    already belongs to another account.
    """
    with transaction.atomic():
        money.hold_till()
        till = money.Till(names={money_ref}, account_refs={account_ref}, cents=set(), now=now)
        kept, account = till.by_ref.get(money_ref), till.accounts.get(account_ref)
        if kept is None or account is None:
            raise UnableToMatchMoney(
                Words(zh=f"没有款项 {money_ref}", en=f"no money {money_ref}")
                if kept is None
                else Words(zh=f"没有账户 {account_ref}", en=f"no account {account_ref}"),
                do=Words(
                    zh="请在待匹配款项或账户中查找后再试。",
                    en="Look it up in the unmatched money or the accounts, and try again.",
                ),
            )
        if kept.account:
            return _already(kept, account)
        if kept.money.currency != account.currency:
            raise UnableToMatchMoney(
                Words(
                    zh=f"{money_ref} 的币种是 {kept.money.currency}，账户 {account_ref} 是 {account.currency}",
                    en=f"{money_ref} is in {kept.money.currency}, account {account_ref} in {account.currency}",
                ),
                do=Words(
                    zh="请先在银行兑换；系统不猜汇率。",
                    en="Convert it at the bank; Arrears does not guess a rate.",
                ),
            )
        till.apply(kept, account, by=by, reason=reason)
        till.write()
    return True


def _already(kept: money.Kept, account: Account) -> bool:
    if kept.account and kept.account.pk != account.pk:
        raise UnableToMatchMoney(
            Words(
                zh=f"{kept.money.ref} 已入账到 {kept.account.ref}",
                en=f"{kept.money.ref} was applied to {kept.account.ref}",
            ),
            do=Words(
                zh="如果入错了，请按退回款项登记，再重新入账。",
                en="If that was wrong, tell it as money that went back, and take the money in anew.",
            ),
        )
    return False


def post(*, account_ref: str, movements: Sequence[Movement], origin: str, now: datetime) -> int:
    """Post movements the house itself makes (an agreement's, a waiver); how many were new.

    A ref that is known on the account changes nothing. The bank's own line for the same
    money, when its book brings it, is paired and counts once.
    Raises UnableToRecord for an unknown account.
    """
    account = Account.objects.filter(ref=account_ref).first()
    if account is None:
        raise UnableToRecord(f"the casebook does not know {account_ref}")
    with transaction.atomic():
        known = set(account.postings.filter(ref__in=[m.ref for m in movements]).values_list("ref", flat=True))
        new = [_own_posting(account, each, origin, now) for each in movements if each.ref not in known]
        Posting.objects.bulk_create(new, ignore_conflicts=True)
        made = account.postings.filter(ref__in=[row.ref for row in new], also_in_book=None, source="desk")
        for posting in made:
            twin = _same_money_in_book(posting)
            if twin:
                SameMoney.objects.create(notice=posting, book=twin, certain=False, recorded_at=now)
    return len(new)


def _own_posting(account: Account, movement: Movement, origin: str, now: datetime) -> Posting:
    return Posting(
        account=account,
        ref=movement.ref,
        kind=movement.kind,
        cents=movement.cents,
        posted_date=movement.posted_date,
        reverses=movement.reverses or "",
        source="desk",
        origin=origin[:200],
        recorded_at=now,
    )


def _same_money_in_book(posting: Posting) -> Posting | None:
    days = timedelta(days=SAME_MONEY_DAYS)
    near: tuple[date, date] = (posting.posted_date - days, posting.posted_date + days)
    same = Posting.objects.filter(
        account=posting.account,
        kind=posting.kind,
        cents=posting.cents,
        source="book",
        posted_date__range=near,
    )
    return same.filter(came_as_notice=None).order_by("posted_date", "pk").first()
