"""Many records told on one sheet become the records they would have been one by one."""

import json

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.evidence import actions, queries
from arrears.evidence.models import Sheet as Kept
from arrears.evidence.tests.town import NOON, tell, unguarded
from arrears.evidence.types import Sheet, canonical, in_order, in_quotes, line_of, written_out
from arrears.evidence.verifying import verify

# {"about": ..., "customer": ..., "kind": "note", "recorded_at": NOON, "said": ...}, cut at its own values.
PIECES = ('{"about":', ',"customer":', ',"kind":"note","recorded_at":"2026-06-10T04:00:00Z","said":', "}")
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


def tell_on_a_sheet(*told: tuple[str, str, object], pieces: tuple[str, ...] = PIECES) -> None:
    sheet = Sheet("note", recorded_at=NOON, about=0, customer=1)
    sheet.lines = [line_of(sheet.number(pieces), map(in_order, each)) for each in told]
    with transaction.atomic():
        actions.append_sheet(sheet)


def chain() -> list[tuple[str, str]]:
    return [(record.about, record.body) for record in queries.records(first=1, last=10**9)]


@given(st.lists(st.tuples(texts, texts, texts | st.integers() | st.none()), min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_line_written_out_is_the_record_itself(told):
    sheet = Sheet("note", recorded_at=NOON, about=0, customer=1)
    for about, customer, said in told:
        line = line_of(sheet.number(PIECES), map(in_order, (about, customer, said)))
        assert "\n" not in line
        whole = {"about": about, "customer": customer, "kind": "note", "recorded_at": NOON, "said": said}
        assert written_out(sheet.moulds(), line)[1] == canonical(whole)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "said", ['a "quoted" \\ word', "tab\tand\nbreak", "\x1f\x7f\u2028", "短信 ¥", "", None, 7]
)
def test_the_database_writes_the_same_body_as_we_do(said):
    tell_on_a_sheet(("a" * 100, '客户"1"', said))
    with connection.cursor() as cursor:
        cursor.execute("select kind, customer_ref, about, body from evidence_told")
        waiting = cursor.fetchall()
        actions.seal()
        cursor.execute("select kind, customer_ref, about, body from evidence_record")
        assert cursor.fetchall() == waiting
    assert json.loads(waiting[0][3])["said"] == said and verify().found == 0


@pytest.mark.django_db
def test_sheets_and_single_records_are_sealed_in_the_order_they_were_told():
    tell("a")
    tell_on_a_sheet(("b", "C1", 1), ("c", "C2", 2))
    tell("d")
    tell_on_a_sheet(("e", "C1", 3))
    assert queries.state().unsealed == 5
    assert actions.seal() == 5
    assert [about for about, _ in chain()] == [*"abcde"] and verify().found == 0
    assert queries.state().unsealed == Kept.objects.count() == 0


@pytest.mark.django_db
def test_sheets_longer_than_a_batch_are_sealed_whole(monkeypatch):
    monkeypatch.setattr(actions, "SEAL_AT_ONCE", 3)
    tell("a")
    for start in range(0, 20, 5):
        tell_on_a_sheet(*((f"{start + n}", "C1", n) for n in range(5)))
    tell(*"bcdefg")
    assert actions.seal() == 27 and verify().records == 27 and verify().found == 0


@pytest.mark.django_db
def test_more_than_one_sheet_holds_is_told_on_several(monkeypatch):
    monkeypatch.setattr(actions, "MOST_ON_A_SHEET", 4)
    tell_on_a_sheet(*((f"{n:02}", "C1", n) for n in range(10)))
    assert [sheet.records for sheet in Kept.objects.order_by("pk")] == [4, 4, 2]


@pytest.mark.django_db
def test_records_of_different_moulds_stand_on_one_sheet():
    sheet = Sheet("note", recorded_at=NOON, about=0, customer=1)
    other = ('{"about":', ',"customer":', ',"kind":"note","recorded_at":"2026-06-10T04:00:00Z"}')
    sheet.lines = [
        line_of(sheet.number(PIECES), ['"a"', '"C1"', "1"]),
        line_of(sheet.number(other), ['"b"', '"C2"']),
        line_of(sheet.number(PIECES), ['"c"', '"C3"', "3"]),
    ]
    with transaction.atomic():
        actions.append_sheet(sheet)
    actions.seal()
    assert verify().found == 0
    assert [json.loads(body).get("said") for _, body in chain()] == [1, None, 3]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", ["update evidence_sheet set lines = replace(lines, 'C1', 'C2')", "delete from evidence_sheet"]
)
def test_the_database_refuses_to_change_what_was_told_on_a_sheet(change):
    tell_on_a_sheet(("a", "C1", 1))
    with pytest.raises(DatabaseError, match=r"is refused|does not leave"), transaction.atomic():
        connection.cursor().execute(change)


@pytest.mark.django_db
def test_a_sealer_that_lost_a_letter_cannot_drop_the_sheet():
    tell_on_a_sheet(("a", "C1", 1), ("b", "C1", 2))
    sheet = Kept.objects.get()
    tell("x")
    tell("y")
    actions.seal()  # both are gone from waiting; what stands in the chain is spoiled below
    with unguarded() as cursor:
        cursor.execute(
            "insert into evidence_sheet select %s, kind, recorded_at, 0, 1, 2, %s, %s from evidence_record"
            " limit 1", [sheet.pk, sheet.moulds, sheet.lines]
        )  # fmt: skip
        cursor.execute("update evidence_record set body = body || ' ' where about = 'b'")
    with pytest.raises(DatabaseError, match="does not leave"), transaction.atomic():
        Kept.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_no_sheet_is_told():
    sheet = Sheet("note", recorded_at=NOON, about=0, customer=1)
    with pytest.raises(RuntimeError, match="in the transaction of what it tells of"):
        actions.append_sheet(sheet)


def test_a_text_in_quotes_is_what_json_in_order_says():
    every = [chr(code) for code in range(0x3000) if not 0xD800 <= code < 0xE000]
    assert [in_quotes(text) for text in [*every, "客户", "😀"]] == [
        in_order(text) for text in [*every, "客户", "😀"]
    ]
