"""How well the guard reads: per kind on hand-written sentences, and against posts of COLD."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from time import process_time

from pydantic import TypeAdapter

from arrears.kernel.trouble import Place, Trouble
from arrears.rulebook.speech import load_lexicon
from arrears.speech import queries
from arrears.speech.types import Finding, Setting

TRIAL = Path(__file__).with_name("trial")
# What makes a post look offensive: words about groups and about slighting them.
LOOKS_OFFENSIVE = re.compile(
    "歧视|偏见|刻板印象|地域黑|地图炮|种族主义|黑人|女权|女拳|男权|直男|白左|污名|骂|滚|恶心|垃圾|傻|贱|死|屁|妈的|河南人|东北人|偷|骗"
)


class UnableToMeasure(Trouble):
    """A trial file is not as it should be."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a trial with what is wrong with it, and the rule book it is read by."""

    text: str
    kinds: frozenset[str]
    setting: Setting
    book: str
    at: Place


@dataclass(frozen=True, slots=True)
class Score:
    """Right, wrong and missed findings of one kind, in sentences."""

    kind: str
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float | None:
        """Of what was found, the share that was right; None where nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        """Of what was there, the share that was found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else None


def sentences(path: Path) -> list[Sentence]:
    """A trial file. Raises UnableToMeasure naming the line."""
    found, setting, book = [], Setting(), ""
    known = {"-", *load_lexicon().kinds}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            told = dict(each.split("=") for each in line.strip("[] ").split())
            book = told.pop("book")
            setting = TypeAdapter(Setting).validate_python(told)
            continue
        kinds, bar, text = line.partition(" | ")
        wrong = frozenset(kinds.split(","))
        if not bar or not wrong <= known:
            raise UnableToMeasure(f"not a line of a trial: {line!r}", at=Place(str(path), number))
        found.append(Sentence(text, wrong - {"-"}, setting, book, Place(str(path), number)))
    return found


def read_each(trial: Iterable[Sentence], *, on: date) -> Iterator[tuple[Sentence, list[Finding]]]:
    """Each sentence with what the guard finds in it."""
    for each in trial:
        yield each, queries.read(each.text, book=each.book, on=on, setting=each.setting)


def scores(read: Iterable[tuple[Sentence, list[Finding]]], *, stopped: bool = False) -> list[Score]:
    """Per kind, over sentences already read; a sentence counts once a kind. stopped: only what stops."""
    pairs = [
        (each.kinds, {finding.kind for finding in findings if finding.stops or not stopped})
        for each, findings in read
    ]
    return [
        Score(
            kind,
            right=sum(kind in meant and kind in found for meant, found in pairs),
            wrong=sum(kind not in meant and kind in found for meant, found in pairs),
            missed=sum(kind in meant and kind not in found for meant, found in pairs),
        )
        for kind in load_lexicon().kinds
    ]


@dataclass(frozen=True, slots=True)
class Posts:
    """COLD's dev part read once: the learned opinion, the lexicon of insults, and both.

    false_alarms: of safe posts that look offensive, how many were found; `looking` are they.
    """

    count: int
    offending: int
    learned: Score
    lexicon: Score
    both: Score
    looking: int
    false_alarms: dict[str, int]


def against_posts(posts: Iterable[tuple[str, bool]], *, on: date) -> Posts:
    """How the guard reads posts whose label says whether they offend."""
    rows = [(text, offends, _insulted(text, on)) for text, offends in posts]
    safe = [(text, by) for text, offends, by in rows if not offends and LOOKS_OFFENSIVE.search(text)]
    ways = {"learned": {"learned"}, "lexicon": {"lexicon"}, "both": {"learned", "lexicon"}}
    held = {
        name: Score(
            name,
            right=sum(offends and bool(by & way) for _, offends, by in rows),
            wrong=sum(not offends and bool(by & way) for _, offends, by in rows),
            missed=sum(offends and not by & way for _, offends, by in rows),
        )
        for name, way in ways.items()
    }
    alarms = {name: sum(bool(by & way) for _, by in safe) for name, way in ways.items()}
    offending = sum(offends for _, offends, _ in rows)
    return Posts(len(rows), offending, **held, looking=len(safe), false_alarms=alarms)


def _insulted(text: str, on: date) -> set[str]:
    found = queries.read(text, book="cn.card_issuer", on=on)
    return {finding.found_by for finding in found if finding.kind == "insult"}


def messages_a_second(count: int, *, runs: int, on: date) -> float:
    """How many texts of 200 characters, made of a trial's sentences, one core reads a second
    (of its own time: what else the machine does is not counted)."""
    joined = " ".join(each.text for each in sentences(TRIAL / "second.txt"))
    texts = [(joined * 2)[at % len(joined) :][:200] for at in range(0, count * 37, 37)]
    queries.read(texts[0], book="cn.card_issuer", on=on)  # the lexicon is made once
    taken = []
    for _ in range(runs):
        begun = process_time()
        for text in texts:
            queries.read(text, book="cn.card_issuer", on=on)
        taken.append(process_time() - begun)
    return count / median(taken)
