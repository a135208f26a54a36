"""Where deliveries lie, and how DuckDB looks at them as one book.

deliveries/000007-1f2e3d4c5b6a/<table>.parquet: the number puts deliveries in order, the
rest is the beginning of the input's hash. A folder appears whole, by a rename, and is
never changed afterwards.
"""

import os
import re
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from django.conf import settings

from arrears.portfolio.types import KEYS, TABLES

_NAME = re.compile(r"(\d{6,})-([0-9a-f]{12})")
_SQL_TYPES = {"string": "varchar", "date32[day]": "date", "int64": "bigint", "int32": "integer"}
_SQL_TYPES["int16"] = "smallint"


@dataclass(frozen=True, slots=True, order=True)
class Delivered:
    """One delivery on the shelf."""

    number: int
    digest: str
    folder: Path


def root() -> Path:
    """The shelf itself (it may not exist yet)."""
    return Path(settings.PORTFOLIO_FOLDER) / "deliveries"


def deliveries(*, after: int = 0) -> list[Delivered]:
    """Deliveries numbered above `after`, in order."""
    here = root()
    named = ((_NAME.fullmatch(folder.name), folder) for folder in here.iterdir()) if here.is_dir() else ()
    found = (Delivered(int(name[1]), name[2], folder) for name, folder in named if name)
    return sorted(one for one in found if one.number > after)


def connect() -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that spills to disk, and never reaches for the network."""
    return duckdb.connect(
        config={
            "memory_limit": "2GB",
            "temp_directory": str(_spill_folder()),
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )


def _spill_folder() -> Path:
    """A folder for one connection (it clears the whole folder when it closes); what killed ones left goes."""
    spill = Path(settings.PORTFOLIO_FOLDER) / "spill"
    spill.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in spill.iterdir():
        if not _is_alive(left.name.partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    return spill / f"{os.getpid()}-{secrets.token_hex(4)}"


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True  # somebody else's
    return True


def show_book(
    connection: duckdb.DuckDBPyConnection,
    *,
    of: Iterable[Delivered] | None = None,
    prefix: str = "book",
    among: str = "",
) -> None:
    """Make the views `<prefix>_<table>`: the book as it stands after these deliveries (all by default).

    among: a table in `connection` with `account` and `customer`: only those are looked at.
    """
    shown = sorted(deliveries() if of is None else of)
    for table in TABLES:
        files = [str(one.folder / f"{table}.parquet") for one in shown]
        present = [file for file in files if Path(file).exists()]
        connection.execute(f"create or replace view {prefix}_{table} as {_view(table, present, among)}")


def _view(table: str, files: list[str], among: str) -> str:
    schema = TABLES[table]
    columns = ", ".join(schema.names)
    if not files:
        nothing = ", ".join(f"cast(null as {_SQL_TYPES[str(f.type)]}) as {f.name}" for f in schema)
        return f"select {nothing} where false"
    by = KEYS[table][0]
    wanted = f" where {by} in (select {by} from {among})" if among else ""
    if len(files) == 1:
        return f"select {columns} from {_read(table, files, '')}{wanted}"
    source = f"{_read(table, files, ', filename = true')}{wanted}"
    return _filled_up(source) if table == "supplied" else _one_per_key(table, columns, source)


def _read(table: str, files: list[str], how: str) -> str:
    """The files as one source; deliveries of before a column was known lack it, and say nothing there."""
    schema = TABLES[table]
    lacking: dict[tuple[str, ...], list[str]] = {}
    for file in files:
        names = set(pq.read_schema(file).names)
        lacks = tuple(name for name in schema.names if name not in names)
        lacking.setdefault(lacks, []).append("'" + file.replace("'", "''") + "'")
    if list(lacking) == [()]:
        return f"read_parquet([{', '.join(lacking[()])}]{how})"
    parts = []
    for lacks, some in lacking.items():
        nothing = "".join(
            f", cast(null as {_SQL_TYPES[str(schema.field(name).type)]}) as {name}" for name in lacks
        )
        parts.append(f"select *{nothing} from read_parquet([{', '.join(some)}]{how})")
    return f"({' union all by name '.join(parts)})"


def _one_per_key(table: str, columns: str, source: str) -> str:
    # What is booked is not rewritten: of postings the first delivery counts, elsewhere the latest.
    order = "asc" if table == "postings" else "desc"
    key = ", ".join(KEYS[table])
    return (
        f"select {columns} from {source} "
        f"qualify row_number() over (partition by {key} order by filename {order}) = 1"
    )


def _filled_up(source: str) -> str:
    # Balances and lateness of one day may come in two deliveries: the latest of each that is not null.
    told = ", ".join(
        f"arg_max({name}, filename) as {name}" for name in ("balance_cents", "months_late", "days_past_due")
    )
    return f"select account, as_of, {told} from {source} group by account, as_of"
