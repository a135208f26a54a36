"""What can be agreed here without anybody: more time, payment in parts, and the signed copy."""

import json
import re
import uuid
from datetime import date, timedelta

import pytest

from arrears.arrangements import actions as arrangements
from arrears.arrangements import queries as arranged
from arrears.arrangements.types import AgreementState, OfferState, PromiseState, Who
from arrears.casebook import queries as casebook
from arrears.casebook.types import FactKind, MoneyNotice
from arrears.clearance.queries import clearance
from arrears.contact import queries as contact
from arrears.contact.types import MessageState
from arrears.intake.actions import take_notice
from arrears.intake.models import Doubt
from arrears.look.tests.cast import CHEN, LI, LIN, NOW, WANG, enter, tell, wait_to_be_sent
from arrears.portal import agreements
from arrears.portal.tests.test_portal_stories import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("afternoon")]
MEANS = {"card": 1, "income": "9000", "outgoings": "6500", "pay_day": "10", "adults": 1, "children": 0}
TIME = {"card": 1, "day": "2026-11-28", "way": "promise", "amount": ""}


def promised(client, **told):
    return client.post(
        "/time/promise/", {**TIME, "amount": "328.00", "key": str(uuid.uuid4()), **told}, follow=True
    )


def plan_chosen(client, *, kind="instalment_balance", months=6, **told):
    client.post("/parts/", {**MEANS, **told})
    form = {"key": str(uuid.uuid4()), "kind": kind, "months": months}
    return client.post("/parts/choose/", form, follow=True)


def agreed(client, **told):
    offer = key_in(plan_chosen(client, **told))
    return client.post(f"/quotations/{offer}/agree/", follow=True)


def key_in(page) -> str:
    return re.search(r"/quotations/([^/]+)/", page.redirect_chain[-1][0])[1]


def copies_for(player):
    return [one for one in contact.messages_of(player.ref) if one.key.startswith("copy:")]


# More time -----------------------------------------------------------------------------------


def test_a_promise_says_first_what_it_costs_and_agrees_to_nothing(customer):
    enter(WANG)
    page = customer(WANG).get("/time/", TIME)
    assert "我在 2026年11月28日 或之前" in text_of(page) and "¥328.00" in text_of(page)
    assert page.context["delay"].costs_cents > 0 and arranged.promises_of(WANG.account) == []


def test_a_promise_is_kept_once_stops_contact_and_is_confirmed_in_writing(customer):
    enter(WANG)
    wang, waiting, key = customer(WANG), wait_to_be_sent(WANG), str(uuid.uuid4())
    for _ in range(2):
        assert "已记下您的承诺" in text_of(promised(wang, key=key))
    (promise,) = arranged.promises_of(WANG.account)
    assert (promise.cents, promise.day, promise.taken_by) == (32_800, date(2026, 11, 28), WANG.ref)
    assert waiting().state is MessageState.WITHDRAWN
    (copy,) = copies_for(WANG)
    assert copy.channel == "email" and clearance(copy.clearance_key).cleared
    assert "2026年11月28日" in copy.body and "¥328.00" in copy.body
    assert "接下来要还的约定款" in text_of(wang.get("/"))


def unwanted(client, *channels):
    for channel in channels:
        client.post("/wishes/", {"wish": "channel", "key": str(uuid.uuid4()), "channel": channel})


def test_the_copy_goes_by_the_way_the_customer_left_open(customer):
    enter(WANG)
    wang = customer(WANG)
    unwanted(wang, "email")
    assert "副本会通过短信发出" in text_of(promised(wang))
    assert [one.channel for one in copies_for(WANG)] == ["sms"]


def test_who_wants_no_letters_gets_none_and_the_page_says_why(customer):
    enter(WANG, LI)
    wang, li = customer(WANG), customer(LI)
    unwanted(wang, "email", "sms")
    unwanted(li, "sms")
    for page in (promised(wang), agreed(li)):
        assert "没有另外发送副本（尊重客户对联系渠道的拒绝）" in text_of(page)
    assert not copies_for(WANG) and not copies_for(LI)
    (agreement,) = arranged.agreements_of(LI.account)
    page = text_of(li.get(f"/agreements/{agreement.key}/"))
    assert "没有另外发送副本" in page and agreement.offer_key in page


