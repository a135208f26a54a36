"""A mapping translates a bank's own file: its columns, codes, signs, dates and separators.

It is a YAML document people write (docs/intake.md) and review; `arrears intake describe`
drafts one. Pure: a translation takes a cell's text and answers the text our own column
would have, or what is wrong with it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatch
from typing import Annotated, Literal, Self

import pyarrow as pa
from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from arrears.intake import values
from arrears.intake.columns import Column, Layout, layouts
from arrears.intake.reasons import Wrong, wrong
from arrears.rulebook.documents import Document

Translate = Callable[[str, str], str | Wrong]
TableName = Literal[
    "customers", "contact_points", "accounts", "postings", "statements", "balances", "lateness", "payments"
]
_PLACE = re.compile(r"\{([^{}]+)\}")
_DATE_PARTS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<year>\d{2})",
    "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{2})",
    "D": r"(?P<day>\d{1,2})",
    "*": ".*",
}
_DATE_PIECE = re.compile(r"YYYY|YY|MM|M|DD|D|.", re.DOTALL)


def _as_texts(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _date_form(form: str) -> str:
    try:
        date_pattern(form)
    except (ValueError, re.error):
        raise ValueError("must name year, month and day once each, as in YYYY/M/D or YYYYMMDD") from None
    return form


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_texts)]
DateForm = Annotated[str, AfterValidator(_date_form)]
Mark = Annotated[str, Field(min_length=1, max_length=1)]


class Cell(Document):
    """Where one of our columns comes from, and how its text is to be understood."""

    from_: str | None = Field(None, alias="from")
    always: str | None = None
    text: str | None = None
    codes: dict[str, str] | None = None
    otherwise: str | None = None  # the code of every text `codes` does not name
    date: DateForm | None = None
    decimal: Mark | None = None
    thousands: Mark | None = None
    minor_units: bool = False
    sign: Literal["as_is", "turned", "dropped"] = "as_is"
    blank: Texts | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(source is not None for source in (self.from_, self.always, self.text)) != 1:
            raise ValueError("say exactly one of `from`, `always` and `text`")
        if self.otherwise is not None and self.codes is None:
            raise ValueError("`otherwise` needs `codes`")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """The bank's columns it reads."""
        return (self.from_,) if self.from_ is not None else tuple(_PLACE.findall(self.text or ""))


class Table(Document):
    """Rows for one of our tables. `each` makes several from one line: once per entry, its names filled in."""

    table: TableName
    files: str = "*"
    each: tuple[dict[str, str], ...] = ({},)
    only_when: dict[str, Texts] = {}
    skip_when: dict[str, Texts] = {}
    repeats: bool = False
    columns: dict[str, Cell]

    @model_validator(mode="after")
    def _fits_our_columns(self) -> Self:
        layout = layouts(frozenset())[self.table]
        ours = {column.name: column for column in layout.columns}
        for name in self.columns:
            if name not in ours:
                raise ValueError(f"{self.table} has no column {name!r}; it has {', '.join(ours)}")
        missing = [name for name, column in ours.items() if column.required and name not in self.columns]
        if missing:
            raise ValueError(f"{self.table} needs {', '.join(missing)}")
        return self

    def filled(self) -> "Iterator[Table]":
        """One table for every entry of `each`, with its names in their places."""
        for entry in self.each:
            yield self.model_copy(
                update={
                    "columns": {name: _filled_cell(cell, entry) for name, cell in self.columns.items()},
                    "only_when": {_filled(name, entry): texts for name, texts in self.only_when.items()},
                    "skip_when": {_filled(name, entry): texts for name, texts in self.skip_when.items()},
                }
            )


class BankMapping(Document):
    """How one bank's files are to be read. Defaults at the top hold for every cell below."""

    title: str
    about: str = ""
    encoding: str | None = None
    delimiter: str | None = None
    date: DateForm = "YYYY-MM-DD"
    decimal: Mark = "."
    thousands: Mark = ","
    blank: Texts = ()
    unused: tuple[str, ...] = ()
    tables: tuple[Table, ...]

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        try:
            by_lines = "\n".encode(value or "utf-8") == b"\n"  # UTF-16, for one, is not read line by line
        except LookupError:
            by_lines = False
        if not by_lines:
            raise ValueError("is no encoding we read; usual are utf-8 and gb18030")
        return value

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str | None) -> str | None:
        if value is not None and (len(value) != 1 or value in '"\r\n'):
            raise ValueError("must be one character")
        return value

    @model_validator(mode="after")
    def _one_purpose(self) -> Self:
        names = {table.table for table in self.tables}
        if not names or ("payments" in names and len(names) > 1):
            raise ValueError("name at least one table; payments come in files of their own")
        return self

    def tables_of(self, file_name: str) -> list[Table]:
        """The tables made from the file of this name, every entry of `each` by itself."""
        fitting = (table for table in self.tables if fnmatch(file_name, table.files))
        return [filled for table in fitting for filled in table.filled()]

    def columns_of(self, file_name: str) -> set[str]:
        """The bank's columns it reads from that file."""
        return {name for table in self.tables_of(file_name) for name in _columns_read(table)}

    def fits(self, header: list[str], file_name: str) -> bool:
        """Whether a file with this header is exactly the one it describes."""
        return set(header) == self.columns_of(file_name) | set(self.unused) and len(set(header)) == len(
            header
        )

    @property
    def is_for_payments(self) -> bool:
        """Whether it reads payments rather than a card book."""
        return self.tables[0].table == "payments"


