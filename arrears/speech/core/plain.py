"""A text made plain, so that a word is found however it is written.

Full and half width, capitals, accents, traditional characters, look-alike letters of other
scripts, invisible signs, HTML tags and entities, signs put between characters: all are
taken away, and every letter left remembers where it stood.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from arrears.rulebook.speech import LettersFile

END = "。"  # ends a sentence: no pattern reaches across
PAUSE = ","  # ends a clause: no negation reaches across
_ENDS = frozenset("。！？!?\n\u2028\u2029\x0b\x0c")
_PAUSES = frozenset(",，、;；:：")
_TAG = re.compile(r"<(/?)([a-zA-Z!][a-zA-Z0-9]{0,15})[^<>]{0,300}>|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{2,10});")
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "td", "h1", "h2", "h3", "h4"})
_SINGLES = re.compile(r"(?<![a-z0-9])[a-z](?: [a-z])+(?![a-z0-9'])")
_LEET = {"@": "a", "$": "s", "0": "o", "1": "i", "3": "e", "!": "i", "*": "*"}


class Plain(NamedTuple):
    """`places[i]` is where the letter `text[i]` stands in the original."""

    text: str
    places: list[int]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads texts by one table of letters."""

    one_for_one: dict[str, str]

    @classmethod
    def of(cls, letters: LettersFile) -> "Reader":
        """The reader for this table of letters."""
        pairs = zip(letters.traditional + letters.lookalikes, letters.simplified + letters.latin, strict=True)
        return cls(dict(pairs))

    def read(self, text: str) -> Plain:
        """`text` made plain; takes time in proportion to its length."""
        return _joined(*_spaced(self._letters(text)))

    def _letters(self, text: str) -> Iterator[tuple[str, int]]:
        if "<" in text or "&" in text:
            source: Iterator[tuple[str, int]] = _without_tags(text)
        else:
            source = zip(text, range(len(text)), strict=True)
        folded, table = _folded, self.one_for_one
        for sign, place in source:
            for letter in folded(sign):
                yield table.get(letter, letter), place


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


@lru_cache(maxsize=65536)
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


def _is_han(sign: str) -> bool:
    return "\u4e00" <= sign <= "\u9fff" or "\u3400" <= sign <= "\u4dbf"


def _is_latin(sign: str) -> bool:
    return "a" <= sign <= "z"


def _spaced(letters: Iterator[tuple[str, int]]) -> tuple[list[str], list[int]]:
    """Signs sorted into letters, one space, pauses and ends; no space beside a Chinese character."""
    signs: list[str] = []
    places: list[int] = []
    waiting = -1  # the place of a space not yet written
    all_letters = list(letters)
    last = len(all_letters) - 1
    for number, (sign, place) in enumerate(all_letters):
        following = all_letters[number + 1][0] if number < last else " "
        before = signs[-1] if signs else END
        if sign in _LEET and waiting < 0 and _is_latin(before) and (_is_latin(following) or following in _LEET):
            sign = _LEET[sign]
        elif sign in _ENDS or (sign == "." and following in " \n" and not before.isdigit()):
            sign, waiting = END, -1
        elif sign in _PAUSES:
            sign, waiting = PAUSE, -1
        elif sign != "'" and not sign.isalnum():
            waiting = place if waiting < 0 else waiting
            continue
        if waiting >= 0:
            if not (_is_han(sign) or _is_han(before)) and before not in (END, PAUSE):
                signs.append(" ")
                places.append(waiting)
            waiting = -1
        signs.append(sign)
        places.append(place)
    return signs, places


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
