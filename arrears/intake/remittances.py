"""An agency pays in one sum for many customers: its breakdown must make up the sum, or nothing is shared out.

The sum itself is money in as any other (from the bank's statement, usually). Sharing it out takes it
back as a whole and takes in its parts, in one transaction, so that every cent stays in one place.
A bank's one credit for a whole file of direct debits is shared out in the same way, over the
collections it pays.
"""

import csv
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.db import transaction

from arrears.casebook import actions as casebook_actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import MoneyBack, MoneyNotice
from arrears.intake.debits.lumps import Lump, part_ref
from arrears.intake.payments import take_all
from arrears.intake.reasons import Wrong
from arrears.intake.types import NoticeTaken
from arrears.kernel.money import NotMoney, decimal_text, parse_cents
from arrears.kernel.trouble import Place, Trouble

MOST_BYTES = 16 * 1024 * 1024
MOST_ROWS = 100_000


class UnableToShareOut(Trouble):
    """Nothing was shared out; the message says what differs, or where."""


@dataclass(frozen=True, slots=True)
class SharedOut:
    """What became of the parts; touched: accounts that changed: reckon them at once."""

    parts: int
    matched: int
    unmatched: int
    touched: tuple[str, ...]


def share_out(*, path: Path, money_ref: str, now: datetime) -> SharedOut:
    """Share unmatched money out by a breakdown (CSV: account, amount, and reference if you like).

    The same breakdown again changes nothing. Raises UnableToShareOut.
    """
    known = casebook.money_notified([money_ref]).get(money_ref)
    if known is None:
        raise UnableToShareOut(
            f"there is no money {money_ref}", do="`Unmatched money` at the desk shows its name."
        )
    money, account = known
    if account:
        raise UnableToShareOut(f"{money_ref} is on account {account} already")
    parts = _parts(path, money)
    off = sum(part.cents for part in parts) - money.cents
    if off:
        said = decimal_text(off, currency=money.currency)
        raise UnableToShareOut(
            f"the breakdown differs from the money that came in by {said} {money.currency}",
            do="Ask the agency for a breakdown that makes up the sum.",
            at=Place(str(path)),
        )
    return _share(money, parts, f"shared out: {path.name}", str(path), now=now)


def share_out_collections(*, money: MoneyNotice, lump: Lump, now: datetime) -> SharedOut:
    """Share one credit out over the collections it pays, each under its own end-to-end name.

    A collection told by itself too, before or later, is one money with its part. Raises UnableToShareOut.
    """
    parts = [
        MoneyNotice(
            ref=part_ref(one.end_to_end),
            received_date=money.received_date,
            cents=one.cents,
            currency=one.currency,
            account_given=one.account_ref,
            origin=money.origin,
            source="debits",
            names=(one.end_to_end,),
        )
        for one in lump.collections
    ]
    return _share(money, parts, f"shared out: {lump.name}", money.origin, now=now, once=True)


def _share(
    money: MoneyNotice,
    parts: list[MoneyNotice],
    reason: str,
    origin: str,
    *,
    now: datetime,
    once: bool = False,
) -> SharedOut:
    """once: not where any of the parts is known from another sum, for then this one would vanish in them."""
    whole = MoneyBack(
        ref=f"shared:{_short(money.ref)}",
        of=money.ref,
        cents=money.cents,
        currency=money.currency,
        returned_date=money.received_date,
        reason=reason[:200],
        origin=origin[-200:],
        source="agency",
    )
    with transaction.atomic():
        casebook_actions.hold_till()
        outcomes = take_all([whole, *parts], now=now)
        if any(isinstance(one, Wrong) for one in outcomes) or not _is_gone(money.ref):
            raise UnableToShareOut(f"{money.ref} was shared out otherwise, or went back")
        if once and not all(isinstance(one, NoticeTaken) and one.first for one in outcomes[1:]):
            raise UnableToShareOut(f"the parts of {money.ref} came before, out of another sum")
    placed = [one for one in outcomes[1:] if not isinstance(one, Wrong)]
    matched = sum(one.account_ref is not None for one in placed)
    touched = {one.account_ref: None for one in placed if one.account_ref and one.applied_now}
    return SharedOut(len(parts), matched, len(parts) - matched, tuple(touched))


def _is_gone(money_ref: str) -> bool:
    return not casebook.unmatched_money(money_ref)


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def _parts(path: Path, money: MoneyNotice) -> list[MoneyNotice]:
    if path.stat().st_size > MOST_BYTES:
        raise UnableToShareOut("the breakdown is too large", at=Place(str(path)))
    try:
        rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as trouble:
        raise UnableToShareOut("the breakdown is no CSV in UTF-8", at=Place(str(path))) from trouble
    if not rows or len(rows) > MOST_ROWS or not {"account", "amount"} <= set(rows[0]):
        raise UnableToShareOut(
            "the breakdown needs rows with the columns account and amount", at=Place(str(path), 1)
        )
    return [_part(path, money, number, row) for number, row in enumerate(rows, start=2)]


def _part(path: Path, money: MoneyNotice, line: int, row: dict[str, str | None]) -> MoneyNotice:
    account, amount = (row.get("account") or "").strip(), row.get("amount") or ""
    try:
        cents = parse_cents(amount, currency=money.currency)
    except NotMoney as trouble:
        raise UnableToShareOut(str(trouble), at=Place(str(path), line, "amount", amount[:80])) from trouble
    if cents <= 0 or not account or len(account) > 64:
        column, value = ("amount", amount) if cents <= 0 else ("account", account)
        raise UnableToShareOut(
            "every part has an account and more than nothing", at=Place(str(path), line, column, value[:80])
        )
    return MoneyNotice(
        ref=f"part:{_short(money.ref)}:{line}",
        received_date=money.received_date,
        cents=cents,
        currency=money.currency,
        account_given=account,
        reference_given=(row.get("reference") or "")[:200],
        payer_name=money.payer_name,
        origin=f"{path}:{line}"[-200:],
        source="agency",
    )
