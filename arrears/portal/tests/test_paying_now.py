"""Paying now: an order under one number, a code to scan, and the page that says the money came."""

import re
import uuid
from datetime import date, timedelta

import pytest

from arrears.casebook import queries as casebook
from arrears.casebook.types import MoneyNotice
from arrears.demo import wallet
from arrears.intake import actions as intake
from arrears.intake import queries as intake_queries
from arrears.kernel.clock import standing_at
from arrears.look.tests.cast import LI, NOW, WANG, enter
from arrears.portal.tests.test_portal_stories import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("afternoon")]
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def gateway(home, settings):
    """The demo's wallet is set up, and its page is known to the portal."""
    wallet.set_up()
    settings.PAYMENT_PAGE = "https://pay.example/sandbox/{number}/"


def ordered(client, amount="328.00", key=None):
    form = {"key": key or str(uuid.uuid4()), "card": 1, "amount": amount}
    return client.post("/pay/orders/", form, follow=True)


def number_in(page) -> str:
    return re.search(r"/pay/orders/([^/]+)/", page.redirect_chain[-1][0])[1]


def test_the_code_is_scanned_the_wallet_knocks_and_the_page_says_so(customer, gateway):
    enter(WANG)
    wang = customer(WANG)
    page = ordered(wang)
    number = number_in(page)
    assert (
        'class="code"' in page.content.decode()
        and f"https://pay.example/sandbox/{number}/" in page.content.decode()
    )
    assert "您的还款已收到" not in text_of(page)
    with standing_at(LATER):
        assert "已付款" in text_of(wang.post(f"/sandbox/{number}/"))
    assert "您的还款已收到，谢谢您" in text_of(wang.get(f"/pay/orders/{number}/"))
    (paid,) = [one for one in casebook.history_of(WANG.account).movements if one.source == "notice"]
    assert paid.cents == 32_800


def test_paying_twice_counts_once(customer, gateway):
    enter(WANG)
    wang = customer(WANG)
    number = number_in(ordered(wang))
    for _ in range(2):
        assert "已付款" in text_of(wang.post(f"/sandbox/{number}/"))
    notices = [one for one in casebook.history_of(WANG.account).movements if one.source == "notice"]
    assert len(notices) == 1


def test_a_second_click_is_the_same_order(customer):
    enter(WANG)
    wang, key = customer(WANG), str(uuid.uuid4())
    assert number_in(ordered(wang, key=key)) == number_in(ordered(wang, key=key))


def test_without_a_cashier_the_details_of_a_transfer_stand_alone(customer, settings):
    enter(WANG)
    settings.PAYMENT_PAGE = ""
    page = ordered(customer(WANG))
    assert 'class="code"' not in page.content.decode() and WANG.account in text_of(page)
    assert number_in(page) in text_of(page) and "都不要转账到个人账户" in text_of(page)


def test_part_of_it_and_money_by_any_other_way_count_too(customer):
    enter(WANG)
    wang = customer(WANG)
    number = number_in(ordered(wang))
    part = MoneyNotice("TX-1", date(2026, 11, 21), 10_000, "CNY", account_given=WANG.account)
    intake.take_notice(notice=part, now=LATER)
    assert "目前已收到其中 ¥100.00" in text_of(wang.get(f"/pay/orders/{number}/"))
    rest = MoneyNotice("TX-2", date(2026, 11, 21), 22_800, "CNY", account_given=WANG.account)
    intake.take_notice(notice=rest, now=LATER)
    assert "您的还款已收到" in text_of(wang.get(f"/pay/orders/{number}/"))


@pytest.mark.parametrize(
    "wrong", [{"amount": "0"}, {"amount": "x"}, {"amount": ""}, {"key": "no"}, {"card": "7"}]
)
def test_an_order_that_makes_no_sense_opens_none(customer, wrong):
    enter(WANG)
    form = {"key": str(uuid.uuid4()), "card": 1, "amount": "328.00", **wrong}
    answer = customer(WANG).post("/pay/orders/", form)
    assert answer.status_code in {200, 404}


def test_nobody_sees_the_order_of_another(customer):
    enter(WANG, LI)
    number = number_in(ordered(customer(WANG)))
    assert customer(LI).get(f"/pay/orders/{number}/").status_code == 404


def test_the_trial_wallet_is_shut_where_people_are_real(client, gateway, settings):
    enter(WANG)
    intake.open_order(number="P1", account_ref=WANG.account, cents=100, currency="CNY", now=NOW)
    assert client.get("/sandbox/P1/").status_code == 200
    settings.LIVE = True
    assert client.post("/sandbox/P1/").status_code == 404
    assert intake_queries.order("P1").cents == 100
