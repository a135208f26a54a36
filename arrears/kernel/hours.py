"""Hours of the day as people write them: `08:00-22:00`, `22:00-24:00`, `20:00-02:00`.

A window begins with its first moment and ends before its last, unless the closing
moment is included ("not after nine" lets nine o'clock itself pass). Wall-clock only:
which wall, and what daylight saving does to it, the caller says.

>>> hours = Hours.read("08:00-12:00, 14:00-22:00")
>>> hours.open_at(time(12, 0)), hours.open_at(time(14, 0))
(False, True)
"""

import re
from dataclasses import dataclass
from datetime import time

DAY_SECONDS = 24 * 3600
_WINDOW = re.compile(r"\s*(\d{1,2}):(\d{2})\s*(?:-|–|to)\s*(\d{1,2}):(\d{2})\s*")


class NotHours(ValueError):
    """A text that is no window of the day; the message says how to write one."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Windows of the day in seconds since midnight, none of them passing midnight."""

    windows: tuple[tuple[int, int], ...]
    closing_included: bool = False

    @classmethod
    def read(cls, text: str, *, closing_included: bool = False) -> "Hours":
        """Windows separated by commas. Raises NotHours."""
        windows = sorted(part for piece in text.split(",") for part in _windows_of(piece))
        return cls(tuple(windows), closing_included)

    def open_at(self, wall: time) -> bool:
        """Whether `wall` lies in a window."""
        moment = wall.hour * 3600 + wall.minute * 60 + wall.second + wall.microsecond / 1_000_000
        for start, end in self.windows:
            if start <= moment and (moment < end or (self.closing_included and moment == end)):
                return True
        return False

    def edges(self) -> tuple[int, ...]:
        """Every second of the day at which a window opens or closes."""
        return tuple(sorted({edge for window in self.windows for edge in window}))

    def within(self, other: "Hours") -> bool:
        """Whether every moment open here is open there too."""
        return all(
            any(_inside(own, theirs, self, other) for theirs in _joined(other.windows))
            for own in self.windows
        )

    def shared_with(self, other: "Hours") -> "Hours":
        """The windows open both here and there; a closing moment passes where both let it."""
        both = (
            (max(one[0], two[0]), min(one[1], two[1]))
            for one in _joined(self.windows)
            for two in _joined(other.windows)
        )
        closing = self.closing_included and other.closing_included
        return Hours(tuple(sorted(pair for pair in both if pair[0] < pair[1])), closing)

    def rest_of_day(self) -> "Hours":
        """The windows of the day that are not open here."""
        edges = [0, *(edge for window in _joined(self.windows) for edge in window), DAY_SECONDS]
        pairs = zip(edges[::2], edges[1::2], strict=True)
        return Hours(tuple((start, end) for start, end in pairs if start < end))

    def __str__(self) -> str:
        return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in self.windows) or "-"


WHOLE_DAY = Hours(((0, DAY_SECONDS),))


def _inside(own: tuple[int, int], theirs: tuple[int, int], here: Hours, there: Hours) -> bool:
    closes = own[1] < theirs[1] or (
        own[1] == theirs[1] and (there.closing_included or not here.closing_included)
    )
    return theirs[0] <= own[0] and closes


def _joined(windows: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in windows:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _windows_of(text: str) -> list[tuple[int, int]]:
    found = _WINDOW.fullmatch(text)
    if not found:
        raise NotHours(f"{text.strip()!r} is not hours of the day; write them as 08:00-22:00")
    start, end = _second(found[1], found[2], text), _second(found[3], found[4], text)
    if start < end:
        return [(start, end)]
    if start == end:
        raise NotHours(f"{text.strip()!r} begins when it ends; write 00:00-24:00 for the whole day")
    return [(start, DAY_SECONDS), (0, end)] if end else [(start, DAY_SECONDS)]


def _second(hour: str, minute: str, text: str) -> int:
    second = int(hour) * 3600 + int(minute) * 60
    if int(minute) > 59 or second > DAY_SECONDS:
        raise NotHours(f"{text.strip()!r} names a time of day that does not exist")
    return second


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}"
