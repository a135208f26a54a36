"""Records as they are told and as they stand in the chain; and how a record is written down.

A record's body is canonical JSON: keys in order of their code points, no spaces, UTF-8, no
number with a fraction, times in UTC as `2026-06-10T04:00:00Z`, days as `2026-06-10`.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AnySet
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from pydantic_core import to_json

from arrears.kernel.words import Words

GONE = Words(zh="所述的数据行已不存在", en="the row it speaks of is gone")
DIFFERS = Words(
    zh="数据行的 {column} 是 {row}，记录是 {said}", en="the row's {column} says {row}, the record {said}"
)
UNTOLD = Words(zh="数据行没有对应的记录", en="a row nobody told the chain of")


class Told(NamedTuple):
    """One record as a room tells it. `about` is the key of what it speaks of (a clearance, a fact).

    body: canonical JSON that repeats the four other values, for only the body is hashed.
    """

    kind: str
    customer_ref: str  # empty where it concerns nobody
    about: str
    recorded_at: datetime
    body: str


APART, LINE_ENDS = "\x1f", "\n"  # neither occurs in JSON: within a string both are escaped
MOST_ON_A_SHEET = 4096


class Sheet:
    """Many records of one kind told together: what they have in common is written once.

    A record's body is the pieces of its mould, with its own values (each JSON) between them in
    order. about, customer: which of the values those are. The sealer writes the bodies out.
    """

    def __init__(self, kind: str, *, recorded_at: datetime, about: int, customer: int) -> None:
        self.kind, self.recorded_at = kind, recorded_at
        self.about, self.customer = about, customer
        self.lines: list[str] = []
        self._numbers: dict[tuple[str, ...], int] = {}

    def number(self, pieces: tuple[str, ...]) -> int:
        """The number by which a line names the mould of these pieces."""
        return self._numbers.setdefault(pieces, len(self._numbers))

    def moulds(self) -> list[tuple[str, ...]]:
        """The pieces of every mould, by number."""
        return list(self._numbers)


def line_of(number: int, values: Iterable[str]) -> str:
    """A record on a sheet: its mould and its own values."""
    return f"{number}{APART}{APART.join(values)}"


_BETWEEN_TEXTS = f'"{APART}"'


def line_of_texts(number: int, texts: Iterable[str]) -> str:
    """The same, where all own values are texts in which nothing has to be escaped: a third of the time."""
    return f'{number}{APART}"{_BETWEEN_TEXTS.join(texts)}"'


def written_out(moulds: Sequence[Sequence[str]], line: str) -> tuple[list[str], str]:
    """A record's own values and its body, from its line."""
    number, *values = line.split(APART)
    pieces = moulds[int(number)]
    return values, "".join([part for pair in zip(pieces, values, strict=False) for part in pair]) + pieces[-1]


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the chain. `previous` and `hash` are 32 bytes each."""

    position: int
    kind: str
    customer_ref: str
    about: str
    recorded_at: datetime
    body: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Root:
    """The signed statement that closes a day; `signature` is Ed25519 over the statement's bytes."""

    day: date
    statement: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was. position: None where it is not about one record."""

    position: int | None
    kind: str
    customer_ref: str
    about: str
    words: Words


class Live(Protocol):
    """A room's word on whether the rows it keeps still say what the chain was told."""

    def unlike(self, records: Sequence[Record], /) -> Iterable[Finding]:
        """Rows that differ from these records, or are gone; records of other kinds are passed over."""

    def untold(self) -> Iterable[Finding]:
        """Rows the chain was never told of."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification saw. findings: the first of them; `found` counts all."""

    records: int
    first: int
    last: int
    roots: int
    unsigned: int  # records after the last signed day: the chain holds them, no signature yet
    found: int
    findings: tuple[Finding, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class State:
    """Where the chain stands, for a compliance page. Positions count from 1; 0 is an empty chain.

    verified_at, verified_through, found: the latest full verification, if there was one.
    """

    last_position: int
    unsealed: int
    oldest_unsealed_at: datetime | None
    last_signed_day: date | None
    unsigned: int
    verified_at: datetime | None
    verified_through: int
    found: int


def gone(record: Record) -> Finding:
    """The row this record speaks of is no longer there."""
    return Finding(record.position, record.kind, record.customer_ref, record.about, GONE)


def differs(record: Record, column: str, row: object, said: object) -> Finding:
    """The row says something else than the record."""
    words = DIFFERS.filled(column=column, row=row, said=said)
    return Finding(record.position, record.kind, record.customer_ref, record.about, words)


def untold(kind: str, *, customer_ref: str, about: str) -> Finding:
    """A row without a record."""
    return Finding(None, kind, customer_ref, about, UNTOLD)


def told(kind: str, *, customer_ref: str, about: str, recorded_at: datetime, **what: object) -> Told:
    """A record of `what`, written canonically."""
    said = {"kind": kind, "customer": customer_ref, "about": about, "recorded_at": recorded_at, **what}
    return Told(kind, customer_ref, about, recorded_at, canonical(said))


def canonical(value: object) -> str:
    """Any plain value, dataclass or mapping as canonical JSON. Raises TypeError for what has no form."""
    return in_order(plain(value))


def in_order(value: object) -> str:
    """`canonical` for what is plain already, its keys in order and its times in UTC: a night tells much."""
    return to_json(value).decode()


in_quotes = encode_basestring  # a text as `in_order` writes it, five times as fast


def plain(value: Any) -> Any:
    """What canonical JSON can say of `value`. Of a dataclass: what differs from its defaults."""
    kind: Any = type(value)
    if value is None or kind is str or kind is bool or kind is int:
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, int | str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, date | UUID | float):  # a fraction has many spellings: kept as text
        return str(value)
    if isinstance(value, Mapping):
        return {key: plain(value[key]) for key in sorted(value)}
    if isinstance(value, AnySet):
        return sorted(plain(each) for each in value)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if is_dataclass(value):
        said = ((name, getattr(value, name), usual) for name, usual in _defaults(kind))
        return {name: plain(own) for name, own, usual in said if own != usual}
    raise TypeError(f"{kind.__name__} has no form in the record")


@lru_cache(maxsize=256)
def _defaults(kind: type[Any]) -> list[tuple[str, Any]]:
    """Its fields in the order of the record, each with its default."""
    return [(field.name, _default(field)) for field in sorted(fields(kind), key=lambda field: field.name)]


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default
