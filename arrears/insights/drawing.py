"""How a picture is drawn: colours, bars, a heatmap, a sentence; nothing here has words of its own.

Altair describes, vl-convert renders SVG in this process. What comes out is made smaller
and given a name and a description; ids and references it could clash by are not in it.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from arrears.delinquency.types import BUCKETS
from arrears.insights.types import RollRates

FONTS = (
    "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', sans-serif"
)
NARROWEST, WIDEST = 280, 2000
ROW_HEIGHT, CELL_HEIGHT = 30, 38
FEW = 30  # account-months below which a share says little


@dataclass(frozen=True, slots=True)
class Look:
    """Colours for paper and for the dark; backgrounds are the page's own."""

    text: str
    quiet: str
    line: str
    least: str  # of a scale from little to much
    most: str
    bar: str
    better: str
    worse: str


LIGHT = Look(
    text="#1f2a33", quiet="#5a6772", line="#d5dbe0", least="#eef2f4", most="#2f5f7a",
    bar="#4f86a3", better="#2e7268", worse="#9a5526",
)  # fmt: skip
DARK = Look(
    text="#e8edf1", quiet="#a3b0ba", line="#3a4650", least="#222b33", most="#8fc1db",
    bar="#6fa5c2", better="#7cc4b8", worse="#e0a070",
)  # fmt: skip

BUCKET_DAYS = {
    "M1": "1–30", "M2": "31–60", "M3": "61–90", "M4": "91–120", "M5": "121–150", "M6": "151–180", "M7+": ">180"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """Where the picture will stand. Language is `zh-hans` or `en`; width is in pixels."""

    language: str
    width: int
    dark: bool

    @classmethod
    def of(cls, *, language: str, width: int, dark: bool) -> "Page":
        """Any language code and any width, brought to what can be drawn."""
        chinese = language.lower().startswith("zh")
        return cls("zh-hans" if chinese else "en", min(max(int(width), NARROWEST), WIDEST), dark)

    @property
    def look(self) -> Look:
        """Its colours."""
        return DARK if self.dark else LIGHT


@dataclass(frozen=True, slots=True)
class Told:
    """What a picture says in words: title, lines under it, and its figures for those who hear it."""

    title: str
    under: Sequence[str]
    figures: Sequence[str] = ()

    def described(self, language: str) -> str:
        """All of it but the title, in one breath."""
        return ("；" if language.startswith("zh") else "; ").join([*self.under, *self.figures])


def bars(told: Told, rows: Sequence[tuple[str, int, str]], heads: tuple[str, str], page: Page) -> str:
    """A bar for each (bucket, value, label); `heads` stand over the days and over the labels."""
    import altair as alt

    look, width = page.look, page.width
    data = [
        {"bucket": bucket, "days": BUCKET_DAYS[bucket], "value": value, "label": label}
        for bucket, value, label in rows
    ]
    left, right = 112, 142  # room for the names before the bars, for the label behind the longest
    plain = alt.Chart().encode(y=alt.Y("bucket:N", sort=[row[0] for row in rows], title=None, axis=None))
    scale = alt.Scale(
        domain=[0, max(value for _, value, _ in rows) or 1], range=[0, max(width - left - right, 40)]
    )
    value = alt.X("value:Q", scale=scale, axis=None)
    first = plain.transform_filter({"field": "bucket", "equal": rows[0][0]})
    chart = alt.layer(
        plain.mark_bar(color=look.bar, height=ROW_HEIGHT - 12).encode(x=value),
        _text(plain, look.text, dx=7).encode(x=value, text="label:N"),
        _text(plain, look.text, fontWeight=600).encode(x=alt.value(4 - left), text="bucket:N"),
        _text(plain, look.quiet).encode(x=alt.value(44 - left), text="days:N"),
        *(
            _text(first, look.quiet, text=head, fontSize=12).encode(x=alt.value(at), y=alt.value(-8))
            for head, at in zip(heads, (44 - left, 0), strict=True)
        ),
        data=alt.Data(values=data),
    ).properties(width=width - left - 8, height=ROW_HEIGHT * len(rows))
    return _drawn(chart, told, page)


def heatmap(told: Told, rolls: RollRates, page: Page) -> str:
    """From each bucket (rows, with how many began there) to each a month later (columns)."""
    import altair as alt

    look, left = page.look, 58
    cells = alt.Chart().encode(
        x=alt.X("to:N", sort=list(BUCKETS), title=None, axis=None, scale=alt.Scale(paddingInner=0.06)),
        y=alt.Y("from:N", sort=list(BUCKETS), title=None, axis=None, scale=alt.Scale(paddingInner=0.1)),
    )
    rows, columns = cells.transform_filter("datum.to == 'M0'"), cells.transform_filter("datum.from == 'M0'")
    chart = alt.layer(
        cells.mark_rect().encode(color=alt.Color("fill:N", scale=None)),
        cells.transform_filter("datum.same").mark_rect(filled=False, stroke=look.quiet, strokeWidth=1.5),
        cells.mark_text(fontSize=11 if page.width < 480 else 13).encode(
            text="label:N", color=alt.Color("ink:N", scale=None)
        ),
        _text(rows, look.text, dy=-6, fontWeight=600).encode(x=alt.value(-left), text="from:N"),
        _text(rows, look.quiet, dy=8, fontSize=11).encode(x=alt.value(-left), text="began:N"),
        columns.mark_text(color=look.text, fontSize=13, fontWeight=600).encode(y=alt.value(-12), text="to:N"),
        data=alt.Data(values=list(_cells(rolls, look))),
    ).properties(width=page.width - left - 8, height=CELL_HEIGHT * len(BUCKETS))
    return _drawn(chart, told, page)


def sentence(told: Told, page: Page) -> str:
    """In place of a picture where there is nothing to draw: the title and a kind word."""
    look, width = page.look, page.width
    lines = [line for part in told.under for line in _wrapped(part, width)]
    said = "".join(
        f'<text x="4" y="{50 + 22 * nth}" fill="{look.quiet}" font-size="14">{escape(line)}</text>'
        for nth, line in enumerate(lines)
    )
    height = 50 + 22 * len(lines)
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}">'
        f'<text x="4" y="20" fill="{look.text}" font-size="16" font-weight="600">{escape(told.title)}</text>'
        f"{said}</svg>"
    )
    return _spoken(drawing, told, page)


