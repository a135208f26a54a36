"""Whatever the bytes: every record is taken or set aside, or the file is refused with a message."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from arrears.intake import actions
from arrears.intake.book import take_book
from arrears.intake.lines import read_records, survey
from arrears.intake.rejects import read_rejects, spreadsheet_safe
from arrears.intake.tests.books import NOON, POSTINGS, text_of, the_cast
from arrears.kernel.trouble import Trouble

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
some_examples = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
GOOD = text_of(POSTINGS).encode()
HEADER = GOOD.partition(b"\n")[0] + b"\n"
ODD = [
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"=",
    b"1e400",
    b";",
    b"\xcd\xf5",
    b"\x1a",
]


@pytest.fixture
def people(tmp_path, home):
    take_book(path=the_cast(tmp_path / "people"), now=NOON)


def taken_or_refused(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(content)
        for mapping in (None, "uci_default_credit"):
            try:
                taken = actions.take_book(path=file, mapping=mapping, now=NOON)
            except Trouble as trouble:
                assert str(trouble)
                continue
            assert taken.reconciles
            assert taken.files[0].read == sum(count.read for count in taken.counts.values())
            listed = list(read_rejects(taken.rejects_file)) if taken.rejects_file else []
            assert len(listed) == taken.set_aside
            assert all(1 <= one.line <= content.count(b"\n") + content.count(b"\r") + 1 for one in listed)


@some_examples
@given(st.binary(max_size=300))
@example(b"")
@example(b"\xff\xfea\x00")
def test_any_bytes_at_all(people, content):
    taken_or_refused(content, "postings.csv")


@some_examples
@given(st.binary(max_size=300))
@example(b'622500001,P9,fee,1.00,2026-10-01\n"')
def test_any_bytes_under_a_good_header(people, content):
    taken_or_refused(HEADER + content, "postings.csv")


@some_examples
@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.sampled_from(ODD)), min_size=1, max_size=6))
def test_a_good_file_with_odd_bytes_thrown_in(people, throws):
    content = GOOD
    for place, odd in throws:
        content = content[:place] + odd + content[place:]
    taken_or_refused(content, "postings.csv")


@some_examples
@given(st.binary(max_size=200))
@example(b"PAR1")
def test_any_bytes_called_parquet(people, content):
    taken_or_refused(b"PAR1" + content + b"PAR1", "postings.parquet")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
@example("＝cmd")
@example("\t=cmd")
def test_no_text_runs_in_a_spreadsheet(text):
    safe = spreadsheet_safe(text)
    assert not safe.startswith(("=", "@", "\t", "\r", "＝", "＠")) and safe.isprintable()


WORD = st.text(st.characters(exclude_characters="\x00\r\n", codec="utf-8"), max_size=8)
CELL = st.one_of(WORD, WORD, st.tuples(WORD, WORD).map("\n".join))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8))
def test_well_written_csv_comes_back_record_by_record_or_is_set_aside(tmp_path_factory, rows):
    """Nothing is swallowed and nothing invented: what is read stands in the file, in order."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    file = tmp_path_factory.mktemp("csv") / "in.csv"
    file.write_bytes(b"a,b,c\n" + out.getvalue().encode())
    parts = list(read_records(file, survey(file, encoding="utf-8"), delimiter=",", width=3, header_lines=1))
    good = [row for part in parts for row in part.rows]
    spoiled = [problem for part in parts for problem in part.spoiled]
    remaining = iter(rows)
    assert all(row in remaining for row in good), "in order, as they were written"
    blank = sum(not any(cell.strip() for cell in row) for row in rows)
    assert len(good) + len(spoiled) >= len(rows) - blank
