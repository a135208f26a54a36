"""A text made plain, so that a word is found however it is written.

Full and half width, capitals, accents, traditional characters, look-alike letters of other
scripts, invisible signs, HTML tags and entities, signs put between characters: all are
taken away, and every letter left remembers where it stood.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from enum import Enum, auto
from itertools import count
from typing import NamedTuple

from arrears.rulebook.speech import LettersFile

END = "。"  # ends a sentence: no pattern reaches across
PAUSE = ","  # ends a clause: no negation reaches across
_ENDS = frozenset("。！？!?\n\u2028\u2029\x0b\x0c")
_PAUSES = frozenset(",，、;；:：")
_TAG = re.compile(
    r"<(/?)([a-zA-Z!][a-zA-Z0-9]{0,15})[^<>]{0,300}>|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{2,10});"
)
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "td", "h1", "h2", "h3", "h4"})
_SINGLES = re.compile(r"(?<![a-z0-9])[a-z](?: [a-z])+(?![a-z0-9'])")
_LEET = {"@": "a", "$": "s", "0": "o", "1": "i", "3": "e", "!": "i", "*": "*"}


class Sort(Enum):
    """What a letter is to its neighbours."""

    HAN = auto()
    LATIN = auto()
    OTHER = auto()
    END = auto()
    PAUSE = auto()
    SPACE = auto()


_NEEDS_NO_SPACE = frozenset({Sort.HAN, Sort.END, Sort.PAUSE})
Signs = tuple[tuple[str, Sort], ...]
MOST_KNOWN = 20_000  # signs remembered; a text of all of Unicode does not fill the memory


class Plain(NamedTuple):
    """`places[i]` is where the letter `text[i]` stands in the original."""

    text: str
    places: list[int]


class Reader:
    """Reads texts by one table of letters."""

    def __init__(self, letters: LettersFile) -> None:
        pairs = zip(letters.traditional + letters.lookalikes, letters.simplified + letters.latin, strict=True)
        self._table = dict(pairs)
        self._known: dict[str, Signs] = {}

    def read(self, text: str) -> Plain:
        """`text` made plain; takes time in proportion to its length."""
        known, folded = self._known, self._folded
        source = _without_tags(text) if "<" in text or "&" in text else zip(text, count(), strict=False)
        letters = [
            (letter, sort, place)
            for sign, place in source
            for letter, sort in (known[sign] if sign in known else folded(sign))
        ]
        return _joined(*_spaced(letters))

    def _folded(self, sign: str) -> Signs:
        letters = (self._table.get(letter, letter) for letter in _folded(sign))
        found = tuple((letter, _sort(letter)) for letter in letters)
        if len(self._known) < MOST_KNOWN:
            self._known[sign] = found
        return found


def _without_tags(text: str) -> Iterator[tuple[str, int]]:
    done = 0
    for found in _TAG.finditer(text):
        yield from ((text[at], at) for at in range(done, found.start()))
        done = found.end()
        if found[2] is None:
            yield from ((sign, found.start()) for sign in html.unescape(found[0]))
        elif found[2].lower() in _BREAKS:
            yield "\n", found.start()
    yield from ((text[at], at) for at in range(done, len(text)))


def _folded(sign: str) -> str:
    """One sign without case, width, accents; nothing where it cannot be seen."""
    if sign in _ENDS:
        return "\n" if sign not in "。！？!?" else sign
    if sign in "\t\u00a0\u3000":
        return " "
    category = unicodedata.category(sign)
    if category in {"Cf", "Cc", "Cs", "Co", "Cn", "Mn", "Me"}:
        return ""
    if sign in "’‘´`＇":
        return "'"
    parts = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", sign)).casefold()
    return "".join(part for part in parts if unicodedata.category(part) != "Mn")


def _sort(letter: str) -> Sort:
    if letter in _ENDS:
        return Sort.END
    if letter in _PAUSES:
        return Sort.PAUSE
    if "\u4e00" <= letter <= "\u9fff" or "\u3400" <= letter <= "\u4dbf":
        return Sort.HAN
    if "a" <= letter <= "z":
        return Sort.LATIN
    return Sort.OTHER if letter.isalnum() or letter == "'" else Sort.SPACE


def _spaced(letters: list[tuple[str, Sort, int]]) -> tuple[list[str], list[int]]:
    """Signs with one space between words, none beside a Chinese character or after a mark."""
    signs: list[str] = []
    places: list[int] = []
    waiting = -1  # the place of a space not yet written
    before = Sort.END
    letters.append((" ", Sort.SPACE, -1))  # so that every letter has one that follows
    for number in range(len(letters) - 1):
        sign, sort, place = letters[number]
        if sign in _LEET and waiting < 0 and before is Sort.LATIN and _in_a_word(*letters[number + 1][:2]):
            sign, sort = _LEET[sign], Sort.LATIN
        elif sort is Sort.END or (
            sign == "." and letters[number + 1][0] in " \n" and not _ends_a_number(signs)
        ):
            sign, sort, waiting = END, Sort.END, -1
        elif sort is Sort.PAUSE:
            sign, waiting = PAUSE, -1
        elif sort is Sort.SPACE:
            waiting = place if waiting < 0 else waiting
            continue
        if waiting >= 0:
            if sort is not Sort.HAN and before not in _NEEDS_NO_SPACE:
                signs.append(" ")
                places.append(waiting)
            waiting = -1
        signs.append(sign)
        places.append(place)
        before = sort
    return signs, places


def _in_a_word(sign: str, sort: Sort) -> bool:
    return sort is Sort.LATIN or sign in _LEET


def _ends_a_number(signs: list[str]) -> bool:
    return bool(signs) and signs[-1].isdigit()


def _joined(signs: list[str], places: list[int]) -> Plain:
    """Latin letters that stand alone in a row, `f u c k`, are one word."""
    text = "".join(signs)
    gone: set[int] = set()
    for found in _SINGLES.finditer(text):
        if found.end() - found.start() >= 5:  # three letters or more
            gone.update(range(found.start() + 1, found.end(), 2))
    if not gone:
        return Plain(text, places)
    kept = [at for at in range(len(text)) if at not in gone]
    return Plain("".join(text[at] for at in kept), [places[at] for at in kept])
