"""What was taken in lately, and what was set aside."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from arrears.intake.models import Delivery, Doubt
from arrears.intake.rejects import read_rejects, rejects_path
from arrears.intake.types import Reject
from arrears.kernel.words import Words

__all__ = [
    "doubts_about",
    "doubts_standing",
    "latest_with_rejects",
    "reasons_in",
    "rejects_of",
    "rejects_path",
]


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


def doubts_standing(limit: int = 1000) -> list[Doubt]:
    """Rows that were set aside and have not come good, oldest first."""
    return list(Doubt.objects.filter(settled_at=None).order_by("since", "pk")[:limit])
