import pytest
from django.db import DataError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from arrears.kernel.straight import Table, answer_now, as_copied, question, rows_of, together

pytestmark = pytest.mark.django_db

NOTES = Table("notes_of_a_test", ["place", "note"])
# What PostgreSQL can keep: anything but a zero character and halves of surrogate pairs.
texts = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def kept_of(notes: list[str | None]) -> list[str | None]:
    with connection.cursor() as cursor:
        cursor.execute("create temporary table if not exists notes_of_a_test (place int, note text)")
        cursor.execute("truncate notes_of_a_test")
    NOTES.put(connection, [f"{place}\t{as_copied(note)}" for place, note in enumerate(notes)])
    with connection.cursor() as cursor:
        cursor.execute("select note from notes_of_a_test order by place")
        return [row[0] for row in cursor.fetchall()]


@given(st.lists(texts, max_size=5))
def test_few_rows_are_kept_as_they_were_told(notes: list[str | None]) -> None:
    assert kept_of(notes) == notes


@given(texts, st.sampled_from(["", "\\N", "\\", "a\tb", "a\nb", "\\."]))
def test_many_rows_are_kept_as_they_were_told(note: str | None, other: str) -> None:
    notes = [note, other] * 100
    assert kept_of(notes) == notes


def test_an_answer_is_had_before_what_was_asked_after_it_is_answered() -> None:
    with together(connection):
        first = question(connection, "select %(it)s::int", {"it": 1})
        answer_now(connection)
        second = question(connection, "select %(it)s::int from pg_sleep(0.2)", {"it": 2})
        assert rows_of(first) == [(1,)]
        assert second.pgresult is None
        assert rows_of(second) == [(2,)]
    assert connection.connection.info.pipeline_status.name == "OFF"


def test_an_answer_is_had_though_nobody_asked_for_it_to_be_sent() -> None:
    with together(connection):
        only = question(connection, "select %(it)s::int", {"it": 1})
        assert rows_of(only) == [(1,)]
    assert rows_of(question(connection, "select %(it)s::int", {"it": 2})) == [(2,)]


def test_what_fails_raises_at_the_latest_where_its_answer_is_waited_for_and_the_connection_serves_again() -> (
    None
):
    answered = False
    with pytest.raises(DataError), transaction.atomic(), together(connection):
        wrong = question(connection, "select 1 / %(it)s::int", {"it": 0})
        question(connection, "select %(it)s::int", {"it": 2})
        rows_of(wrong)
        answered = True
    assert not answered
    assert rows_of(question(connection, "select %(it)s::int", {"it": 3})) == [(3,)]
