"""The only place that reads the clock. Everything else is told the day and the time.

`standing_at` lets a rehearsal (the demo, a test, a round for another day) live in its
own time; it is never used to make a real contact at an hour the wall clock forbids: see
`contact.actions.send_waiting`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

HOUSE_ZONE = "Asia/Shanghai"
_standing: ContextVar[datetime | None] = ContextVar("standing", default=None)


def wall_now() -> datetime:
    """The real time, in UTC, whatever any rehearsal says."""
    return datetime.now(UTC)


def now() -> datetime:
    """The time the house lives in: the wall clock unless a rehearsal stands elsewhere."""
    return _standing.get() or wall_now()


def today(zone: str = HOUSE_ZONE) -> date:
    """The calendar day of `now()` in `zone`."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Live at `moment` (aware) inside the block."""
    if moment.tzinfo is None:
        raise ValueError("standing_at wants an aware datetime")
    before = _standing.set(moment)
    try:
        yield
    finally:
        _standing.reset(before)


def is_rehearsal() -> bool:
    """Whether the house lives in another time than the wall clock's."""
    return _standing.get() is not None
