"""Filters and tags of the templates. Each only says a value in the reader's language."""

import functools
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import tablericons
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from arrears.kernel.clock import HOUSE_ZONE
from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.look import say
from arrears.rulebook import citing

register = template.Library()


def _language() -> str:
    return get_language() or "en"


@functools.cache
def _drawn(name: str, size: int) -> SafeString:
    svg = tablericons._render_icon(
        f"outline/{name}", size, stroke_width=1.75, aria_hidden="true", focusable="false"
    )
    return mark_safe(" ".join(svg.split()))  # noqa: S308 - drawn by the icon package, no text of others


@register.simple_tag
def icon(name: str, size: int = 18) -> SafeString:
    """An icon without a voice: put the word beside it."""
    return _drawn(name + "", size)


@register.filter
def said(words: Words | Mapping[str, str] | Trouble | None) -> str:
    """`Words`, words as they are kept, or what a trouble tells, in the reader's language."""
    if not words:
        return ""
    if isinstance(words, Trouble):
        return words.said_in(_language())
    return (words if isinstance(words, Words) else Words(**words)).said_in(_language())


@register.filter
def cited(reference: str) -> str:
    """A reference in the reader's language where it is our own; a law as it is called."""
    return said(citing.cited(reference))


@register.filter
def one_of_two(pair: Sequence[str] | Mapping[str, Any]) -> str:
    """Of words kept as [zh, en], or beside other things under `zh` and `en`, the reader's."""
    zh, en = (pair["zh"], pair["en"]) if isinstance(pair, Mapping) else (pair[0], pair[1])
    return Words(zh=zh, en=en).said_in(_language())


@register.filter
def money(cents: int | None, currency: str) -> str:
    """Cents with the currency's symbol; a dash where nobody told us."""
    return "\N{EM DASH}" if cents is None else say.money_text(cents, currency)


@register.filter
def day(value: date | None) -> str:
    """A day in full; a dash for none."""
    return say.day_text(value, _language()) if value else "\N{EM DASH}"


@register.filter
def local_day(value: datetime, zone: str = HOUSE_ZONE) -> date:
    """The day a moment lies in."""
    return say.local_day(value, zone)


@register.filter
def weekday(value: date) -> str:
    """The day of the week."""
    return say.weekday_text(value, _language())


@register.filter
def moment(value: datetime | None, zone: str = HOUSE_ZONE) -> str:
    """Day and clock time in `zone`; a dash for none."""
    return say.moment_text(value, _language(), zone) if value else "\N{EM DASH}"


@register.filter
def short_day(value: date | None) -> str:
    """A day without its year."""
    return say.short_day_text(value, _language()) if value else "\N{EM DASH}"


@register.filter
def short_moment(value: datetime, zone: str = HOUSE_ZONE) -> str:
    """Day and clock time without the year."""
    return f"{say.short_day_text(say.local_day(value, zone), _language())} {say.clock_text(value, zone)}"


@register.filter
def clock(value: datetime, zone: str = HOUSE_ZONE) -> str:
    """Clock time in `zone`."""
    return say.clock_text(value, zone)


@register.filter
def wait_from(until: datetime, now: datetime) -> str:
    """How long it is from `now` until then; the page's script counts on from `seconds_from`."""
    return say.wait_text(seconds_from(until, now), _language())


@register.filter
def seconds_from(until: datetime, now: datetime) -> int:
    """Whole seconds from `now` until then; never less than none."""
    return max(int((until - now).total_seconds()), 0)


@register.filter
def days_from(until: date, on: date) -> int:
    """Days from `on` until then; negative once it is past."""
    return (until - on).days


@register.filter
def offset(value: datetime, zone: str = HOUSE_ZONE) -> str:
    """The zone's distance from UTC at that moment."""
    return say.offset_text(value, zone)


@register.filter
def percent(rate: str) -> str:
    """A rate like `0.0005` as `0.05%`."""
    return say.percent_text(rate)


@register.filter
def share(millionths: int | None) -> str:
    """Parts of a million as `5.27%`; a dash where nothing is known."""
    return "\N{EM DASH}" if millionths is None else f"{Decimal(millionths) / 10_000:.2f}%"


@register.filter
def unrounded(segment: Any, currency: str) -> str:
    """Balance times rate times days, as it stands before its line is rounded once."""
    return say.unrounded_text(segment.balance_cents, segment.daily_rate, segment.days, currency)


@register.filter
def count(value: int | None) -> str:
    """A whole number with separators."""
    return "\N{EM DASH}" if value is None else f"{value:,}"


@register.filter
def named_in(names: Any, key: str) -> str:
    """The name of `key`, or the key itself where a newer room knows more than this page."""
    return str(names.get(key, key))


@register.filter
def found_in(mapping: Any, key: str) -> Any:
    """`mapping[key]`, or None."""
    return mapping.get(key)


@register.filter
def at(values: Sequence[Any], place: int) -> Any:
    """`values[place]`."""
    return values[place]


@register.simple_tag
def fact_words(ref: str) -> str:
    """A fact that is no posting, in words: `statement:2026-10-05`, `interest:2026-10-05`."""
    kind, _colon, when = ref.partition(":")
    words = {"statement": _("Statement of %(day)s"), "interest": _("Interest billed on %(day)s")}.get(kind)
    try:
        return words % {"day": say.day_text(date.fromisoformat(when), _language())} if words else ref
    except ValueError:
        return ref


@register.simple_tag
@functools.cache
def bucket(name: str) -> SafeString:
    """A bucket as a badge: its name is its word, the colour only repeats it."""
    return format_html('<span class="badge bucket" data-bucket="{}">{}</span>', name, name)
