"""What lies in the inbox is taken in: books, payments, then what comes from a bank; then it is moved.

A file is moved only after it is wholly taken, and taking it in again changes nothing: a kill
between the two is harmless. What cannot be read goes to `refused/` with the reason beside
it. Names that begin with a dot or end in .part or .tmp are still being written: leave them.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from arrears.intake import recognising
from arrears.intake.book import finish_what_was_killed, take_book
from arrears.intake.debits.answers import take_answer
from arrears.intake.payments import match_waiting, take_payments
from arrears.intake.statements.reading import bank_kind
from arrears.intake.statements.taking import take_statements
from arrears.intake.types import BookTaken, InboxTaken, PaymentsTaken, Refused, Silent, Tell
from arrears.kernel.trouble import Trouble

# One line of the round's report, for readers of either language.
_FLAGGED = "对账单不平，未入账 · does not add up, not booked:"
_REJECTED = "银行拒绝的扣款 · debits rejected:"
_UNFINISHED = {".part", ".tmp", ".making"}


def take_inbox(*, folder: Path, now: datetime, tell: Tell | None = None) -> InboxTaken:
    """Take in everything waiting in `folder`. One file that cannot be read does not stop the others."""
    taken: list[BookTaken | PaymentsTaken] = []
    refused: list[Refused] = []
    touched, from_bank = list(finish_what_was_killed(now=now)), list[str]()
    bank, tables = _apart(folder)
    for path, is_for_payments in _in_order(tables, refused):
        take = take_payments if is_for_payments else take_book
        try:
            taken.append(take(path=path, now=now, tell=tell or Silent()))
        except Trouble as trouble:
            refused.append(_refuse(path, trouble))
        else:
            _move(path, folder / "done")
    touched += [ref for one in taken for ref in one.touched]
    for path in bank:
        try:
            said, changed = _from_bank(path, now=now)
        except Trouble as trouble:
            refused.append(_refuse(path, trouble))
        else:
            from_bank.append(said)
            touched += changed
            _move(path, folder / "done")
    touched += match_waiting(now=now) if taken else ()
    return InboxTaken(tuple(taken), tuple(refused), tuple(dict.fromkeys(touched)), tuple(from_bank))


def _apart(folder: Path) -> tuple[list[Path], list[Path]]:
    """What comes from a bank, statements before reports; and the tables. By content, not by name."""
    waiting = _waiting(folder)
    kinds = {path: bank_kind(path) for path in waiting}
    bank = [path for path in waiting if kinds[path]]
    return sorted(bank, key=lambda path: (kinds[path], path.name)), [p for p in waiting if not kinds[p]]


def _from_bank(path: Path, *, now: datetime) -> tuple[str, Sequence[str]]:
    """What a person should see of this file, and the accounts it changed."""
    if bank_kind(path) == "status":
        answer = take_answer(path=path, now=now)
        return f"{path.name}: {_REJECTED} {answer.rejected}", answer.touched
    taken = take_statements(path=path, now=now)
    flagged = [one for one in taken.statements if not one.booked]
    said = "; ".join(f"{_FLAGGED} {one.number or one.account} {one.off}".strip() for one in flagged)
    return (f"{path.name}: {said}" if said else path.name), taken.touched


def _in_order(tables: Sequence[Path], refused: list[Refused]) -> list[tuple[Path, bool]]:
    found = []
    for path in tables:
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
