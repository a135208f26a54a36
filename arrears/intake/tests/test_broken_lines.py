"""One broken line costs one line: quotes, encodings, line ends, and where they stand."""

from pathlib import Path

import pytest

from arrears.intake import lines
from arrears.intake.lines import UnableToRead, read_header, read_records, survey

WIDTH = 3


def records(tmp_path: Path, content: bytes, *, width: int = WIDTH) -> tuple[list, list]:
    """((line, cells) of the good records, (line, reason code) of the spoiled ones) after the header line."""
    file = tmp_path / "in.csv"
    file.write_bytes(b"a,b,c\n" + content)
    good, spoiled = [], []
    for found in read_records(file, survey(file), delimiter=",", width=width, header_lines=1):
        good += zip(found.lines, found.rows, strict=True)
        spoiled += [(line, reason.code) for line, _, reason in found.spoiled]
    return good, spoiled


@pytest.fixture(params=[lines.BLOCK_BYTES, 16], ids=["one block", "tiny blocks"])
def blocks_of(request, monkeypatch):
    """Everything must hold however the file is cut into blocks."""
    monkeypatch.setattr(lines, "BLOCK_BYTES", request.param)


pytestmark = pytest.mark.usefixtures("blocks_of")


def test_plain_lines_keep_their_numbers_and_blank_ones_are_passed(tmp_path):
    good, spoiled = records(tmp_path, b"1,2,3\n\n4,5,6\r\n7,8,9")
    assert good == [(2, ["1", "2", "3"]), (4, ["4", "5", "6"]), (5, ["7", "8", "9"])] and not spoiled


def test_a_quoted_cell_may_go_on_over_lines_and_later_numbers_stay_right(tmp_path):
    good, spoiled = records(tmp_path, b'1,"No. 5\nHigh Road\nTown",x\n2,y,z\n')
    assert good == [(2, ["1", "No. 5\nHigh Road\nTown", "x"]), (5, ["2", "y", "z"])] and not spoiled


def test_a_quote_never_closed_costs_its_line_only(tmp_path):
    good, spoiled = records(tmp_path, b'1,"open,x\n2,y,z\n3,y,z\n')
    assert [line for line, _ in good] == [3, 4] and spoiled == [(2, "unclosed_quote")]


def test_two_open_quotes_do_not_swallow_what_stands_between_them(tmp_path):
    good, spoiled = records(tmp_path, b'1,"open,x\n2,y,z\n3,"open,z\n4,y,z\n')
    assert [line for line, _ in good] == [3, 5]
    assert spoiled == [(2, "unclosed_quote"), (4, "unclosed_quote")]


def test_an_open_quote_is_not_closed_by_a_stray_one_further_down(tmp_path):
    good, spoiled = records(tmp_path, b'1,"open,x\n2,y,z\n3,stray",z\n4,y,z\n')
    assert [line for line, _ in good] == [3, 5]
    assert sorted(spoiled) == [(2, "unclosed_quote"), (4, "unclosed_quote")], "in doubt neither is believed"


def test_neighbours_with_one_quote_each_are_two_lines_not_one_record(tmp_path):
    good, spoiled = records(tmp_path, b'1,"open,x\n2,shut",z\n3,y,z\n')
    assert [line for line, _ in good] == [4]
    assert sorted(spoiled) == [(2, "unclosed_quote"), (3, "unclosed_quote")]


def test_a_quote_inside_a_word_is_a_letter(tmp_path):
    good, _ = records(tmp_path, b'1,5" nails,x\n2,y,z\n')
    assert good[0] == (2, ["1", '5" nails', "x"])


def test_text_after_a_closing_quote_is_a_broken_quote(tmp_path):
    good, spoiled = records(tmp_path, b'1,"a"b,x\n2,y,z\n')
    assert [line for line, _ in good] == [3] and spoiled == [(2, "unclosed_quote")]


