"""An answer and what is written of it: the words of a row, the pieces of a record.

Inside the room only. What answers have in common is worked out once; names are set in when rows
and records are written.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from arrears.clearance import records, witness
from arrears.clearance.core.dossier import Dossier
from arrears.clearance.core.verdicts import (
    Words,
    in_these_words,
    leave_until,
    verdict_on,
    words_of,
)
from arrears.clearance.dossiers import Person
from arrears.clearance.types import NOT_USED_YET, Answer, Asking, Clearance, Override, Said
from arrears.evidence.types import Sheet, line_of, line_of_texts

Policy = tuple[Path, ...]
Debts = tuple[str, ...] | None


class Cast(NamedTuple):
    """What answers of one kind share: what was said, a row's words, the mould of a record.

    marked: the record's body with marks for all that may be its own. rested_on: what the answer
    rested on, as JSON, as far as the mould leaves a place for it.
    """

    said: Said
    row: str
    marked: str
    mould: witness.Mould
    rested_on: tuple[str, ...]

    def resting_on(self, *rested_on: str) -> "Cast":
        """The same, but for what it rested on."""
        return Cast(self.said, self.row, self.marked, self.mould, rested_on)


class Decided(NamedTuple):
    """A question, its answer, and what that shares with others."""

    asking: Asking
    answer: Clearance
    cast: Cast


_made = tuple.__new__  # what a named tuple's own way of making it comes down to, in half the time


def decide(asking: Asking, person: Person, key: str, *, book: str, policy: Policy) -> Decided:
    """The gate's answer under that key, from what is on record."""
    return decided_as(asking, key, cast_of(asking, person.dossier(), book, policy))


def decided_as(asking: Asking, key: str, cast: Cast) -> Decided:
    """The answer to one question of that kind."""
    said = key, asking.key, asking.customer_ref, asking.account_ref, *cast.said, *NOT_USED_YET
    return _made(Decided, (asking, _made(Clearance, said), cast))


def _shared(asking: Asking) -> tuple[datetime, Words, Debts, timedelta | None]:
    """What a question says, names aside; its moment in UTC, where no two are alike."""
    proposal = asking.proposal
    return proposal.at.astimezone(UTC), words_of(proposal), _debts_told(asking), asking.valid_for


def _debts_told(asking: Asking) -> Debts:
    """Debts that have to be told; None where it is the account's own."""
    debts = asking.proposal.debts
    return None if debts == (asking.account_ref,) else debts


def _said(asking: Asking, dossier: Dossier, book: str, policy: Policy, *, one_of_many: bool = False) -> Said:
    verdict = verdict_on(asking, dossier, book=book, policy=policy, one_of_many=one_of_many)
    overridden = asking.override is not None and verdict.overridable
    cleared = verdict.cleared or overridden
    return Said(
        Answer.CLEARED if cleared else Answer.DEFERRED if verdict.cured_at else Answer.REFUSED,
        verdict.refusals,
        not_before=asking.proposal.at.astimezone(UTC) if cleared else None,
        until=leave_until(asking, dossier.known, verdict) if cleared else None,
        cured_at=None if cleared else verdict.cured_at,
        book=book,
        rules_on=verdict.rules_on,
        overridden_by=asking.override.by if asking.override and overridden else "",
    )


def cast_of(
    asking: Asking, dossier: Dossier, book: str, policy: Policy, *, one_of_many: bool = False
) -> Cast:
    """The answer and what is written of it. one_of_many: others ask in the same words."""
    dossier = dossier.narrowed(asking.account_ref, asking.proposal.debts)
    said = _said(asking, dossier, book, policy, one_of_many=one_of_many)
    override = asking.override if said.overridden_by else None
    return Cast(said, *_cast(*_shared(asking), said, override, policy), witness.rested_on(dossier))


@lru_cache(maxsize=4096)
def _cast(
    at: datetime,
    words: Words,
    debts: Debts,
    valid_for: timedelta | None,
    said: Said,
    override: Override | None,
    policy: Policy,
) -> tuple[str, str, witness.Mould]:
    proposal = in_these_words(at, words, debts=debts or ())
    marked = witness.body(proposal, said, valid_for, override, policy, own_debt=debts is None)
    return records.row_words(proposal, said, override), marked, witness.mould(marked)


def answers_sheet(*, now: datetime) -> Sheet:
    """A sheet for the records of answers."""
    return Sheet(witness.ANSWER, recorded_at=now, about=witness.ABOUT, customer=witness.CUSTOMER)


def written(decided: Sequence[Decided], sheet: Sheet, *, now: datetime) -> dict[str, Any]:
    """The rows as `records.keep` takes them, in the order given; their records are put on the sheet."""
    if not decided:
        return {}
    askings, answers, casts = zip(*decided, strict=True)
    keys, questions, customers, accounts, *_ = zip(*answers, strict=True)
    names = (
        keys,
        questions,
        customers,
        _or_empty(accounts),
        _or_empty([asking.proposal.point for asking in askings]),
    )
    _tell(askings, casts, names, sheet, now=now)
    return records.told(names, [cast.row for cast in casts], now=now)


def _or_empty(texts: Iterable[str | None]) -> list[str]:
    return [text or "" for text in texts]


def _tell(
    askings: Iterable[Asking], casts: Iterable[Cast], names: records.Names, sheet: Sheet, *, now: datetime
) -> None:
    as_they_are, put = witness.nothing_to_escape(names), sheet.lines.append
    numbers: dict[int, int] = {}  # of moulds, by identity: most lines are of a few
    for asking, cast, key, question, customer, account, point in zip(askings, casts, *names, strict=True):
        _, _, _, mould, rested_on = cast
        _, values, names_alone = mould
        number = numbers.get(id(mould))
        if number is None:
            number = numbers[id(mould)] = sheet.number(mould.told_at(now))
        if names_alone and as_they_are and account and point:
            put(line_of_texts(number, values((key, account, customer, "", point, question))))
        else:
            put(line_of(number, values(witness.own_values(asking, key, rested_on))))
