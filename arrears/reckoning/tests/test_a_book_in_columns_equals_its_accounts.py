"""The bulk form gives every account what the desk gives it, to the cent."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrears.casebook.types import AccountHistory, Cycle, Movement, MovementKind
from arrears.reckoning import bulk, compiled
from arrears.reckoning.core import CODES, reckon
from arrears.reckoning.queries import terms_of
from arrears.reckoning.tests import books
from arrears.reckoning.trace import day_number
from arrears.reckoning.types import Owed

AS_OF = date(2020, 6, 15)


def columns_of(histories: Sequence[AccountHistory], as_of: date) -> bulk.BookArrays:
    """Histories as columns, each with terms and cycles of its own."""
    movements = [m for history in histories for m in history.movements]
    cycles = [c for history in histories for c in history.cycles]
    targets = [_target(history, m, movements) for history in histories for m in history.movements]
    return bulk.BookArrays(
        first_posting=_ends([len(history.movements) for history in histories]),
        product=np.arange(len(histories), dtype=np.int16),
        cycle_group=np.arange(len(histories), dtype=np.int16),
        posting_day=np.array([day_number(m.posted_date) for m in movements], np.int32),
        posting_start=np.array([day_number(m.made_date or m.posted_date) for m in movements], np.int32),
        posting_kind=np.array([CODES[m.kind] for m in movements], np.int8),
        posting_cents=np.array([m.cents for m in movements], np.int64),
        posting_id=np.arange(len(movements)),
        posting_reverses=np.array(targets, np.int32),
        first_cycle=_ends([len(history.cycles) for history in histories]),
        statement_day=np.array([day_number(c.statement_date) for c in cycles], np.int32),
        due_day=np.array([day_number(c.due_date) for c in cycles], np.int32),
        limit_cents=np.array([history.limit_cents or 1 << 53 for history in histories], np.int64),
        terms=[terms_of(history, as_of=as_of) for history in histories],
    )


def _target(history: AccountHistory, movement: Movement, movements: list[Movement]) -> int:
    if movement.reverses is None:
        return -1
    found = next((other for other in history.movements if other.ref == movement.reverses), None)
    return -2 if found is None else next(i for i, other in enumerate(movements) if other is found)


def _ends(counts: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def assert_equal(answers: bulk.Answers, number: int, owed: Owed) -> None:
    for name, column in answers.columns.items():
        assert column[number] == getattr(owed, name), name


@given(histories=st.lists(books.accounts(), min_size=1, max_size=4), as_of=books.days)
@settings(max_examples=60, deadline=None)
def test_every_account_of_a_book_is_what_it_is_alone(histories: list[AccountHistory], as_of: date) -> None:
    answers = bulk.reckon_arrays(columns_of(histories, as_of), as_of=as_of)
    for number, history in enumerate(histories):
        assert answers.trouble[number] == compiled.FINE
        assert_equal(answers, number, reckon(history, terms_of(history, as_of=as_of), as_of=as_of))


@pytest.mark.parametrize(
    ("kind", "undone"),
    [
        (MovementKind.CHARGEBACK, "bought"),
        (MovementKind.PAYMENT_REVERSAL, "paid"),
        (MovementKind.INTEREST, None),  # the bank's own charges: ours are not made
        (MovementKind.LATE_FEE, None),
    ],
)
def test_what_one_posting_says_of_others_is_heard_in_a_book_too(
    kind: MovementKind, undone: str | None
) -> None:
    cycles = tuple(Cycle(date(2020, m, 5), date(2020, m, 25)) for m in (2, 3, 4))
    cents = {"bought": 700_00, "paid": 300_00, None: 12_34}[undone]
    movements = (
        Movement("bought", MovementKind.PURCHASE, 700_00, date(2020, 1, 10)),
        Movement("kept", MovementKind.PURCHASE, 900_00, date(2020, 1, 11)),
        Movement("paid", MovementKind.PAYMENT, 300_00, date(2020, 2, 20)),
        Movement("says", kind, cents, date(2020, 3, 10), reverses=undone),
    )
    history = AccountHistory("A1", "C1", "cn.card", "CNY", cycles, movements)
    answers = bulk.reckon_arrays(columns_of([history], AS_OF), as_of=AS_OF)
    assert_equal(answers, 0, reckon(history, terms_of(history, as_of=AS_OF), as_of=AS_OF))


def test_sums_beyond_64_bits_are_folded_by_python() -> None:
    start = date(2020, 1, 10)
    cycles = tuple(
        Cycle(start + timedelta(days=30 * k), start + timedelta(days=30 * k + 20)) for k in range(5)
    )
    huge = Movement("huge", MovementKind.PURCHASE, 2**53, start)
    history = AccountHistory("A1", "C1", "hk.card", "HKD", cycles, (huge,))
    answers = bulk.reckon_arrays(columns_of([history], AS_OF), as_of=AS_OF)
    assert answers.trouble[0] == compiled.FINE
    assert_equal(answers, 0, reckon(history, terms_of(history, as_of=AS_OF), as_of=AS_OF))


GOOD = AccountHistory(
    "A1",
    "C1",
    "cn.card",
    "CNY",
    (Cycle(date(2020, 2, 5), date(2020, 2, 25)),),
    tuple(Movement(f"m{i}", MovementKind.PURCHASE, 100_00, date(2020, 1, 10 + i)) for i in range(3)),
    opened_date=date(2020, 1, 1),
)


@pytest.mark.parametrize(
    ("spoil", "trouble", "posting"),
    [
        (lambda book: book.posting_day.__setitem__(4, 0), compiled.OUT_OF_ORDER, 1),
        (lambda book: book.posting_cents.__setitem__(5, -1), compiled.NO_AMOUNT, 2),
        (lambda book: book.posting_cents.__setitem__(5, 2**53 + 1), compiled.NO_AMOUNT, 2),
        (lambda book: book.posting_kind.__setitem__(3, 7), compiled.UNKNOWN_KIND, 0),
        (lambda book: book.posting_id.__setitem__(5, book.posting_id[3]), compiled.TWICE, 2),
        (lambda book: book.posting_reverses.__setitem__(4, 99), compiled.REVERSES_NOTHING, 1),
        (lambda book: book.opened_day.__setitem__(1, 20_000), compiled.BEFORE_OPENING, 0),
    ],
)
def test_a_spoiled_account_is_set_aside_and_its_neighbours_are_reckoned(
    spoil: object, trouble: int, posting: int
) -> None:
    from dataclasses import replace

    book = columns_of([GOOD, GOOD, GOOD], AS_OF)
    book = replace(book, posting_id=np.arange(9), opened_day=np.zeros(3, np.int32))
    spoil(book)  # type: ignore[operator]
    answers = bulk.reckon_arrays(book, as_of=AS_OF)
    assert answers.trouble.tolist() == [0, trouble, 0]
    assert answers.trouble_posting[1] == posting
    assert answers.columns["payoff_cents"][1] == 0
    for number in (0, 2):
        assert_equal(answers, number, reckon(GOOD, terms_of(GOOD, as_of=AS_OF), as_of=AS_OF))