@pytest.mark.parametrize(
    "told", [{"day": "2026-12-20"}, {"day": "2020-01-01"}, {"way": "extension", "day": "2026-12-04"}, {"day": "soon"},
             {"amount": "-3"}, {"way": "for ever"}, {"card": "9"}, {"card": "x"}]
)  # fmt: skip
def test_a_day_outside_the_policy_agrees_to_nothing(customer, told):
    enter(WANG)
    wang = customer(WANG)
    assert wang.get("/time/", {**TIME, **told}).status_code in {200, 404}
    promised(wang, **told)
    assert arranged.promises_of(WANG.account) == []


def test_money_that_came_ends_the_talk_of_the_promise(customer):
    enter(WANG)
    wang = customer(WANG)
    promised(wang)
    notice = MoneyNotice("TX-9", date(2026, 11, 21), 32_800, "CNY", account_given=WANG.account)
    take_notice(notice=notice, now=NOW + timedelta(minutes=5))
    assert "接下来要还的约定款" not in text_of(wang.get("/"))


def test_a_due_date_is_moved_by_a_signed_quotation(customer):
    enter(WANG)
    wang = customer(WANG)
    told = {**TIME, "way": "extension"}
    assert "改到 2026年11月28日 或之前还 ¥328.00" in text_of(wang.get("/time/", told))
    offer = wang.post("/time/extension/", {**told, "key": str(uuid.uuid4())}, follow=True)
    assert "我同意" in text_of(offer)
    wang.post(f"/quotations/{key_in(offer)}/agree/")
    (agreement,) = arranged.agreements_of(WANG.account)
    assert agreement.state is AgreementState.PERFORMING and agreement.channel == "portal"


# In parts ------------------------------------------------------------------------------------


def test_plans_come_with_cost_schedule_and_the_cost_of_not_agreeing(customer):
    enter(WANG)
    page = customer(WANG).post("/parts/", MEANS, follow=True)
    plans = page.context["plans"]
    assert 1 <= len(plans) <= 3 and any(not plan.needs_approval for plan in plans)
    for plan in plans:
        assert sum(one.cents for one in plan.schedule) == plan.said["pays_cents"]
        assert plan.yearly or plan.why_none
        assert plan.said["if_not_agreed"]["paying_nothing_cents"] > 0
    assert "年化成本" in text_of(page) and "一共要还" in text_of(page)
    assert arranged.offers_of(WANG.account) == []


def test_every_question_may_be_left_out(customer):
    enter(WANG)
    page = customer(WANG).post("/parts/", {"card": 1}, follow=True)
    assert page.context["plans"] and "一共要还" in text_of(page)


def test_who_cannot_live_of_what_is_left_is_offered_no_plan_but_a_hand(customer):
    enter(WANG)
    page = customer(WANG).post("/parts/", {**MEANS, "income": "1500", "outgoings": "1500"}, follow=True)
    assert page.context["plans"] == [] and "请不要答应做不到的事" in text_of(page)


def test_the_slider_shows_any_length_with_the_cost_the_quotation_then_has(customer):
    enter(LI)
    li = customer(LI)
    li.post("/parts/", MEANS)
    piece = li.get("/parts/length/", {"months": 9})
    seen = piece.context["terms"]
    assert "<html" not in piece.content.decode() and not seen.needs_approval
    whole = li.get("/parts/plans/", {"months": 9}).context["terms"]
    quoted = plan_chosen(li, months=9).context["terms"]
    assert seen.schedule == whole.schedule == quoted.schedule and seen.yearly == quoted.yearly


def test_a_length_beyond_ones_own_says_that_somebody_has_to_agree_and_by_when(customer):
    enter(LI)
    li = customer(LI)
    page = plan_chosen(li, months=24)
    assert "需要同事同意，最迟 2026年11月28日 可以在这里看到结果" in text_of(page)
    assert "我同意" not in text_of(page)
    (offer,) = arranged.offers_of(LI.account)
    assert offer.state is OfferState.WAITING and "agent" in offer.approvers
    arrangements.approve(offer_key=offer.key, who=Who("chen", "agent"), because="可以承受", now=NOW)
    assert "我同意" in text_of(li.get(f"/quotations/{offer.key}/"))


@pytest.mark.parametrize("months", ["1", "61", "", "x", "-4", "9" * 40])
def test_a_length_that_makes_no_sense_answers_kindly(customer, months):
    enter(LI)
    li = customer(LI)
    li.post("/parts/", MEANS)
    page = li.get("/parts/length/", {"months": months})
    assert page.status_code == 200 and page.context["terms"] is None


