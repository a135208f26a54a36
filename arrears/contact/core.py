"""When a message may leave, and when a failed one tries again. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

MOST_ATTEMPTS = 5
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))


class Hour(StrEnum):
    """How the present moment lies to a message's window."""

    EARLY = "early"
    OPEN = "open"
    PAST = "past"


def hour_for(*, not_before: datetime, not_after: datetime, now: datetime, wall: datetime | None) -> Hour:
    """Where `now` lies; and, when real people would be reached, `wall` as well (else None).

    Both clocks have to allow it: a day being rehearsed or caught up on may say noon while
    real people sleep.
    """
    moments = [now] if wall is None else [now, wall]
    if any(moment > not_after for moment in moments):
        return Hour.PAST
    return Hour.EARLY if any(moment < not_before for moment in moments) else Hour.OPEN


def retry_after(attempts: int) -> timedelta | None:
    """How long to wait after that many attempts; None when it is time to give up."""
    return None if attempts >= MOST_ATTEMPTS else WAITS[min(attempts, len(WAITS)) - 1]
