"""Money at the desk: proposals taken with one click, statements that do not add up, two tellings that are one."""

import re

import pytest
from django.urls import reverse

from arrears.casebook import actions, queries
from arrears.casebook.types import MoneyBack, MoneyNotice, Telling
from arrears.daily import promises
from arrears.intake import actions as intake
from arrears.intake.models import Doubt
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


def cash(client, wang, **how: str):
    told = {"amount": "43.21", "receipt": "BR-0001", "payer": "王小明", **how}
    return client.post(reverse("desk:cash", args=[wang.account]), told, follow=True)


def paid_in_cash() -> list[int]:
    return [notice.cents for notice, _ in queries.money_notified().values() if notice.source == "cash"]


def test_cash_is_one_payment_by_its_receipt_and_the_receipt_can_be_printed(agent, wang):
    page = cash(agent, wang)
    assert "BR-0001" in text_of(page) and "some.agent" in text_of(page) and "43.21" in text_of(page)
    cash(agent, wang)
    assert paid_in_cash() == [4321]
    assert [m.cents for m in queries.history_of(wang.account).movements if m.source == "notice"] == [4321]


def test_a_receipt_with_another_amount_is_refused(agent, wang):
    cash(agent, wang)
    assert "43.21" in text_of(cash(agent, wang, amount="50")) and paid_in_cash() == [4321]


@pytest.mark.parametrize("wrong", [{"amount": "-1"}, {"amount": "1.234"}, {"receipt": "a/b"}])
def test_cash_that_is_no_amount_or_has_no_number_is_not_taken(agent, wang, wrong):
    cash(agent, wang, **wrong)
    assert not paid_in_cash()


def test_a_team_leader_books_a_flagged_statement_with_a_reason_and_an_agent_does_not(
    agent, leader, wang, home, tmp_path
):
    (tmp_path / "a.sta").write_text(FLAGGED.format(account=wang.account))
    (flagged,) = intake.take_statements(path=tmp_path / "a.sta", now=NOW).statements
    address, reason = reverse("desk:statement", args=[flagged.key]), {"reason": "the bank rang"}
    assert "仍予入账" not in text_of(agent.get(address)) and "仍予入账" in text_of(leader.get(address))
    agent.post(address, reason)
    assert not queries.money_totals()
    leader.post(address, {"reason": ""})
    assert not queries.money_totals()
    assert "the bank rang" in text_of(leader.post(address, reason, follow=True))
    assert queries.money_totals()[0].came_in_cents == 5000


def stands_aside(account: str) -> None:
    words = {"zh": "金额不可用", "en": "no amount"}
    said = {"account": account, "table": "postings", "record": f"{account} P7", **words}
    Doubt.objects.create(**said, origin="postings.csv:7", since=NOW)


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh-hans", ("存疑事项", "相差", "更正后的对账单")), ("en", ("In doubt", "Off by", "corrected"))],
)
def test_what_stands_in_doubt_is_listed_with_the_sum_that_is_off_and_what_to_do(
    leader, wang, home, tmp_path, language, said
):
    leader.cookies["arrears_language"] = language
    (tmp_path / "a.sta").write_text(FLAGGED.format(account=wang.account))
    intake.take_statements(path=tmp_path / "a.sta", now=NOW)
    stands_aside(wang.account), stands_aside("622599")
    page = text_of(leader.get(reverse("desk:in_doubt")))
    assert all(word in page for word in (*said, "-9.00", wang.name, "622599", "postings.csv:7"))
    assert reverse("desk:in_doubt") in leader.get(reverse("desk:unmatched")).content.decode()


def test_a_statement_made_good_by_a_corrected_one_is_in_doubt_no_more(leader, wang, home, tmp_path):
    wrong = FLAGGED.format(account=wang.account)
    for name, text in (("a.sta", wrong), ("b.sta", wrong.replace("CNY1041,00", "CNY1050,00"))):
        (tmp_path / name).write_text(text)
        intake.take_statements(path=tmp_path / name, now=NOW)
        shown = "6222000011112222" in text_of(leader.get(reverse("desk:in_doubt")))
        assert shown is (name == "a.sta")


