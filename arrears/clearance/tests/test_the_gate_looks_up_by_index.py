"""A statement is planned once for many calls, maybe in a house that has opened today and holds nothing."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from arrears.casebook import queries as casebook
from arrears.casebook.types import FactKind
from arrears.clearance import dossiers, records
from arrears.clearance.tests.town import NOON, ask, happened, people
from arrears.kernel import straight

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the gate asks the database from here on, but for settings and rows to keep."""
    statements: list[str] = []

    def noting(connection: Any, sql: str, values: dict[str, Any]) -> Any:
        statements.append(sql)
        return straight.question(connection, sql, values)

    for room in (records, dossiers, casebook):
        monkeypatch.setattr(room, "question", noting)
    return statements


def plan_of(sql: str) -> dict[str, Any]:
    """How the database would go about it, whatever the values, by what it knows of its tables now."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", sql)))
    numbered = re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", sql)
    with connection.cursor() as cursor:
        cursor.execute("set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off")
        cursor.execute(f"prepare looked_at as {numbered}")
        cursor.execute(f"explain (format json) execute looked_at ({', '.join(['null'] * len(names))})")
        plan = cursor.fetchone()[0]
        cursor.execute("deallocate looked_at")
    return (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from steps(part)


def goes_along_a_whole_table(step: dict[str, Any]) -> bool:
    looks = step["Node Type"] in {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan"}
    return looks and "Index Cond" not in step


def nobody_was_ever_asked_about() -> None:
    with connection.cursor() as cursor:
        cursor.execute("truncate clearance_clearance, clearance_budget")
        cursor.execute("analyze clearance_clearance, clearance_budget")


def test_what_the_gate_asks_is_looked_up_by_index_even_when_planned_on_empty_tables(asked):
    people()
    happened(FactKind.OBJECTION, "C2")
    ask("p1", valid_for=timedelta(minutes=1))
    ask("p2", at=NOON + timedelta(hours=3), now=NOON + timedelta(hours=3))  # gives back the first one's place
    looked_up = [sql for sql in dict.fromkeys(asked) if "insert" not in sql]
    assert len(looked_up) == 5
    nobody_was_ever_asked_about()
    for sql in looked_up:
        for step in steps(plan_of(sql)):
            assert not goes_along_a_whole_table(step), (sql, step)
            assert "Join Filter" not in step, (sql, step)
