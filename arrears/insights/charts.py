"""Charts as SVG text, drawn on the server: no script, no font or picture from elsewhere.

Text stays text, so the reader's own fonts apply. Every colour has a number or a word
beside it, and darker is always more (in the dark: lighter), so that a grey print reads
the same. Each picture carries a title and a description with all its figures for those
who hear it. The first picture of a process takes about half a second, later ones some
hundredths; the same figures are drawn once.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from arrears.delinquency.types import BUCKETS
from arrears.insights.types import BookByBucket, BucketMoney, RollRates
from arrears.kernel.money import SYMBOLS, minor_digits
from arrears.kernel.words import Words

FONTS = (
    "system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', sans-serif"
)
NARROWEST, WIDEST = 280, 2000
ROW_HEIGHT = 30
FEW = 30  # account-months below which a share says little
PICTURES_KEPT = 256


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

SAID = {
    "book": Words(zh="逾期账户按账龄分布", en="Late accounts by bucket"),
    "book_sub": Words(
        zh="{day}：共 {all} 户，未逾期（M0）{current} 户，占 {share}",
        en="{day}: {all} accounts; {current} not late (M0), {share}",
    ),
    "book_none_late": Words(
        zh="{day}：{all} 户全部按时，没有逾期。", en="{day}: all {all} accounts are on time."
    ),
    "book_empty": Words(
        zh="还没有可看的数据。|完成第一次每日流程后，这里会显示账龄分布。",
        en="Nothing to show yet.|After the first round the book stands here, bucket by bucket.",
    ),
    "money": Words(zh="各账龄欠款（{currency}）", en="Owed by bucket ({currency})"),
    "money_sub": Words(zh="未逾期（M0）另欠 {current}", en="Owed by those not late (M0): {current}"),
    "money_empty": Words(
        zh="还没有可看的金额。|完成第一次每日流程后，这里会显示各账龄欠款。",
        en="No amounts to show yet.|After the first round they stand here, bucket by bucket.",
    ),
    "rolls": Words(zh="账龄滚动率（%）", en="Roll rates between buckets (%)"),
    "rolls_sub": Words(
        zh="{since} 至 {until}，逐月比较；左列为月初账龄与户次",
        en="{since} to {until}, month by month; left: bucket at the start and how many",
    ),
    "rolls_key": Words(
        zh="框内：不变　框左：好转　框右：恶化", en="framed: same · left of it: better · right: worse"
    ),
    "rolls_empty": Words(
        zh="还不足两个月的数据。|有相隔一个月的两次记录后，这里会显示滚动率。",
        en="Not yet two months to compare.|Once there are, the moves between buckets stand here.",
    ),
    "rolls_few": Words(zh="少于 {few} 户次的行颜色减淡", en="pale rows: fewer than {few}"),
    "head_days": Words(zh="逾期天数", en="days late"),
    "head_accounts": Words(zh="账户数 · 占全部账户", en="accounts · of all accounts"),
    "head_money": Words(zh="欠款 · 占全部欠款", en="owed · of all that is owed"),
    "row": Words(zh="{bucket}：{value}，占 {share}", en="{bucket}: {value}, {share}"),
    "roll_row": Words(zh="月初 {bucket}（{number}）：{moves}", en="From {bucket} ({number}): {moves}"),
    "roll_move": Words(zh="到 {bucket} {share}%", en="to {bucket} {share}%"),
    "stop": Words(zh="；", en="; "),
}


def book_by_bucket_chart(
    book: BookByBucket | None, *, language: str, width: int = 640, dark: bool = False
) -> str:
    """Late accounts as bars, M1 to M7+, with numbers and shares of the whole book."""
    return _book(book, _simple(language), _fitting(width), dark)


def money_by_bucket_chart(
    rows: list[BucketMoney], *, currency: str, language: str, width: int = 640, dark: bool = False
) -> str:
    """What late accounts owe in `currency`, M1 to M7+."""
    mine = tuple(row for row in rows if row.currency == currency)
    return _money(mine, currency, _simple(language), _fitting(width), dark)


def roll_rate_heatmap(rolls: RollRates | None, *, language: str, width: int = 640, dark: bool = False) -> str:
    """From each bucket to each a month later, in per cent of those who began there."""
    return _rolls(rolls, _simple(language), _fitting(width), dark)


@lru_cache(maxsize=PICTURES_KEPT)
def _book(book: BookByBucket | None, language: str, width: int, dark: bool) -> str:
    say = _Sayer(language)
    if book is None or not book.accounts:
        return _sentence(say("book"), say("book_empty"), width, dark)
    current = book.counts[0].accounts
    facts = {
        "day": book.as_of,
        "all": f"{book.accounts:,}",
        "current": f"{current:,}",
        "share": _percent(current, book.accounts),
    }
    if not book.late:
        return _sentence(say("book"), say("book_none_late", **facts), width, dark)
    rows = [
        (row.bucket, row.accounts, f"{row.accounts:,} · {_percent(row.accounts, book.accounts)}")
        for row in book.counts[1:]
    ]
    told = [
        say("row", bucket=row.bucket, value=f"{row.accounts:,}", share=_percent(row.accounts, book.accounts))
        for row in book.counts
    ]
    return _bars(say("book"), say("book_sub", **facts), say("head_accounts"), rows, told, say, width, dark)


@lru_cache(maxsize=PICTURES_KEPT)
def _money(mine: tuple[BucketMoney, ...], currency: str, language: str, width: int, dark: bool) -> str:
    say = _Sayer(language)
    title = say("money", currency=currency)
    if not mine:
        return _sentence(title, say("money_empty"), width, dark)
    owed = {row.bucket: row.owed_cents for row in mine}
    whole = sum(owed.values())

    def value(bucket: str) -> str:
        return short_money(owed.get(bucket, 0), currency=currency, language=language)

    rows = [
        (bucket, max(owed.get(bucket, 0), 0), f"{value(bucket)} · {_percent(owed.get(bucket, 0), whole)}")
        for bucket in BUCKETS[1:]
    ]
    told = [
        say("row", bucket=bucket, value=value(bucket), share=_percent(owed.get(bucket, 0), whole))
        for bucket in BUCKETS
    ]
    subtitle = say("money_sub", current=value("M0"))
    return _bars(title, subtitle, say("head_money"), rows, told, say, width, dark)


@lru_cache(maxsize=PICTURES_KEPT)
def _rolls(rolls: RollRates | None, language: str, width: int, dark: bool) -> str:
    say = _Sayer(language)
    if rolls is None:
        return _sentence(say("rolls"), say("rolls_empty"), width, dark)
    told = [
        say(
            "roll_row",
            bucket=bucket,
            number=f"{rolls.began(bucket):,}",
            moves=_moves_said(rolls, bucket, say),
        )
        for bucket in BUCKETS
        if rolls.began(bucket)
    ]
    under = [say("rolls_sub", since=rolls.since, until=rolls.until), say("rolls_key")]
    if any(0 < rolls.began(bucket) < FEW for bucket in BUCKETS):
        under.append(say("rolls_few", few=FEW))
    look = DARK if dark else LIGHT
    return _drawn(_heatmap(rolls, look, width), say("rolls"), under, told, say, look, width)


def _moves_said(rolls: RollRates, bucket: str, say: "_Sayer") -> str:
    moves = [(other, rolls.share(bucket, other)) for other in BUCKETS]
    return ", ".join(say("roll_move", bucket=other, share=_cell(share)) for other, share in moves if share)


class _Sayer:
    """Says the sentences of this file in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        return SAID[key].filled(**values).said_in(self.language)


