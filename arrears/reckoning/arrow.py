"""From the book's Arrow columns (portfolio.types) to the arrays of `bulk.py`, copying little.

Strings stay what Parquet made of them, numbers into a dictionary: an account's postings
are a run of one number, a posting's id is compared as a number, a kind is looked up once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arrears.kernel.money import CURRENCIES
from arrears.kernel.trouble import Place, Trouble, WrongConfiguration
from arrears.reckoning.bulk import BookArrays, Ints
from arrears.reckoning.reasons import Key, whole_cents
from arrears.rulebook.terms import CardTerms, load_terms

NO_DAY = -(1 << 31)  # a missing day: before every other, so the account is set aside


class UnableToReadBook(Trouble):
    """The folder is no card book in account order; the message names the file."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A text column as numbers into `names`; -1 where there is nothing."""

    codes: Ints
    names: pa.Array


def coded(column: pa.ChunkedArray) -> Coded:
    """The column as one array of numbers. Nulls become -1."""
    whole = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if isinstance(whole, pa.ChunkedArray):  # no rows at all, or chunks that would not combine
        whole = pa.concat_arrays(whole.unify_dictionaries().chunks) if whole.num_chunks else _no_text()
    if not pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_encode()
    codes = whole.indices
    if codes.null_count:
        codes = codes.fill_null(-1)
    return Coded(codes.to_numpy(), whole.dictionary)


def _no_text() -> pa.Array:
    return pa.array([], pa.string()).dictionary_encode()


def numbers(column: pa.ChunkedArray, *, missing: int) -> Ints:
    """An integer or day column as an array; nulls become `missing`."""
    whole = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], column.type)
    if pa.types.is_date(whole.type):
        whole = whole.view(pa.int32())
    if whole.null_count:
        whole = whole.fill_null(missing)
    values: Ints = whole.to_numpy()
    return values


@dataclass(frozen=True, slots=True)
class Refs:
    """The accounts of one batch, in order."""

    names: pa.Array

    def may_begin(self, column: pa.ChunkedArray, account: int) -> bool:
        """Whether the column's first row is one of these accounts, from place `account` on."""
        if not len(column):
            return True
        first = column[0].as_py()
        if first == self.names[account].as_py():
            return True
        if account + 1 == len(self.names):  # as where row groups are cut alike: ask no further
            return False
        later = pc.index_in(pa.array([first], pa.string()), value_set=self.names.slice(account))
        return bool(later[0].is_valid)

    def places(self, column: pa.ChunkedArray) -> Ints:
        """For every row the place of its account in the batch; -1 for accounts not in it."""
        rows = coded(column)
        places = rows.codes
        if len(rows.names) and not rows.names.equals(self.names):
            place = pc.index_in(rows.names, value_set=self.names).fill_null(-1).to_numpy()
            places = np.where(rows.codes < 0, -1, place[rows.codes]).astype(np.int32)
        places = places.view()
        places.flags.writeable = False  # as those straight from Arrow are
        return places


def refs_of(accounts: pa.Table, *, file: str) -> Refs:
    """The accounts of a batch. Raises UnableToReadBook where one comes twice or has no name."""
    names = coded(accounts["account"])
    if len(names.codes) and not np.array_equal(names.codes, np.arange(len(names.codes), dtype=np.int32)):
        taken = pa.DictionaryArray.from_arrays(pa.array(names.codes), names.names).cast(pa.string())
        if names.codes.min() < 0 or len(pc.unique(taken)) < len(taken):
            raise UnableToReadBook("has an account twice or without a name", at=Place(file))
        return Refs(taken)
    return Refs(names.names)


