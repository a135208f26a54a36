"""An explanation as people read it, as machines read it, and what a choice would change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from arrears.casebook.types import AccountHistory, Cycle, Movement, MovementKind
from arrears.kernel.days import add_months, days_between
from arrears.kernel.money import Money, decimal_text
from arrears.kernel.words import Words
from arrears.reckoning import sentences as say
from arrears.reckoning.core import reckon
from arrears.reckoning.supplied import is_supplied
from arrears.reckoning.types import Line, Owed, Segment
from arrears.rulebook.terms import CardTerms

# --- the tree as text


def as_text(owed: Owed, *, language: str) -> str:
    """The whole tree, one line each, indented; `language` as zh-Hans or en."""
    return "\n".join(_owed_text(owed, language))


def _owed_text(owed: Owed, language: str) -> Iterator[str]:
    yield _titled(say.payoff(owed.as_of), owed.payoff_cents, owed.currency, language)
    for line in owed.lines:
        yield from _line_text(line, owed.currency, language, 1)
    if owed.minimum and owed.minimum.cents:
        yield from _line_text(owed.minimum, owed.currency, language, 0)
    for sentence in say.standing(owed):
        yield sentence.said_in(language)
    for finding in owed.findings:
        yield "! " + finding.said_in(language)


def _line_text(line: Line, currency: str, language: str, depth: int) -> Iterator[str]:
    indent = "  " * depth
    yield indent + _titled(line.words, line.cents, currency, language)
    for segment in line.segments:
        yield f"{indent}  · {_segment_words(segment, currency).said_in(language)}"
    if line.rule:
        yield f"{indent}  § {line.rule.title.said_in(language)} [{line.rule.reference}]"
    for below in line.lines:
        yield from _line_text(below, currency, language, depth + 1)


def _titled(words: Words, cents: int, currency: str, language: str) -> str:
    separator = "：" if language.startswith("zh") else ": "
    return words.said_in(language) + separator + Money(cents, currency).with_symbol()


def _segment_words(segment: Segment, currency: str) -> Words:
    return say.segment(segment, Money(segment.balance_cents, currency))


# --- the tree as data


def as_json(owed: Owed) -> dict[str, Any]:
    """The same tree for the API and `--json`: amounts as decimal text, days as ISO dates."""
    currency = owed.currency
    amounts = {
        name.removesuffix("_cents"): None if cents is None else decimal_text(cents, currency=currency)
        for name, cents in _amounts(owed)
    }
    return {
        "account": owed.account_ref,
        "as_of": owed.as_of.isoformat(),
        "currency": currency,
        "source": owed.source,
        **amounts,
        "days_past_due": owed.days_past_due,
        "months_late": owed.months_late,
        "oldest_due_date": _iso(owed.oldest_due_date),
        "next_due_date": _iso(owed.next_due_date),
        "lines": [_line_json(line, currency) for line in owed.lines],
        "minimum": _line_json(owed.minimum, currency) if owed.minimum else None,
        "charges": [_line_json(line, currency) for line in owed.charges],
        "findings": [finding.as_json() for finding in owed.findings],
    }


def _amounts(owed: Owed) -> Iterator[tuple[str, int | None]]:
    for name in Owed.__slots__:
        if name.endswith("_cents"):
            yield name, getattr(owed, name)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _line_json(line: Line, currency: str) -> dict[str, Any]:
    rule = line.rule and {
        "id": line.rule.id,
        "title": line.rule.title.as_json(),
        "reference": line.rule.reference,
    }
    return {
        "kind": line.kind,
        "amount": decimal_text(line.cents, currency=currency),
        "words": line.words.as_json(),
        "rule": rule,
        "facts": list(line.facts),
        "segments": [_segment_json(segment, currency) for segment in line.segments],
        "lines": [_line_json(below, currency) for below in line.lines],
    }


def _segment_json(segment: Segment, currency: str) -> dict[str, Any]:
    return {
        "from": segment.from_date.isoformat(),
        "to": segment.to_date.isoformat(),
        "days": segment.days,
        "balance": decimal_text(segment.balance_cents, currency=currency),
        "daily_rate": segment.daily_rate,
        "fact": segment.fact,
        "words": _segment_words(segment, currency).as_json(),
    }


# --- what a choice, or a late fact, changes


@dataclass(frozen=True, slots=True)
class Comparison:
    """One account reckoned twice for one day, and what is different, in sentences."""

    before: Owed
    after: Owed
    changes: tuple[Words, ...]


def compare(before: Owed, after: Owed) -> Comparison:
    """What differs between two answers for the same account and day."""
    return Comparison(before, after, tuple(_changes(before, after)))


def _changes(before: Owed, after: Owed) -> Iterator[Words]:
    for name, sentence in say.CHANGED.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new and old is not None and new is not None:
            yield sentence.filled(
                old=Money(old, before.currency).with_symbol(),
                new=Money(new, after.currency).with_symbol(),
                difference=Money(abs(new - old), after.currency).with_symbol(),
                way=say.LESS if new < old else say.MORE,
            )
    if before.days_past_due != after.days_past_due:
        yield say.LATENESS_CHANGED.filled(old=before.days_past_due, new=after.days_past_due)


def what_if(
    history: AccountHistory, terms: CardTerms, payments: Sequence[tuple[date, int]], *, as_of: date
) -> Comparison:
    """What would be owed on `as_of` without and with `payments` (day, cents).

    Statements still to come are expected on the usual day of the month.
    """
    expected = replace(history, cycles=tuple(with_coming_statements(history.cycles, as_of)))
    paid = replace(expected, movements=tuple(_with_payments(expected, payments)))
    before, after = reckon(expected, terms, as_of=as_of), reckon(paid, terms, as_of=as_of)
    changes = (_saving(before, after, sum(cents for day, cents in payments if day <= as_of)),)
    return Comparison(before, after, (*changes, *_changes(before, after)))


@dataclass(frozen=True, slots=True)
class Forecast:
    """The next statement to expect, and its minimum, if nothing is paid, bought or refunded before it."""

    statement_date: date
    due_date: date
    minimum_cents: int
    balance_cents: int
    words: Words


def next_minimum(history: AccountHistory, terms: CardTerms, *, as_of: date) -> Forecast | None:
    """What the next minimum will be; None where no rhythm of statements is known, or the bank prints its own.

    A statement day not known yet is expected by the rhythm of the last one.
    """
    if is_supplied(history):
        return None
    cycles = tuple(with_coming_statements(history.cycles, _days_after(as_of, 1)))
    coming = next((cycle for cycle in cycles if cycle.statement_date > as_of), None)
    if coming is None:
        return None
    known = tuple(one for one in history.movements if one.posted_date <= as_of)
    day = coming.statement_date
    answer = reckon(replace(history, cycles=cycles, movements=known), terms, as_of=day, explained=False)
    # What is missing of it on its own day is the whole of it.
    minimum, balance = answer.minimum_due_cents, answer.statement_balance_cents
    words = say.next_minimum(coming, Money(minimum, history.currency))
    return Forecast(day, coming.due_date, minimum, balance, words)


def _saving(before: Owed, after: Owed, paid: int) -> Words:
    saved = before.payoff_cents - after.payoff_cents - paid
    return say.SAVES.filled(
        paid=Money(paid, before.currency).with_symbol(), saved=Money(saved, before.currency).with_symbol()
    )


def back_dated(history: AccountHistory, terms: CardTerms, movement: Movement, *, as_of: date) -> Comparison:
    """What a movement learned late changes: everything after its day is reckoned again."""
    without = tuple(one for one in history.movements if one.ref != movement.ref)
    known = replace(history, movements=tuple(_in_day_order([*without, movement])))
    before = reckon(replace(history, movements=without), terms, as_of=as_of)
    return compare(before, reckon(known, terms, as_of=as_of))


def with_coming_statements(cycles: Sequence[Cycle], until: date) -> Iterator[Cycle]:
    """The cycles, and those to expect up to `until` by the rhythm of the last one."""
    yield from cycles
    if not cycles:
        return
    first = cycles[-1]
    free_days = days_between(first.statement_date, first.due_date)
    months, latest = 1, first.statement_date
    while latest < until:
        latest = add_months(first.statement_date, months)
        yield Cycle(latest, max(latest, _days_after(latest, free_days)))
        months += 1


def _days_after(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() + days)


def _with_payments(history: AccountHistory, payments: Sequence[tuple[date, int]]) -> list[Movement]:
    made = [
        Movement(f"what-if-{number}", MovementKind.PAYMENT, cents, day, source="desk")
        for number, (day, cents) in enumerate(payments, 1)
    ]
    return _in_day_order([*history.movements, *made])


def _in_day_order(movements: Sequence[Movement]) -> list[Movement]:
    return sorted(movements, key=lambda movement: movement.posted_date)
