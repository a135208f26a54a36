"""How a verdict comes about: every rule of the book that applies is asked, none is skipped
because another has refused already. The strictest wins; each that refused is named.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from arrears.clearance.core import caps, holds, hours, manner, people  # noqa: F401 - they register rules
from arrears.clearance.core.question import (
    Answer,
    Carried,
    Check,
    No,
    Question,
    Used,
    Watched,
    Yes,
    carried_out,
    class_of,
)
from arrears.clearance.core.vocabulary import person_of
from arrears.clearance.types import Counter, Known, PastContact, Proposal, Refusal, Verdict
from arrears.kernel.trouble import WrongConfiguration
from arrears.rulebook.documents import place_of
from arrears.rulebook.law import LAW_FOLDER, SHIPPED_POLICY, Rule, load_law, rules_in_force

Asked = tuple[tuple[Rule, Check], ...]


class Beforehand(NamedTuple):
    """Said yes already, until then; and the rules whose answer hangs on what is not known yet.

    todays_alone: of the history they look at nothing but the day's contacts.
    """

    still_asked: Asked
    until: datetime | None
    todays_alone: bool


# Each step leaps to where every rule that refused would say yes, so few are ever needed.
MOST_LEAPS = 100


def clear(
    proposal: Proposal,
    known: Known,
    history: Sequence[PastContact],
    *,
    book: str,
    on: date,
    policy: tuple[Path, ...] = SHIPPED_POLICY,
    cures: bool = True,
    beforehand: Beforehand | None = None,
) -> Verdict:
    """Whether `proposal` may be made, by the rules of `book` as they stood `on` that day.

    history: the person's earlier contacts in any order; those after `proposal.at` count too
    where a rule looks at the whole day. policy: folders of house policy. cures: whether to work
    out from when a no would be a yes, which takes longer than the no itself. beforehand: what
    `before` made of the same question. Raises WrongConfiguration for an unknown book.
    """
    asked = _asked_of(proposal, book, on, policy, frozenset(known.holds))
    question = Question(proposal, known, history)
    still_asked, until, _ = beforehand or (asked, None, False)
    refused: list[tuple[Rule, Check, No]] = []
    counters: list[Counter] = []
    for rule, check in still_asked:
        answer = check(question, rule)
        if answer is None:
            continue
        if isinstance(answer, Yes):
            if answer.until is not None and (until is None or answer.until < until):
                until = answer.until
            continue
        if isinstance(answer, Used):
            counters.append(Counter(rule.id, answer.used, answer.most, answer.scope))
        no = _as_no(answer)
        if no:
            refused.append((rule, check, no))
    if not refused:
        return Verdict(True, book, on, until=until, counters=tuple(counters))
    if not cures:
        said = tuple(_refusal(rule, no, None) for rule, _, no in refused)
        return Verdict(False, book, on, refusals=said, counters=tuple(counters))
    refusals = tuple(
        _refusal(rule, no, _first_yes(((rule, check),), question, no)) for rule, check, no in refused
    )
    return Verdict(False, book, on, None, _cured(asked, question, refusals), refusals, tuple(counters))


def before(
    what: frozenset[str],
    proposal: Proposal,
    zones: tuple[str, ...],
    *,
    held: frozenset[str],
    book: str,
    on: date,
    policy: tuple[Path, ...],
) -> Beforehand | None:
    """The rules asked before `what` of a question is there: its `history` and the `todays` of it, its
    `time`, or anything `known` of the person but where they are.

    Rules are pure: one that reaches its answer without a look at the history would look at no
    other history either, and answers so whatever it is. None where one of them refuses.
    """
    still_asked, until, looked_at = [], [], set[str]()
    for rule, check in _asked_of(proposal, book, on, policy, held):
        watched = Watched(proposal, Known(zones=zones), ())
        answer = check(watched, rule)  # type: ignore[arg-type]
        if watched.looked_at & what:
            still_asked.append((rule, check))
            looked_at |= watched.looked_at
        elif isinstance(answer, Yes):
            until += [answer.until] if answer.until else []
        elif answer is not None:
            return None
    return Beforehand(tuple(still_asked), min(until, default=None), "history" not in looked_at)


def _as_no(answer: Answer) -> No | None:
    """The answer where it refuses; a cap does once it is full."""
    if isinstance(answer, Used) and answer.used >= answer.most:
        return No(answer.cured_at, {"used": answer.used, "most": answer.most})
    return answer if isinstance(answer, No) else None


def _refusal(rule: Rule, no: No, cured_at: datetime | None) -> Refusal:
    words = rule.refusal.filled(**no.numbers) if no.numbers else rule.refusal
    return Refusal(rule.id, rule.title, rule.reference, rule.strength, words, cured_at)


def _cured(asked: Asked, question: Question, refusals: tuple[Refusal, ...]) -> datetime | None:
    """The first moment at which no rule refuses any more; None where time alone never helps."""
    times = [refusal.cured_at for refusal in refusals if refusal.cured_at is not None]
    return _first_yes(asked, question, No(max(times))) if len(times) == len(refusals) else None


def _first_yes(asked: Asked, question: Question, no: No) -> datetime | None:
    """The first moment at which all of `asked` say yes, given that they do not before `no.cured_at`.

    Every answer's own `cured_at` has no yes before it, so nothing earlier than the latest
    of them can pass; leaping there again and again arrives at the first moment for all.
    """
    moment = no.cured_at
    for _ in range(MOST_LEAPS):
        if moment is None:
            return None
        later = question.later(moment)
        nos = [refusing for rule, check in asked if (refusing := _as_no(check(later, rule)))]
        if not nos:
            return moment
        times = [refusing.cured_at for refusing in nos if refusing.cured_at is not None]
        moment = max(times) if len(times) == len(nos) else None
    return None


def _asked_of(
    proposal: Proposal, book: str, on: date, policy: tuple[Path, ...], held: frozenset[str]
) -> Asked:
    person, purpose = person_of(proposal.to), class_of(proposal.purpose)
    return _asked(book, on, proposal.channel, proposal.direction, person, purpose, policy, held)


@lru_cache(maxsize=65536)
def _asked(
    book: str,
    on: date,
    channel: str,
    direction: str,
    person: str,
    purpose: str,
    policy: tuple[Path, ...],
    held: frozenset[str],
) -> Asked:
    """The rules of the book that apply to such a proposal at all, with what carries them out."""
    _all_carried_out()
    rules = rules_in_force(book, on, policy=policy)
    return tuple(
        (rule, carried_out[rule.id].function)
        for rule in rules
        if rule.stops != "words"  # what may be said is the speech room's to judge
        and _stops(rule, purpose)
        and _concerns(carried_out[rule.id], channel, direction, person, held)
    )


def _stops(rule: Rule, purpose: str) -> bool:
    return (
        rule.stops == "every"
        or purpose == "collecting"
        or (rule.stops == "unasked" and purpose == "answering")
    )


def _concerns(carried: Carried, channel: str, direction: str, person: str, held: frozenset[str]) -> bool:
    return (
        channel in carried.channels
        and person in carried.persons
        and (direction == "out" or carried.inbound)
        and (carried.hold is None or carried.hold in held)
    )


@lru_cache(maxsize=1)
def _all_carried_out() -> None:
    rules_carried_out()


def rules_carried_out() -> frozenset[str]:
    """Every rule id about contacts, once files and code agree; raises WrongConfiguration where they do not."""
    law = load_law(LAW_FOLDER)
    for rule_id, file in law.rules.items():
        if file.stops == "words":
            continue
        if rule_id not in carried_out:
            raise WrongConfiguration(
                f"no code carries out the rule {rule_id!r}",
                do="Register a function for it in clearance, or mend the id.",
                at=place_of(law.paths[rule_id], "id"),
            )
        for position, value in enumerate(file.values):
            missing = [
                n for n in carried_out[rule_id].needs if value.value and getattr(value.value, n) is None
            ]
            if missing:
                raise WrongConfiguration(
                    f"the rule {rule_id!r} needs a value for {missing[0]!r}",
                    do=f"Write `{missing[0]}:` under `value`.",
                    at=place_of(law.paths[rule_id], "values", position, "value"),
                )
    for rule_id in carried_out:
        if rule_id not in law.rules:
            raise WrongConfiguration(
                f"the rule {rule_id!r} has code and no file",
                do=f"Write {LAW_FOLDER / rule_id.replace('.', '/', 1)}.yaml with its value and reference.",
            )
    return frozenset(carried_out)
