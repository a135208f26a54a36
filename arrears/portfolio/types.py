"""The columns of the card book: the one shape every bank's files are translated into.

Cents are int64, days are date32, `terms` is JSON text with overrides of single card
terms. A later delivery's row replaces an earlier one for customers and accounts;
postings, statements and supplied standings only ever add up.
"""

import pyarrow as pa

CUSTOMERS = pa.schema(
    [("customer", pa.string()), ("name", pa.string()), ("language", pa.string()), ("zone", pa.string())]
)
CONTACT_POINTS = pa.schema(
    [("customer", pa.string()), ("kind", pa.string()), ("value", pa.string()), ("source", pa.string())]
)
ACCOUNTS = pa.schema(
    [
        ("account", pa.string()),
        ("customer", pa.string()),
        ("product", pa.string()),
        ("currency", pa.string()),
        ("opened_date", pa.date32()),
        ("limit_cents", pa.int64()),
        ("terms", pa.string()),
    ]
)
POSTINGS = pa.schema(
    [
        ("account", pa.string()),
        ("posting", pa.string()),
        ("kind", pa.string()),
        ("cents", pa.int64()),
        ("posted_date", pa.date32()),
        ("reverses", pa.string()),
        ("origin", pa.string()),
        ("made_date", pa.date32()),  # of the purchase itself, where the bank tells it
    ]
)
STATEMENTS = pa.schema(
    [
        ("account", pa.string()),
        ("statement_date", pa.date32()),
        ("due_date", pa.date32()),
        ("balance_cents", pa.int64()),
        ("minimum_cents", pa.int64()),
        ("interest_cents", pa.int64()),
    ]
)
SUPPLIED = pa.schema(
    [
        ("account", pa.string()),
        ("as_of", pa.date32()),
        ("balance_cents", pa.int64()),
        ("months_late", pa.int16()),
        ("days_past_due", pa.int32()),
    ]
)

TABLES: dict[str, pa.Schema] = {
    "customers": CUSTOMERS,
    "contact_points": CONTACT_POINTS,
    "accounts": ACCOUNTS,
    "postings": POSTINGS,
    "statements": STATEMENTS,
    "supplied": SUPPLIED,
}
KEYS: dict[str, tuple[str, ...]] = {
    "customers": ("customer",),
    "contact_points": ("customer", "kind", "value"),
    "accounts": ("account",),
    "postings": ("account", "posting"),
    "statements": ("account", "statement_date"),
    "supplied": ("account", "as_of"),
}