def _columns_read(table: Table) -> Iterator[str]:
    yield from (*table.only_when, *table.skip_when)
    for cell in table.columns.values():
        yield from cell.sources


def _filled(text: str, entry: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: entry.get(place[1], place[0]), text)


def _filled_cell(cell: Cell, entry: Mapping[str, str]) -> Cell:
    said = {name: getattr(cell, name) for name in ("from_", "always", "text")}
    filled: dict[str, str | None] = {
        name: _filled(text, entry) for name, text in said.items() if text is not None
    }
    if "text" in filled and not _PLACE.search(filled["text"] or ""):  # nothing of the file is left in it
        filled = {"always": filled["text"], "text": None}
    return cell.model_copy(update=filled)


def own_columns(layout: Layout, header: list[str]) -> Table:
    """The mapping of a file that has our own columns already."""
    names = (column.name for column in layout.columns if column.name in header)
    cells = {name: Cell.model_validate({"from": name}) for name in names}
    return Table.model_construct(table=layout.name, columns=cells)


def parts(text: str) -> list[tuple[str, bool]]:
    """A template as (piece, whether it is a column's name) in order."""
    split = _PLACE.split(text)
    return [(piece, at % 2 == 1) for at, piece in enumerate(split) if piece or at % 2]


def translation(cell: Cell, column: Column, defaults: BankMapping) -> Translate | None:
    """What turns the bank's text into the text our `column` would have; None where nothing need be done."""
    if cell.always is not None:
        return None
    steps = [step for step in _steps(cell, column.reader.type, defaults) if step]
    return _one_after_another(steps) if steps else None


def _steps(cell: Cell, kind: pa.DataType, defaults: BankMapping) -> Iterator[Translate | None]:
    yield _blank(cell.blank if cell.blank is not None else defaults.blank)
    yield _coded(cell.codes, cell.otherwise) if cell.codes is not None else None
    if kind == pa.date32():
        yield _dated(cell.date or defaults.date)
    if kind == pa.int64():
        yield _sign_in_front
        yield _plain_number(cell.decimal or defaults.decimal, cell.thousands or defaults.thousands)
        yield _signed(cell.sign)
        yield values.minor_units if cell.minor_units else None


def _one_after_another(steps: list[Translate]) -> Translate:
    def translate(text: str, beside: str) -> str | Wrong:
        for step in steps:
            if not text:
                break
            found = step(text, beside)
            if isinstance(found, Wrong):
                return found
            text = found
        return text

    return translate


def _blank(texts: tuple[str, ...]) -> Translate | None:
    return (lambda text, _: "" if text in texts else text) if texts else None


def _coded(codes: Mapping[str, str], otherwise: str | None) -> Translate:
    def translate(text: str, _: str) -> str | Wrong:
        found = codes.get(text, otherwise)
        return wrong("not_in_codes") if found is None else found

    return translate


def _dated(form: str) -> Translate | None:
    if form == "YYYY-MM-DD":
        return None
    pattern = date_pattern(form)

    def translate(text: str, _: str) -> str | Wrong:
        found = pattern.fullmatch(text)
        if not found:
            return wrong("not_date", form=form)
        year = found["year"] if len(found["year"]) == 4 else _century(found["year"])
        return f"{year}-{found['month']:0>2}-{found['day']:0>2}"

    return translate


def date_pattern(form: str) -> re.Pattern[str]:
    """`YYYY/M/D` as a pattern with year, month and day; `*` stands for anything (a time of day).

    Raises ValueError where one of the three is missing or named twice.
    """
    pieces = [_DATE_PARTS.get(piece, re.escape(piece)) for piece in _DATE_PIECE.findall(form)]
    pattern = re.compile("".join(pieces), re.ASCII | re.DOTALL)
    if set(pattern.groupindex) != {"year", "month", "day"}:
        raise ValueError
    return pattern


def _century(two_digits: str) -> str:
    return ("20" if two_digits < "70" else "19") + two_digits


def _sign_in_front(text: str, _: str) -> str:
    """`5.00-` and `(5.00)` are how ledgers write -5.00."""
    if text.endswith("-"):
        return "-" + text[:-1].strip()
    return "-" + text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text


def _plain_number(decimal: str, thousands: str) -> Translate | None:
    if (decimal, thousands) == (".", ","):
        return None
    whole = re.escape(thousands)
    number = re.compile(rf"[+-]?(\d+|\d{{1,3}}({whole}\d{{3}})+)({re.escape(decimal)}\d*)?", re.ASCII)

    def translate(text: str, _: str) -> str | Wrong:
        if not number.fullmatch(text):
            return wrong("not_amount")
        return text.replace(thousands, "").replace(decimal, ".")

    return translate


def _signed(sign: str) -> Translate | None:
    def turned(text: str, _: str) -> str:
        return text[1:] if text.startswith("-") else "-" + text.removeprefix("+")

    def dropped(text: str, _: str) -> str:
        return text.removeprefix("-")

    return {"turned": turned, "dropped": dropped}.get(sign)
