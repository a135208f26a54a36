"""Raw columns become checked columns, or rows with what is wrong with them.

Every distinct text of a column is read once; identifiers and names that are plainly fine
are recognised in bulk. A row's first wrong column, in our columns' order, is its reason.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arrears.intake.columns import Column, Layout
from arrears.intake.mapping import BankMapping, Cell, Table, Translate, parts, translation
from arrears.intake.reasons import Wrong, wrong
from arrears.intake.sources import RawBatch
from arrears.intake.values import Value
from arrears.kernel.money import MINOR_DIGITS
from arrears.kernel.trouble import WrongConfiguration

_BESIDE = "\x1f"  # between a text and the one beside it while both are looked up as one
Texts: TypeAlias = "pa.Array | str"  # a whole column, or one text for every row


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong with one row: the column as the file calls it, and what stood there."""

    column: str | None
    value: str | None
    wrong: Wrong


@dataclass(slots=True)
class Checked:
    """One target's rows of one batch: `rows` are their places in it, `columns` their values (null where wrong)."""

    rows: np.ndarray
    columns: dict[str, pa.Array]
    wrong: dict[int, Found] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bound:
    """One of our columns bound to a file's: where its text is, how it is translated, what to call it."""

    column: Column
    cell: Cell
    translate: Translate | None

    @property
    def shown(self) -> str:
        """The file's own name for it."""
        return "+".join(self.cell.sources) or self.column.name


@dataclass(frozen=True, slots=True)
class Target:
    """One table's rows made from the lines of one file."""

    layout: Layout
    table: Table
    bound: Mapping[str, Bound]

    def shown(self, kept_as: str) -> str:
        """What the file calls the column the book keeps under this name."""
        named = (bound.shown for bound in self.bound.values() if bound.column.kept_as == kept_as)
        return next(named, kept_as)


def bind(table: Table, layout: Layout, defaults: BankMapping) -> Target:
    """Tie a mapping's table to our columns. Raises WrongConfiguration where a constant cannot be right."""
    bound = {}
    for column in layout.columns:
        cell = table.columns.get(column.name)
        if cell:
            bound[column.name] = Bound(column, cell, translation(cell, column, defaults))
    for one in bound.values():
        _check_constant(one, bound, layout)
    return Target(layout, table, bound)


def _check_constant(one: Bound, bound: Mapping[str, Bound], layout: Layout) -> None:
    beside = bound[one.column.beside].cell.always if one.column.beside in bound else ""
    if one.cell.always is None or beside is None:
        return
    value = _read_one(one, one.cell.always, beside)
    if isinstance(value, Wrong):
        raise WrongConfiguration(
            f"{layout.name}.{one.column.name} is always {one.cell.always!r}, which {value.words.en}",
            do="Mend the mapping.",
        )


def check(target: Target, batch: RawBatch) -> Checked:
    """The target's rows of this batch."""
    rows = _applying(target.table, batch)
    taken = pa.array(rows)
    texts = {name: _texts(bound, batch, taken) for name, bound in target.bound.items()}
    checked = Checked(rows, {})
    for column in target.layout.columns:
        if column.name not in target.bound:
            checked.columns[column.kept_as] = pa.nulls(len(rows), column.reader.type)
            continue
        bound, beside = target.bound[column.name], _beside(target, column, checked)
        values, problems = _read_column(bound, texts[column.name], beside, len(rows))
        checked.columns[column.kept_as] = values
        for at, problem in problems:
            shown = _text_at(texts[column.name], at)
            checked.wrong.setdefault(at, Found(bound.shown, shown, problem))
    for at, found in _row_problems(target, checked):
        checked.wrong.setdefault(at, found)
    return checked


def passed_over(batch: RawBatch, checked: Iterable[Checked]) -> int:
    """How many records no target makes a row of."""
    speaks = np.zeros(len(batch.lines), bool)
    for rows in checked:
        speaks[rows.rows] = True
    return int((~speaks).sum())


def _beside(target: Target, column: Column, checked: Checked) -> Texts:
    """The values of the column that gives this one its meaning, read already."""
    by = target.bound.get(column.beside)
    if by is None:
        return ""
    if by.cell.always is not None:
        return by.cell.always
    values: pa.Array = pc.fill_null(checked.columns[by.column.kept_as], "")
    return values


def _applying(table: Table, batch: RawBatch) -> np.ndarray:
    keep = np.ones(len(batch.lines), bool)
    for name, wanted in table.only_when.items():
        keep &= _is_in(batch.columns[name], wanted)
    for name, passed in table.skip_when.items():
        keep &= ~_is_in(batch.columns[name], passed)
    return np.flatnonzero(keep)


def _is_in(texts: pa.Array, wanted: tuple[str, ...]) -> np.ndarray:
    return np.asarray(pc.is_in(texts, value_set=pa.array(wanted, pa.string())))


def _texts(bound: Bound, batch: RawBatch, taken: pa.Array) -> Texts:
    cell = bound.cell
    if cell.always is not None:
        return cell.always
    whole = batch.columns[cell.from_] if cell.from_ is not None else _joined(parts(cell.text or ""), batch)
    return whole if len(taken) == len(whole) else whole.take(taken)


