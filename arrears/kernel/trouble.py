"""Errors a person reads: what happened, where, and what to do; in both languages where a face
shows them.

>>> trouble = Trouble(Words(zh="没有账户 A1", en="there is no account A1"), do=Words(zh="请再查一遍", en="Look again."))
>>> trouble.said_in("zh-hans"), trouble.said_in("en")
('没有账户 A1。请再查一遍。', 'There is no account A1. Look again.')
"""

from dataclasses import dataclass

from arrears.kernel.words import Words


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file: line and column count from 1; `value` is what stood there."""

    file: str
    line: int | None = None
    column: str | int | None = None
    value: str | None = None

    def __str__(self) -> str:
        parts = [self.file]
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.column is not None:
            parts.append(f"column {self.column}")
        if self.value is not None:
            parts.append(f"value {self.value!r}")
        return ", ".join(parts)


class Trouble(Exception):
    """Something a person must put right. Shown without a traceback by the command line.

    Rooms derive their `UnableTo...` errors from it, so every face shows them alike. What an
    agent or a customer may meet is given as `Words`; what only an operator meets, as text.

    what, do: the text, both languages in one where they differ; words, do_words: the same apart.
    """

    def __init__(self, what: str | Words, *, do: str | Words = "", at: Place | None = None) -> None:
        self.words, self.do_words, self.at = _as_words(what), _as_words(do), at
        self.what, self.do = _in_both(self.words), _in_both(self.do_words)
        super().__init__(self.what)

    def __str__(self) -> str:
        where = f"{self.at}: " if self.at else ""
        return f"{where}{self.what}" + (f"\n  {self.do}" if self.do else "")

    def said_in(self, language: str) -> str:
        """What happened and what to do, as whole sentences in one language."""
        what, do = self.words.said_in(language), self.do_words.said_in(language)
        end = Words(zh="。", en=". ").said_in(language)
        told = [
            part.rstrip(".。") for part in (f"{self.at}: {what}" if self.at else _begun(what), do) if part
        ]
        return end.join(told) + end.strip()


def _begun(sentence: str) -> str:
    """With a capital, unless its first word is a name or a code."""
    first = sentence.split(" ", 1)[0]
    return sentence[:1].upper() + sentence[1:] if first.isalpha() and first.islower() else sentence


def _as_words(text: str | Words) -> Words:
    return text if isinstance(text, Words) else Words(zh=text, en=text)


def _in_both(words: Words) -> str:
    return words.zh if words.zh == words.en else f"{words.zh} / {words.en}"


class WrongConfiguration(Trouble):
    """A setting, rule, ladder or mapping that must be mended before anything starts."""
