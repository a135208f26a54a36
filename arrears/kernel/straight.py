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
from psycopg.abc import PQGen
from psycopg.generators import fetch_many, send

ASKED_OFTEN = 5  # times: the database then keeps the statement and need not plan it again
# One plan for every call, and by index: planning takes longer than such a question, and a plan made
# while a table was empty would read the whole of it until the database next looks at its size.
_PLANS = "select set_config('plan_cache_mode', '{}', true), set_config('enable_seqscan', '{}', true)"
_BY_INDEX, _AS_EVER = _PLANS.format("force_generic_plan", "off"), _PLANS.format("auto", "on")


@contextmanager
def together(connection: Any, *, last: bool = False) -> Iterator[None]:
    """Send what this block asks and tells without waiting; after it, the answers are there.

    connection: Django's. For questions each of which an index answers: they are planned once and for
    all; last: the transaction does nothing else after it, and its settings go with it. Within the block,
    `rows_of` waits for one answer. Raises Django's own database errors.
    """
    connection.ensure_connection()
    straight: psycopg.Connection[Any] = connection.connection
    if straight.prepare_threshold is None:  # Django's choice, for its own statements never repeat
        straight.prepare_threshold = ASKED_OFTEN
    with connection.wrap_database_errors, straight.pipeline():
        question(connection, _BY_INDEX, {})
        yield
        if not last:
            question(connection, _AS_EVER, {})


def question(connection: Any, sql: str, values: dict[str, Any]) -> "psycopg.Cursor[tuple[Any, ...]]":
    """Ask `sql` over Django's `connection`; `rows_of` reads the answer."""
    cursor = psycopg.Cursor(connection.connection)
    return cursor.execute(sql, values, binary=True)  # type: ignore[arg-type]


def answer_now(connection: Any) -> None:
    """Have the database send its answers when it comes to here, and not when they fill its buffer."""
    straight: psycopg.Connection[Any] = connection.connection
    straight.pgconn.send_flush_request()
    straight.pgconn.flush()


def rows_of(asked: "psycopg.Cursor[tuple[Any, ...]]") -> list[tuple[Any, ...]]:
    """The answer to a question. Within the block of `together` this waits for it, and for none asked later."""
    if asked.pgresult is None:
        asked.connection.wait(_answered(asked))
    return asked.fetchall()


def _answered(asked: "psycopg.Cursor[tuple[Any, ...]]") -> PQGen[None]:
    # The driver itself waits for all that was asked: the database would stand still while the first answers are
    # worked on. Hence two of its private names; a driver without them fails every test of the gate.
    under_way = asked.connection._pipeline
    if under_way is None:
        raise RuntimeError("nothing was asked")
    under_way.pgconn.send_flush_request()
    yield from send(under_way.pgconn)
    while asked.pgresult is None:
        results = yield from fetch_many(under_way.pgconn)
        under_way._process_results(under_way.result_queue.popleft(), results)


def text_array(texts: Iterable[str]) -> str:
    """PostgreSQL's own notation of an array of texts: the driver's is slow for thousands.

    >>> print(text_array(["A1", 'say "B"']))
    {"A1","say \\"B\\""}
    """
    listed = list(texts)
    together = "".join(listed)
    if '"' in together or "\\" in together:
        listed = [_NEEDS_ESCAPE.sub(r"\\\g<0>", text) for text in listed]
    return '{"' + '","'.join(listed) + '"}' if listed else "{}"


_NEEDS_ESCAPE = re.compile(r'["\\]')


def texts_of_row(row: str) -> list[str]:
    """The values of a row that PostgreSQL wrote as text, `row(...)::text`; none of them null.

    >>> texts_of_row('(call,"","said ""yes"", then no")')
    ['call', '', 'said "yes", then no']
    """
    inside = row[1:-1]
    return [_TWICE.sub(r"\1", quoted) if quoted else bare for quoted, bare in _IN_A_ROW.findall(inside)]


_IN_A_ROW = re.compile(r'(?:\A|,)(?:"((?:[^"\\]|""|\\\\)*)"|([^,"\\]*))')
_TWICE = re.compile(r'(["\\])\1')


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
