"""Accounts whose figures lack a row that was set aside: nobody is pressed for them meanwhile.

A posting, statement, balance or lateness that could not be taken in may be the payment
that makes the difference. The account stands aside until the row comes good in a later
delivery, or a person has looked and says why it may stand without it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

import pyarrow as pa

from arrears.intake.columns import BOOK, Layout
from arrears.intake.models import Doubt
from arrears.intake.reasons import Wrong
from arrears.intake.settling import Settling
from arrears.intake.types import Reject
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words

AT_ONCE = 2_000
_OF_ACCOUNTS = BOOK[BOOK.index("postings") :]


class UnableToSettleDoubt(Trouble):
    """Nothing stands in doubt there."""


def account_in(layout: Layout, wrong: Wrong, key: Sequence[str]) -> str:
    """The account whose figures lack this row; "" where none does: it is unknown, or was said before."""
    if layout.name not in _OF_ACCOUNTS or not key or wrong.code == "unknown_account":
        return ""
    said_before = wrong.code == "duplicate" and not dict(wrong.facts)["differs"]
    return "" if said_before else key[0]


def kept(rejects: Iterable[Reject], *, now: datetime) -> Iterator[Reject]:
    """The same rejects, the doubts among them kept on the way."""
    left = iter(rejects)
    while some := list(islice(left, AT_ONCE)):
        _keep([_doubt(reject, now) for reject in some if reject.account])
        yield from some


def _keep(doubts: list[Doubt]) -> None:
    """Those that are new, or say something new; one a person has settled is not raised again."""
    seen = Doubt.objects.filter(account__in={one.account for one in doubts})
    known = set(seen.values_list("account", "table", "record", "en"))
    news = {(one.account, one.table, one.record): one for one in doubts}
    rows = [one for key, one in news.items() if (*key, one.en) not in known]
    Doubt.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["account", "table", "record"],
        update_fields=["zh", "en", "origin", "since", "settled_at", "settled_because"],
    )  # fmt: skip


def _doubt(reject: Reject, now: datetime) -> Doubt:
    return Doubt(
        account=reject.account,
        table=reject.table,
        record=reject.record,
        zh=reject.words.zh,
        en=reject.words.en,
        origin=f"{reject.file}:{reject.line}"[:300],
        since=now,
    )


def settle_those_come_good(settling: Settling, *, now: datetime) -> None:
    """Doubts whose row this delivery brings, good."""
    rows = list(Doubt.objects.filter(settled_at=None).values_list("pk", "table", "record"))
    if rows:
        columns = [pa.array(column) for column in zip(*rows, strict=True)]
        good = settling.come_good(pa.table(columns, names=["id", "tbl", "record"]))
        Doubt.objects.filter(pk__in=good).update(settled_at=now, settled_because="delivered anew")


def settle_doubt(*, account_ref: str, because: str, by: str, now: datetime) -> int:
    """A person has looked: the account may stand without these rows. How many there were.

    Raises UnableToSettleDoubt where there are none, or no reason is given.
    """
    if not because.strip():
        raise UnableToSettleDoubt(
            Words(zh="需要写明理由", en="a reason is needed"),
            do=Words(zh="请用几句话说明查到了什么。", en="Say what was found, in a few words."),
        )
    standing = Doubt.objects.filter(account=account_ref, settled_at=None)
    count = standing.update(settled_at=now, settled_because=f"{by}: {because}"[:300])
    if not count:
        raise UnableToSettleDoubt(
            Words(
                zh=f"账户 {account_ref} 没有存疑的内容",
                en=f"nothing of account {account_ref} stands in doubt",
            )
        )
    return count
