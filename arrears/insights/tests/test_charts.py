"""Charts say what the figures say, in both languages, to the eye and to the ear, and never break."""

import re
from collections import Counter
from csv import DictReader
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from arrears.delinquency.types import BUCKETS
from arrears.insights.charts import (
    book_by_bucket_chart,
    money_by_bucket_chart,
    roll_rate_heatmap,
    short_money,
)
from arrears.insights.drawing import DARK, LIGHT, _channels, _ink_on, _mixed
from arrears.insights.types import BookByBucket, BucketCount, BucketMoney, RollRates

DAY = date(2026, 11, 21)


def book(*accounts: int) -> BookByBucket:
    return BookByBucket(DAY, tuple(map(BucketCount, BUCKETS, accounts)))


def rolls() -> RollRates:
    moves = [[0] * 8 for _ in BUCKETS]
    moves[0][0], moves[0][1], moves[1][0], moves[1][2], moves[7][7] = 900, 100, 30, 10, 5
    return RollRates(tuple(map(tuple, moves)), date(2026, 6, 30), date(2026, 11, 30), 5, "rounds")


BOOK = book(9000, 700, 200, 60, 20, 10, 6, 4)
MONEY = [BucketMoney(bucket, "CNY", 1_234_567_89 * (8 - n), None) for n, bucket in enumerate(BUCKETS)]


def drawn(language: str = "zh-hans", **how: object) -> dict[str, str]:
    return {
        "book": book_by_bucket_chart(BOOK, language=language, **how),
        "money": money_by_bucket_chart(MONEY, currency="CNY", language=language, **how),
        "rolls": roll_rate_heatmap(rolls(), language=language, **how),
        "empty": roll_rate_heatmap(None, language=language, **how),
    }


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - drawn a moment ago, by us


def texts(svg: str) -> list[str]:
    found = parsed(svg).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(text.itertext()) for text in found]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("picture", ["book", "money", "rolls", "empty"])
def test_a_picture_needs_nothing_from_elsewhere_and_runs_nothing(picture: str, language: str) -> None:
    svg = drawn(language)[picture]
    without_names = re.sub(r'xmlns(:xlink)?="[^"]*"', "", svg)
    for foreign in (
        "http",
        "<script",
        "<style",
        "@import",
        "url(",
        "href",
        "<image",
        "<foreignObject",
        " on",
    ):
        assert foreign not in re.sub(r">[^<]*<", "><", without_names)


@pytest.mark.parametrize("picture", ["book", "money", "rolls", "empty"])
def test_a_picture_has_a_name_and_tells_its_figures_to_those_who_hear_it(picture: str) -> None:
    root = parsed(drawn("en")[picture])
    title, description = root[0], root[1]
    assert root.get("role") == "img" and root.get("lang") == "en"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.tag.endswith("title") and title.text and description.tag.endswith("desc")
    told = {
        "book": "M3: 60, 0.6%",
        "money": "M7+: ¥1.2M",
        "rolls": "to M2 25.0%",
        "empty": "Not yet two months",
    }
    assert told[picture] in (description.text or "")


def test_every_bar_has_its_number_and_share_beside_it() -> None:
    said = texts(drawn()["book"])
    assert {"700 · 7.0%", "60 · 0.6%", "4 · <0.1%"} <= set(said)
    assert "2026-11-21：共 10,000 户，未逾期（M0）9,000 户，占 90.0%" in said


def test_every_cell_of_the_rolls_has_its_number() -> None:
    said = texts(drawn()["rolls"])
    assert {"90.0", "10.0", "75.0", "25.0", "100"} <= set(said)
    assert said.count("–") == 5 * 8  # nobody began in five of the buckets


def test_chinese_and_english_say_the_same_in_their_own_words() -> None:
    zh, en = drawn("zh-hans"), drawn("en")
    assert "逾期账户按账龄分布" in texts(zh["book"]) and "Late accounts by bucket" in texts(en["book"])
    assert not re.search(r"[\u4e00-\u9fff]", "".join(texts(en["rolls"])))


@pytest.mark.parametrize("width", [320, 900])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pictures_keep_to_the_width_they_are_given(width: int, language: str) -> None:
    for name, svg in drawn(language, width=width).items():
        assert float(parsed(svg).get("width", "0")) <= width + 2, name


def test_without_data_there_is_a_kind_sentence_and_no_broken_picture() -> None:
    assert "还没有可看的数据。" in texts(book_by_bucket_chart(None, language="zh-hans"))
    assert "还没有可看的数据。" in texts(book_by_bucket_chart(book(*[0] * 8), language="zh-hans"))
    assert "No amounts to show yet." in texts(money_by_bucket_chart([], currency="CNY", language="en"))


def test_a_book_where_nobody_is_late_says_so() -> None:
    svg = book_by_bucket_chart(book(12, *[0] * 7), language="en")
    assert "2026-11-21: all 12 accounts are on time." in texts(svg)


def test_a_currency_nobody_owes_in_is_no_error() -> None:
    assert "还没有可看的金额。" in texts(money_by_bucket_chart(MONEY, currency="USD", language="zh-hans"))


def test_the_dark_has_colours_of_its_own() -> None:
    assert LIGHT.text in drawn()["book"] and DARK.text in drawn(dark=True)["book"]


def luminance(colour: str) -> float:
    parts = [value / 255 for value in _channels(colour)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_numbers_read_well_on_every_colour_and_more_is_stronger_in_grey(look) -> None:
    for strong in (look.most, look.better, look.worse):
        fills = [_mixed(look.least, strong, step / 20) for step in range(21)]
        shades = [luminance(fill) for fill in fills]
        assert shades in (sorted(shades), sorted(shades, reverse=True))
        for fill, shade in zip(fills, shades, strict=True):
            ink = luminance(_ink_on(fill))
            assert (max(ink, shade) + 0.05) / (min(ink, shade) + 0.05) >= 4.5


def test_the_same_figures_are_drawn_once() -> None:
    first = book_by_bucket_chart(BOOK, language="zh-hans", width=500)
    assert book_by_bucket_chart(book(9000, 700, 200, 60, 20, 10, 6, 4), language="zh-cn", width=500) is first


@pytest.mark.parametrize(
    ("cents", "zh", "en"),
    [
        (0, "¥0", "¥0"),
        (123_456, "¥1,235", "¥1.2K"),
        (12_345_600, "¥12.3 万", "¥123.5K"),
        (1_234_567_890_00, "¥12.3 亿", "¥1.2B"),
    ],
)
def test_amounts_are_short_in_the_readers_own_units(cents: int, zh: str, en: str) -> None:
    assert short_money(cents, currency="CNY", language="zh-hans") == zh
    assert short_money(cents, currency="CNY", language="en") == en


def test_the_real_book_is_drawn_with_its_own_figures(shared: Path) -> None:
    file = shared / "data/uci_default_credit/uci_share_24000.csv"
    with open(file, encoding="utf-8") as lines:
        late = Counter(min(max(int(row["PAY_0"]), 0), 7) for row in DictReader(lines))
    said = texts(book_by_bucket_chart(book(*(late[n] for n in range(8))), language="zh-hans", width=360))
    assert {"2,978 · 12.4%", "2,129 · 8.9%", "261 · 1.1%"} <= set(said)
