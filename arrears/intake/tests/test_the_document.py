"""docs/intake.md says what the code does: columns, codes, the worked example, the mapping."""

import re
from pathlib import Path

import pytest

from arrears.casebook.types import MovementKind
from arrears.intake import actions
from arrears.intake.columns import layouts
from arrears.intake.mapping import BankMapping
from arrears.intake.reasons import REASONS
from arrears.intake.rejects import read_rejects
from arrears.intake.tests.books import NOON
from arrears.rulebook.documents import read_document

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "intake.md").read_text("utf-8")
LAYOUTS = layouts(frozenset({"cn.card"}))


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_column_stands_in_the_document(name):
    table = DOCUMENT.partition(f"| {name} | | |\n")[2].partition("\n\n")[0]
    told = re.findall(r"^\| `(\w+)`( ●)? \| (.+?) \| (.+?) \|$", table, re.MULTILINE)
    ours = [(c.name, " ●" if c.required else "", c.about.zh, c.about.en) for c in LAYOUTS[name].columns]
    assert told == ours


def test_every_code_stands_in_the_document():
    told = re.findall(
        r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", DOCUMENT.partition("<!-- codes -->")[2], re.MULTILINE
    )
    ours = [(code, _as_read(words.zh), _as_read(words.en)) for code, words in REASONS.items()]
    assert told[: len(ours)] == ours


def _as_read(template: str) -> str:
    return template.replace("{{", "{").replace("}}", "}")


def test_every_kind_of_posting_stands_in_the_document():
    assert all(f"`{kind}`" in DOCUMENT for kind in MovementKind)


@pytest.mark.django_db
def test_the_worked_example_gives_what_the_document_shows(tmp_path, home):
    customers, accounts, rejects = blocks("csv")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "customers.csv").write_text(customers, "utf-8")
    (tmp_path / "book" / "accounts.csv").write_text(accounts, "utf-8")
    taken = actions.take_book(path=tmp_path / "book", now=NOON)
    count = taken.counts["accounts"]
    assert (count.read, count.taken, count.set_aside) == (3, 1, 2)
    assert taken.rejects_file.read_text("utf-8-sig") == rejects
    assert len(list(read_rejects(taken.rejects_file))) == 2


def test_the_mapping_shown_can_be_read(tmp_path):
    (tmp_path / "m.yaml").write_text(blocks("yaml")[0], "utf-8")
    mapping = read_document(tmp_path / "m.yaml", BankMapping)
    assert [table.table for table in mapping.tables] == ["customers", "postings", "statements"]
