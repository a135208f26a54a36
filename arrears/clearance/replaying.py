"""Every recorded question put to the gate again, from what was known when it was asked.

Inside the room only. The gate is pure, so the same question under the same rules has the same
answer; where it has not, each rule that speaks otherwise is named, then and now.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from arrears.clearance.core import clear
from arrears.clearance.core.verdicts import leave_until
from arrears.clearance.types import Answer, Asking, Difference, Replayed, Verdict
from arrears.clearance.witness import ANSWER, Recalled, recalled, rules_digest
from arrears.evidence.types import Record, canonical

NO = "refuses"
YES = "does not refuse"


def replayed(
    records: Iterable[Record], *, rules_on: date | None, policy: tuple[Path, ...]
) -> Iterator[Replayed]:
    """Each answer among these records, given again."""
    for record in records:
        if record.kind == ANSWER:
            then = recalled(json.loads(record.body))
            yield _again(record, then, rules_on or date.fromisoformat(then.said["rules_on"]), policy)


def _again(record: Record, then: Recalled, on: date, policy: tuple[Path, ...]) -> Replayed:
    book = then.said["book"]
    verdict = clear(then.proposal, then.known, then.history, book=book, on=on, policy=policy)
    return Replayed(
        position=record.position,
        customer_ref=record.customer_ref,
        clearance_key=record.about,
        at=then.proposal.at,
        book=book,
        rules_on=on,
        same_rules=rules_digest(book, on, policy) == then.said["rules_sha256"],
        differences=(*_by_rule(then.said, verdict), *_as_a_whole(then, verdict)),
    )


def _by_rule(said: Mapping[str, Any], verdict: Verdict) -> Iterator[Difference]:
    then = {each["rule"]: _refused(each["cured_at"]) for each in said["refusals"]}
    now = {each.rule_id: _refused(_written(each.cured_at)) for each in verdict.refusals}
    for rule in sorted(then.keys() | now.keys()):
        before, after = then.get(rule, YES), now.get(rule, YES)
        if before != after:
            yield Difference(rule, before, after)


def _refused(cured_at: str | None) -> str:
    return f"{NO} until {cured_at}" if cured_at else NO


def _as_a_whole(then: Recalled, verdict: Verdict) -> Iterator[Difference]:
    """The answer that follows from the rules, and until when it holds."""
    before, after = _answer_then(then.said), _answer_now(then, verdict)
    if before != after:
        yield Difference("", before, after)


def _answer_then(said: Mapping[str, Any]) -> str:
    return f"{said['answer']} {said['until'] or said['cured_at'] or ''}".strip()


def _answer_now(then: Recalled, verdict: Verdict) -> str:
    if verdict.cleared or (then.said["override"] and verdict.overridable):
        return f"{Answer.CLEARED} {_written(leave_until(_asking(then), then.known, verdict))}"
    return f"{Answer.DEFERRED} {_written(verdict.cured_at)}" if verdict.cured_at else Answer.REFUSED.value


def _asking(then: Recalled) -> Asking:
    seconds = then.said["valid_seconds"]
    return Asking(
        then.said["question"],
        then.said["customer"],
        then.proposal,
        then.said["account"],
        None if seconds is None else timedelta(seconds=seconds),
    )


def _written(moment: datetime | None) -> str | None:
    return canonical(moment).strip('"') if moment else None