def test_a_plan_agreed_at_night_is_honoured_to_the_cent_and_stops_contact(customer):
    enter(LI)
    li, waiting = customer(LI), wait_to_be_sent(LI)
    page = agreed(li)
    (agreement,) = arranged.agreements_of(LI.account)
    shown = page.context["terms"]
    assert agreement.state is AgreementState.PERFORMING and agreement.accepted_by == LI.ref
    assert [part.due_cents for part in agreement.schedule.parts] == [one.cents for one in shown.schedule]
    assert waiting().state is MessageState.WITHDRAWN
    assert "谢谢，约定已经达成" in text_of(page) and shown.offer.signature in text_of(page)
    copy = contact.message(f"copy:{agreement.key}")
    assert copy.channel == "sms" and "余额分期" in copy.body and agreement.key in copy.body
    assert "副本会通过短信发出" in text_of(page)
    first = agreement.schedule.parts[0]
    assert f"¥{first.due_cents / 100:,.2f}" in text_of(li.get("/"))


def test_agreeing_twice_is_one_agreement(customer):
    enter(LI)
    li = customer(LI)
    offer = key_in(plan_chosen(li))
    pages = [li.post(f"/quotations/{offer}/agree/") for _ in range(2)]
    assert pages[0].url == pages[1].url and len(arranged.agreements_of(LI.account)) == 1


def test_the_file_of_the_copy_is_ours_word_for_word(customer):
    enter(LI)
    li = customer(LI)
    key = agreed(li).context["agreed"].key
    held = json.loads(li.get(f"/agreements/{key}/document.json").content)
    assert arranged.verify(json.dumps(held), now=NOW).because == "accepted"
    held["quotation"]["pays_cents"] -= 1
    assert arranged.verify(json.dumps(held), now=NOW).because == "changed"


def test_money_that_moved_leads_to_the_offer_with_todays_amounts(customer):
    enter(LI)
    li = customer(LI)
    offer = key_in(plan_chosen(li))
    notice = MoneyNotice("TX-7", date(2026, 11, 21), 100_000, "CNY", account_given=LI.account)
    take_notice(notice=notice, now=NOW)
    page = li.post(f"/quotations/{offer}/agree/", follow=True)
    assert "账上有款项变动" in text_of(page) and key_in(page) != offer
    assert arranged.agreements_of(LI.account) == []


def test_the_reason_told_is_kept_for_the_ladder(customer):
    enter(LI)
    plan_chosen(customer(LI), reason="lost_job")
    (fact,) = [fact for fact in casebook.facts_of(LI.ref) if fact.kind is FactKind.LATENESS_REASON]
    assert fact.payload["reason"] == "lost_job" and fact.recorded_by == "customer"


# Holds first ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "said"),
    [(FactKind.DISPUTE, "正在核实"), (FactKind.DECEASED, "请您节哀"), (FactKind.FRAUD, "正在核实"),
     (FactKind.BANKRUPT, "请由专人和您一起看")],
)  # fmt: skip
def test_where_something_stands_in_the_way_no_plan_is_offered_but_the_page_that_helps(customer, kind, said):
    enter(LI)
    li = customer(LI)
    offer = key_in(plan_chosen(li))
    tell(LI, kind)
    for address in ("/time/", "/parts/", "/parts/plans/"):
        assert said in text_of(li.get(address))
    assert said in text_of(promised(li)) and said in text_of(li.post(f"/quotations/{offer}/agree/"))
    assert arranged.promises_of(LI.account) == [] and arranged.agreements_of(LI.account) == []
    assert copies_for(LI) == []


def test_nobody_agrees_to_a_sum_that_is_in_doubt(customer):
    enter(LI)
    Doubt.objects.create(
        account=LI.account, table="postings", record="P9", zh="", en="", origin="a:1", since=NOW
    )
    li = customer(LI)
    assert "请由专人和您一起看" in text_of(li.get("/parts/"))
    promised(li)
    assert arranged.promises_of(LI.account) == []


def test_who_told_of_hardship_may_still_choose_a_plan(customer):
    enter(LI)
    li = customer(LI)
    tell(LI, FactKind.HARDSHIP)
    assert "一共要还" in text_of(li.post("/parts/", MEANS, follow=True))


def test_who_owes_nothing_late_is_asked_nothing(customer):
    enter(LIN)
    lin = customer(LIN)
    notice = MoneyNotice("TX-8", date(2026, 11, 21), 152_030, "CNY", account_given=LIN.account)
    take_notice(notice=notice, now=NOW)
    assert "您没有欠款" in text_of(lin.get("/time/")) and "您没有欠款" in text_of(lin.get("/parts/"))


