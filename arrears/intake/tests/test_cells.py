"""What a cell may say, and the reason where it may not."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrears.intake import values
from arrears.intake.columns import layouts
from arrears.intake.reasons import REASONS, Wrong, wrong
from arrears.kernel.money import MOST_CENTS

REF, TEXT, DAY, POINT, TERMS = values.ref(64), values.text(200), values.day(), values.point(), values.terms()
ANY_AMOUNT, POSITIVE = values.amount(), values.amount(least=1)


def code_or_value(reader: values.Reader, text: str, beside: str = "") -> object:
    read = reader.read(text, beside)
    return read.code if isinstance(read, Wrong) else read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1234.50", 123450),
        ("1,234.50", 123450),
        ("-5", -500),
        ("+5.00", 500),
        ("0.10", 10),
        ("90071992547409.92", MOST_CENTS // 100 * 100 + MOST_CENTS % 100),
        ("1.005", "fraction"),
        ("1.0050", "fraction"),
        ("1.5000", 150),
        ("1e400", "not_amount"),
        ("inf", "not_amount"),
        ("NaN", "not_amount"),
        ("abc", "not_amount"),
        ("1,23.45", "not_amount"),
        ("１２.００", "not_amount"),
        ("--5", "formula"),
        ("=1+1", "formula"),
        ("90071992547409.93", "too_large"),
        ("9" * 400, "too_large"),
        ("", "not_amount"),
    ],
)
def test_amounts_are_exact_or_refused_with_the_right_reason(text, said):
    assert code_or_value(ANY_AMOUNT, text) == said


def test_amounts_follow_the_currency_beside_them():
    assert code_or_value(ANY_AMOUNT, "1234", "JPY") == 1234
    assert code_or_value(ANY_AMOUNT, "1.5", "JPY") == "fraction"
    assert code_or_value(ANY_AMOUNT, "1.234", "KWD") == 1234


def test_postings_are_more_than_nothing():
    assert (code_or_value(POSITIVE, "-5"), code_or_value(POSITIVE, "0.00")) == ("negative", "zero")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-02", date(2026, 11, 2)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2026-02-30", "impossible_date"),
        ("2026-13-01", "impossible_date"),
        ("2026-2-3", "not_date"),
        ("20261102", "not_date"),
        ("0026-11-02", "unlikely_date"),
        ("tomorrow", "not_date"),
        ("=TODAY()", "formula"),
    ],
)
def test_days_are_days_of_the_calendar(text, said):
    assert code_or_value(DAY, text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("6225880012345678", "6225880012345678"),
        ("甲-001", "甲-001"),
        ("6.22588E+15", "rounded_id"),
        ("12 34", "space_in_id"),
        ("=1", "formula"),
        ("@x", "formula"),
        ("+cmd", "formula"),
        ("-2+3+cmd|' /C calc'!A0", "formula"),
        ("＝1", "formula"),
        ("-15", "-15"),
        ("a\x00b", "control_character"),
        ("a\u200bb", "control_character"),
        ("\u202eabc", "control_character"),
        ("x" * 65, "too_long"),
        ("王\ufffd明", "damaged_text"),
    ],
)
def test_identifiers_are_kept_as_they_are_or_refused(text, said):
    assert code_or_value(REF, text) == said


def test_names_of_every_script_are_names_and_a_line_break_becomes_a_space():
    for name in ("王小明", "O'Neil", "欧阳·娜娜", "Zoë Müller-Łukasz", "नमिता", "👨‍👩‍👧"):
        assert code_or_value(TEXT, name) == name
    assert code_or_value(TEXT, "周涛\r\n  第二行") == "周涛 第二行"


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("mobile", "13800000001", "+8613800000001"),
        ("mobile", "138-0000-0001", "+8613800000001"),
        ("mobile", "8613800000001", "+8613800000001"),
        ("mobile", "0086 138 0000 0001", "+8613800000001"),
        ("mobile", "１３８００００００01", "+8613800000001"),
        ("mobile", "+44 20 7946 0000", "+442079460000"),
        ("mobile", "+8612345", "not_phone"),
        ("mobile", "12345678901", "not_phone"),
        ("mobile", "02079460000", "not_phone"),
        ("mobile", "=cmd", "formula"),
        ("email", "wang@example.com", "wang@example.com"),
        ("email", "wang@example", "not_email"),
        ("email", "wang@@example.com", "not_email"),
        ("email", ".wang@example.com", "not_email"),
        ("email", "王@例子", "not_email"),
        ("email", "=a@b.com", "formula"),
        ("address", "上海市\n浦东新区", "上海市 浦东新区"),
        ("wechat", "wxid_abc", "wxid_abc"),
    ],
)
def test_contact_points_are_what_their_kind_says(kind, text, said):
    assert code_or_value(POINT, text, kind) == said


def test_single_terms_are_a_flat_json_object():
    assert code_or_value(TERMS, '{"daily_rate": 0.0004}') == '{"daily_rate": "0.0004"}'
    assert code_or_value(TERMS, "[1]") == "not_terms"
    assert code_or_value(TERMS, '{"a": {}}') == "not_terms"
    assert code_or_value(TERMS, "[" * 100_000) == "not_terms"


def test_a_wrong_zone_is_refused_because_it_would_mean_calls_at_night():
    assert code_or_value(values.zone(), "Europe/London") == "Europe/London"
    assert code_or_value(values.zone(), "Mars/Olympus") == "unknown_zone"


def test_every_reason_speaks_both_languages_whatever_the_values_are():
    facts = {
        "expected": "{x}",
        "found": 1,
        "most": 2,
        "encoding": "UTF-8",
        "character": "{",
        "currency": "CNY",
    }
    facts |= {
        "least": 0,
        "form": "%",
        "first": "a:1",
        "last": "b",
        "known": "{}",
        "statement_date": "d",
        "posted_date": "d",
        "before": "{",
    }
    for code in REASONS:
        words = wrong(code, **facts).words
        assert words.zh and words.en and words.zh != words.en


READERS = {
    f"{layout.name}.{column.name}": column.reader
    for layout in layouts(frozenset({"cn.card"})).values()
    for column in layout.columns
}
CELLS = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"\A[-+]?[0-9,]{1,20}(\.[0-9]{0,4})?\Z"),
    st.from_regex(r"\A[0-9A-Za-z_./:#\-]{1,70}\Z"),
    st.from_regex(r"\A[12][0-9]{3}-[0-9]{2}-[0-9]{2}\Z"),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(READERS)), CELLS, st.sampled_from(["", "CNY", "JPY", "mobile", "email"]))
def test_whatever_a_cell_says_it_is_a_value_or_a_reason(name, text, beside):
    cell = text.strip()
    if cell:
        read = READERS[name].read(cell, beside)
        assert isinstance(read, Wrong) or pa.scalar(read, READERS[name].type).is_valid


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(READERS)), st.lists(CELLS, min_size=1, max_size=4))
def test_a_whole_column_is_read_as_its_cells_are_one_by_one(name, texts):
    reader, cells = READERS[name], [text.strip() for text in texts]
    in_bulk = reader.in_bulk(pa.array(cells, pa.string()))
    if in_bulk is not None:
        assert in_bulk.to_pylist() == [reader.read(cell, "CNY") for cell in cells]
