"""Rows straight from the driver, past the ORM, for what is asked thousands of times a second.

Several questions go to the database together and are read afterwards: one round trip. The
server answers them in order, each on what was committed when its own turn came, so a
question sent behind a lock sees what the lock waited for.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

ASKED_OFTEN = 5  # times: the database then keeps the statement and need not plan it again
# One plan for every call, and by index: planning takes longer than such a question, and a plan made
# while a table was empty would read the whole of it until the database next looks at its size.
_PLANS = "select set_config('plan_cache_mode', '{}', true), set_config('enable_seqscan', '{}', true)"
_BY_INDEX, _AS_EVER = _PLANS.format("force_generic_plan", "off"), _PLANS.format("auto", "on")


@contextmanager
def together(connection: Any) -> Iterator[None]:
    """Send the questions of this block without waiting; after it, their answers are there.

    Each must be one an index answers. connection: Django's. Raises Django's own database errors.
    """
    connection.ensure_connection()
    straight: psycopg.Connection[Any] = connection.connection
    if straight.prepare_threshold is None:  # Django's choice, for its own statements never repeat
        straight.prepare_threshold = ASKED_OFTEN
    with connection.wrap_database_errors, straight.pipeline():
        question(connection, _BY_INDEX, {})
        yield
        question(connection, _AS_EVER, {})


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


class Table:
    """A table rows are put into, told as lines of COPY: tabs between values, no line's end.

    columns: names in the order of the lines. By COPY however few they are: an INSERT of one
    row takes the server as long, and one of sixteen twice as long.
    """

    def __init__(self, name: str, columns: Iterable[str]) -> None:
        names = ", ".join(f'"{column}"' for column in columns)
        self._copy = f"copy {name} ({names}) from stdin"

    def put(self, connection: Any, lines: Sequence[str]) -> None:
        """Write these rows, in this order. Raises Django's own database errors."""
        if lines:
            with connection.cursor() as cursor, cursor.copy(self._copy) as copy:
                copy.write("\n".join(lines) + "\n")


def as_copied(text: str | None) -> str:
    """A value in a line of COPY: a tab, a line's end and a backslash escaped, nothing as \\N."""
    if text is None:
        return "\\N"
    return text.translate(_COPY_ESCAPES) if _NOT_AS_IT_IS.search(text) else text


_COPY_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_NOT_AS_IT_IS = re.compile(r"[\\\n\r\t]")
