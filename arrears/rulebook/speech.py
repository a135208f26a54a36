"""Words no customer should hear: one YAML file a kind, with the rules each serves.

A file in `speech/` names a kind of wrong words, the rules of the law it serves, and groups
of patterns, each with its severity, its exceptions and a better sentence. Which rule is in
force on which day the law says (`law.py`); here is only what to look for.

A pattern is a row of alternatives with gaps between them:
`我是|我们是 ~8 法院|公安局` is one of the first, at most eight characters of anything but
the end of a sentence, one of the second. `<family>` stands for a list in `words.yaml`; a
Latin word ends where it ends unless it carries a `*`. There is nothing else in a pattern,
so reading one takes time in proportion to the text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from arrears.kernel.trouble import Place, WrongConfiguration
from arrears.rulebook.documents import Document, place_of, read_document
from arrears.rulebook.law import LAW_FOLDER, Text, load_law

SPEECH_FOLDER = Path(__file__).with_name("speech")

Severity = Literal["stop", "look"]
Hearer = Literal["debtor", "third_person"]
Stage = Literal["outgoing", "kept"]

_GAP = re.compile(r"\s+~(\d{1,2})\s+")
_LIST = re.compile(r"<(\w+)>")
MOST_ALTERNATIVES = 400  # of one place in a pattern


class Group(Document):
    """Patterns that mean the same, with one better sentence.

    severity: `stop` is not sent, `look` wants a second look. turns: whether "we will not"
    before it turns it round. to, in: for whom and at which stage it counts.
    unless: what makes it harmless where the two overlap; cleared_by: what does so anywhere in
    the same sentence.
    """

    name: str
    severity: Severity
    better: Text
    says: tuple[str, ...] = Field(min_length=1)
    unless: tuple[str, ...] = ()
    cleared_by: tuple[str, ...] = ()
    turns: bool = True
    to: tuple[Hearer, ...] = ("debtor", "third_person")
    in_: tuple[Stage, ...] = Field(default=("outgoing", "kept"), alias="in")


class KindFile(Document):
    """One kind of wrong words as its file tells it; the first rule in force names it."""

    kind: str
    title: Text
    rules: tuple[str, ...] = Field(min_length=1)
    groups: tuple[Group, ...] = Field(min_length=1)


class WordsFile(Document):
    """Shared lists, and the marks that turn a sentence round or put it into another's mouth."""

    words: dict[str, tuple[str, ...]]
    negators: tuple[tuple[str, ...], tuple[str, ...]]  # Chinese, English
    questions: tuple[str, ...]  # look like negators and are none
    reported: tuple[str, ...]
    own: tuple[str, ...]
    warned: tuple[str, ...]


class LettersFile(Document):
    """How letters are read before anything is looked for."""

    traditional: str
    simplified: str
    lookalikes: str
    latin: str
    syllables: dict[str, str]
    hidden: tuple[str, ...]

    @model_validator(mode="after")
    def _side_by_side(self) -> "LettersFile":
        for one, other in (("traditional", "simplified"), ("lookalikes", "latin")):
            if len(getattr(self, one)) != len(getattr(self, other)):
                raise ValueError(f"{one} and {other} must be equally long: they are read side by side")
        unspelt = sorted({sign for word in self.hidden for sign in word} - self.syllables.keys())
        if unspelt:
            raise ValueError(f"syllables lack {''.join(unspelt)}, which hidden words need")
        return self


@dataclass(frozen=True, slots=True)
class Pattern:
    """Places to fill in order: each a set of words; `gaps` characters at most between two."""

    places: tuple[frozenset[str], ...]
    gaps: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """Every kind of one folder, and what they share. Two are equal only if they are one."""

    kinds: Mapping[str, KindFile]
    patterns: Mapping[str, Pattern]  # by their text
    words: WordsFile
    letters: LettersFile


@lru_cache(maxsize=4)
def load_lexicon(folder: Path = SPEECH_FOLDER, law_folder: Path = LAW_FOLDER) -> Lexicon:
    """All kinds in `folder`. Raises WrongConfiguration naming file and line: an unknown rule,
    a list nobody wrote, a pattern that cannot be read, a rule about words no kind serves."""
    words: WordsFile = read_document(folder / "words.yaml", WordsFile)
    letters: LettersFile = read_document(folder / "letters.yaml", LettersFile)
    kinds: dict[str, KindFile] = {}
    patterns: dict[str, Pattern] = {}
    rules = load_law(law_folder).rules
    for path in sorted(folder.glob("*.yaml")):
        if path.stem in {"words", "letters"}:
            continue
        kind: KindFile = read_document(path, KindFile)
        _refuse_unless_served(kind, path, set(rules))
        patterns |= _patterns_of(kind, path, words)
        kinds[kind.kind] = kind
    served = {rule for kind in kinds.values() for rule in kind.rules}
    for rule_id, rule in rules.items():
        if rule.stops == "words" and rule_id not in served:
            raise WrongConfiguration(
                f"no kind of words serves the rule {rule_id!r}",
                do=f"Name it under `rules:` of a file in {folder}.",
                at=Place(str(law_folder)),
            )
    return Lexicon(kinds, patterns, words, letters)


def _refuse_unless_served(kind: KindFile, path: Path, rules: set[str]) -> None:
    if kind.kind != path.stem:
        raise WrongConfiguration(
            f"the kind {kind.kind!r} stands in the file of {path.stem!r}", at=place_of(path, "kind")
        )
    for position, rule in enumerate(kind.rules):
        if rule not in rules:
            raise WrongConfiguration(
                f"there is no rule {rule!r}",
                do="`arrears rules list` shows them.",
                at=place_of(path, "rules", position),
            )


def _patterns_of(kind: KindFile, path: Path, words: WordsFile) -> dict[str, Pattern]:
    found: dict[str, Pattern] = {}
    for number, group in enumerate(kind.groups):
        for key, texts in (
            ("says", group.says),
            ("unless", group.unless),
            ("cleared_by", group.cleared_by),
        ):
            for position, text in enumerate(texts):
                try:
                    found[text] = read_pattern(text, words.words)
                except ValueError as problem:
                    at = place_of(path, "groups", number, key, position)
                    raise WrongConfiguration(str(problem), at=at) from problem
    return found


def read_pattern(text: str, words: Mapping[str, tuple[str, ...]]) -> Pattern:
    """The pattern `text` says. Raises ValueError telling what is wrong with it."""
    parts = _GAP.split(text.strip())
    return Pattern(
        places=tuple(_alternatives(part, words) for part in parts[::2]),
        gaps=tuple(int(gap) for gap in parts[1::2]),
    )


def _alternatives(part: str, words: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    if "~" in part:
        raise ValueError(f"a gap stands between two parts and has a number, like `a ~6 b`: {part!r}")
    found: set[str] = set()
    for alternative in part.replace("(", "").replace(")", "").split("|"):
        name = _LIST.fullmatch(alternative.strip())
        if name and name[1] not in words:
            raise ValueError(f"there is no list <{name[1]}> in words.yaml")
        found.update(words[name[1]] if name else [alternative.strip().lower()])
    if "" in found or len(found) > MOST_ALTERNATIVES:
        raise ValueError(f"each part needs 1 to {MOST_ALTERNATIVES} words between its bars: {part!r}")
    return frozenset(found)
