"""Reading a text. `read` is the whole guard."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from arrears.kernel.trouble import Trouble
from arrears.rulebook.law import SHIPPED_POLICY, Rule, rules_in_force
from arrears.rulebook.speech import Group, KindFile, Lexicon, load_lexicon
from arrears.speech.core import learned, likeness
from arrears.speech.core.finding import Marks, Searcher, Span, spans_of
from arrears.speech.core.plain import Plain, Reader
from arrears.speech.types import Finding, Setting

MOST_CHARACTERS = 200_000
TO_DEBTOR = Setting()
BROAD = "comes_near"  # groups of this name only matter where nothing else was found


class UnableToRead(Trouble):
    """A text nobody can vouch for; it must not be sent."""


@lru_cache(maxsize=2)
def _tools(lexicon: Lexicon) -> tuple[Reader, Searcher]:
    return Reader(lexicon.letters), Searcher.of(lexicon)


def read(
    text: str,
    *,
    book: str,
    on: date,
    setting: Setting = TO_DEBTOR,
    policy: tuple[Path, ...] = SHIPPED_POLICY,
) -> list[Finding]:
    """What in `text` should not be said, in the order it stands there.

    book, on: the rule book and the day whose rules decide; a kind of which no rule is in
    force is not looked for. policy: folders of house policy. Raises UnableToRead for a text
    of more than MOST_CHARACTERS, WrongConfiguration for an unknown book.
    """
    if len(text) > MOST_CHARACTERS:
        raise UnableToRead(
            f"the text has {len(text):,} characters; at most {MOST_CHARACTERS:,} are read",
            do="Send less at once.",
        )
    lexicon = load_lexicon()
    reader, searcher = _tools(lexicon)
    plain = reader.read(text)
    hits = searcher.hits(plain.text)
    marks = Marks.of(hits, lexicon)
    found = [
        _finding(text, plain, span, kind, group, rules)
        for kind, group, rules in _asked(lexicon, book, on, setting, policy)
        for span in spans_of(group, hits, marks)
    ]
    insult = lexicon.kinds["insult"]
    if rules := _in_force(insult, book, on, policy):
        found += _learned(text, plain, marks, insult, rules)
    if setting == TO_DEBTOR:
        found += _likened(text, plain, marks, _asked(lexicon, book, on, setting, policy), found)
    return sorted(_one_of_a_kind(found), key=lambda finding: (finding.start, finding.end))


@lru_cache(maxsize=64)
def _asked(
    lexicon: Lexicon, book: str, on: date, setting: Setting, policy: tuple[Path, ...]
) -> tuple[tuple[KindFile, Group, tuple[Rule, ...]], ...]:
    """The groups that count in such a setting, with the rules of the day each touches."""
    return tuple(
        (kind, group, rules)
        for kind in lexicon.kinds.values()
        if (rules := _in_force(kind, book, on, policy))
        for group in kind.groups
        if setting.to in group.to and setting.stage in group.in_
    )


def _in_force(kind: KindFile, book: str, on: date, policy: tuple[Path, ...]) -> tuple[Rule, ...]:
    rules = {rule.id: rule for rule in rules_in_force(book, on, policy=policy)}
    return tuple(rules[name] for name in kind.rules if name in rules)


def _finding(
    text: str, plain: Plain, span: Span, kind: KindFile, group: Group, rules: tuple[Rule, ...]
) -> Finding:
    start, end = plain.places[span[0]], plain.places[span[1] - 1] + 1
    return Finding(
        start=start,
        end=end,
        phrase=text[start:end],
        kind=kind.kind,
        title=kind.title.words(),
        group=group.name,
        severity=group.severity,
        rules=rules,
        better=group.better.words(),
    )


def _one_of_a_kind(found: Iterable[Finding]) -> list[Finding]:
    """Of findings of one kind that overlap the gravest stays, then the longest; a broad one
    gives way to any."""
    kept: list[Finding] = []
    for finding in sorted(
        found, key=lambda each: (each.group == BROAD, not each.stops, each.start - each.end)
    ):
        if not any(
            (each.kind == finding.kind or finding.group == BROAD)
            and each.start < finding.end
            and finding.start < each.end
            for each in kept
        ):
            kept.append(finding)
    return kept


def _learned(text: str, plain: Plain, marks: Marks, kind: KindFile, rules: tuple[Rule, ...]) -> list[Finding]:
    """Stretches the trained weights would have a person look at; what others said is left out."""
    doubt = next(group for group in kind.groups if group.severity == "look")
    return [
        replace(_finding(text, plain, span, kind, doubt, rules), group="learned", found_by="learned")
        for span in learned.insulting(plain.text)
        if not marks.tells_of_others(span)
    ]


def _likened(
    text: str,
    plain: Plain,
    marks: Marks,
    asked: Iterable[tuple[KindFile, Group, tuple[Rule, ...]]],
    found: list[Finding],
) -> list[Finding]:
    """Sentences like wrong ones of the trials in which nothing was found yet, for a person to look at."""
    groups = {kind.kind: (kind, group, rules) for kind, group, rules in asked if group.severity == "look"}
    return [
        replace(_finding(text, plain, span, *groups[kind]), group="likened", found_by="likened")
        for span in likeness.wrong_sentences(plain.text)
        if not _touched(plain, span, found) and not marks.tells_of_others(span) and not marks.warns(span)
        for kind in [name for name in likeness.kinds_of(plain.text[slice(*span)]) if name in groups][:1]
    ]


def _touched(plain: Plain, span: Span, found: list[Finding]) -> bool:
    start, end = plain.places[span[0]], plain.places[span[1] - 1] + 1
    return any(finding.start < end and start < finding.end for finding in found)
