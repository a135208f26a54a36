"""Card books of the cast, written as a bank would write them."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)

CUSTOMERS = [["customer", "name"], ["C1", "王小明"], ["C2", "李静"]]
ACCOUNTS = [
    ["account", "customer", "product", "currency", "limit"],
    ["622500001", "C1", "cn.card", "CNY", "10,000.00"],
    ["622500002", "C2", "cn.card", "CNY", "20000"],
]
POSTINGS = [
    ["account", "posting", "kind", "amount", "posted_date"],
    ["622500001", "P1", "purchase", "100.00", "2026-10-01"],
    ["622500002", "P1", "purchase", "250.00", "2026-10-03"],
]
STATEMENTS = [
    ["account", "statement_date", "due_date", "balance", "minimum"],
    ["622500001", "2026-10-05", "2026-10-25", "100.00", "10.00"],
]

Rows = Sequence[Sequence[str]]


def text_of(rows: Rows) -> str:
    """CSV text of the rows."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def write(folder: Path, tables: Mapping[str, Rows]) -> Path:
    """A delivery folder with `<table>.csv` for each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(text_of(rows), "utf-8")
    return folder


def the_cast(folder: Path, **others: Rows) -> Path:
    """Two customers, their accounts and postings; `others` replace or add tables."""
    book = {"customers": CUSTOMERS, "accounts": ACCOUNTS, "postings": POSTINGS}
    return write(folder, {**book, **others})


def headed(rows: Rows, *more: Iterable[str]) -> Rows:
    """The header of `rows` with other lines under it."""
    return [rows[0], *(list(row) for row in more)]
