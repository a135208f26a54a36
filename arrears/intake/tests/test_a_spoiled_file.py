"""10,000 rows, 1,000 of them spoiled in every way we know: 9,000 taken, each other with its own reason."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from arrears.intake import actions
from arrears.intake.rejects import read_rejects
from arrears.intake.tests.books import NOON
from arrears.portfolio import queries as portfolio

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

ROWS, SPOILED, SEED = 10_000, 1_000, 20261102
FAMILY, GIVEN = "王李赵陈孙周吴林", ["小明", "静", "强", "国华", "丽", "涛", "刚", "芳"]

Cells = list[str]


def cell(at: int, text: str) -> Callable[[Cells], bytes]:
    return lambda cells: line([*cells[:at], text, *cells[at + 1 :]])


def line(cells: Cells) -> bytes:
    return ",".join(cells).encode()


# What is spoiled, the column it must be found in (None: the line itself), and the reason's code.
ACCOUNT_WAYS: list[tuple[Callable[[Cells], bytes], str | None, str]] = [
    (cell(0, ""), "account", "missing"),
    (cell(1, ""), "customer", "missing"),
    (cell(1, "C-nobody"), "customer", "unknown_customer"),
    (cell(0, "6.22588E+15"), "account", "rounded_id"),
    (cell(0, "=1+1"), "account", "formula"),
    (cell(0, "@SUM(A1)"), "account", "formula"),
    (cell(0, "x" * 65), "account", "too_long"),
    (cell(0, "A\x001"), "account", "control_character"),
    (cell(2, "cn.cart"), "product", "unknown_product"),
    (cell(3, "RMB"), "currency", "unknown_currency"),
    (cell(4, "2026-02-30"), "opened_date", "impossible_date"),
    (cell(4, "30/06/2020"), "opened_date", "not_date"),
    (cell(4, "0020-06-30"), "opened_date", "unlikely_date"),
    (cell(5, "ten thousand"), "limit", "not_amount"),
    (cell(5, "1e400"), "limit", "not_amount"),
    (cell(5, "inf"), "limit", "not_amount"),
    (cell(5, "NaN"), "limit", "not_amount"),
    (cell(5, "10.001"), "limit", "fraction"),
    (cell(5, "90071992547409.93"), "limit", "too_large"),
    (cell(5, "-1.00"), "limit", "negative"),
    (cell(5, "-2+3+cmd|' /C calc'!A0"), "limit", "formula"),
    (cell(6, "{"), "terms", "not_terms"),
    (lambda cells: line(cells[:-2]), None, "cells"),
    (lambda cells: line([*cells, "x", "y"]), None, "cells"),
    (lambda cells: line(['"' + cells[0], *cells[1:]]), None, "unclosed_quote"),
    (lambda cells: line(cells[:2]) + b"\xff\xfe," + line(cells[3:]), None, "encoding"),
    (lambda cells: line(cells[:2]) + "，产品".encode("gb18030") + b"," + line(cells[3:]), None, "encoding"),
    (lambda cells: line(cells[:2]) + b",a\rb," + line(cells[3:]), None, "control_character"),
]


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "book"
    made.mkdir()
    return made


def write_customers(folder: Path) -> None:
    chance = random.Random(SEED)
    rows = (f"C{n:05d},{chance.choice(FAMILY)}{chance.choice(GIVEN)},,\n" for n in range(ROWS))
    (folder / "customers.csv").write_text("customer,name,language,zone\n" + "".join(rows), "utf-8")


def write_accounts(folder: Path) -> dict[int, tuple[str | None, str]]:
    """The spoiled file; what must be said of which line."""
    chance = random.Random(SEED)
    header = b"\xef\xbb\xbfaccount,customer,product,currency,opened_date,limit,terms"  # with a BOM
    spoiled = sorted(chance.sample(range(1, ROWS), SPOILED))
    expected: dict[int, tuple[str | None, str]] = {}
    lines, ways = [header], 0
    for number in range(ROWS):
        cells = [f"6225{number:012d}", f"C{number:05d}", "cn.card", "CNY", "2020-06-30", "10000.00", ""]
        if number in spoiled[::29]:  # the number of an earlier row that is good
            cells[0], expected[number + 2] = "6225" + "0" * 12, ("account", "duplicate")
        elif number in spoiled:
            spoil, column, code = ACCOUNT_WAYS[ways % len(ACCOUNT_WAYS)]
            expected[number + 2], ways = (column, code), ways + 1
            lines.append(spoil(cells))
            continue
        lines.append(line(cells))
    (folder / "accounts.csv").write_bytes(b"\n".join(lines) + b"\n")
    return expected


def test_nine_thousand_rows_are_taken_and_each_of_the_thousand_has_its_own_reason(folder):
    write_customers(folder)
    expected = write_accounts(folder)
    taken = actions.take_book(path=folder, now=NOON)
    count = taken.counts["accounts"]
    assert (count.read, count.taken, count.set_aside) == (ROWS, ROWS - SPOILED, SPOILED)
    assert taken.reconciles and portfolio.account_count() == ROWS - SPOILED
    found = {one.line: (one.column, one.code) for one in read_rejects(taken.rejects_file)}
    assert found == expected
    assert all(one.words.zh and one.words.en for one in read_rejects(taken.rejects_file))


def test_the_spoiled_file_a_second_time_changes_nothing(folder):
    write_customers(folder)
    write_accounts(folder)
    first = actions.take_book(path=folder, now=NOON)
    again = actions.take_book(path=folder, now=NOON)
    assert again.changes_nothing and portfolio.latest_delivery() == 1
    assert (again.counts["accounts"].taken, again.counts["accounts"].set_aside) == (9_000, 1_000)
    assert first.rejects_file.read_text("utf-8-sig") == again.rejects_file.read_text("utf-8-sig")
