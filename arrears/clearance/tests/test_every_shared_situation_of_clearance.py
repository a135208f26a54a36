"""The situations given to the project, each with its expected verdict."""

import os
from pathlib import Path

import pytest

from arrears.clearance.situations import ClearanceEntry, case_of, run_entry
from arrears.rulebook.documents import read_document

SHARED = Path(os.environ.get("ARREARS_SHARED") or Path(__file__).parents[4] / "shared")
FILE = SHARED / "situations" / "clearance.yaml"


def entries() -> list[ClearanceEntry]:
    return read_document(FILE, list[ClearanceEntry]) if FILE.exists() else []


@pytest.mark.skipif(not FILE.exists(), reason=f"no situations at {FILE}")
def test_there_are_situations_to_try() -> None:
    assert len(entries()) > 30


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_situation(entry: ClearanceEntry) -> None:
    passed, difference = run_entry(case_of(entry))
    assert passed, difference