class TermsOfBook:
    """The terms of all products of a book, numbered as they turn up, with why some are missing."""

    def __init__(self, on: date) -> None:
        self.on = on
        self.terms: list[CardTerms] = []
        self.problems: list[str] = []
        self._known: dict[tuple[str, str, str], tuple[int, str]] = {}

    def numbered(self, accounts: pa.Table) -> tuple[Ints, dict[Key, str]]:
        """For every account the place of its terms (-1: none), and the reasons for the -1s by what was asked."""
        columns = [accounts[name] for name in ("product", "currency", "terms")]
        said = [_said_by_all(column) for column in columns]
        if None not in said:
            product, currency, terms = (str(text) for text in said)
            place, why = self._number(product, currency, terms)
            return np.full(accounts.num_rows, place, np.int32), {(product, currency, terms): why}
        keys = [coded(column) for column in columns]
        sizes = [len(key.names) + 1 for key in keys]
        joined = np.zeros(accounts.num_rows, np.int64)
        for key, size in zip(keys, sizes, strict=True):
            joined = joined * size + (key.codes + 1)
        distinct, inverse = np.unique(joined, return_inverse=True)
        asked = [self._texts(int(one), keys, sizes) for one in distinct]
        found = [self._number(*one) for one in asked]
        places = np.array([place for place, _ in found], np.int64)
        whys = {one: why for one, (_, why) in zip(asked, found, strict=True)}
        return places[inverse].astype(np.int32), whys

    def _texts(self, joined: int, keys: Sequence[Coded], sizes: Sequence[int]) -> Key:
        texts = []
        for key, size in zip(reversed(keys), reversed(sizes), strict=True):
            joined, code = divmod(joined, size)
            texts.append(key.names[code - 1].as_py() if code else "")
        terms, currency, product = texts
        return product, currency, terms

    def _number(self, product: str, currency: str, terms: str) -> tuple[int, str]:
        key = (product, currency, terms)
        if key not in self._known:
            self._known[key] = self._load(product, currency, terms)
        return self._known[key]

    def _load(self, product: str, currency: str, terms: str) -> tuple[int, str]:
        if currency not in CURRENCIES:
            return -1, f"{currency!r} is no known currency"
        try:
            self.terms.append(load_terms(product, on=self.on, overrides=_overrides(terms)))
        except (WrongConfiguration, ValueError) as problem:
            return -1, str(problem)
        return len(self.terms) - 1, ""


def _said_by_all(column: pa.ChunkedArray) -> str | None:
    """What every row says ("": none says anything); None where they may differ. No row is looked at."""
    if column.null_count == len(column):
        return ""
    if column.null_count or column.num_chunks != 1 or not pa.types.is_dictionary(column.type):
        return None
    names = column.chunk(0).dictionary
    return str(names[0].as_py()) if len(names) == 1 else None


def _overrides(terms: str) -> dict[str, str]:
    try:
        given: Any = json.loads(terms) if terms else {}
    except ValueError as problem:
        raise ValueError(f"terms {terms!r} cannot be read: {problem}") from problem
    if not isinstance(given, dict):
        raise ValueError(f"terms {terms!r} is no object of single terms")
    return {str(name): str(value) for name, value in given.items()}


def arrays_of(
    accounts: pa.Table, postings: pa.Table, statements: pa.Table, products: Ints, book_terms: TermsOfBook,
    *, first_posting: Ints, first_cycle: Ints,
) -> BookArrays:  # fmt: skip
    """One batch for the kernel; the rows of the three tables belong to the same accounts."""
    kind, posting = coded(postings["kind"]), coded(postings["posting"])
    return BookArrays(
        first_posting=first_posting,
        product=products,
        cycle_group=np.arange(accounts.num_rows, dtype=np.int32),
        posting_day=numbers(postings["posted_date"], missing=NO_DAY),
        posting_kind=kind.codes,
        posting_cents=numbers(whole_cents(postings["cents"]), missing=-1),
        first_cycle=first_cycle,
        statement_day=numbers(statements["statement_date"], missing=NO_DAY),
        due_day=numbers(statements["due_date"], missing=NO_DAY),
        terms=book_terms.terms,
        limit_cents=numbers(accounts["limit_cents"], missing=1 << 53),
        opened_day=numbers(accounts["opened_date"], missing=NO_DAY),
        posting_id=posting.codes,
        posting_start=_first_days(postings),
        posting_reverses=_reversed(postings["reverses"], posting),
        kinds=tuple(kind.names.to_pylist()),
    )


def _first_days(postings: pa.Table) -> Ints:
    """The day each purchase was made, else posted; nothing where the book does not tell."""
    if "made_date" not in postings.column_names or not len(postings):
        return np.empty(0, np.int32)
    made = numbers(postings["made_date"], missing=NO_DAY)
    return np.where(made == NO_DAY, numbers(postings["posted_date"], missing=NO_DAY), made)


def _reversed(column: pa.ChunkedArray, posting: Coded) -> Ints:
    """What postings reverse, in the numbers of the posting ids; -1 for nothing, -2 for an unknown id."""
    if column.null_count == len(column):
        return np.empty(0, np.int64)
    reverses = coded(column)
    rows = np.flatnonzero(reverses.codes >= 0)  # few
    place = pc.index_in(reverses.names, value_set=posting.names).fill_null(-2).to_numpy()
    named = np.full(len(column), -1, np.int32)
    named[rows] = place[reverses.codes[rows]]
    return named