def cell_text(share: float | None) -> str:
    """A share in per cent without the sign: 25.3, 100, 0, <0.1; a dash where there is none."""
    if share is None:
        return "–"
    if share == 0:
        return "0"
    return "<0.1" if share < 0.0005 else f"{100 * share:.1f}" if share < 0.9995 else "100"


def _text(chart: Any, colour: str, **more: Any) -> Any:
    return chart.mark_text(**{"align": "left", "color": colour, "fontSize": 13, **more})


def _cells(rolls: RollRates, look: Look) -> Iterator[dict[str, Any]]:
    for i, before in enumerate(BUCKETS):
        pale = 0.3 if rolls.began(before) < FEW else 1.0
        for j, after in enumerate(BUCKETS):
            share = rolls.share(before, after)
            strong = look.most if i == j else look.better if j < i else look.worse
            fill = _mixed(look.least, strong, pale * (0.12 + 0.88 * share**0.7) if share else 0.0)
            yield {
                "from": before,
                "to": after,
                "same": i == j,
                "began": f"{rolls.began(before):,}",
                "label": cell_text(share),
                "fill": fill,
                "ink": _ink_on(fill) if share else look.quiet,
            }


def _drawn(chart: Any, told: Told, page: Page) -> str:
    import vl_convert

    look = page.look
    lines = [line for text in told.under for line in _wrapped(text, page.width)]
    chart = chart.properties(
        title={"text": told.title, "subtitle": lines, "anchor": "start", "frame": "bounds", "offset": 16}
    )
    chart = chart.configure(font=FONTS, background="transparent", padding=4).configure_view(stroke=None)
    chart = chart.configure_title(
        fontSize=16, fontWeight=600, color=look.text, subtitleFontSize=13, subtitleColor=look.quiet,
        subtitlePadding=6, subtitleLineHeight=18,
    )  # fmt: skip
    drawing = str(vl_convert.vegalite_to_svg(chart.to_dict(validate=False)))
    return _spoken(drawing, told, page)


def _spoken(drawing: str, told: Told, page: Page) -> str:
    """One picture with a name and a description; its inner parts are not read out one by one."""
    drawing = re.sub(r' (?:aria-[a-z]+|role|font-family)="[^"]*"', "", drawing)
    drawing = re.sub(r"(\.\d\d)\d+", r"\1", drawing)  # a hundredth of a pixel is fine enough
    description = told.described(page.language)
    name = hashlib.sha256((description + drawing).encode()).hexdigest()[:10]
    head, rest = drawing.split(">", 1)
    spoken = (
        f' font-family="{escape(FONTS)}" role="img" lang="{"zh-Hans" if page.language != "en" else "en"}"'
        f' aria-labelledby="t{name} d{name}">'
        f'<title id="t{name}">{escape(told.title)}</title><desc id="d{name}">{escape(description)}</desc>'
    )
    return head + spoken + rest


def _mixed(first: str, second: str, share: float) -> str:
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _ink_on(fill: str) -> str:
    """Black or white, whichever reads better: at least 4.5 to 1 on any colour (WCAG AA)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in _channels(fill))
    )
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _wrapped(text: str, width: int) -> list[str]:
    """Lines that fit: a Chinese character is about 13 px wide, a Latin one 7."""
    lines, line, used = [], "", 0
    for piece in re.findall(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+", text):
        size = 14 if re.match(r"[\u2e80-\uffef]", piece) else 7 * len(piece)
        if used + size > width - 12 and line and piece not in "，。；：）":
            lines.append(line.rstrip())
            line, used = "", 0
        line, used = line + piece, used + size
    return [*lines, line.rstrip()]
