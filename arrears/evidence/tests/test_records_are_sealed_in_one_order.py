"""Told in any transaction, linked in one order; nothing waits for ever and nothing leaves unsealed."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from arrears.evidence import actions, core, queries
from arrears.evidence.models import Record, Waiting
from arrears.evidence.tests.town import A_DAY, NOON, tell, unguarded
from arrears.evidence.types import told
from arrears.evidence.verifying import verify


def chain() -> list[str]:
    return [record.about for record in queries.records(first=1, last=10**9)]


@pytest.mark.django_db
def test_each_hash_covers_the_one_before():
    tell("a", "b", "c")
    assert actions.seal() == 3
    head = core.BEGINNING
    for record in queries.records(first=1, last=3):
        head = core.link(head, record.body)
        assert record.hash == head
    assert chain() == ["a", "b", "c"]


@pytest.mark.django_db
def test_sealing_again_changes_nothing():
    tell("a")
    actions.seal()
    assert actions.seal() == 0 and chain() == ["a"]


@pytest.mark.django_db
def test_more_than_one_batch_is_sealed(monkeypatch):
    monkeypatch.setattr(actions, "SEAL_AT_ONCE", 3)
    tell(*"abcdefgh")
    assert actions.seal() == 8 and chain() == [*"abcdefgh"]
    assert verify().found == 0


@pytest.mark.django_db
def test_a_clock_that_goes_backwards_changes_no_order():
    tell("a")
    tell("b", at=NOON - 400 * A_DAY)
    tell("c", at=NOON)
    actions.seal()
    assert chain() == ["a", "b", "c"] and verify().found == 0


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_told():
    with pytest.raises(RuntimeError, match="in the transaction of what it tells of"):
        actions.append([told("note", customer_ref="C1", about="a", recorded_at=NOON)])


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_told():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell("a")
        1 / 0  # noqa: B018
    tell("b")
    actions.seal()
    assert chain() == ["b"] and verify().found == 0


@pytest.mark.django_db(transaction=True)
def test_a_record_committed_late_comes_later_and_is_not_lost():
    told_early, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            tell("early")
            told_early.set()
            go_on.wait(20)
        connection.close()

    worker = threading.Thread(target=slow)
    worker.start()
    told_early.wait(20)
    tell("late")  # a higher id, committed first
    actions.seal()
    go_on.set()
    worker.join()
    actions.seal()
    assert chain() == ["late", "early"] and verify().found == 0


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_make_one_chain():
    for number in range(40):
        tell(*(f"{number}-{each}" for each in range(50)))

    def work() -> None:
        actions.seal()
        connection.close()

    sealers = [threading.Thread(target=work) for _ in range(4)]
    for each in sealers:
        each.start()
    for each in sealers:
        each.join()
    found = verify()
    assert (found.records, found.found, Waiting.objects.count()) == (2000, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "update evidence_record set body = '{}'",
        "delete from evidence_record",
        "update evidence_waiting set body = '{}'",
        "delete from evidence_waiting",
    ],
)
def test_the_database_refuses_to_change_what_was_told(change):
    tell("a")
    actions.seal()
    tell("b")
    with pytest.raises(DatabaseError, match=r"is refused|does not leave"), transaction.atomic():
        connection.cursor().execute(change)


@pytest.mark.django_db
def test_a_sealer_that_lost_a_letter_cannot_drop_the_original():
    tell("a")
    actions.seal()
    tell("b")
    waiting = Waiting.objects.get()
    with unguarded() as cursor:
        cursor.execute("update evidence_record set told_as = %s, body = body || ' '", [waiting.pk])
    with pytest.raises(DatabaseError, match="does not leave"), transaction.atomic():
        waiting.delete()


@pytest.mark.django_db
def test_a_house_with_no_records_has_an_empty_chain():
    assert actions.seal() == 0 and Record.objects.count() == 0
    found = verify()
    assert (found.records, found.found) == (0, 0)
    assert queries.state().last_position == 0