def _joined(pieces: list[tuple[str, bool]], batch: RawBatch) -> pa.Array:
    """A template filled; where one of its columns is empty, so is the whole."""
    columns = [batch.columns[piece] for piece, is_column in pieces if is_column]
    texts = [batch.columns[piece] if is_column else piece for piece, is_column in pieces]
    whole = pc.binary_join_element_wise(*texts, "")
    for column in columns:
        whole = pc.if_else(pc.equal(column, ""), "", whole)
    return whole


def _text_at(texts: Texts, at: int) -> str:
    return texts if isinstance(texts, str) else str(texts[at].as_py())


def _read_column(
    bound: Bound, texts: Texts, beside: Texts, rows: int
) -> tuple[pa.Array, Iterator[tuple[int, Wrong]]]:
    """Values (null where empty or wrong), and (row, what is wrong)."""
    kind = bound.column.reader.type
    if isinstance(texts, str) and isinstance(beside, str):
        value = _read_one(bound, texts, beside)
        return pa.repeat(pa.scalar(None if isinstance(value, Wrong) else value, kind), rows), iter(())
    if isinstance(texts, str):
        texts = pa.repeat(pa.scalar(texts, pa.string()), rows)
    in_bulk = _in_bulk(bound, texts, beside)
    return (in_bulk, iter(())) if in_bulk is not None else _read_distinct(bound, texts, beside)


def _in_bulk(bound: Bound, texts: pa.Array, beside: Texts) -> pa.Array | None:
    if bound.translate or not len(texts):
        return None
    stand_beside = {beside} if isinstance(beside, str) else set(pc.unique(beside).to_pylist())
    odd = any(currency in MINOR_DIGITS for currency in stand_beside)
    return None if odd else bound.column.reader.in_bulk(texts)


def _read_distinct(
    bound: Bound, texts: pa.Array, beside: Texts
) -> tuple[pa.Array, Iterator[tuple[int, Wrong]]]:
    if isinstance(beside, str):
        encoded = texts.dictionary_encode()
        pairs = [(text, beside) for text in encoded.dictionary.to_pylist()]
    else:
        encoded = pc.binary_join_element_wise(beside, texts, _BESIDE).dictionary_encode()
        split = (pair.partition(_BESIDE) for pair in encoded.dictionary.to_pylist())
        pairs = [(text, by) for by, _, text in split]
    read = [_read_one(bound, text, by) for text, by in pairs]
    problems = {at: value for at, value in enumerate(read) if isinstance(value, Wrong)}
    values = pa.array(
        [None if at in problems else value for at, value in enumerate(read)], bound.column.reader.type
    )
    return values.take(encoded.indices), _places(problems, encoded.indices)


def _places(problems: dict[int, Wrong], indices: pa.Array) -> Iterator[tuple[int, Wrong]]:
    if not problems:
        return
    which = np.asarray(indices)
    for at in np.flatnonzero(np.isin(which, list(problems))):
        yield int(at), problems[int(which[at])]


def _read_one(bound: Bound, text: str, beside: str) -> Value | Wrong:
    if bound.translate and text:
        found = bound.translate(text, beside)
        if isinstance(found, Wrong):
            return found
        text = found
    if not text:
        return wrong("missing") if bound.column.required else None
    return bound.column.reader.read(text, beside)


def _row_problems(target: Target, checked: Checked) -> Iterator[tuple[int, Found]]:
    rule = _ROW_RULES.get(target.layout.name)
    return rule(target, checked) if rule else iter(())


def _due_before_statement(target: Target, checked: Checked) -> Iterator[tuple[int, Found]]:
    stated, due = checked.columns["statement_date"], checked.columns["due_date"]
    early = pc.fill_null(pc.less(due, stated), False)
    for at in np.flatnonzero(np.asarray(early)):
        problem = wrong("due_before_statement", statement_date=stated[int(at)].as_py())
        yield int(at), Found(target.shown("due_date"), str(due[int(at)].as_py()), problem)


def _made_after_posted(target: Target, checked: Checked) -> Iterator[tuple[int, Found]]:
    made, posted = checked.columns["made_date"], checked.columns["posted_date"]
    late = pc.fill_null(pc.greater(made, posted), False)
    for at in np.flatnonzero(np.asarray(late)):
        problem = wrong("made_after_posted", posted_date=posted[int(at)].as_py())
        yield int(at), Found(target.shown("made_date"), str(made[int(at)].as_py()), problem)


def _nothing_told(target: Target, checked: Checked) -> Iterator[tuple[int, Found]]:
    told = [pc.is_valid(checked.columns[name]) for name in ("months_late", "days_past_due")]
    for at in np.flatnonzero(~np.asarray(pc.or_(*told))):
        yield int(at), Found(target.shown("months_late"), "", wrong("nothing_told"))


_ROW_RULES: dict[str, Callable[[Target, Checked], Iterator[tuple[int, Found]]]] = {
    "postings": _made_after_posted,
    "statements": _due_before_statement,
    "lateness": _nothing_told,
}
