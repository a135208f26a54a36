import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from arrears.kernel.straight import Table, as_copied

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