# My agreements -------------------------------------------------------------------------------


def test_every_promise_and_agreement_is_listed_with_its_state(customer):
    enter(LI)
    li = customer(LI)
    promised(li, amount="100.00")
    agreed(li)
    page = li.get("/agreements/")
    states = {(one.what, one.state) for one in page.context["agreed"]}
    assert states == {("promise", PromiseState.CANCELLED.value), ("agreement", "performing")}
    assert "履行中" in text_of(page) and "签名的约定书" in text_of(page)


# What a colleague answered ---------------------------------------------------------------------

LEADER = Who("sun.leader", "team_leader")


def asked_beyond_ones_own(client) -> str:
    """The key of a plan a colleague has to let pass."""
    return key_in(plan_chosen(client, months=24))


def test_a_yes_stands_on_the_home_page_and_first_among_agreements_with_the_reason(customer):
    enter(WANG)
    wang = customer(WANG)
    key = asked_beyond_ones_own(wang)
    assert "好消息" not in text_of(wang.get("/"))
    arrangements.approve(offer_key=key, who=LEADER, because="收入稳定，这样还比较轻松。", now=NOW)
    assert "好消息：您申请的方案，同事同意了。" in text_of(wang.get("/"))
    page = text_of(wang.get("/agreements/"))
    assert "同事看过了，可以这样办。" in page and "收入稳定，这样还比较轻松。" in page
    wang.post(f"/quotations/{key}/agree/")
    assert "好消息" not in text_of(wang.get("/")) and "同事看过了" not in text_of(wang.get("/agreements/"))


def test_a_no_says_why_kindly_and_shows_what_else_can_be_done(customer):
    enter(WANG)
    wang = customer(WANG)
    key = asked_beyond_ones_own(wang)
    arrangements.decline(offer_key=key, who=LEADER, because="期限长了些，十二期可以办。", now=NOW)
    assert "您申请的方案有答复了。" in text_of(wang.get("/"))
    for address in ("/agreements/", f"/quotations/{key}/"):
        page = text_of(wang.get(address))
        assert "很抱歉，这个方案没能办成。" in page and "期限长了些，十二期可以办。" in page
        assert "换一个方案" in page
    form = wang.get("/talk/complaint/", {"about": "plan_refused"}).context["form"]
    assert form["about"].value() == "plan_refused"


def test_a_no_is_news_until_something_new_is_offered_and_for_a_month_at_most(customer):
    enter(WANG)
    wang = customer(WANG)
    key = asked_beyond_ones_own(wang)
    arrangements.decline(offer_key=key, who=LEADER, because="期限长了些。", now=NOW)
    listed = [one.answer for one in agreements.all_agreed(WANG.ref, today=NOW.date() + timedelta(days=31))]
    assert listed == []
    plan_chosen(wang, months=6)
    assert [one.answer for one in agreements.all_agreed(WANG.ref, today=NOW.date())] == [""]


def test_what_was_taken_back_at_the_desk_is_no_answer_of_ours(customer):
    enter(WANG)
    wang = customer(WANG)
    key = asked_beyond_ones_own(wang)
    arrangements.cancel_offer(offer_key=key, who=LEADER, because="", now=NOW)
    assert "答复" not in text_of(wang.get("/agreements/"))


def test_beside_an_agreement_no_second_one_is_offered(customer):
    enter(LI)
    li = customer(LI)
    agreed(li)
    page = li.post("/parts/", MEANS, follow=True)
    assert page.context["plans"] == [] and "已有一份履行中的约定" in text_of(page)


def test_the_history_tells_what_was_promised_and_what_was_agreed(customer):
    enter(LI)
    li = customer(LI)
    promised(li)
    agreed(li)
    text = text_of(li.get("/history/"))
    assert all(words in text for words in ("您承诺了还款", "您的承诺已被取代或撤回", "我们达成了还款协议"))


def test_nobody_reads_or_agrees_to_what_is_anothers(customer):
    enter(LI, CHEN)
    li = customer(LI)
    offer = key_in(plan_chosen(li))
    other = customer(CHEN)
    assert other.get(f"/quotations/{offer}/").status_code == 404
    assert other.post(f"/quotations/{offer}/agree/").status_code == 404
    li.post(f"/quotations/{offer}/agree/")
    (agreement,) = arranged.agreements_of(LI.account)
    for address in (f"/agreements/{agreement.key}/", f"/agreements/{agreement.key}/document.json"):
        assert other.get(address).status_code == 404
