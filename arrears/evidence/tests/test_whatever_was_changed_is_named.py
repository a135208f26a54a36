"""A superuser switches the triggers off and changes the chain; verify says what, and where."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.evidence import actions, core, keys, queries
from arrears.evidence.models import Record
from arrears.evidence.tests.town import A_DAY, DAY, NOON, spoil, tell, unguarded
from arrears.evidence.verifying import verify

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three_days(home):
    """The key's record (1), then a (2), b c d (3-5), e (6); the first two days are signed."""
    actions.new_key(now=NOON - 2 * A_DAY)
    tell("a", at=NOON - 2 * A_DAY, words="一")
    tell("b", "c", "d", at=NOON - A_DAY, customer="C2", words="二")
    tell("e", words="三")
    actions.close_days(before=DAY, now=NOON)


def positions() -> list[int | None]:
    return [finding.position for finding in verify().findings]


def words() -> str:
    return " | ".join(f"{f.position} {f.about} {f.words.en}" for f in verify().findings)


def body(position: int) -> str:
    return Record.objects.get(pk=position).body


def relink(first: int) -> None:
    """Make every hash from here on agree again, as somebody would who knows how."""
    head = queries.hash_at(first - 1)
    for record in list(queries.records(first=first, last=6)):
        head = core.link(head, record.body)
        spoil(record.position, hash=head)


def test_nothing_changed_nothing_found():
    found = verify()
    assert (found.found, found.records, found.roots, found.unsigned) == (0, 6, 2, 1)


def test_one_byte_of_one_record():
    should = Record.objects.get(pk=4).hash
    spoil(4, body=body(4).replace("二", "十"))
    (finding,) = verify().findings
    assert (finding.position, finding.kind, finding.customer_ref, finding.about) == (4, "note", "C2", "c")
    assert bytes(should).hex() in finding.words.en


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(position=st.integers(1, 6), data=st.data())
def test_any_byte_of_any_record(position, data):
    before = body(position)
    place = data.draw(st.integers(0, len(before) - 1))
    letter = data.draw(st.characters(codec="utf-8", exclude_characters="\0" + before[place]))
    spoil(position, body=before[:place] + letter + before[place + 1 :])
    assert positions() == [position]
    spoil(position, body=before)


def test_a_hash():
    spoil(3, hash=bytes(32))
    assert positions() == [3, 4, None]  # both neighbours, and the root of their day


def test_a_body_together_with_its_hash():
    spoil(4, body=body(4).replace("二", "十"))
    spoil(4, hash=core.link(queries.hash_at(3), body(4)))
    assert 5 in positions() and "the record before it was changed" in words()


def test_everything_after_a_change_reckoned_anew():
    spoil(4, body=body(4).replace("二", "十"))
    relink(4)
    (finding,) = verify().findings
    assert finding.about == "2026-06-09" and "records 3 to 5" in finding.words.en


def test_a_record_taken_out():
    with unguarded() as cursor:
        cursor.execute("delete from evidence_record where position = 4")
    assert "4  records 4 to 4 are missing" in words()


def test_the_last_records_taken_out():
    with unguarded() as cursor:
        cursor.execute("delete from evidence_record where position >= 5")
    assert "the root of 2026-06-09 says of records 3 to 5" in words()


def test_a_record_taken_out_and_the_gap_closed():
    with unguarded() as cursor:
        cursor.execute("delete from evidence_record where position = 4")
        cursor.execute("update evidence_record set position = position - 1 where position > 4")
    assert 4 in positions() and "the root of 2026-06-09" in words()


def test_a_record_put_in():
    with unguarded() as cursor:
        for position in (6, 5, 4):
            cursor.execute(
                "update evidence_record set position = %s where position = %s", [position + 1, position]
            )
        cursor.execute(
            """insert into evidence_record select 4, -1, kind, customer_ref, about, recorded_at, body, %s
               from evidence_record where position = 3""",
            [core.link(queries.hash_at(3), body(3))],
        )
    assert "4 b does not belong here" in words()


def test_two_records_that_changed_places():
    with unguarded() as cursor:
        for old, new in ((3, 99), (4, 3), (99, 4)):
            cursor.execute("update evidence_record set position = %s where position = %s", [new, old])
    assert {3, 4} <= set(positions())


@pytest.mark.parametrize(
    ("column", "value"),
    [("customer_ref", "C9"), ("about", "z"), ("kind", "fact"), ("recorded_at", NOON + A_DAY)],
)
def test_what_a_record_is_looked_up_by(column, value):
    spoil(4, **{column: value})
    (finding,) = verify().findings
    assert finding.position == 4 and "for looking up" in finding.words.en


def change_root(day: str, **columns: object) -> None:
    with unguarded() as cursor:
        for name, value in columns.items():
            cursor.execute(f"update evidence_root set {name} = %s where day = %s", [value, day])


def test_a_root_that_was_changed():
    root = queries.roots()[1]
    change_root("2026-06-09", statement=root.statement.replace('"count":3', '"count":2'))
    assert "was not signed by the key" in words()


def test_a_root_that_is_missing():
    with unguarded() as cursor:
        cursor.execute("delete from evidence_root where day = '2026-06-08'")
    assert "the root of 2026-06-09 does not follow the day before" in words()


def test_a_day_left_out_between_two():
    actions.close_days(before=DAY + A_DAY, now=NOON)
    with unguarded() as cursor:
        cursor.execute("delete from evidence_root where day = '2026-06-09'")
    assert "the root of 2026-06-09 is missing" in words()


def test_roots_signed_anew_with_a_key_that_is_not_the_houses(tmp_path, settings):
    """Whoever owns the database may change everything in it, keys too; not the file in the home."""
    own, settings.EVIDENCE_KEY = settings.EVIDENCE_KEY, tmp_path / "forged"
    forged, before = keys.make(), None
    with unguarded() as cursor:
        cursor.execute(
            "insert into evidence_publickey values (%s, %s, %s)", [forged.fingerprint, forged.pem, NOON]
        )
    for root in queries.roots():
        said = json.loads(root.statement) | {
            "key": forged.fingerprint, "previous": core.statement_digest(before)
        }  # fmt: skip
        before = core.in_order(said)
        change_root(str(root.day), statement=before, signature=keys.private().sign(before.encode()))
    settings.EVIDENCE_KEY = own
    (finding,) = verify().findings
    assert "the latest root, 2026-06-09, is signed with the key" in finding.words.en


def test_roots_handed_out_earlier_must_still_be_there():
    statement = queries.roots()[0].statement
    assert verify(handed_out=[statement]).found == 0
    (finding,) = verify(handed_out=[statement.replace('"count":2', '"count":3')]).findings
    assert "is not the one that was handed out" in finding.words.en


def test_days_are_verified_whole_and_others_left_alone():
    spoil(6, body=body(6).replace("三", "四"))
    found = verify(first=DAY - A_DAY, last=DAY - A_DAY)
    assert (found.first, found.last, found.found) == (3, 5, 0)
    assert verify(first=DAY, last=DAY).found == 1
