"""Patterns found in a plain text. One pass of Aho-Corasick finds every word of every pattern;
what follows walks along those hits once, so time grows with the text and nothing else.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from ahocorasick_rs import AhoCorasick, Implementation

from arrears.rulebook.speech import Group, LettersFile, Lexicon, Pattern, WordsFile
from arrears.speech.core.plain import END, PAUSE

Span = tuple[int, int]  # start, end (not included), in the plain text
_END, _PAUSE = re.compile(END), re.compile(f"[{END}{PAUSE}]")
NEGATED_WITHIN = (4, 20)  # characters between a negator and what it turns: Chinese, English


@dataclass(frozen=True, slots=True)
class Searcher:
    """All words of a lexicon in one automaton, and which places of which patterns each fills."""

    automaton: AhoCorasick
    words: tuple[tuple[bool, bool, tuple[int, ...]], ...]  # begins and ends a Latin word; its sets
    sets: dict[frozenset[str], int]
    patterns: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]
    needing: dict[int, list[tuple[str, frozenset[int]]]]  # patterns by their rarest set, with all they need

    @classmethod
    def of(cls, lexicon: Lexicon) -> "Searcher":
        """The automaton of a lexicon; some tens of milliseconds of work."""
        return _searcher(lexicon)

    def hits(self, text: str) -> "Hits":
        """Every word of the lexicon in a plain text, sorted by where it ends."""
        by_word: dict[int, list[Span]] = defaultdict(list)
        for index, start, end in self.automaton.find_matches_as_indexes(text, overlapping=True):
            left, right, _ = self.words[index]
            if left and start and _continues(text[start - 1]):
                continue
            if right and end < len(text) and _continues(text[end]):
                continue
            by_word[index].append((start, end))
        there: dict[int, list[int]] = defaultdict(list)
        for index in by_word:
            for number in self.words[index][2]:
                there[number].append(index)
        present = set(there)
        ends = [found.start() for found in _END.finditer(text)]
        pauses = [found.start() for found in _PAUSE.finditer(text)]
        possible = {
            text for number in there for text, needed in self.needing.get(number, ()) if needed <= present
        }
        return Hits(self, by_word, there, ends, pauses, possible, {}, {})


@dataclass(frozen=True, slots=True)
class Hits:
    """The words found in one text."""

    searcher: Searcher
    by_word: dict[int, list[Span]]
    there: dict[int, list[int]]  # the words found of each set
    ends: list[int]
    pauses: list[int]
    possible: set[str]  # patterns for each of whose places a word is there at all
    known: dict[str, list[Span]]
    known_sets: dict[int, list[Span]]

    def of_words(self, words: Iterable[str]) -> list[Span]:
        """Where one of these words stands."""
        return self.of_set(self.searcher.sets[frozenset(words)])

    def of_set(self, number: int) -> list[Span]:
        """Where a word of this set stands, sorted by where it ends."""
        if number not in self.known_sets:
            words = self.there.get(number, [])
            spans = [span for word in words for span in self.by_word[word]]
            self.known_sets[number] = sorted(spans, key=_by_end) if len(words) > 1 else spans
        return self.known_sets[number]

    def of(self, pattern: str) -> list[Span]:
        """Where the pattern is fulfilled, each as short as it can be."""
        if pattern not in self.possible:
            return []
        if pattern not in self.known:
            self.known[pattern] = self._walk(*self.searcher.patterns[pattern])
        return self.known[pattern]

    def _walk(self, places: Sequence[int], gaps: Sequence[int]) -> list[Span]:
        reached = self.of_set(places[0])
        for number, gap in zip(places[1:], gaps, strict=True):
            if not reached:
                return []
            reached = self._joined(reached, self.of_set(number), gap)
        return reached

    def _joined(self, reached: list[Span], following: list[Span], gap: int) -> list[Span]:
        """Each of `following` with the nearest of `reached` before it in the same sentence.

        The nearest leaves the least between: where it does not fit, none does.
        """
        before = sorted(reached, key=_by_end)
        ends = [end for _, end in before]
        joined: list[Span] = []
        for start, end in following:
            at = bisect_right(ends, start) - 1
            if at >= 0 and start - ends[at] <= gap and not between(self.ends, ends[at], start):
                joined.append((before[at][0], end))
        return joined


def _by_end(span: Span) -> Span:
    return span[1], span[0]


def between(marks: list[int], start: int, end: int) -> bool:
    """Whether a mark stands in [start, end)."""
    return bisect_left(marks, start) < bisect_left(marks, end)


def _continues(sign: str) -> bool:
    return "a" <= sign <= "z" or sign.isdigit() or sign == "'"


def _searcher(lexicon: Lexicon) -> Searcher:
    shared = lexicon.words
    asked = [place for pattern in lexicon.patterns.values() for place in pattern.places]
    asked += [frozenset(words) for words in (*shared.negators, *_others(shared))]
    sets = {words: number for number, words in enumerate(dict.fromkeys(asked))}
    holders: dict[str, set[int]] = defaultdict(set)
    for words, number in sets.items():
        for word in words:
            for spelling in spellings(word, lexicon.letters):
                holders[spelling].add(number)
    words_held = [
        (word.removesuffix("*"), not word.endswith("*"), tuple(sorted(found)))
        for word, found in holders.items()
    ]
    patterns = {text: _numbered(pattern, sets) for text, pattern in lexicon.patterns.items()}
    rarity = {number: _rarity(words) for words, number in sets.items()}
    needing: dict[int, list[tuple[str, frozenset[int]]]] = defaultdict(list)
    for text, (places, _) in patterns.items():
        needing[min(places, key=rarity.__getitem__)].append((text, frozenset(places)))
    return Searcher(
        automaton=AhoCorasick(
            [text for text, _, _ in words_held], implementation=Implementation.ContiguousNFA
        ),
        words=tuple(
            (_is_latin(text[0]), whole and _is_latin(text[-1]), found) for text, whole, found in words_held
        ),
        sets=sets,
        patterns=patterns,
        needing=dict(needing),
    )


def _rarity(words: frozenset[str]) -> tuple[int, int]:
    """Sets of few and long words are met least; a pattern waits for the rarest of its own."""
    return sum(len(word) == 1 for word in words), len(words)


def _others(shared: WordsFile) -> tuple[tuple[str, ...], ...]:
    return shared.questions, shared.reported, shared.own, shared.warned


def _numbered(pattern: Pattern, sets: dict[frozenset[str], int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(sets[place] for place in pattern.places), pattern.gaps


def _is_latin(sign: str) -> bool:
    return "a" <= sign <= "z"


def spellings(word: str, letters: LettersFile) -> Iterator[str]:
    """The word; and where somebody may hide part of it, every way to put syllables for characters."""
    yield word
    for hidden in letters.hidden:
        if hidden in word:
            for mixed in product(*((sign, letters.syllables[sign]) for sign in hidden)):
                yield word.replace(hidden, "".join(mixed))
                if all(map(str.isascii, mixed)):
                    yield word.replace(hidden, " ".join(mixed))


@dataclass(frozen=True, slots=True)
class Marks:
    """What turns a finding round, or puts it into somebody else's mouth."""

    hits: Hits
    negators: tuple["Spans", "Spans"]
    reported: "Spans"
    own: "Spans"
    warned: "Spans"

    @classmethod
    def of(cls, hits: Hits, lexicon: Lexicon) -> "Marks":
        """The marks in one text."""
        shared = lexicon.words
        questions, reported, own, warned = (Spans.of(hits.of_words(words)) for words in _others(shared))
        zh, en = (
            Spans.of(span for span in hits.of_words(words) if not questions.any_touching(span))
            for words in shared.negators
        )
        return cls(hits, (zh, en), reported, own, warned)

    def turned(self, span: Span) -> bool:
        """Whether a negator stands in it, or right before it in the same clause."""
        return any(
            found.any_touching(span)
            or (
                (end := found.last_end(span[0])) >= span[0] - reach
                and not between(self.hits.pauses, end, span[0])
            )
            for found, reach in zip(self.negators, NEGATED_WITHIN, strict=True)
        )

    def told_by_others(self, span: Span) -> bool:
        """Whether the sentence up to there tells what somebody else said."""
        theirs, ours = self.reported.last_end(span[0]), self.own.last_end(span[0])
        return theirs > max(ours, 0) and not between(self.hits.ends, theirs, span[0])

    def warns(self, span: Span) -> bool:
        """Whether a word of warning or apology stands anywhere in the same sentence."""
        return self.warned.share_a_sentence(span, self.hits.ends)

    def tells_of_others(self, span: Span) -> bool:
        """Whether somewhere in it somebody else's words are told."""
        return self.reported.any_touching(span)


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans none of which holds another: both lists ascend, so each question is one bisection."""

    starts: list[int]
    ends: list[int]

    @classmethod
    def of(cls, spans: Iterable[Span]) -> "Spans":
        """The shortest of `spans`."""
        kept: list[Span] = []
        for start, end in sorted(spans, key=lambda span: (span[1], -span[0])):
            if not kept or start > kept[-1][0]:
                kept.append((start, end))
        return cls([start for start, _ in kept], [end for _, end in kept])

    def any_touching(self, span: Span) -> bool:
        """Whether one shares a letter with `span`."""
        at = bisect_right(self.ends, span[0])
        return at < len(self.starts) and self.starts[at] < span[1]

    def last_end(self, place: int) -> int:
        """Where the last one that ends at or before `place` ends; far away where none does."""
        at = bisect_right(self.ends, place) - 1
        return self.ends[at] if at >= 0 else -1_000_000

    def next_start(self, place: int) -> int:
        """Where the first one that starts at or after `place` starts; -1 where none does."""
        at = bisect_left(self.starts, place)
        return self.starts[at] if at < len(self.starts) else -1

    def share_a_sentence(self, span: Span, ends: list[int]) -> bool:
        """Whether one stands in the sentence of `span`; `ends` are where sentences end."""
        before, after = self.last_end(span[0]), self.next_start(span[1])
        return (
            self.any_touching(span)
            or (before >= 0 and not between(ends, before, span[0]))
            or (after >= 0 and not between(ends, span[1], after))
        )


def spans_of(group: Group, hits: Hits, marks: Marks) -> list[Span]:
    """Where the group's words stand and are meant; those that overlap are one."""
    if hits.possible.isdisjoint(group.says):
        return []
    found = {span for pattern in hits.possible.intersection(group.says) for span in hits.of(pattern)}
    if not found:
        return []
    harmless = Spans.of(span for pattern in group.unless for span in hits.of(pattern))
    cleared = Spans.of(span for pattern in group.cleared_by for span in hits.of(pattern))
    return without_overlap(
        span
        for span in found
        if not harmless.any_touching(span)
        and not cleared.share_a_sentence(span, hits.ends)
        and not (group.turns and marks.turned(span))
        and not marks.told_by_others(span)
        and not marks.warns(span)
    )


def without_overlap(spans: Iterable[Span]) -> list[Span]:
    """Spans that overlap become one."""
    kept: list[Span] = []
    for start, end in sorted(spans):
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept
