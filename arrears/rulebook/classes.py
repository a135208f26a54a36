"""Asset classes by days past due: tables of law, dated, one file each."""

import functools
from bisect import bisect_right
from datetime import date
from pathlib import Path

from pydantic import Field, model_validator

from arrears.kernel.trouble import Trouble
from arrears.kernel.words import Words
from arrears.rulebook.documents import Document, read_document

FOLDER = Path(__file__).parent / "classes"
CARDS_2011, ASSETS_2023 = "cn.cards_2011", "cn.assets_2023"


class Bilingual(Document):
    """Words as they stand in a document."""

    zh: str
    en: str

    def words(self) -> Words:
        """As the rest of the house uses them."""
        return Words(zh=self.zh, en=self.en)


class AssetClass(Document):
    """One class and the first day past due it applies from."""

    days: int = Field(ge=0)
    code: str
    title: Bilingual


class DatedClasses(Document):
    """The classes as they stood from `since` until before `until` (None: still in force)."""

    since: date
    until: date | None
    from_days: tuple[AssetClass, ...]

    @model_validator(mode="after")
    def _in_order(self) -> "DatedClasses":
        days = [row.days for row in self.from_days]
        if not days or days[0] != 0 or days != sorted(set(days)):
            raise ValueError("classes must start at day 0 and rise")
        return self


class ClassTable(Document):
    """One instrument's table."""

    id: str
    title: Bilingual
    reference: str
    binds: Bilingual
    reviewed_on: date
    values: tuple[DatedClasses, ...]

    def class_of(self, days_past_due: int, *, on: date) -> AssetClass | None:
        """The class on that day; None before the instrument was in force."""
        for dated in self.values:
            if dated.since <= on and (dated.until is None or on < dated.until):
                starts = [row.days for row in dated.from_days]
                return dated.from_days[bisect_right(starts, days_past_due) - 1]
        return None


@functools.cache
def class_table(name: str) -> ClassTable:
    """The table of that name. Raises Trouble for an unknown one, WrongConfiguration for a bad file."""
    path = FOLDER / f"{name}.yaml"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.yaml")))
        raise Trouble(f"there is no class table {name!r}", do=f"Known tables: {known}.")
    return read_document(path, ClassTable)
