"""What was taken in lately, and what was set aside."""

from collections import Counter
from itertools import islice
from pathlib import Path

from arrears.intake.models import Delivery
from arrears.intake.rejects import read_rejects, rejects_path
from arrears.intake.types import Reject
from arrears.intake.wallets.configuration import load_wallets
from arrears.intake.wallets.taking import wallets_file
from arrears.kernel.words import Words

__all__ = ["check_wallets", "latest_with_rejects", "reasons_in", "rejects_of", "rejects_path"]


def check_wallets() -> None:
    """Raises WrongConfiguration, naming file and line, where the wallets are set up wrongly."""
    load_wallets(wallets_file())


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
