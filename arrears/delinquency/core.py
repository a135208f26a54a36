"""From days past due to bucket and classes. Pure.

Buckets are market practice: M0 nothing overdue, M1 1-30 days, M2 31-60 ... M6 151-180,
M7+ more than 180.
"""

from datetime import date

from arrears.delinquency.types import Lateness, bucket_of
from arrears.rulebook.classes import ASSETS_2023, CARDS_2011, class_table


def lateness_of(days_past_due: int, *, on: date) -> Lateness:
    """Bucket and both asset classes on that day."""
    cards = class_table(CARDS_2011).class_of(days_past_due, on=on)
    assets = class_table(ASSETS_2023).class_of(days_past_due, on=on)
    return Lateness(
        days_past_due=days_past_due,
        bucket=bucket_of(days_past_due),
        class_2011=cards.code if cards else None,
        class_2023=assets.code if assets else None,
    )
