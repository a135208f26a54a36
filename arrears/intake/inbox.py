"""What lies in the inbox is taken in: books before payments, each by name; then it is moved.

A file is moved only after it is wholly taken, and taking it in again changes nothing: a kill
between the two is harmless. What cannot be read goes to `refused/` with the reason beside
it. Names that begin with a dot or end in .part or .tmp are still being written: leave them.
"""

from datetime import datetime
from pathlib import Path

from arrears.intake import recognising
from arrears.intake.book import finish_what_was_killed, take_book
from arrears.intake.payments import match_waiting, take_payments
from arrears.intake.types import BookTaken, InboxTaken, PaymentsTaken, Refused, Silent, Tell
from arrears.kernel.trouble import Trouble

_UNFINISHED = {".part", ".tmp", ".making"}


def take_inbox(*, folder: Path, now: datetime, tell: Tell | None = None) -> InboxTaken:
    """Take in everything waiting in `folder`. One file that cannot be read does not stop the others."""
    taken: list[BookTaken | PaymentsTaken] = []
    refused: list[Refused] = []
    touched = list(finish_what_was_killed(now=now))
    for path, is_for_payments in _in_order(folder, refused):
        take = take_payments if is_for_payments else take_book
        try:
            taken.append(take(path=path, now=now, tell=tell or Silent()))
        except Trouble as trouble:
            refused.append(_refuse(path, trouble))
        else:
            _move(path, folder / "done")
    touched += [ref for one in taken for ref in one.touched]
    touched += match_waiting(now=now) if taken else ()
    return InboxTaken(tuple(taken), tuple(refused), tuple(dict.fromkeys(touched)))


def _in_order(folder: Path, refused: list[Refused]) -> list[tuple[Path, bool]]:
    found = []
    for path in _waiting(folder):
        try:
            found.append((path, recognising.plan(path).is_for_payments))
        except Trouble as trouble:
            refused.append(_refuse(path, trouble))
    return sorted(found, key=lambda one: (one[1], one[0].name))


def _waiting(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    ours = {"done", "refused"}
    return [
        path
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".") and path.suffix not in _UNFINISHED and path.name not in ours
    ]


def _refuse(path: Path, trouble: Trouble) -> Refused:
    place = path.parent / "refused"
    place.mkdir(mode=0o700, exist_ok=True)
    free = _free_name(place / path.name)
    free.with_name(free.name + ".reason.txt").write_text(f"{trouble}\n", "utf-8")
    path.rename(free)
    return Refused(path.name, str(trouble))


def _move(path: Path, place: Path) -> None:
    place.mkdir(mode=0o700, exist_ok=True)
    path.rename(_free_name(place / path.name))


def _free_name(path: Path) -> Path:
    """This name, or with a number where something of the name lies there already."""
    free, number = path, 1
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free
