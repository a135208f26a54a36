"""Errors a person reads: what happened, where, and what to do."""

from dataclasses import dataclass


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

    Rooms derive their `UnableTo...` errors from it, so every face shows them alike.
    """

    def __init__(self, what: str, *, do: str = "", at: Place | None = None) -> None:
        super().__init__(what)
        self.what, self.do, self.at = what, do, at

    def __str__(self) -> str:
        where = f"{self.at}: " if self.at else ""
        return f"{where}{self.what}" + (f"\n  {self.do}" if self.do else "")


class WrongConfiguration(Trouble):
    """A setting, rule, ladder or mapping that must be mended before anything starts."""
