"""One connection to the database for threads that take turns.

Whoever's turn it is uses what the one before has warmed: the server's process, its plans, its
caches. Threads with a connection each would wake a cold one at every turn.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper


class InTurn:
    """The connection, made when it is first taken, and again after it broke."""

    def __init__(self) -> None:
        self._forget()
        os.register_at_fork(after_in_child=self._forget)  # a child must not speak on its parent's

    def _forget(self) -> None:
        self._connection: BaseDatabaseWrapper | None = None
        self._turn = Lock()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Within the block this thread speaks to the database on the common connection."""
        with self._turn:
            own = connections[DEFAULT_DB_ALIAS]
            connections[DEFAULT_DB_ALIAS] = self._in_order()
            try:
                yield
            finally:
                connections[DEFAULT_DB_ALIAS] = own

    def _in_order(self) -> BaseDatabaseWrapper:
        if self._connection is None:
            self._connection = connections.create_connection(DEFAULT_DB_ALIAS)
            self._connection.inc_thread_sharing()
        elif self._connection.errors_occurred and not self._connection.is_usable():
            self._connection.close()
        self._connection.errors_occurred = False
        return self._connection

    def close(self) -> None:
        """Let go of it; the next turn makes another."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
