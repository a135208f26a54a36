"""Many questions: while one piece is worked out the database keeps the one before and looks up the next."""

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from arrears.clearance import actions
from arrears.clearance.actions import UnableToAsk
from arrears.clearance.models import Budget, Clearance
from arrears.clearance.tests.town import BOOK, CAST, HOUR, NOON, asking, people
from arrears.clearance.witness import released
from arrears.evidence import actions as evidence
from arrears.evidence import queries as chain

EVERYBODY = list(CAST)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """One question, then two a piece, up to three pieces a transaction."""
    monkeypatch.setattr(actions, "AT_ONCE", 5)
    monkeypatch.setattr(actions, "FIRST", 1)
    monkeypatch.setattr(actions, "AT_A_TIME", 2)


def ask_all(prefix, *, of=EVERYBODY, now=NOON, **how):
    askings = [asking(f"{prefix}:{ref}", ref, at=now, **how) for ref in of]
    return actions.ask_many(askings=askings, book=BOOK, now=now)


@given(st.lists(st.sampled_from(EVERYBODY), max_size=12), st.integers(1, 4))
def test_nobodys_questions_are_in_two_pieces_and_none_is_lost(customers, most):
    askings = actions._by_customer(asking(f"p{n}", ref) for n, ref in enumerate(customers))
    pieces = list(actions._pieces(askings, most))
    assert [each for piece in pieces for each in piece] == askings
    of = [{each.customer_ref for each in piece} for piece in pieces]
    assert all(not (some & other) for n, some in enumerate(of) for other in of[n + 1 :])
    assert all(len(piece) >= most for piece in pieces[:-1])


def test_the_first_piece_is_small_and_the_next_twice_as_large_up_to_the_most():
    askings = [asking(f"p{n}", f"C{n:03}") for n in range(50)]
    assert [len(piece) for piece in actions._pieces(askings, 20, first=3)] == [3, 6, 12, 20, 9]


def test_two_more_pieces_are_looked_up_before_one_is_worked_out():
    seen: list[str] = []

    def look_up(piece):
        seen.append(f"look up {piece}")
        return lambda: seen.append(f"read {piece}")

    for piece, read in actions._looked_up_ahead("abcd", look_up):
        read()
        seen.append(f"keep {piece}")
    ahead = ["look up a", "look up b", "look up c", "read a", "keep a", "look up d", "read b", "keep b"]
    assert seen == [*ahead, "read c", "keep c", "read d", "keep d"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("many", [100, 1])
def test_answers_come_in_the_order_asked_and_share_the_budget(monkeypatch, many):
    monkeypatch.setattr(actions, "MANY", many)
    people()
    askings = [asking(f"p{turn}:{ref}", ref) for turn in range(7) for ref in ("C5", "C1", "C3", "C2")]
    answers = actions.ask_many(askings=askings, book=BOOK, now=NOON)
    assert [answer.proposal_key for answer in answers] == [each.key for each in askings]
    assert [answer.cleared for answer in answers] == [True] * 5 * 4 + [False] * 2 * 4
    rows = {row.proposal_key: str(row.key) for row in Clearance.objects.all()}
    assert rows == {answer.proposal_key: answer.key for answer in answers}


@pytest.mark.django_db(transaction=True)
def test_what_was_asked_before_gets_the_answer_it_got_wherever_it_stands():
    people()
    before = {answer.customer_ref: answer.key for answer in ask_all("p", of=["C2", "C6"])}
    after = {answer.customer_ref: answer.key for answer in ask_all("p")}
    assert after | before == after and len(after) == len(EVERYBODY) == Clearance.objects.count()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("stranger", ["C0", "C4", "C99"])
def test_somebody_unknown_in_any_piece_is_named_and_undoes_what_was_asked_with_them(stranger):
    people()
    with pytest.raises(UnableToAsk, match=stranger):
        ask_all("p", of=[*EVERYBODY[:4], stranger])
    assert Clearance.objects.count() == 0 and not [*_told("answer")]
    ask_all("p")
    assert Clearance.objects.count() == len(EVERYBODY)


@pytest.mark.django_db(transaction=True)
def test_an_account_unknown_in_the_last_piece_undoes_those_before():
    people()
    askings = [asking(f"p:{ref}", ref) for ref in EVERYBODY[:4]]
    with pytest.raises(UnableToAsk, match="A99"):
        actions.ask_many(askings=[*askings, asking("q", "C6", account_ref="A99")], book=BOOK, now=NOON)
    assert Clearance.objects.count() == 0 and not [*_told("answer")]


@pytest.mark.django_db(transaction=True)
def test_who_has_no_lock_yet_gets_one_whatever_piece_they_are_in():
    people()
    ask_all("before", of=EVERYBODY[:3])
    assert Budget.objects.count() == 3
    assert len(ask_all("p")) == Budget.objects.count() == len(EVERYBODY)


@pytest.mark.django_db(transaction=True)
def test_places_that_expired_are_told_as_given_back_before_any_answer_that_follows():
    people()
    four = EVERYBODY[:4]
    ask_all("early", of=four, channel="call", valid_for=timedelta(minutes=10))
    ask_all("late", of=four, channel="call", now=NOON + 3 * HOUR)
    told = [record["kind"] for record in _told("answer", "released")]
    assert told == ["answer"] * 4 + ["released"] * 4 + ["answer"] * 4
    early = Clearance.objects.filter(proposal_key__startswith="early").order_by("customer_id")
    assert _told("released") == [
        json.loads(
            released(str(row.key), row.customer_id, because="expired unused", now=NOON + 3 * HOUR).body
        )
        for row in early
    ]
    assert {row.released_because for row in early} == {"expired unused"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("of", [["C1"], EVERYBODY])
def test_a_callers_transaction_goes_on_as_it_was(of):
    """The gate has its own statements planned by index; what the caller asks next is planned as ever."""
    people()
    with transaction.atomic(), connection.cursor() as cursor:
        ask_all("p", of=of)
        cursor.execute("select current_setting('plan_cache_mode'), current_setting('enable_seqscan')")
        assert cursor.fetchone() == ("auto", "on")


def _told(*kinds):
    """The chain's records of these kinds, in order."""
    evidence.seal()
    bodies = (json.loads(record.body) for record in chain.records(first=1, last=10**9))
    return [body for body in bodies if body["kind"] in kinds]
