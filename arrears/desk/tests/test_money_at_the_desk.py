"""Money at the desk: proposals taken with one click, statements that do not add up, two tellings that are one."""

import re

import pytest
from django.urls import reverse

from arrears.casebook import actions, queries
from arrears.casebook.types import MoneyBack, MoneyNotice, Telling
from arrears.intake import actions as intake
from arrears.kernel.words import Words
from arrears.look.tests.cast import NOW, TODAY, WANG, enter

pytestmark = pytest.mark.django_db
WHY = Words(zh="账号相符", en="the account number matches")


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def told(ref: str, *, account: str | None = None, **more: str) -> Telling:
    notice = MoneyNotice(ref, TODAY, 4321, "CNY", account or "", **more)  # type: ignore[arg-type]
    return Telling(notice, account, "rule:account", WHY)


@pytest.fixture
def wang(db):
    enter(WANG)
    return WANG


def test_a_proposal_is_taken_with_one_click_and_its_reasons_are_kept(agent, wang):
    actions.take(tellings=[told("N1", account=wang.account, payer_account="6217")], now=NOW)
    actions.take(tellings=[told("N2", payer_account="6217")], now=NOW)
    page = agent.get(reverse("desk:unmatched"))
    assert "85%" in text_of(page) and wang.account in text_of(page)
    agent.post(reverse("desk:accept", args=["N2"]), {"account": wang.account})
    assert not queries.unmatched_money()
    agent.post(reverse("desk:accept", args=["N2"]), {"account": wang.account})
    assert sum(m.source == "notice" for m in queries.history_of(wang.account).movements) == 2


def test_only_an_account_that_was_proposed_can_be_accepted(agent, wang):
    actions.take(tellings=[told("N2")], now=NOW)
    answer = agent.post(reverse("desk:accept", args=["N2"]), {"account": wang.account}, follow=True)
    assert len(queries.unmatched_money()) == 1 and "建议已不成立" in text_of(answer)


def test_two_tellings_of_one_payment_are_said_to_be_one(agent, wang):
    for ref, source in (("N1", "alipay"), ("N2", "statement")):
        actions.take(tellings=[told(ref, account=wang.account, source=source)], now=NOW)
    assert "是否重复告知" in text_of(agent.get(reverse("desk:unmatched")))
    agent.post(reverse("desk:one_money", args=["N2"]), {"as": "N1"})
    (totals,) = queries.money_totals()
    assert totals.booked_cents == 4321 and not queries.perhaps_twice()


def test_what_went_back_without_having_come_is_listed(agent):
    actions.take(tellings=[MoneyBack("R1", "E2E-77", 100, "CNY", TODAY, "AC04")], now=NOW)
    assert "E2E-77" in text_of(agent.get(reverse("desk:unmatched")))


@pytest.mark.parametrize(("language", "said"), [("zh-hans", "未入账"), ("en", "Not booked")])
def test_a_statement_that_does_not_add_up_is_shown_with_the_sum_that_is_off(
    agent, home, tmp_path, language, said
):
    agent.cookies["arrears_language"] = language
    file = tmp_path / "a.sta"
    file.write_text(
        ":20:R\n:25:6222\n:28C:1\n:60F:C261101CNY1,00\n:61:261102C2,00NTRFX\n:62F:C261102CNY3,50\n", "utf-8"
    )
    (taken,) = intake.take_statements(path=file, now=NOW).statements
    page = text_of(agent.get(reverse("desk:statements")))
    assert said in page and "0.50" in page and "6222" in page
    assert "2.00" in text_of(agent.get(reverse("desk:statement", args=[taken.key])))
    assert agent.get(reverse("desk:statement", args=[taken.key + 1])).status_code == 404
