"""An explanation as people read it: indented text, or JSON for the faces."""

from collections.abc import Iterator

from arrears.kernel.money import Money
from arrears.kernel.words import Words
from arrears.reckoning import sentences as say
from arrears.reckoning.types import Line, Owed, Segment


def as_text(owed: Owed, *, language: str) -> str:
    """The whole tree, one line each, indented; `language` as zh-Hans or en."""
    return "\n".join(_owed_text(owed, language))


def _owed_text(owed: Owed, language: str) -> Iterator[str]:
    yield _titled(say.payoff(owed.as_of), owed.payoff_cents, owed.currency, language)
    for line in owed.lines:
        yield from _line_text(line, owed.currency, language, 1)
    for finding in owed.findings:
        yield "! " + finding.said_in(language)


def _line_text(line: Line, currency: str, language: str, depth: int) -> Iterator[str]:
    indent = "  " * depth
    yield indent + _titled(line.words, line.cents, currency, language)
    for segment in line.segments:
        yield f"{indent}  · {_segment_text(segment, currency).said_in(language)}"
    if line.rule:
        yield f"{indent}  § {line.rule.title.said_in(language)} [{line.rule.reference}]"
    for below in line.lines:
        yield from _line_text(below, currency, language, depth + 1)


def _titled(words: Words, cents: int, currency: str, language: str) -> str:
    separator = "：" if language.startswith("zh") else ": "
    return words.said_in(language) + separator + Money(cents, currency).with_symbol()


def _segment_text(segment: Segment, currency: str) -> Words:
    return say.segment(segment, Money(segment.balance_cents, currency))
