"""Whatever the faces say in English they say in Chinese too: nothing empty, nothing fuzzy."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).resolve().parents[2]
ROOMS = ("look", "desk", "portal", "staff")
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURALS = {"ngettext", "ngettext_lazy"}
LITERAL = r"""u?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
TAGGED = re.compile(rf"\b(?:_|gettext|ngettext)\(({LITERAL})")


def said_in_python(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS | PLURALS and node.args:
            yield ast.literal_eval(node.args[0])


def said_in_template(file: Path) -> Iterator[str]:
    for literal in TAGGED.findall(templatize(file.read_text())):
        yield ast.literal_eval(literal)


def said_in(room: str) -> set[str]:
    files = [file for file in (PACKAGE / room).rglob("*.py") if "tests" not in file.parts]
    said = {text for file in files for text in said_in_python(file)}
    return said | {text for file in (PACKAGE / room).rglob("*.html") for text in said_in_template(file)}


def catalogue(room: str) -> polib.POFile:
    return polib.pofile(str(PACKAGE / room / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"))


@pytest.mark.parametrize("room", ROOMS)
def test_every_sentence_of_a_face_has_its_chinese(room):
    said = said_in(room)
    known = {entry.msgid for entry in catalogue(room) if entry.translated()}
    assert said and sorted(said - known) == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_translation_is_a_guess(room):
    assert [entry.msgid for entry in catalogue(room) if entry.fuzzy or not entry.translated()] == []


@pytest.mark.parametrize("room", ROOMS)
def test_places_to_fill_are_the_same_in_both_languages(room):
    def places(text: str) -> list[str]:
        return sorted(set(re.findall(r"%\(\w+\)s", text)))

    for entry in catalogue(room):
        for chinese in [entry.msgstr, *entry.msgstr_plural.values()]:
            if chinese:
                assert places(chinese) == places(entry.msgid_plural or entry.msgid), entry.msgid


def test_one_english_sentence_has_one_chinese_everywhere():
    """Django merges the catalogues of all rooms: two meanings of one sentence would collide."""
    found: dict[str, set[str]] = {}
    for room in ROOMS:
        for entry in catalogue(room):
            found.setdefault(entry.msgid, set()).add(entry.msgstr or str(entry.msgstr_plural))
    assert {english: said for english, said in found.items() if len(said) > 1} == {}