def test_a_team_leader_says_why_an_account_may_stand_and_an_agent_does_not(agent, leader, wang):
    stands_aside(wang.account)
    address, reason = reverse("desk:settle_doubt", args=[wang.account]), {"reason": "P7 came twice"}
    agent.post(address, reason)
    leader.post(address, {"reason": " "})
    assert Doubt.objects.filter(settled_at=None).count() == 1
    page = text_of(leader.post(address, reason, follow=True))
    assert "没有搁置的账户" in page and "P7 came twice" in Doubt.objects.get().settled_because


FLAGGED = """:20:REF1
:25:6222000011112222
:28C:7/1
:60F:C261101CNY1000,00
:61:2611021102C50,00NTRFPAY-1//B-100
:86:{account}
:62F:C261102CNY1041,00
-
"""


def test_a_refused_notice_is_shown_as_text_to_those_who_answer_for_it(agent, leader, home):
    intake.take_wallet_notice(
        provider="wechat", body=b"<script>alert(1)</script>\xff", headers={"X-Odd": "<b>"}, now=NOW
    )
    from arrears.intake.queries import notices_refused

    (refused,) = notices_refused()
    address = reverse("desk:notice", args=[refused.key])
    page = leader.get(address).content.decode()
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page and "\\xff" in page
    assert agent.get(address).status_code == 403


def test_the_page_of_direct_debits_is_there_for_everybody(agent):
    assert "还没有直接扣款" in text_of(agent.get(reverse("desk:debits")))


def test_a_credit_is_paid_back_once_by_a_team_leader_and_never_beyond_it(agent, leader, wang):
    from datetime import timedelta

    from arrears.reckoning.queries import amounts

    def owed() -> int:
        return amounts(history=queries.history_of(wang.account), as_of=TODAY).payoff_cents

    too_much = owed() + 5000
    paid = MoneyNotice("N9", TODAY - timedelta(days=1), too_much, "CNY", wang.account)
    actions.take(tellings=[Telling(paid, wang.account, "rule:account", WHY)], now=NOW)
    credit = -owed()
    assert credit > 0
    address = reverse("desk:pay_back", args=[wang.account])
    text = f"{credit // 100}.{credit % 100:02d}"
    agent.post(address, {"amount": text, "receipt": "TR-77"})
    leader.post(address, {"amount": "999999", "receipt": "TR-76"})
    assert -owed() == credit
    for _ in range(2):
        leader.post(address, {"amount": text, "receipt": "TR-77"})
    assert owed() == 0


def test_a_credit_is_offered_back_once_and_not_too_early(agent, wang, home):
    from datetime import timedelta

    from arrears.contact.queries import messages_of

    def overpay(days: int, ref: str) -> None:
        paid = MoneyNotice(ref, TODAY - timedelta(days=days), 9_000_000, "CNY", wang.account)
        actions.take(tellings=[Telling(paid, wang.account, "rule:account", WHY)], now=NOW)

    address = reverse("desk:offer_back", args=[wang.account])
    overpay(2, "N8")
    assert "按政策满 7 天再说" in text_of(agent.post(address, follow=True))
    (home / "money").mkdir(parents=True)
    (home / "money" / "policy.yaml").write_text("offer_back_after_days: 0\n")
    before = len(messages_of(wang.ref))
    first = text_of(agent.post(address, follow=True))
    agent.post(address)
    (message,) = [one for one in messages_of(wang.ref) if one.key.startswith("credit:")]
    assert len(messages_of(wang.ref)) == before + 1, first
    assert "多还了" in str(message)
    asked = {"day": TODAY, "opened": NOW, "now": NOW}
    kept = {promise.id for promise in promises.check(**asked) if not promise.broken}
    assert {"no_message_without_clearance", "one_message_a_proposal"} <= kept