# Drawing --------------------------------------------------------------------------------


def _bars(
    title: str, subtitle: str, head: str, rows: list[tuple[str, int, str]], told: list[str], say: _Sayer,
    width: int, dark: bool,
) -> str:  # fmt: skip
    import altair as alt

    look = DARK if dark else LIGHT
    data = [
        {"bucket": bucket, "days": BUCKET_DAYS[bucket], "value": value, "label": label}
        for bucket, value, label in rows
    ]
    left, right = 112, 142  # room for the names before the bars, for the number behind the longest
    plain = alt.Chart().encode(y=alt.Y("bucket:N", sort=[row[0] for row in rows], title=None, axis=None))
    scale = alt.Scale(
        domain=[0, max(value for _, value, _ in rows) or 1], range=[0, max(width - left - right, 40)]
    )
    value = alt.X("value:Q", scale=scale, axis=None)
    chart = alt.layer(
        plain.mark_bar(color=look.bar, height=ROW_HEIGHT - 12).encode(x=value),
        _text(plain, look.text, dx=7).encode(x=value, text="label:N"),
        _text(plain, look.text, fontWeight=600).encode(x=alt.value(4 - left), text="bucket:N"),
        _text(plain, look.quiet).encode(x=alt.value(44 - left), text="days:N"),
        *(
            _text(plain.transform_filter("datum.bucket == 'M1'"), look.quiet, text=text, fontSize=12).encode(
                x=alt.value(at), y=alt.value(-8)
            )
            for text, at in ((say("head_days"), 44 - left), (head, 0))
        ),
        data=alt.Data(values=data),
    ).properties(width=width - left - 8, height=ROW_HEIGHT * len(rows))
    return _drawn(chart, title, [subtitle], told, say, look, width)


