"""Days, hours and numbers as people in either language write them. Pure.

>>> from datetime import date
>>> day_text(date(2026, 12, 5), "zh-hans"), day_text(date(2026, 12, 5), "en")
('2026年12月5日', '5 Dec 2026')
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.money import Money, minor_digits

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def is_chinese(language: str) -> bool:
    """Whether pages in `language` are Chinese."""
    return language.lower().startswith("zh")


def money_text(cents: int, currency: str) -> str:
    """`¥1,234.50`, with a real minus sign before what reduces the debt."""
    return Money(cents, currency).with_symbol().replace("-", "\N{MINUS SIGN}", 1)


def day_text(day: date, language: str) -> str:
    """A day in full."""
    if is_chinese(language):
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_day_text(day: date, language: str) -> str:
    """A day without its year."""
    return f"{day.month}月{day.day}日" if is_chinese(language) else f"{day.day} {_MONTHS[day.month - 1]}"


def weekday_text(day: date, language: str) -> str:
    """The day of the week."""
    return (_WEEKDAYS_ZH if is_chinese(language) else _WEEKDAYS_EN)[day.weekday()]


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name, or the house's where a delivery named one that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(HOUSE_ZONE)


def local_day(at: datetime, zone: str = HOUSE_ZONE) -> date:
    """The day `at` lies in, as read in `zone`."""
    return at.astimezone(zone_of(zone)).date()


def moment_text(at: datetime, language: str, zone: str = HOUSE_ZONE) -> str:
    """A day and a clock time as read in `zone`."""
    local = at.astimezone(zone_of(zone))
    between = " " if is_chinese(language) else ", "
    return f"{day_text(local.date(), language)}{between}{local:%H:%M}"


def clock_text(at: datetime, zone: str = HOUSE_ZONE) -> str:
    """The clock time as read in `zone`."""
    return f"{at.astimezone(zone_of(zone)):%H:%M}"


def offset_text(at: datetime, zone: str = HOUSE_ZONE) -> str:
    """How far `zone` is from UTC at that moment: `UTC+8`, `UTC-3:30`."""
    offset = at.astimezone(zone_of(zone)).utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def percent_text(rate: str) -> str:
    """`0.0005` as `0.05%`: all its digits, no more."""
    return f"{(Decimal(rate) * 100).normalize():f}%"


def unrounded_text(balance_cents: int, daily_rate: str, days: int, currency: str) -> str:
    """The interest of one stretch of days to two more digits than the currency has.

    >>> unrounded_text(100_000, "0.0005", 24, "CNY")
    '12.0000'
    """
    digits = minor_digits(currency)
    exact = Decimal(balance_cents) * Decimal(daily_rate) * days / 10**digits
    return f"{exact:,.{digits + 2}f}"


def wait_text(seconds: int, language: str) -> str:
    """How long something takes, as people say it: days and hours, or hours and minutes.

    >>> wait_text(11_520, "en"), wait_text(90_061, "zh-hans"), wait_text(30, "en")
    ('3 h 12 min', '1天1小时', 'less than a minute')
    """
    minutes = seconds // 60
    (days, hours), minutes = divmod(minutes // 60, 24), minutes % 60
    chinese = is_chinese(language)
    parts = zip(
        (days, hours, minutes), ("天", "小时", "分") if chinese else (" d", " h", " min"), strict=True
    )
    said = [f"{number}{unit}" for number, unit in parts if number][:2]
    if not said:
        return "不到一分钟" if chinese else "less than a minute"
    return ("" if chinese else " ").join(said)
