"""A trial of the door for money: tellings with repeats, reorderings and returns, in a known stream.

The clean stream tells every money and every return once, in order. The rough one tells the same
under several sources' names, repeats, reorders, and lets returns come before what they undo.
Whoever takes the rough one, however often it dies on the way, must end where the clean one ends.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import connection, transaction

from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import BookRows, MoneyBack, MoneyNotice
from arrears.intake.payments import AT_ONCE, take_all
from arrears.kernel.money import decimal_text

Told = MoneyNotice | MoneyBack
DAY = date(2026, 11, 2)
NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)
DEBT_CENTS = 300_000
SOURCES = ("alipay", "wechat", "notice")


def accounts_for(notices: int) -> int:
    """How many accounts share so many notices."""
    return max(notices // 10, 10)


def enter_accounts(count: int) -> None:
    """Accounts that each owe the same, with no money on them."""
    refs = [f"6225{n:012d}" for n in range(count)]
    rows = BookRows(
        customers=[(f"C{ref}", "王小明", None, None) for ref in refs],
        accounts=[(ref, f"C{ref}", "cn.card", "CNY", None, None, None) for ref in refs],
        postings=[(ref, "P1", "purchase", DEBT_CENTS, DAY, None, "trial") for ref in refs],
    )
    casebook_actions.enter(rows=rows, now=NOON)


def clean_stream(notices: int, seed: int) -> list[Told]:
    """Every money and every return once, in order; the rough stream of it is `notices` long."""
    chance, told = random.Random(seed), list[Told]()  # noqa: S311
    accounts = accounts_for(notices)
    for n in range(notices * 6 // 10):
        cents, day = chance.randrange(100, 60_000), DAY + timedelta(days=chance.randrange(20))
        source, transaction_id = chance.choice(SOURCES), f"T{seed}-{n:08d}"
        ref = f"{source}:{transaction_id}"
        account = "" if chance.random() < 0.03 else f"6225{chance.randrange(accounts):012d}"
        told.append(
            MoneyNotice(ref, day, cents, "CNY", account, "还款", "王小明", "trial", source, (transaction_id,))
        )
        if chance.random() < 0.10:
            parts = (cents,) if chance.random() < 0.5 else (cents // 3, cents // 4)
            told += [
                MoneyBack(
                    f"R{part}-{transaction_id}", transaction_id, gone, "CNY", day + timedelta(days=2), "AC04"
                )
                for part, gone in enumerate(parts)
                if gone
            ]
    return told


def rough_stream(notices: int, seed: int) -> list[Told]:
    """The clean stream with repeats and second tellings up to `notices`, everything out of order."""
    chance, told = random.Random(seed + 1), clean_stream(notices, seed)  # noqa: S311
    known = list(told)
    while len(told) < notices:
        again = chance.choice(known)
        if isinstance(again, MoneyNotice) and chance.random() < 0.5:
            day = again.received_date + timedelta(days=chance.randrange(3))
            again = replace(again, ref=f"bank:{again.names[0]}", source="statement", received_date=day)
        told.append(again)
    chance.shuffle(told)
    return told


def take_stream(told: Sequence[Told], *, start: int = 0) -> Iterator[int]:
    """Take the stream from `start` on, chunk by chunk; after each, how far everything is kept for good."""
    for begin in range(start, len(told), AT_ONCE):
        with transaction.atomic():
            take_all(told[begin : begin + AT_ONCE], now=NOON)
        yield min(begin + AT_ONCE, len(told))


def state() -> dict[str, Any]:
    """Where every cent is: totals in text, credits apart, and a digest of every account's balance."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES)
        balances = cursor.fetchall()
    totals = casebook.money_totals()[0]
    credits_cents = sum(-balance for _, balance in balances if balance < 0)
    booked = totals.booked_cents - credits_cents
    came = totals.came_in_cents - totals.went_back_cents + totals.back_waiting_cents
    assert totals.adds_up and came == booked + totals.unmatched_cents + credits_cents

    def text(cents: int) -> str:
        return decimal_text(cents, currency="CNY")

    return {
        "came_in": text(totals.came_in_cents),
        "went_back": text(totals.went_back_cents),
        "booked_on_debts": text(booked),
        "unmatched": text(totals.unmatched_cents),
        "credits": text(credits_cents),
        "back_waiting": text(totals.back_waiting_cents),
        "balances": sha256(repr(balances).encode()).hexdigest(),
    }


_BALANCES = """
select a.ref, sum(case when p.kind in ('payment') then -p.cents else p.cents end)::bigint
from casebook_account a join casebook_posting p on p.account_id = a.id
where not exists (select 1 from casebook_samemoney s where s.book_id = p.id)
group by a.ref order by a.ref
"""