def _heatmap(rolls: RollRates, look: Look, width: int) -> Any:
    import altair as alt

    left = 58
    cells = alt.Chart().encode(
        x=alt.X("to:N", sort=list(BUCKETS), title=None, axis=None, scale=alt.Scale(paddingInner=0.06)),
        y=alt.Y("from:N", sort=list(BUCKETS), title=None, axis=None, scale=alt.Scale(paddingInner=0.1)),
    )
    rows, columns = cells.transform_filter("datum.to == 'M0'"), cells.transform_filter("datum.from == 'M0'")
    return alt.layer(
        cells.mark_rect().encode(color=alt.Color("fill:N", scale=None)),
        cells.transform_filter("datum.same").mark_rect(filled=False, stroke=look.quiet, strokeWidth=1.5),
        cells.mark_text(fontSize=11 if width < 480 else 13).encode(
            text="label:N", color=alt.Color("ink:N", scale=None)
        ),
        _text(rows, look.text, dy=-6, fontWeight=600).encode(x=alt.value(-left), text="from:N"),
        _text(rows, look.quiet, dy=8, fontSize=11).encode(x=alt.value(-left), text="began:N"),
        columns.mark_text(color=look.text, fontSize=13, fontWeight=600).encode(y=alt.value(-12), text="to:N"),
        data=alt.Data(values=list(_cells(rolls, look))),
    ).properties(width=width - left - 8, height=38 * len(BUCKETS))


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
                "label": _cell(share),
                "fill": fill,
                "ink": _ink_on(fill) if share else look.quiet,
            }


def _drawn(
    chart: Any, title: str, under: list[str], told: list[str], say: _Sayer, look: Look, width: int
) -> str:
    import vl_convert

    lines = [line for text in under for line in _wrapped(text, width)]
    chart = chart.properties(
        title={"text": title, "subtitle": lines, "anchor": "start", "frame": "bounds", "offset": 16}
    )
    chart = chart.configure(font=FONTS, background="transparent", padding=4).configure_view(stroke=None)
    chart = chart.configure_title(
        fontSize=16, fontWeight=600, color=look.text, subtitleFontSize=13, subtitleColor=look.quiet,
        subtitlePadding=6, subtitleLineHeight=18,
    )  # fmt: skip
    drawing = str(vl_convert.vegalite_to_svg(chart.to_dict(validate=False)))
    return _spoken(drawing, title, say("stop").join([*under, *told]), say.language)


def _spoken(drawing: str, title: str, description: str, language: str) -> str:
    """One picture with a name and a description; its inner parts are not read out one by one."""
    name = hashlib.sha256((description + drawing).encode()).hexdigest()[:10]
    drawing = re.sub(r' (?:aria-[a-z]+|role|font-family)="[^"]*"', "", drawing)
    drawing = re.sub(r"(\.\d\d)\d+", r"\1", drawing)  # a hundredth of a pixel is fine enough
    head, rest = drawing.split(">", 1)
    spoken = (
        f' font-family="{escape(FONTS)}" role="img" lang="{_tag(language)}" aria-labelledby="t{name} d{name}">'
        f'<title id="t{name}">{escape(title)}</title><desc id="d{name}">{escape(description)}</desc>'
    )
    return head + spoken + rest


def _sentence(title: str, sentence: str, width: int, dark: bool) -> str:
    """In place of a picture where there is nothing to draw: title and a kind word."""
    look = DARK if dark else LIGHT
    language = "zh-hans" if re.search(r"[\u4e00-\u9fff]", sentence) else "en"
    lines = [line for part in sentence.split("|") for line in _wrapped(part, width)]
    said = "".join(
        f'<text x="4" y="{50 + 22 * nth}" fill="{look.quiet}" font-size="14">{escape(line)}</text>'
        for nth, line in enumerate(lines)
    )
    height = 40 + 22 * len(lines) + 10
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}">'
        f'<text x="4" y="20" fill="{look.text}" font-size="16" font-weight="600">{escape(title)}</text>'
        f"{said}</svg>"
    )
    return _spoken(drawing, title, sentence.replace("|", " "), language)


# Small things ---------------------------------------------------------------------------


def short_money(cents: int, *, currency: str, language: str) -> str:
    """An amount short enough for a picture: ¥12.3 万, ¥1.23 亿; ¥12.3K, ¥1.2M."""
    whole = cents / 10 ** minor_digits(currency)
    symbol = SYMBOLS.get(currency, f"{currency} ")
    steps: tuple[tuple[float, str], ...] = ((1e9, "B"), (1e6, "M"), (1e3, "K"))
    if language.startswith("zh"):
        steps = ((1e8, " 亿"), (1e4, " 万"))
    for size, name in steps:
        if abs(whole) >= size:
            return f"{symbol}{whole / size:,.1f}{name}"
    return f"{symbol}{whole:,.0f}"


def _percent(part: int, whole: int) -> str:
    share = 100 * part / whole if whole else 0.0
    return "<0.1%" if 0 < share < 0.05 else f"{share:.1f}%"


def _cell(share: float | None) -> str:
    if share is None:
        return "–"
    if share == 0:
        return "0"
    return "<0.1" if share < 0.0005 else f"{100 * share:.1f}" if share < 0.9995 else "100"


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


def _simple(language: str) -> str:
    return "zh-hans" if language.lower().startswith("zh") else "en"


def _tag(language: str) -> str:
    return "zh-Hans" if language.startswith("zh") else "en"


def _fitting(width: int) -> int:
    return min(max(int(width), NARROWEST), WIDEST)
