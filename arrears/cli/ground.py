"""The ground commands stand on: a database that answers, Django ready, tables up to date."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from arrears.kernel.cycles import what_stands_stays


@contextmanager
def standing_ground(*, migrate: bool = True) -> Iterator[None]:
    """Inside the block the database is there and Django works.

    The embedded database is brought up to date by itself; a server named by DATABASE_URL
    is only ever migrated by `arrears database migrate`.
    """
    signal.signal(signal.SIGTERM, _leave_in_good_order)
    if os.environ.get("DATABASE_URL"):
        _set_up(migrate=False)
        with what_stands_stays():
            yield
        return
    from arrears.config.embedded import running

    with running() as url:
        os.environ["DATABASE_URL"] = url
        try:
            _set_up(migrate=migrate)
            with what_stands_stays():
                yield
        finally:
            _hang_up()
            del os.environ["DATABASE_URL"]


def _leave_in_good_order(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _set_up(*, migrate: bool) -> None:
    import django

    from arrears.config.languages import compile_translations

    compile_translations()
    django.setup()
    _read_the_law()
    if migrate:
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)


def _read_the_law() -> None:
    """Nothing starts while a rule or a policy is wrong; the message names file and line."""
    from arrears.arrangements.queries import check_arrangement_policies
    from arrears.clearance.queries import check_law
    from arrears.intake.queries import check_setup
    from arrears.rulebook.speech import load_lexicon

    check_law()
    load_lexicon()
    check_arrangement_policies()
    check_setup()


def _hang_up() -> None:
    from django.db import connections

    connections.close_all()
