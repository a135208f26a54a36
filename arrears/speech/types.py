"""What the guard is told about a text and what it answers."""

from dataclasses import dataclass
from typing import Literal

from arrears.kernel.words import Words
from arrears.rulebook.citing import cited
from arrears.rulebook.law import Rule
from arrears.rulebook.speech import Hearer, Severity, Stage


@dataclass(frozen=True, slots=True)
class Setting:
    """To whom it is said, and whether it is still to be said.

    stage: `outgoing` before it leaves, `kept` for notes, results of calls and transcripts.
    """

    to: Hearer = "debtor"
    stage: Stage = "outgoing"


@dataclass(frozen=True, slots=True)
class Finding:
    """Words that should not be said: where they stand in the text (end not included), what
    kind they are, the rules of the day they touch (the first one names them), and a better
    sentence. found_by: `lexicon`; `learned` for the trained opinion on insults;
    `likened` for a sentence that is like wrong ones of the trials."""

    start: int
    end: int
    phrase: str
    kind: str
    title: Words
    group: str
    severity: Severity
    rules: tuple[Rule, ...]
    better: Words
    found_by: Literal["lexicon", "learned", "likened"] = "lexicon"

    @property
    def rule(self) -> Rule:
        """The rule that names the finding: a `must` before a `should`."""
        return next((rule for rule in self.rules if rule.strength == "must"), self.rules[0])

    @property
    def stops(self) -> bool:
        """Whether the text must not be sent."""
        return self.severity == "stop"

    def in_words(self) -> Words:
        """One sentence for a person: the phrase, what is wrong with it, and what to say instead."""
        return Words(
            zh="“{phrase}”：{title}（{rule}）。可以改说：{better}",
            en="“{phrase}”: {title} ({rule}). Better: {better}",
        ).filled(phrase=self.phrase, title=self.title, rule=cited(self.rule.reference), better=self.better)

    def as_json(self) -> dict[str, object]:
        """For payloads: everything a later reader needs, in plain values."""
        return {
            "start": self.start,
            "end": self.end,
            "phrase": self.phrase,
            "kind": self.kind,
            "title": self.title.as_json(),
            "severity": self.severity,
            "rule": self.rule.id,
            "reference": self.rule.reference,
            "strength": self.rule.strength,
            "better": self.better.as_json(),
            "found_by": self.found_by,
        }
