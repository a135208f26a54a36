"""Proposals for a person: ranked, with reasons; and what house policy keeps from being booked by itself."""

from datetime import date

import pytest

from arrears.casebook import queries as casebook
from arrears.casebook.types import MoneyNotice, UnmatchedMoney
from arrears.intake import actions, queries
from arrears.intake.payments import match_waiting
from arrears.intake.proposing import rank
from arrears.intake.tests.books import NOON, the_cast
from arrears.intake.types import Candidate
from arrears.kernel.trouble import WrongConfiguration
from arrears.kernel.words import Words

MONEY = UnmatchedMoney("N1", date(2026, 11, 2), 5000, "CNY", "", "", "王小明", "x", None)
DUE = Words(zh="最低还款额", en="minimum due")


def near(account: str, currency: str = "CNY", **signs: object) -> Candidate:
    return Candidate(account, "C1", "王小明", currency, **signs)  # type: ignore[arg-type]


def test_the_likeliest_account_comes_first_with_its_reasons():
    found = rank(
        MONEY,
        [near("A1", same_name=2), near("A2", same_name=2), near("A3", paid_before_by_account=1)],
        {"A2": [(DUE, 5000)]},
    )
    assert [(one.account, one.confidence, one.words.en) for one in found] == [
        ("A3", 85, "likely"),
        ("A2", 68, "possible"),
        ("A1", 20, "possible"),
    ]
    assert "minimum due, ¥50.00" in found[1].because.en and "最低还款额" in found[1].because.zh


def test_an_amount_alone_and_another_currency_propose_nobody():
    assert rank(MONEY, [near("A1"), near("A2", currency="USD", named=True)], {"A1": [(DUE, 5000)]}) == []


@pytest.fixture
def book(tmp_path, home, db):
    actions.take_book(path=the_cast(tmp_path / "book"), now=NOON)


def notice(ref: str, **said: str) -> MoneyNotice:
    return MoneyNotice(ref, date(2026, 11, 2), 5000, "CNY", **said)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_whoever_paid_an_account_before_is_proposed_for_it_again(book):
    actions.take_notice(notice=notice("N1", account_given="622500001", payer_account="6217-9"), now=NOON)
    actions.take_notice(notice=notice("N2", payer_account="6217-9"), now=NOON)
    (money,) = casebook.unmatched_money()
    (found,) = rank(money, queries.candidates([money])["N2"], {})
    assert (found.account, found.words.en) == ("622500001", "likely")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("needs_a_person: [reference]", "wants a person"),
        ("most_without_a_person: {CNY: '49.99'}", "lets through"),
    ],
)
def test_house_policy_keeps_a_certain_match_for_a_person_who_finds_it_proposed(book, home, policy, said):
    (home / "money").mkdir(parents=True)
    (home / "money" / "policy.yaml").write_text(policy)
    actions.take_notice(
        notice=notice("N0", account_given="622500002"), now=NOON
    )  # enters the casebook or waits
    taken = actions.take_notice(notice=notice("N1", reference_given="还款622500002"), now=NOON)
    assert taken.account_ref is None and said in taken.words.en


@pytest.mark.django_db
def test_a_wrong_policy_names_its_file_and_line(home):
    (home / "money").mkdir(parents=True)
    (home / "money" / "policy.yaml").write_text("needs_a_person: [nobody]\n")
    with pytest.raises(WrongConfiguration, match=r"policy\.yaml, line 1"):
        queries.check_setup()


@pytest.fixture
def known(book):
    """Both accounts in the casebook, where money may be proposed for them."""
    for account in ("622500001", "622500002"):
        told = MoneyNotice(f"K{account}", date(2026, 10, 2), 1, "CNY", account)
        actions.take_notice(notice=told, now=NOON)


@pytest.mark.django_db
def test_a_bank_transfer_that_names_only_the_payment_order_finds_its_account_in_any_order(book):
    how = {"number": "P00000000000042", "account_ref": "622500002", "cents": 5000, "currency": "CNY"}
    actions.take_notice(notice=notice("N0", reference_given="还款P00000000000042"), now=NOON)
    assert casebook.unmatched_money(), "nobody asked for it yet"
    actions.open_order(**how, now=NOON)
    assert match_waiting(now=NOON) == ("622500002",)
    assert actions.take_notice(notice=notice("N0", reference_given="还款P00000000000042"), now=NOON)
    assert [m.cents for m in casebook.history_of("622500002").movements if m.source == "notice"] == [5000]


@pytest.mark.django_db
def test_an_order_with_another_amount_is_proposed_and_not_booked(known):
    asked = {"number": "P00000000000042", "account_ref": "622500002", "cents": 6000, "currency": "CNY"}
    actions.open_order(**asked, now=NOON)
    actions.take_notice(notice=notice("N1", reference_given="P00000000000042"), now=NOON)
    (money,) = casebook.unmatched_money()
    assert "¥60.00" in money.unmatched_because["en"]
    (found,) = rank(money, queries.candidates([money])["N1"], {})
    assert (found.account, found.words.en) == (
        "622500002",
        "likely",
    ) and "P00000000000042" in found.because.zh


@pytest.mark.django_db
def test_a_relative_who_names_the_card_holder_is_believed_a_little(known):
    said = {"payer_name": "王大明", "reference_given": "代王小明还信用卡"}
    actions.take_notice(notice=notice("N1", **said), now=NOON)
    (money,) = casebook.unmatched_money()
    (found,) = rank(money, queries.candidates([money])["N1"], {})
    assert (found.account, found.words.en, found.confidence) == ("622500001", "possible", 50)
    (with_due, *_) = rank(money, queries.candidates([money])["N1"], {"622500001": [(DUE, 5000)]})
    assert with_due.words.en == "likely"


@pytest.mark.django_db
def test_an_amount_that_is_one_agreements_instalment_alone_is_possible_and_no_more(known):
    actions.take_notice(notice=notice("N1"), now=NOON)
    (money,) = casebook.unmatched_money()
    near_it = queries.candidates([money], instalments={"N1": "622500002"})["N1"]
    (found,) = rank(money, near_it, {"622500002": [(DUE, 5000)]})
    assert (found.account, found.confidence, found.words.en) == ("622500002", 45, "possible")
    assert "no other agreement" in found.because.en
