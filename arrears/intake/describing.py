"""Drafts a mapping for a file nobody has described yet, and says what it is unsure of.

Headers are compared with the words banks use for our columns (`vocabulary.yaml`); the
first rows tell date forms, separators, signs and codes. The draft is YAML to be read and
mended by a person: what was guessed carries a comment, what is missing stands as one.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pyarrow as pa
import yaml

from arrears.casebook.types import MovementKind
from arrears.intake import recognising
from arrears.intake.columns import Column, Layout
from arrears.intake.lines import UnableToRead
from arrears.intake.mapping import date_pattern
from arrears.intake.sources import Source, open_source
from arrears.kernel.money import CURRENCIES
from arrears.kernel.trouble import Place
from arrears.rulebook.documents import Document, read_document

SAMPLE_ROWS = 2_000
MOST_CODES = 40
ALIKE = 0.82  # difflib's measure
_SEPARATORS = ((".", ","), (",", "."), (",", " "), (".", " "))
_UNSURE = "不确定 unsure"


class Vocabulary(Document):
    """The words of `vocabulary.yaml`."""

    columns: dict[str, tuple[str, ...]]
    points: dict[str, str]
    kinds: dict[str, str]
    currencies: dict[str, str]
    blank: tuple[str, ...]
    dates: tuple[str, ...]


@cache
def vocabulary() -> Vocabulary:
    """What banks call things."""
    return read_document(Path(__file__).with_name("vocabulary.yaml"), Vocabulary)


def describe(*, path: Path) -> str:
    """A draft mapping for the file, YAML with comments. Raises UnableToRead where it resembles no table."""
    source = open_source(path)
    file = _File(source, _sample(source))
    tables = list(_tables(file, recognising.our_layouts()))
    for table in tables:
        about_accounts = any("account" in other.cells for other in tables)
        table.repeats = about_accounts and table.name in {"customers", "contact_points"}
    if not tables:
        raise UnableToRead(
            "resembles none of our tables",
            do="docs/intake.md shows them; the header should name the columns.",
            at=Place(str(path), 1),
        )
    return "\n".join([*_top(file, tables), *(line for table in tables for line in table.lines())]) + "\n"


@dataclass(frozen=True, slots=True)
class _File:
    source: Source
    sample: Mapping[str, Sequence[str]]  # the texts of each column that are not empty

    def texts(self, header: str) -> list[str]:
        """What its first rows say there, blanks left out."""
        return [text for text in self.sample[header] if text not in vocabulary().blank]


def _sample(source: Source) -> dict[str, list[str]]:
    first = next((batch for batch in source.batches() if len(batch.lines)), None)
    columns = first.columns if first else {name: pa.array([], pa.string()) for name in source.header}
    return {
        name: [text for text in column[:SAMPLE_ROWS].to_pylist() if text] for name, column in columns.items()
    }


@dataclass(slots=True)
class _Table:
    """One table of the draft: a line of YAML for each of our columns, with comments."""

    name: str
    cells: dict[str, str]
    missing: tuple[Column, ...]
    used: frozenset[str]
    repeats: bool = False

    def lines(self) -> Iterator[str]:
        yield f"- table: {self.name}"
        if self.repeats:
            yield f"  repeats: true  # {_UNSURE}: 同一客户可有几行 one customer may have several lines"
        yield "  columns:"
        yield from (f"    {name}: {cell}" for name, cell in self.cells.items())
        for column in self.missing:
            yield f"    # {column.name}: {{from: ...}}  # 必填 required: {column.about.zh} / {column.about.en}"


# What a file must have for us to think it tells of a table: all of one of these.
_TELLING: dict[str, tuple[frozenset[str], ...]] = {
    "customers": (frozenset({"name"}),),
    "contact_points": (frozenset({"value"}),),
    "accounts": (frozenset({"limit"}), frozenset({"product"}), frozenset({"opened_date"})),
    "postings": (frozenset({"amount", "posted_date"}),),
    "statements": (frozenset({"statement_date"}), frozenset({"due_date"}), frozenset({"minimum"})),
    "balances": (frozenset({"balance", "as_of"}),),
    "lateness": (frozenset({"months_late"}), frozenset({"days_past_due"})),
}
_PAYMENT = (frozenset({"payment_id", "amount"}), frozenset({"received_date", "amount"}))


def _tables(file: _File, layouts: Mapping[str, Layout]) -> Iterator[_Table]:
    found = {name: _found(file.source.header, layout) for name, layout in layouts.items()}
    if _tells(found["payments"], _PAYMENT) and not _tells(found["postings"], _TELLING["postings"]):
        yield _drafted(file, layouts["payments"], found["payments"])
        return
    for name, telling in _TELLING.items():
        if _tells(found[name], telling):
            if name == "contact_points":
                yield from _points(file, layouts[name], found[name])
            else:
                yield _drafted(file, layouts[name], found[name])


def _tells(found: Mapping[str, str], telling: tuple[frozenset[str], ...]) -> bool:
    return any(names <= set(found) for names in telling)


def _found(header: Sequence[str], layout: Layout) -> dict[str, str]:
    """Our columns the header seems to have, surest first; each of its columns is used once."""
    guesses = sorted(
        ((_likeness(name, column.name), column.name, name) for column in layout.columns for name in header),
        key=lambda guess: -guess[0],
    )
    found: dict[str, str] = {}
    for likeness, column, name in guesses:
        if likeness and column not in found and name not in found.values():
            found[column] = name
    # A file of accounts without customers: each account is its own.
    account = next((name for name in header if _likeness(name, "account")), None)
    if account and "customer" not in found and any(column.name == "customer" for column in layout.columns):
        found["customer"] = account
    return found


def _likeness(header: str, column: str) -> float:
    called = [_plain(word) for word in (column, *vocabulary().columns.get(column, ()))]
    text = _plain(header)
    if text in called:
        return 1.0
    if any(len(word) > 2 and text.endswith(word) for word in called):
        return 0.9
    alike = max(difflib.SequenceMatcher(None, text, word).ratio() for word in called)
    return alike if alike >= ALIKE else 0.0


def _plain(text: str) -> str:
    return re.sub(r"[\s_.\-/()（）]", "", text).lower()


def _points(file: _File, layout: Layout, found: Mapping[str, str]) -> Iterator[_Table]:
    """One table for each column that holds a number or an address."""
    for name in file.source.header:
        if _likeness(name, "value"):
            customer = {ours: theirs for ours, theirs in found.items() if ours == "customer"}
            table = _drafted(file, layout, {**customer, "value": name})
            table.cells["kind"] = f"{{always: {_code_meaning(name, vocabulary().points) or 'mobile'}}}"
            table.missing = tuple(column for column in table.missing if column.name != "kind")
            yield table


def _drafted(file: _File, layout: Layout, found: Mapping[str, str]) -> _Table:
    cells: dict[str, str] = {}
    for column in layout.columns:
        if column.name in found:
            cells[column.name] = _cell(file, column, found[column.name])
    if "currency" not in found and any(column.beside == "currency" for column in layout.columns):
        cells["currency"] = f"{{always: CNY}}  # {_UNSURE}: 文件没有币种 the file names none"
    if layout.name == "accounts" and "product" not in found:
        cells["product"] = f"{{always: {_a_product()}}}  # {_UNSURE}: 文件没有产品 the file names none"
    if layout.name in {"balances", "lateness"} and "as_of" not in found:
        cells["as_of"] = f"{{always: 2026-01-31}}  # {_UNSURE}: 请填数据日期 say the day of the data"
    missing = tuple(column for column in layout.columns if column.required and column.name not in cells)
    return _Table(layout.name, cells, missing, frozenset(found.values()))


def _a_product() -> str:
    known = sorted(recognising.known_products())
    return "cn.card" if "cn.card" in known else known[0]


def _cell(file: _File, column: Column, header: str) -> str:
    texts, parts, notes = file.texts(header), [f"from: {_scalar(header)}"], []
    if _likeness(header, column.name) < 1:
        notes.append("按列名猜测 guessed from its name")
    if column.reader.type == pa.date32():
        _describe_dates(texts, parts, notes)
    elif column.reader.type == pa.int64():
        _describe_amounts(header, column, texts, parts, notes)
    elif column.name in {"kind", "currency", "product"}:
        _describe_codes(column.name, texts, parts, notes)
    comment = f"  # {_UNSURE}: {'; '.join(notes)}" if notes else ""
    return "{" + ", ".join(parts) + "}" + comment


def _describe_dates(texts: list[str], parts: list[str], notes: list[str]) -> None:
    fitting = [form for form in vocabulary().dates if texts and all(_is_day(text, form) for text in texts)]
    if not fitting:
        notes.append(
            f"日期格式不明 unknown date form, e.g. {texts[0]!r}" if texts else "没有样本 nothing to see"
        )
        return
    if fitting[0] != "YYYY-MM-DD":
        parts.append(f"date: {_scalar(fitting[0])}")
    others = [form for form in fitting[1:] if _means_other(form, fitting[0], texts)]
    if others:
        notes.append(f"也可能是 it may also be {', '.join(others)}")


def _is_day(text: str, form: str) -> bool:
    found = date_pattern(form).fullmatch(text)
    if not found:
        return False
    try:
        date(int(found["year"]) or 1, int(found["month"]), int(found["day"]))
    except ValueError:
        return False
    return True


def _means_other(form: str, than: str, texts: list[str]) -> bool:
    def days(form: str) -> list[tuple[int, ...]]:
        found = (date_pattern(form).fullmatch(text) for text in texts)
        return [tuple(int(one[part]) for part in ("year", "month", "day")) for one in found if one]

    return days(form) != days(than)


def _describe_amounts(
    header: str, column: Column, texts: list[str], parts: list[str], notes: list[str]
) -> None:
    for decimal, thousands in _SEPARATORS:
        whole = re.escape(thousands)
        number = re.compile(rf"[+-]?(\d+|\d{{1,3}}({whole}\d{{3}})+)({re.escape(decimal)}\d*)?", re.ASCII)
        if texts and all(number.fullmatch(text) for text in texts):
            if (decimal, thousands) != (".", ","):
                parts.append(f"decimal: {_scalar(decimal)}, thousands: {_scalar(thousands)}")
            break
    else:
        notes.append("有些值不是金额 some values are no amounts")
    if re.search(r"（分）|\(分\)|cents|minor", header, re.IGNORECASE):
        parts.append("minor_units: true")
        notes.append("按列名以分为单位 in minor units, by its name")
    if any(text.startswith("-") for text in texts) and column.name in {"amount", "minimum", "limit"}:
        parts.append("sign: dropped")
        notes.append("有负数，已去掉符号，请核对类型 negative amounts: the sign is dropped, check the kinds")


def _describe_codes(name: str, texts: list[str], parts: list[str], notes: list[str]) -> None:
    codes = sorted(set(texts))
    own, words = {
        "kind": (frozenset(kind.value for kind in MovementKind), vocabulary().kinds),
        "currency": (CURRENCIES, vocabulary().currencies),
        "product": (recognising.known_products(), {".": _a_product()}),
    }[name]
    if set(codes) <= own:
        return
    if len(codes) > MOST_CODES:
        notes.append(f"{len(codes)} 种不同的值 different values: are these codes?")
        return
    guessed = {code: code if code in own else _code_meaning(code, words) for code in codes}
    told = ", ".join(f"{_scalar(code)}: {meaning}" for code, meaning in guessed.items() if meaning)
    parts.append(f"codes: {{{told}}}")
    unknown = [code for code, meaning in guessed.items() if not meaning]
    notes.append(
        "请核对代码 check the codes"
        + (f"; 还缺 still missing: {', '.join(map(repr, unknown))}" if unknown else "")
    )


def _code_meaning(code: str, words: Mapping[str, str]) -> str | None:
    return next((ours for ours, word in words.items() if re.search(word, code, re.IGNORECASE)), None)


def _top(file: _File, tables: Sequence[_Table]) -> Iterator[str]:
    source = file.source
    yield f"# 由 arrears intake describe 起草，请核对带 “{_UNSURE}” 的行，补上缺的列，再用 --mapping 读取。"
    yield f"# Drafted by `arrears intake describe`: check the lines marked `{_UNSURE}`, add what is missing,"
    yield "# then read the file with --mapping."
    yield f"title: {_scalar(source.path.stem)}"
    if not source.is_parquet:
        yield f"encoding: {source.survey.encoding}"
        if source.delimiter != ",":
            yield f"delimiter: {_scalar(source.delimiter)}"
    said = {text for texts in file.sample.values() for text in texts}
    blank = [text for text in vocabulary().blank if text in said]
    if blank:
        yield f"blank: [{', '.join(map(_scalar, blank))}]  # {_UNSURE}: 视为空白 taken as empty"
    used = frozenset[str]().union(*(table.used for table in tables))
    unused = [name for name in source.header if name not in used]
    yield f"unused: [{', '.join(map(_scalar, unused))}]"
    yield "tables:"


def _scalar(text: str) -> str:
    """The text as YAML reads it back, on one line."""
    return yaml.safe_dump([text], allow_unicode=True, default_flow_style=True, width=10**6).strip()[1:-1]
