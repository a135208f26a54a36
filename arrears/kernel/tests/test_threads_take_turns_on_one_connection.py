"""Threads that take turns speak to the database on one connection, and it is whole again after it broke."""

import os
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError, connection, transaction

from arrears.kernel.in_turn import InTurn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def common() -> Iterator[InTurn]:
    turns = InTurn()
    yield turns
    turns.close()


def servers_process() -> int:
    """The database's process that serves this thread now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return int(cursor.fetchone()[0])


def elsewhere(work: Callable[[], int]) -> int:
    """What another thread says."""
    said: list[int] = []

    def say() -> None:
        said.append(work())
        connection.close()

    thread = threading.Thread(target=say)
    thread.start()
    thread.join(10)
    return said[0]


def in_turn(common: InTurn) -> int:
    with common.taken():
        return servers_process()


def test_each_thread_has_its_own_again_after_its_turn(common):
    mine = servers_process()
    everybodys = in_turn(common)
    assert everybodys != mine == servers_process()
    assert elsewhere(lambda: in_turn(common)) == everybodys
    assert elsewhere(servers_process) not in {everybodys, mine}


def test_a_failure_in_a_turn_leaves_nothing_behind(common):
    everybodys = in_turn(common)
    with pytest.raises(ZeroDivisionError), common.taken(), transaction.atomic():
        servers_process()
        raise ZeroDivisionError
    assert in_turn(common) == everybodys and servers_process() != everybodys


def test_a_connection_the_database_ended_is_made_anew(common):
    everybodys = in_turn(common)
    with connection.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(%s, 10000)", [everybodys])
    with pytest.raises(OperationalError):
        in_turn(common)
    assert in_turn(common) != everybodys


def test_a_child_process_makes_its_own(common):
    everybodys = in_turn(common)
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:  # whatever happens, no second run of all tests goes on from here
            connection.connection = None  # the parent's: left alone
            os.write(told, str(in_turn(common)).encode())
        finally:
            os._exit(0)
    os.close(told)
    os.waitpid(child, 0)
    assert int(os.read(heard, 20)) != everybodys == in_turn(common)
