"""What a kind of situation is made of, and what running one gives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arrears.rulebook.documents import Document


class Situation(Document):
    """What every entry has: a name, and where the example comes from."""

    name: str
    source: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One situation tried: what differed (nothing if it holds) and the reasons behind."""

    name: str
    differences: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    file: Path | None = None

    @property
    def passed(self) -> bool:
        """Whether everything expected came out."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of situation: an entry that has `key` is read as `model` and tried by `attempt`."""

    key: str
    model: type[Document]
    attempt: Callable[[Any], Outcome]


def differences(expected: Sequence[tuple[str, object, object]]) -> tuple[str, ...]:
    """`name: expected x, got y` for every (name, expected, got) that is unequal."""
    return tuple(f"{name}: expected {want}, got {got}" for name, want, got in expected if want != got)
