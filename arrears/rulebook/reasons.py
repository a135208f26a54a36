"""Why people pay late: one list for desk, portal, strategy and figures.

>>> proposed_from("上个月被裁员了，真的还不上")
'lost_job'
>>> proposed_from("你好") is None
True
"""

import functools
from pathlib import Path

from pydantic import Field

from arrears.rulebook.classes import Bilingual
from arrears.rulebook.documents import Document, read_document

FILE = Path(__file__).parent / "reasons.yaml"


class Reason(Document):
    """One reason, and words by which it is proposed from a text."""

    code: str = Field(pattern=r"^[a-z_]{2,24}$")
    title: Bilingual
    signs: tuple[str, ...]


@functools.cache
def reasons(path: Path = FILE) -> dict[str, Reason]:
    """Every reason by its code. Raises WrongConfiguration naming file and line."""
    listed: list[Reason] = read_document(path, list[Reason])
    return {reason.code: reason for reason in listed}


def proposed_from(text: str) -> str | None:
    """The reason whose longest sign stands in `text`; a person confirms it. None where none does."""
    plainly = text.lower()
    found = [(len(sign), code) for sign, code in _signs() if sign in plainly]
    return max(found)[1] if found else None


@functools.cache
def _signs() -> tuple[tuple[str, str], ...]:
    return tuple((sign.lower(), reason.code) for reason in reasons().values() for sign in reason.signs)
