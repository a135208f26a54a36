"""What many answers have in common, worked out once: the words of a row, the pieces of a record.

Inside the room only. A night asks the same of tens of thousands: same channel, hour and
purpose, and of many nothing is known but where they live. What differs from one to the next
(who, about which account, on which number) is set in when rows and records are written.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from arrears.clearance import records, witness
from arrears.clearance.core.dossier import Dossier
from arrears.clearance.core.verdicts import (
    Words,
    in_these_words,
    leave_until,
    point_that_matters,
    verdict_on,
    words_of,
)
from arrears.clearance.dossiers import nothing_known
from arrears.clearance.types import Answer, Asking, Clearance, Override, Said
from arrears.evidence.types import APART, Sheet, in_order, line_of

Policy = tuple[Path, ...]
Debts = tuple[str, ...] | None


class Cast(NamedTuple):
    """What answers of one kind share: what was said, a row's words, the pieces of a record's body."""

    said: Said
    row: str
    pieces: tuple[str, ...]


class Decided(NamedTuple):
    """A question, what was known when it was answered, the answer, and what it shares with others."""

    asking: Asking
    dossier: Dossier
    answer: Clearance
    cast: Cast


def decide(
    asking: Asking, dossier: Dossier, key: str, *, book: str, policy: Policy, one_of_many: bool = False
) -> Decided:
    """The gate's answer under that key, from what is known. one_of_many: others ask in the same words."""
    if dossier.nothing_known and asking.override is None:
        point, zone = point_that_matters(asking.proposal), dossier.known.zones[0]
        cast = _of_a_stranger(*_shared(asking), point, zone, book, policy)
    else:
        said = _said(asking, dossier, book, policy, one_of_many=one_of_many)
        cast = _cast_of(asking, said, policy)
    answer = Clearance(key, asking.key, asking.customer_ref, asking.account_ref, *cast.said)
    return Decided(asking, dossier, answer, cast)


def _shared(asking: Asking) -> tuple[datetime, Words, Debts, timedelta | None]:
    """What a question says, names aside; its moment in UTC, where no two are alike."""
    proposal = asking.proposal
    return proposal.at.astimezone(UTC), words_of(proposal), _debts_told(asking), asking.valid_for


def _debts_told(asking: Asking) -> Debts:
    """Debts that have to be told; None where they are those of the account, or none is named."""
    debts = asking.proposal.debts
    return None if not debts or debts == (asking.account_ref,) else debts


@lru_cache(maxsize=4096)
def _of_a_stranger(
    at: datetime,
    words: Words,
    debts: Debts,
    valid_for: timedelta | None,
    point: str | None,
    zone: str,
    book: str,
    policy: Policy,
) -> Cast:
    asking = Asking("", "", in_these_words(at, words, point, debts or ()), valid_for=valid_for)
    return _cast_of(asking, _said(asking, nothing_known(zone), book, policy), policy)


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


def _cast_of(asking: Asking, said: Said, policy: Policy) -> Cast:
    override = asking.override if said.overridden_by else None
    return _cast(*_shared(asking), said, override, policy)


@lru_cache(maxsize=4096)
def _cast(
    at: datetime,
    words: Words,
    debts: Debts,
    valid_for: timedelta | None,
    said: Said,
    override: Override | None,
    policy: Policy,
) -> Cast:
    proposal = in_these_words(at, words, debts=debts or ())
    return Cast(
        said,
        records.row_words(proposal, said, override),
        witness.pieces(proposal, said, valid_for, override, policy),
    )


def written(decided: Iterable[Decided], *, now: datetime) -> tuple[list[str], Sheet]:
    """The rows as lines of COPY, and the records on a sheet, in the order given."""
    sheet = Sheet(witness.ANSWER, recorded_at=now, about=witness.ABOUT, customer=witness.CUSTOMER)
    rows, lines, recorded, told_at = [], sheet.lines, now.isoformat(), witness.moment_said(now)
    for asking, dossier, answer, cast in decided:
        point, account = asking.proposal.point, asking.account_ref
        number, (history, known) = sheet.number(cast.pieces), witness.rested_on(dossier, account)
        names = f"{asking.key}\t{asking.customer_ref}\t{account}\t{point}"
        if account is not None and point is not None and _as_they_are(names):
            debts = (
                f'["{account}"]' if asking.proposal.debts == (account,) else in_order(asking.proposal.debts)
            )
            rows.append(f"{answer.key}\t{names}\t{cast.row}\t{recorded}\t\t")
            lines.append(
                f'{number}{APART}"{answer.key}"{APART}"{account}"{APART}"{asking.customer_ref}"{APART}{history}'
                f'{APART}{known}{APART}{debts}{APART}"{point}"{APART}"{asking.key}"{APART}{told_at}'
            )
        else:
            rows.append(records.row(answer.key, asking, cast.row, recorded))
            values = witness.own_values(asking, answer.key, history, known, told_at)
            lines.append(line_of(number, *values))
    return rows, sheet


# Four names with tabs between them that rows and JSON both write as they are.
_as_they_are = re.compile(r'(?:[^"\\\x00-\x1f]*\t){3}[^"\\\x00-\x1f]*').fullmatch
