"""The house keeps its shape: rooms are entered by their doors, and foreign keys point home."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db.models import ForeignKey, OneToOneField

PACKAGE = Path(__file__).resolve().parents[2]
ROOMS = {
    "staff", "casebook", "portfolio", "intake", "reckoning", "delinquency", "strategy", "clearance",
    "contact", "arrangements", "care", "insights", "daily", "desk", "portal", "api",
}  # fmt: skip
CLOSED = {"models", "core"}  # nobody's business outside the room
HOMES = {"casebook", "staff"}  # where foreign keys may point


def imports() -> Iterator[tuple[Path, str, str]]:
    """(file, room, module of that room) for every import from another room, tests left out."""
    for file in sorted(PACKAGE.rglob("*.py")):
        inside = file.relative_to(PACKAGE).parts
        if "tests" in inside or "migrations" in inside:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("arrears."):
                parts = str(node.module).split(".")[1:]
                modules = parts[1:2] or [alias.name for alias in node.names]
                for module in modules:
                    if parts[0] in ROOMS and parts[0] != inside[0]:
                        yield file, parts[0], module


def test_no_room_reaches_into_the_models_or_the_core_of_another():
    # Foreign keys need the tables they point to; and members of staff are Django's own user.
    allowed = {("models.py", home, "models") for home in HOMES}
    # `book reckon` runs where no database is, on a cluster's driver too: it takes the pure table.
    allowed |= {("book.py", "delinquency", "core")}
    wrong = [
        f"{file.relative_to(PACKAGE)}: {room}.{module}"
        for file, room, module in imports()
        if module in CLOSED and (file.name, room, module) not in allowed and room != "staff"
    ]
    assert wrong == []


def test_foreign_keys_point_home():
    wrong = [
        f"{model.__name__}.{field.name} -> {field.related_model._meta.app_label}"
        for model in apps.get_models()
        if model.__module__.startswith("arrears.")
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey | OneToOneField)
        and field.related_model._meta.app_label not in HOMES | {model._meta.app_label}
    ]
    assert wrong == []


def test_every_room_tells_its_story():
    silent = [room for room in sorted(ROOMS) if len((ast.get_docstring(_init(room)) or "").split()) < 12]
    assert silent == []


def _init(room: str) -> ast.Module:
    return ast.parse((PACKAGE / room / "__init__.py").read_text("utf-8"))
