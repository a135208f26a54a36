"""Rows straight from the driver, past the ORM, for what is asked thousands of times a second.

Several questions go to the database together and are read afterwards: one round trip. The
server answers them in order, each on what was committed when its own turn came, so a
question sent behind a lock sees what the lock waited for.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

ASKED_OFTEN = 5  # times: the database then keeps the statement and need not plan it again


@contextmanager
def together(connection: Any) -> Iterator[None]:
    """Send the questions of this block without waiting; after it, their answers are there.

    connection: Django's. Raises Django's own database errors.
    """
    connection.ensure_connection()
    straight: psycopg.Connection[Any] = connection.connection
    if straight.prepare_threshold is None:  # Django's choice, for its own statements never repeat
        straight.prepare_threshold = ASKED_OFTEN
    with connection.wrap_database_errors, straight.pipeline():
        yield


def question(connection: Any, sql: str, values: dict[str, Any]) -> "psycopg.Cursor[tuple[Any, ...]]":
    """Ask `sql` over Django's `connection`; read it after the block of `together`."""
    cursor = psycopg.Cursor(connection.connection)
    return cursor.execute(sql, values, binary=True)  # type: ignore[arg-type]


def text_array(texts: Iterable[str]) -> str:
    """PostgreSQL's own notation of an array of texts: the driver's is slow for thousands.

    >>> print(text_array(["A1", 'say "B"']))
    {"A1","say \\"B\\""}
    """
    listed = list(texts)
    if _NEEDS_ESCAPE.search("".join(listed)):
        listed = [_NEEDS_ESCAPE.sub(r"\\\g<0>", text) for text in listed]
    return '{"' + '","'.join(listed) + '"}' if listed else "{}"


_NEEDS_ESCAPE = re.compile(r'["\\]')
