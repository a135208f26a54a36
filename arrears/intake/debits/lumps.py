"""One credit for a whole file of collections, as many banks book it: which collections it pays.

The credit has to name the file or one of its blocks, and to be their sum to the cent. Collections the
bank rejected before may be left out of it. Anything else is said and left to a person.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from arrears.casebook import queries as casebook
from arrears.casebook.types import MoneyNotice
from arrears.intake.debits.collecting import collections_named
from arrears.intake.matching import may_mean
from arrears.intake.models import DebitCollection
from arrears.kernel.money import Money
from arrears.kernel.words import Words

_NAME = re.compile(r"(DD-\d{8}-[0-9A-F]{10})(-\d{1,3})?", re.IGNORECASE)
_NOT_THE_SUM = Words(
    zh="写有扣款文件 {name}，该文件应收 {asked}，实到 {paid}：请人工核对",
    en="it names the debit file {name}, whose collections come to {asked}, and {paid} came: a person looks",
)
_AGAIN = Words(
    zh="写有扣款文件 {name}，其款项此前已分配：可能重复告知，请人工核对",
    en="it names the debit file {name}, which was shared out before: it may be told twice, a person looks",
)


@dataclass(frozen=True, slots=True)
class Lump:
    """The collections one credit pays."""

    name: str
    collections: tuple[DebitCollection, ...]


def part_ref(end_to_end: str) -> str:
    """The name of the money of one collection that came within a lump."""
    return f"debit:{end_to_end}"


def lump_in(notice: MoneyNotice) -> Lump | Words | None:
    """What file this credit pays; words where it names one that it does not fit; None where it names none."""
    texts = (notice.reference_given, re.sub(r"\s|\?2\d", "", notice.reference_given), *notice.names)
    named = {match.group(0): match for text in texts for match in _NAME.finditer(text)}
    if not named or collections_named((*notice.names, *may_mean(notice))):
        return None
    rows = {(match[1][:12].upper() + match[1][12:].lower(), match[2] or "") for match in named.values()}
    for name, block in sorted(rows, key=lambda one: -len(one[1])):
        of_file = list(
            DebitCollection.objects.filter(file__name=name, currency=notice.currency).order_by("end_to_end")
        )
        if of_file:
            return _fitting(name, [one for one in of_file if one.block == name + block] or of_file, notice)
    return None


def _fitting(name: str, rows: Sequence[DebitCollection], notice: MoneyNotice) -> Lump | Words:
    blocks = [[one for one in rows if one.block == block] for block in sorted({one.block for one in rows})]
    groups = [list(rows), *blocks]
    groups += [[one for one in group if one.rejected_at is None] for group in groups]
    fitting = next((group for group in groups if sum(one.cents for one in group) == notice.cents), None)
    if fitting is None:
        sums = (sum(one.cents for one in rows), notice.cents)
        asked, paid = (Money(cents, notice.currency).with_symbol() for cents in sums)
        return _NOT_THE_SUM.filled(name=name, asked=asked, paid=paid)
    if casebook.money_notified([part_ref(one.end_to_end) for one in fitting]):
        return _AGAIN.filled(name=name)
    return Lump(name, tuple(fitting))