def test_too_few_and_too_many_cells_are_told_by_line(tmp_path):
    good, spoiled = records(tmp_path, b"1,2\n1,2,3,4\n1,2,3,\n")
    assert spoiled == [(2, "cells"), (3, "cells")]
    assert good == [(4, ["1", "2", "3"])], "a delimiter at the line's end is no cell"


def test_bytes_that_are_not_utf8_cost_their_line(tmp_path):
    good, spoiled = records(tmp_path, "1,王小明,x\n".encode() + b"2,\xff\xfe,x\n" + "3,李静,x\n".encode())
    assert [line for line, _ in good] == [2, 4] and spoiled == [(3, "encoding")]


def test_invalid_bytes_inside_a_quoted_cell_do_not_shift_line_numbers(tmp_path):
    good, spoiled = records(tmp_path, b'1,"a\nb",x\n2,\xff,x\n3,"c\nd",x\n4,y,z\n')
    assert [line for line, _ in good] == [2, 5, 7] and spoiled == [(4, "encoding")]


def test_a_lone_carriage_return_costs_its_line(tmp_path):
    good, spoiled = records(tmp_path, b"1,a\rb,x\n2,y,z\n")
    assert [line for line, _ in good] == [3] and spoiled == [(2, "control_character")]


def test_nul_bytes_do_not_stop_the_reading(tmp_path):
    good, _ = records(tmp_path, b"1,\x00,x\n2,y,z\n")
    assert [line for line, _ in good] == [2, 3]


def test_an_endless_line_is_cut_and_the_next_is_read(tmp_path):
    good, spoiled = records(tmp_path, b"1,2,3\n" + b"x" * (lines.LONGEST_LINE * 3) + b"\n4,5,6\n")
    assert [line for line, _ in good] == [2, 4] and [line for line, _ in spoiled] == [3]


def test_an_unclosed_quote_at_the_end_of_the_file_costs_its_line(tmp_path):
    good, spoiled = records(tmp_path, b'1,2,3\n4,"5,6')
    assert [line for line, _ in good] == [2] and spoiled == [(3, "unclosed_quote")]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("a,b\n1,王小明\n".encode(), "utf-8"),
        (b"\xef\xbb\xbf" + "a,b\n1,王小明\n".encode(), "utf-8"),
        ("a,b\n1,王小明\n2,李静\n".encode("gb18030"), "gb18030"),
        ("客户号,姓名\n1,王小明\n".encode("gb18030"), "gb18030"),
        (b"a,b\n1,caf\xe9 x\n2,y\n", "utf-8"),  # one Latin-1 letter makes no Chinese file
        (b"a,b\n1,2\n", "utf-8"),
    ],
)
def test_the_usual_encodings_are_found_by_a_vote_of_the_lines(tmp_path, content, encoding):
    file = tmp_path / "in.csv"
    file.write_bytes(content)
    assert survey(file).encoding == encoding


def test_a_mark_at_the_beginning_is_no_part_of_the_first_column(tmp_path):
    file = tmp_path / "in.csv"
    file.write_bytes(b"\xef\xbb\xbfcustomer,name\n")
    assert read_header(file, survey(file)) == (["customer", "name"], ",", 1)


def test_old_line_ends_are_understood(tmp_path):
    file = tmp_path / "in.csv"
    file.write_bytes(b"a,b,c\r1,2,3\r4,5,6\r")
    found = survey(file)
    rows = [
        row for part in read_records(file, found, delimiter=",", width=3, header_lines=1) for row in part.rows
    ]
    assert rows == [["1", "2", "3"], ["4", "5", "6"]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        ("a,b\n".encode("utf-16"), "is UTF-16"),
        (b"PK\x03\x04\x00\x00", "does not begin with a line of column names"),
    ],
)
def test_what_is_no_table_is_refused_with_a_message(tmp_path, content, said):
    file = tmp_path / "in.csv"
    file.write_bytes(content)
    with pytest.raises(UnableToRead, match=said):
        read_header(file, survey(file))
