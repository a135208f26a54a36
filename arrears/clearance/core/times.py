"""Wall clocks of people, daylight saving included: when a local day or hour begins."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
LOOK_AHEAD_DAYS = 16  # a wish may name one weekday; a fortnight holds every pattern twice


@lru_cache(maxsize=65536)
def instant_of(zone: str, day: date, second: int = 0) -> datetime:
    """The first moment (UTC) of `day` at which clocks in `zone` show `second` or later.

    Where the clock jumps over that second, it is the moment of the jump.
    """
    place = ZoneInfo(zone)
    naive = datetime.combine(day, time.min) + timedelta(seconds=second)
    found = naive.replace(tzinfo=place).astimezone(UTC)
    if found.astimezone(place).replace(tzinfo=None) == naive:
        return found
    early = naive.replace(tzinfo=place, fold=1).astimezone(UTC)
    while found - early > SECOND:
        middle = early + (found - early) // 2
        middle = middle.replace(microsecond=0)
        early, found = (
            (middle, found) if middle.astimezone(place).replace(tzinfo=None) < naive else (early, middle)
        )
    return found


@lru_cache(maxsize=65536)
def second_time_of(zone: str, day: date, second: int) -> datetime:
    """The moment clocks show `second` again, where they are set back over it; else the first."""
    naive = datetime.combine(day, time.min) + timedelta(seconds=second)
    again = naive.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
    return max(again, instant_of(zone, day, second))


def day_after(zone: str, day: date, days: int = 1) -> datetime:
    """The first moment of the day `days` after `day`."""
    return instant_of(zone, day + days * DAY)


def edges_from(moment: datetime, zone: str, seconds: tuple[int, ...]) -> Iterator[datetime]:
    """Every coming moment (UTC, in order) at which clocks in `zone` show one of `seconds`."""
    today = moment.astimezone(ZoneInfo(zone)).date()
    for number in range(LOOK_AHEAD_DAYS):
        yield from (edge for edge in _edges_on(zone, today + number * DAY, seconds) if edge >= moment)


@lru_cache(maxsize=65536)
def _edges_on(zone: str, day: date, seconds: tuple[int, ...]) -> tuple[datetime, ...]:
    first = {instant_of(zone, day, second) for second in seconds}
    return tuple(sorted(first | {second_time_of(zone, day, second) for second in seconds}))


def next_open(
    moment: datetime, zone: str, seconds: tuple[int, ...], is_open: Callable[[datetime], bool]
) -> datetime | None:
    """The first moment from `moment` on at which `is_open` (asked in local time) says yes."""
    place = ZoneInfo(zone)
    for edge in edges_from(moment, zone, seconds):
        if is_open(edge.astimezone(place)):
            return edge
    return None


def next_close(
    moment: datetime, zone: str, seconds: tuple[int, ...], is_open: Callable[[datetime], bool]
) -> datetime | None:
    """The last moment of the stretch that is open at `moment`, or the first after it."""
    place = ZoneInfo(zone)
    for edge in edges_from(moment, zone, seconds):
        if not is_open(edge.astimezone(place)) or not is_open((edge + SECOND).astimezone(place)):
            return edge
    return None
