"""However often and in whatever order money is told, alone or many at a time: the same balances."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.casebook import actions, queries
from arrears.casebook.models import MoneyBack as BackRow
from arrears.casebook.types import BookRows, MoneyBack, MoneyNotice, Telling
from arrears.kernel.words import Words

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)
WHY = Words(zh="账号相符", en="the account number matches")
DAY = date(2026, 11, 2)
BOOK = BookRows(
    customers=[("C1", "王小明", None, None)],
    accounts=[(ref, "C1", "cn.card", "CNY", None, None, None) for ref in ("A1", "A2")],
    postings=[
        ("A1", "P1", "purchase", 100000, date(2026, 10, 1), None, "book.csv:2"),
        ("A1", "TX1", "payment", 500, date(2026, 11, 3), None, "book.csv:3"),
        ("A2", "TX2", "payment", 700, date(2026, 11, 3), None, "book.csv:4"),
    ],
)


@pytest.fixture(autouse=True)
def book(db):
    actions.enter(rows=BOOK, now=NOON)


def told(ref: str, cents: int = 500, account: str | None = "A1", **more: object) -> Telling:
    notice = MoneyNotice(ref, DAY, cents, "CNY", account or "", **more)  # type: ignore[arg-type]
    return Telling(notice, account, "rule:account", WHY)


def back(ref: str, of: str, cents: int = 500) -> MoneyBack:
    return MoneyBack(ref, of, cents, "CNY", DAY + timedelta(days=2), "AC04")


def take(*tellings: Telling | MoneyBack):
    return actions.take(tellings=tellings, now=NOON)


def balances() -> dict[str, int]:
    signs = {"payment": -1, "payment_reversal": 1, "purchase": 1}
    return {h.ref: sum(signs[m.kind] * m.cents for m in h.movements) for h in queries.histories(["A1", "A2"])}


def totals() -> tuple[int, ...]:
    (all_of_it,) = queries.money_totals()
    assert all_of_it.adds_up
    return (
        all_of_it.came_in_cents,
        all_of_it.went_back_cents,
        all_of_it.booked_cents,
        all_of_it.unmatched_cents,
        all_of_it.back_waiting_cents,
    )


def test_money_told_by_a_wallet_and_by_the_bank_under_one_name_is_one_money():
    take(told("alipay:20261102", source="alipay"))
    (again,) = take(told("bank:1", source="statement", names=("alipay:20261102",)))
    assert (again.money_ref, again.same_as, again.applied_now) == (
        "alipay:20261102",
        "alipay:20261102",
        False,
    )
    assert totals() == (500, 0, 500, 0, 0)


def test_one_source_never_tells_the_same_money_under_two_refs():
    take(
        told("bank:1", source="statement", names=("RENT",)),
        told("bank:2", source="statement", names=("RENT",)),
    )
    assert totals()[0] == 1000


def test_the_same_name_with_another_amount_is_other_money():
    take(told("w1", source="alipay", names=("T1",)), told("b1", 499, source="statement", names=("T1",)))
    assert totals()[0] == 999


def test_an_account_told_later_by_another_source_is_believed():
    take(told("b1", account=None, source="statement", names=("w1",)))
    (known,) = take(told("w1", source="wechat"))
    assert (known.account_ref, known.applied_now) == ("A1", True)
    assert not queries.unmatched_money() and totals() == (500, 0, 500, 0, 0)


def test_what_went_back_before_it_came_waits_for_it():
    (early,) = take(back("R1", "N1"))
    assert (early.first, early.applied_now) == (True, False) and totals() == (0, 500, 0, 0, 500)
    take(told("N1"))
    assert totals() == (500, 500, 0, 0, 0)
    reversal = next(m for m in queries.history_of("A1").movements if m.kind == "payment_reversal")
    assert (reversal.reverses, reversal.cents) == ("notice:N1", 500)


def test_parts_go_back_one_by_one_and_never_more_than_came_in():
    take(told("N1"), back("R1", "N1", 200), back("R2", "N1", 300), back("R3", "N1", 1))
    assert totals() == (500, 501, 0, 0, 1)
    assert [each.ref for each in queries.money_back_waiting()] == ["R3"]


def test_money_that_went_back_unmatched_is_nobodys_to_find():
    take(told("N1", account=None), back("R1", "N1", 200))
    assert [(m.cents, m.returned_cents) for m in queries.unmatched_money()] == [(500, 200)]
    take(back("R2", "N1", 300))
    assert not queries.unmatched_money() and totals() == (500, 500, 0, 0, 0)


def test_money_matched_after_a_part_went_back_counts_what_is_left():
    take(told("N1", account=None), back("R1", "N1", 200))
    actions.match_money(money_ref="N1", account_ref="A2", by="agent.zhang", reason=WHY, now=NOON)
    assert balances()["A2"] == -700 - 300


def test_a_name_that_fits_two_sums_leaves_the_return_to_a_person():
    take(told("b1", source="statement", names=("X",)), told("b2", source="statement", names=("X",)))
    take(back("R1", "X"))
    assert [each.ref for each in queries.money_back_waiting()] == ["R1"]


def test_the_books_own_reversal_of_a_line_counted_as_our_notice_undoes_the_notice():
    take(told("TX1"))
    row = ("A1", "TX1R", "payment_reversal", 500, date(2026, 11, 5), "TX1", "book.csv:9")
    actions.enter(
        rows=BookRows(accounts=BOOK.accounts[:1], customers=BOOK.customers, postings=[row]), now=NOON
    )
    (reversal,) = (m for m in queries.history_of("A1").movements if m.kind == "payment_reversal")
    assert reversal.reverses == "notice:TX1"


def test_a_payment_pairs_with_the_line_of_its_own_name_first():
    other = ("A1", "TX0", "payment", 500, date(2026, 11, 1), None, "book.csv:8")
    actions.enter(rows=BookRows(accounts=BOOK.accounts, customers=BOOK.customers, postings=[other]), now=NOON)
    take(told("TX1"))
    assert not queries.money_to_check(), "the pair is certain"


def test_equal_sums_from_two_sources_without_a_common_name_both_count_and_a_person_looks():
    take(told("w1", 900, source="alipay"), told("b1", 900, source="statement"))
    (pair,) = queries.perhaps_twice()
    assert (pair.first_ref, pair.second_ref, pair.cents) == ("w1", "b1", 900) and totals()[2] == 1800
    take(back("same:b1", "b1", 900))
    assert not queries.perhaps_twice() and totals()[2] == 900


def test_what_went_back_is_not_changed_afterwards():
    take(back("R1", "N1"))
    with pytest.raises(DatabaseError, match="what happened is not changed"), transaction.atomic():
        BackRow.objects.update(cents=1)


REFS = [f"N{n}" for n in range(6)]
SOURCES = ["notice", "alipay", "statement"]


@st.composite
def streams(draw: st.DrawFn) -> list[Telling | MoneyBack]:
    """Real monies told by up to three sources under a common name, some on nobody's account, parts of
    some gone back; everything up to three times, in any order."""
    stream: list[Telling | MoneyBack] = []
    for ref in draw(st.lists(st.sampled_from(REFS), unique=True, min_size=1)):
        cents = draw(st.sampled_from([500, 700]))
        account = draw(st.sampled_from(["A1", "A2", None]))
        for source in draw(st.lists(st.sampled_from(SOURCES), unique=True, min_size=1)):
            stream.append(told(f"{source}:{ref}", cents, account, source=source, names=(f"T{ref}",)))
        if draw(st.booleans()):
            parts = draw(st.sampled_from([(cents,), (100, 200), (cents - 1, 1)]))
            stream += [back(f"R{n}{ref}", f"T{ref}", part) for n, part in enumerate(parts)]
    stream += [each for each in stream if draw(st.booleans())]
    return draw(st.permutations(stream))


def after(stream: list[Telling | MoneyBack], sizes: list[int]) -> tuple[object, ...]:
    """Balances and totals after taking the stream in chunks of these sizes; nothing of it stays."""
    with transaction.atomic():
        begin, outcomes = 0, []
        for size in sizes:
            outcomes += take(*stream[begin : begin + size])
            begin += size
        said = (balances(), totals(), sorted(m.ref for m in queries.unmatched_money()), outcomes)
        transaction.set_rollback(True)
    return said


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(streams(), st.randoms(use_true_random=False))
def test_many_at_a_time_is_one_by_one(stream, chance: random.Random):
    one_by_one = after(stream, [1] * len(stream))
    cut = chance.randint(0, len(stream))
    assert after(stream, [cut, len(stream) - cut]) == one_by_one
    assert after(stream, [len(stream)]) == one_by_one


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(streams(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_no_balance(stream, chance: random.Random):
    shuffled = list(stream)
    chance.shuffle(shuffled)
    first, second = after(stream, [len(stream)]), after(shuffled, [len(stream)])
    assert first[:2] == second[:2] and len(first[2]) == len(second[2])
