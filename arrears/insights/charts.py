"""Charts as SVG text, drawn on the server: no script, no font or picture from elsewhere.

Text stays text, so the reader's own fonts apply. Every colour has a number or a word
beside it, and darker is always more (in the dark: lighter), so that a grey print reads
the same. Each picture carries a title and a description with all its figures for those
who hear it. The first picture of a process takes about a second, later ones a fifth of
one; the same figures are drawn once. What is said stands here, how it is drawn in
`drawing.py`.
"""

from functools import lru_cache

from arrears.delinquency.types import BUCKETS
from arrears.insights.drawing import FEW, Page, Told, bars, cell_text, heatmap, sentence
from arrears.insights.types import BookByBucket, BucketMoney, RollRates
from arrears.kernel.money import SYMBOLS, minor_digits
from arrears.kernel.words import Words

PICTURES_KEPT = 256

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
}


def book_by_bucket_chart(
    book: BookByBucket | None, *, language: str, width: int = 640, dark: bool = False
) -> str:
    """Late accounts as bars, M1 to M7+, with numbers and shares of the whole book."""
    return _book(book, Page.of(language=language, width=width, dark=dark))


def money_by_bucket_chart(
    rows: list[BucketMoney], *, currency: str, language: str, width: int = 640, dark: bool = False
) -> str:
    """What late accounts owe in `currency`, M1 to M7+."""
    mine = tuple(row for row in rows if row.currency == currency)
    return _money(mine, currency, Page.of(language=language, width=width, dark=dark))


def roll_rate_heatmap(rolls: RollRates | None, *, language: str, width: int = 640, dark: bool = False) -> str:
    """From each bucket to each a month later, in per cent of those who began there."""
    return _rolls(rolls, Page.of(language=language, width=width, dark=dark))


@lru_cache(maxsize=PICTURES_KEPT)
def _book(book: BookByBucket | None, page: Page) -> str:
    say = _Sayer(page.language)
    if book is None or not book.accounts:
        return sentence(Told(say("book"), say("book_empty").split("|")), page)
    current, everybody = book.counts[0].accounts, book.accounts
    facts = {"day": book.as_of, "all": f"{everybody:,}", "current": f"{current:,}"}
    if not book.late:
        return sentence(Told(say("book"), [say("book_none_late", **facts)]), page)
    shares = {row.bucket: (f"{row.accounts:,}", _percent(row.accounts, everybody)) for row in book.counts}
    told = Told(
        title=say("book"),
        under=[say("book_sub", **facts, share=_percent(current, everybody))],
        figures=[
            say("row", bucket=name, value=value, share=share) for name, (value, share) in shares.items()
        ],
    )
    rows = [(row.bucket, row.accounts, " · ".join(shares[row.bucket])) for row in book.counts[1:]]
    return bars(told, rows, (say("head_days"), say("head_accounts")), page)


@lru_cache(maxsize=PICTURES_KEPT)
def _money(mine: tuple[BucketMoney, ...], currency: str, page: Page) -> str:
    say = _Sayer(page.language)
    title = say("money", currency=currency)
    if not mine:
        return sentence(Told(title, say("money_empty").split("|")), page)
    owed = dict.fromkeys(BUCKETS, 0) | {row.bucket: row.owed_cents for row in mine}
    whole = sum(owed.values())
    shares = {
        bucket: (short_money(cents, currency=currency, language=page.language), _percent(cents, whole))
        for bucket, cents in owed.items()
    }
    told = Told(
        title=title,
        under=[say("money_sub", current=shares["M0"][0])],
        figures=[
            say("row", bucket=name, value=value, share=share) for name, (value, share) in shares.items()
        ],
    )
    rows = [(bucket, max(owed[bucket], 0), " · ".join(shares[bucket])) for bucket in BUCKETS[1:]]
    return bars(told, rows, (say("head_days"), say("head_money")), page)


@lru_cache(maxsize=PICTURES_KEPT)
def _rolls(rolls: RollRates | None, page: Page) -> str:
    say = _Sayer(page.language)
    if rolls is None:
        return sentence(Told(say("rolls"), say("rolls_empty").split("|")), page)
    under = [say("rolls_sub", since=rolls.since, until=rolls.until), say("rolls_key")]
    if any(0 < rolls.began(bucket) < FEW for bucket in BUCKETS):
        under.append(say("rolls_few", few=FEW))
    figures = [_moves_said(rolls, bucket, say) for bucket in BUCKETS if rolls.began(bucket)]
    return heatmap(Told(say("rolls"), under, figures), rolls, page)


def _moves_said(rolls: RollRates, bucket: str, say: "_Sayer") -> str:
    shares = [(other, rolls.share(bucket, other)) for other in BUCKETS]
    moves = [say("roll_move", bucket=other, share=cell_text(share)) for other, share in shares if share]
    return say("roll_row", bucket=bucket, number=f"{rolls.began(bucket):,}", moves=", ".join(moves))


class _Sayer:
    """Says the sentences of this file in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        return SAID[key].filled(**values).said_in(self.language)


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
