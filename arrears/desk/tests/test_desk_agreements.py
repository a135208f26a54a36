"""A morning of agreements at the desk: promise, plan, approval, read-back, copy, and the leader's page."""

import re
import uuid
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from arrears.arrangements import actions as arranging
from arrears.arrangements import queries as arrangements
from arrears.arrangements.types import AgreementState, Kind, OfferState, PromiseState, Who
from arrears.casebook.queries import facts_of
from arrears.casebook.types import FactKind
from arrears.clearance.queries import clearance
from arrears.contact import queries as contact
from arrears.contact.types import MessageState
from arrears.daily import actions as daily
from arrears.daily import copies
from arrears.desk.agreeing.forms import read_take
from arrears.evidence import actions as evidence
from arrears.kernel.clock import standing_at
from arrears.kernel.days import at_clock
from arrears.look.tests.cast import LI, NOW, TODAY, WANG, WU, ZHAO, ZHOU, enter, tell, wait_to_be_sent
from arrears.staff.models import Member

pytestmark = pytest.mark.django_db
POOR = {"income": "8000", "outgoings": "5000", "reason": "lost_job", "willing": "on", "pay_day": "10"}


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def promise(client, player=WANG, **told):
    usual = {
        "key": uuid.uuid4(),
        "amount": "500.00",
        "day": "2026-11-28",
        "channel": "call",
        "remind_by": "sms",
    }
    return client.post(f"/desk/promise/{player.account}", {**usual, **told})


def offer(client, player=WANG, take="", **told):
    sent = {"key": uuid.uuid4(), **POOR, **told}
    return client.post(f"/desk/offer/{player.account}", {**sent, **({"take": take} if take else {})})


def quoted(client, player=WANG, take="instalment_balance|6|||", **told):
    """The address of the quotation made."""
    return offer(client, player, take, **told).url


def accept(client, address, **told):
    return client.post(
        address, {"do": "accept", "agreed": "on", "channel": "call", "recording": "rec-7", **told}
    )


def key_in(address: str) -> str:
    return address.rstrip("/").rsplit("/", 1)[-1]


# A promise ------------------------------------------------------------------------------


def test_a_promise_is_one_short_form_and_stands_on_the_case_with_who_took_it(agent):
    enter(WANG)
    assert promise(agent).url == f"/desk/cases/{WANG.account}"
    (taken,) = arrangements.promises_of(WANG.account)
    assert (taken.cents, taken.day, taken.taken_by) == (50_000, date(2026, 11, 28), "some.agent")
    card = agent.get(f"/desk/cases/{WANG.account}").context["page"].agreements
    assert card.promise.state is PromiseState.RUNNING


def test_a_promise_sent_twice_is_taken_once(agent):
    enter(WANG)
    key = uuid.uuid4()
    promise(agent, key=key), promise(agent, key=key)
    assert len(arrangements.promises_of(WANG.account)) == 1


def test_what_was_planned_is_withdrawn_when_a_promise_is_taken(agent):
    enter(WANG)
    message = wait_to_be_sent(WANG)
    promise(agent)
    assert message().state is MessageState.WITHDRAWN


def test_a_promise_too_far_ahead_is_refused_in_the_readers_own_language(agent):
    enter(WANG)
    text = text_of(promise(agent, day="2027-03-01"))
    assert "请选择 2026-11-21 至 2026-12-05" in text and "Choose from" not in text
    assert not arrangements.promises_of(WANG.account)


def taken_back(client, because="金额记错了", player=WANG, key=None):
    key = key or arrangements.promises_of(player.account)[0].key
    return client.post(
        f"/desk/promise-back/{player.account}", {"promise": key, "because": because}, follow=True
    )


def test_a_promise_recorded_wrongly_is_taken_back_with_its_reason_and_both_facts_stay(agent):
    enter(WANG)
    promise(agent)
    page = taken_back(agent)
    assert "承诺已撤回" in text_of(page)
    (seen,) = arrangements.promises_of(WANG.account)
    assert seen.state is PromiseState.CANCELLED
    told = [fact for fact in facts_of(WANG.ref) if fact.kind is FactKind.PROMISE]
    assert [fact.payload["state"] for fact in told] == ["running", "cancelled"]
    assert told[1].payload["text"] == "金额记错了" and told[1].recorded_by == "some.agent"
    assert "金额记错了" in text_of(page)


@pytest.mark.parametrize("because", ["", "   "])
def test_no_promise_is_taken_back_without_a_reason(agent, because):
    enter(WANG)
    promise(agent)
    taken_back(agent, because)
    assert arrangements.promises_of(WANG.account)[0].state is PromiseState.RUNNING


def test_a_day_later_only_a_leader_takes_a_promise_back(agent, leader):
    enter(WANG)
    promise(agent)
    with standing_at(NOW + timedelta(days=1)):
        assert "坐席只能撤回当天登记的承诺" in text_of(taken_back(agent))
        assert "承诺已撤回" in text_of(taken_back(leader))


def test_a_promise_is_taken_back_on_its_own_account_alone(agent):
    enter(WANG, ZHOU)
    promise(agent)
    taken_back(agent, player=ZHOU, key=arrangements.promises_of(WANG.account)[0].key)
    assert arrangements.promises_of(WANG.account)[0].state is PromiseState.RUNNING


@pytest.mark.parametrize("amount", ["", "-5", "ten", "1.234", "0"])
def test_an_amount_that_is_none_is_never_promised(agent, amount):
    enter(WANG)
    assert promise(agent, amount=amount).status_code == 200
    assert not arrangements.promises_of(WANG.account)


# Plans ----------------------------------------------------------------------------------


def test_plans_stand_side_by_side_with_what_they_cost_and_what_not_agreeing_costs(agent):
    enter(WANG)
    page = offer(agent)
    plans, text = page.context["compared"].plans, text_of(page)
    assert 1 <= len(plans) <= 3 and page.context["compared"].afford.sustainable_cents == 180_000
    assert "年化成本" in text and "不达成约定，一分不还" in text and "守约可能" in text
    assert all(plan.proposed.monthly_cents <= 180_000 for plan in plans)


def test_what_is_not_paid_in_parts_has_openly_no_yearly_cost(agent):
    enter(WANG)
    address = offer(agent, take="chosen", kind="extension", day="2026-11-30").url
    assert "年化成本 无 不适用：没有分期费用" in text_of(agent.get(address))


def test_the_long_form_counts_weekly_money_exactly_and_the_leanest_month_of_irregular_work(agent):
    enter(WANG)
    long = {"form": "long", "wage": "1000", "wage_every": "week", "irregular": "900 300 2000", "home": "2000",
            "reason": "lost_job"}  # fmt: skip
    page = agent.post(f"/desk/offer/{WANG.account}", {"key": uuid.uuid4(), **long})
    afford = page.context["compared"].afford
    assert afford.income_cents == 100_000 * 52 // 12 + 30_000 and afford.outgoings_cents == 200_000


def test_an_offer_beyond_everybody_is_refused_at_once_and_one_click_takes_the_nearest(agent):
    enter(WANG)
    refused = offer(agent, take="chosen", kind="extension", day="2027-03-01")
    assert "最接近的可行方案" in text_of(refused)
    nearest = refused.context["nearest_take"]
    assert read_take(nearest, None).day == TODAY + timedelta(days=60)
    assert offer(agent, take=nearest).url.startswith("/desk/quotations/")


def test_a_refusal_speaks_of_money_and_shares_as_people_do(agent):
    enter(ZHAO)
    text = text_of(offer(agent, ZHAO, take="chosen", kind="settlement", day="2026-11-25", amount="1000"))
    assert "不得低于 70.00%" in text and "millionths" not in text


def test_the_same_form_sent_twice_makes_one_quotation(agent):
    enter(WANG)
    key = uuid.uuid4()
    one, two = (quoted(agent, key=key) for _ in range(2))
    assert one == two and len(arrangements.offers_of(WANG.account)) == 1


@pytest.mark.parametrize("take", ["x", "||||", "waiver|x|||", "chosen", "instalment_bill|6|x||"])
def test_a_button_nobody_made_offers_nothing(agent, take):
    enter(WANG)
    assert offer(agent, take=take).status_code == 200
    assert not arrangements.offers_of(WANG.account)


@pytest.mark.parametrize("kind", [FactKind.DISPUTE, FactKind.FRAUD, FactKind.DECEASED])
def test_a_held_account_is_offered_no_plan_and_the_page_says_why(agent, kind):
    enter(WANG)
    tell(WANG, kind)
    why = arrangements.why_barred(WANG.account).zh
    assert why in text_of(agent.get(f"/desk/offer/{WANG.account}"))
    assert why in text_of(agent.get(f"/desk/cases/{WANG.account}"))
    assert offer(agent, take="instalment_balance|6|||").status_code == 200
    assert not arrangements.offers_of(WANG.account)


# The yes --------------------------------------------------------------------------------


def test_the_sentence_is_read_in_the_customers_language_whatever_the_agent_reads(agent):
    enter(WANG, ZHOU)
    chinese = agent.get(quoted(agent)).context["page"].read_back
    english = agent.get(quoted(agent, ZHOU)).context["page"].read_back
    assert chinese.startswith("王小明，") and chinese.endswith("您同意吗？") and "6 期" in chinese
    assert english.startswith("Zhou Tao, ") and english.endswith("Do you agree?")


def test_what_is_read_back_is_what_was_signed_to_the_cent(agent):
    enter(WANG)
    page = agent.get(quoted(agent)).context["page"]
    said = page.said
    assert f"¥{said['pays_cents'] // 100:,}.{said['pays_cents'] % 100:02}" in page.read_back


def test_a_yes_makes_the_agreement_sends_the_copy_and_withdraws_what_was_planned(agent):
    enter(WANG)
    planned = wait_to_be_sent(WANG)
    answer = accept(agent, quoted(agent))
    (made,) = arrangements.agreements_of(WANG.account)
    assert answer.url == f"/desk/agreements/{made.key}/" and made.recording == "rec-7"
    assert planned().state is MessageState.WITHDRAWN
    copy = contact.message(f"copy:{made.key}")
    assert copy.channel == "email" and copy.purpose == "service" and copy.state is MessageState.WAITING
    assert "余额分期" in copy.body and made.key in copy.body
    assert clearance(copy.clearance_key).cleared
    assert "副本会通过电子邮件发出" in text_of(agent.get(answer.url))


def test_a_yes_sent_twice_is_one_agreement_and_one_copy(agent):
    enter(WANG)
    address = quoted(agent)
    assert accept(agent, address).url == accept(agent, address).url
    assert len(arrangements.agreements_of(WANG.account)) == 1
    assert len([each for each in contact.messages_of(WANG.ref) if each.template == "agreement_copy"]) == 1


def test_without_the_tick_nothing_is_agreed(agent):
    enter(WANG)
    assert agent.post(quoted(agent), {"do": "accept", "channel": "call"}).status_code == 200
    assert not arrangements.agreements_of(WANG.account)


def test_money_that_came_meanwhile_leads_to_a_new_quotation(agent):
    from arrears.arrangements.tests.town import pays

    enter(WANG)
    address = quoted(agent)
    pays(1000, TODAY, account=WANG.account, learned=NOW)
    moved = accept(agent, address)
    assert moved.url.startswith("/desk/quotations/") and moved.url != address
    assert not arrangements.agreements_of(WANG.account)
    assert "账上有新的款项" in text_of(agent.get(moved.url))


def test_a_person_we_cannot_write_to_gets_the_copy_on_paper(agent):
    from arrears.look.tests.cast import Player

    nobody = Player("C0777", "何姐", 1, 328_000)
    enter(nobody)
    answer = accept(agent, quoted(agent, nobody))
    assert answer.status_code == 302 and not contact.messages_of(nobody.ref)
    text = text_of(agent.get(answer.url))
    assert "没有可用的邮箱或手机号码" in text and "打印副本" in text


def test_who_wants_no_letters_gets_no_copy_and_the_page_says_why(agent):
    enter(WANG)
    tell(WANG, FactKind.OPTED_OUT, channel="*")
    text = text_of(agent.get(accept(agent, quoted(agent)).url))
    assert "没有另外发送副本（尊重客户对联系渠道的拒绝）" in text and "打印副本" in text
    assert not contact.messages_of(WANG.ref)


def agreed_before_the_copy(agent) -> str:
    """The address of a quotation that was agreed to; the copy was not asked for yet."""
    address = quoted(agent)
    key = key_in(address)
    who = Who("he", "agent")
    arranging.accept(key=key, offer_key=key, who=who, channel="call", now=NOW, recording="rec-7")
    return address


def test_who_died_before_the_copy_was_asked_for_gets_none_and_the_page_says_why(agent):
    enter(WANG)
    address = agreed_before_the_copy(agent)
    tell(WANG, FactKind.DECEASED)
    text = text_of(agent.get(accept(agent, address).url))
    assert "没有另外发送副本（逝者的债务只与遗产管理人商谈）" in text and "打印副本" in text
    assert not contact.messages_of(WANG.ref)


def test_a_copy_whose_reader_dies_before_it_leaves_is_taken_back_and_the_page_says_so(agent):
    enter(WANG)
    page = accept(agent, quoted(agent)).url
    tell(WANG, FactKind.DECEASED)
    daily.send(now=NOW + timedelta(minutes=5))
    (copy,) = contact.messages_of(WANG.ref)
    assert copy.state is MessageState.WITHDRAWN and clearance(copy.clearance_key).released_at
    assert "没有另外发送副本（时段已过、发送失败，或发送前复核未通过）" in text_of(agent.get(page))


def test_the_leave_of_a_copy_is_used_when_it_was_sent(agent, home):
    enter(LI)
    page = accept(agent, quoted(agent, LI)).url
    daily.send(now=NOW + timedelta(minutes=5))
    (copy,) = contact.messages_of(LI.ref)
    leave = clearance(copy.clearance_key)
    assert copy.state is MessageState.SENT and (leave.used_at, leave.outcome) == (copy.sent_at, "delivered")
    assert "副本已通过短信发出" in text_of(agent.get(page))


@pytest.mark.parametrize(
    ("hour", "comes", "until"),
    [(14, "21 14:05", "21 21:00"), (23, "22 08:00", "22 21:00"), (2, "21 08:00", "21 21:00")],
)
def test_a_copy_leaves_by_day_where_the_customer_is(agent, hour, comes, until):
    enter(WANG)
    offer = key_in(agreed_before_the_copy(agent))
    (made,) = arrangements.agreements_of(WANG.account)
    copies.of_agreement(made, now=at_clock(TODAY, time(hour, 5), zone="Asia/Shanghai"))
    copy = contact.message(f"copy:{offer}")
    local = [
        f"{at.astimezone(ZoneInfo('Asia/Shanghai')):%d %H:%M}" for at in (copy.not_before, copy.not_after)
    ]
    assert local == [comes, until]


def test_article_70_wants_its_recording_named(agent):
    enter(WU)
    address = quoted(agent, WU, "personal_instalments|24|||", income="5500", outgoings="1500")
    assert accept(agent, address, recording="").url == address
    assert not arrangements.agreements_of(WU.account)
    accept(agent, address)
    assert arrangements.agreements_of(WU.account)[0].kind is Kind.PERSONAL


def test_the_customer_may_end_it_and_collection_may_begin_again(agent):
    enter(WANG)
    address = accept(agent, quoted(agent)).url
    agent.post(address, {"do": "end"})
    (ended,) = arrangements.agreements_of(WANG.account)
    assert ended.state is AgreementState.CANCELLED
    assert "应客户要求终止" in text_of(agent.get(address))


# The ladder -----------------------------------------------------------------------------


def test_beyond_the_agent_it_waits_and_says_for_whom(agent):
    enter(WANG)
    address = quoted(agent, take="instalment_balance|30|||")
    text = text_of(agent.get(address))
    assert "待批准" in text and "组长" in text and "不能批准自己提出的报价" in text
    assert arrangements.offer(key_in(address)).state is OfferState.WAITING


def test_a_leader_approves_from_her_page_and_the_agent_reads_it_back(agent, leader):
    enter(WANG)
    address = quoted(agent, take="instalment_balance|30|||")
    assert address in leader.get("/desk/agreements/").content.decode()
    leader.post(address, {"do": "approve", "because": "收入稳定"})
    assert arrangements.offer(key_in(address)).state is OfferState.OPEN
    assert accept(agent, address).url.startswith("/desk/agreements/")


def test_a_leader_declines_with_a_reason_and_not_without(agent, leader):
    enter(WANG)
    address = quoted(agent, take="instalment_balance|30|||")
    assert leader.post(address, {"do": "decline", "because": ""}).status_code == 200
    leader.post(address, {"do": "decline", "because": "太长"})
    assert arrangements.offer(key_in(address)).state is OfferState.DECLINED
    assert "太长" in text_of(agent.get(address))


def test_our_own_rules_are_cited_in_the_readers_language(agent):
    enter(ZHAO)
    tell(ZHAO, FactKind.DISPUTE)
    chinese = text_of(agent.get(f"/desk/cases/{ZHAO.account}"))
    assert "Arrears 通用守则：争议处理期间停止催收" in chinese and "common rules" not in chinese
    agent.cookies["arrears_language"] = "en"
    assert "Arrears common rules: dispute" in text_of(agent.get(f"/desk/cases/{ZHAO.account}"))


def test_a_reason_the_customer_reads_is_read_first(agent, leader):
    enter(WANG)
    address = quoted(agent, take="instalment_balance|30|||")
    page = leader.post(address, {"do": "decline", "because": "再不还钱我们就告诉您的家人。"}, follow=True)
    assert "给客户的理由" in text_of(page) and "可以改说" in text_of(page)
    assert "再不还钱我们就告诉您的家人。</textarea>" in page.content.decode()
    assert arrangements.offer(key_in(address)).state is OfferState.WAITING


def test_refusals_name_roles_in_words(agent, leader):
    enter(WANG)
    address = quoted(agent, take="instalment_balance|30|||")
    agent.force_login(Member.objects.create(username="other.agent", role="agent"))
    page = text_of(agent.post(address, {"do": "approve", "because": "可以"}, follow=True))
    assert "“坐席”岗位无权批准" in page and "班组长" in page and "team_leader" not in page


def test_nobody_approves_their_own(leader):
    enter(WANG)
    address = quoted(leader, take="instalment_balance|48|||")
    assert not leader.get(address).context["page"].may_decide
    leader.post(address, {"do": "approve", "because": "..."})
    assert arrangements.offer(key_in(address)).state is OfferState.WAITING


def test_an_agent_approves_nothing(agent, leader):
    enter(WANG)
    address = quoted(leader, take="instalment_balance|48|||")
    agent.post(address, {"do": "approve", "because": "..."})
    assert arrangements.offer(key_in(address)).state is OfferState.WAITING


def test_the_page_says_what_may_still_be_given_up(leader):
    enter(WANG)
    own, *_ = leader.get("/desk/agreements/").context["page"].budget
    assert own.left_cents == own.limit_cents == 2_000_000


def test_broken_promises_and_days_that_come_stand_on_the_leaders_page(agent, leader):
    enter(WANG, ZHOU, ZHAO)
    promise(agent, day="2026-11-22"), promise(agent, ZHOU, day="2026-11-24")
    later = at_clock(date(2026, 11, 23), NOW.time(), zone="Asia/Shanghai")
    arranging.follow(on=date(2026, 11, 23), now=later, proposes=False)
    with standing_at(later):
        page = leader.get("/desk/agreements/")
    assert [row.account_ref for row in page.context["page"].broken] == [WANG.account]
    assert [(each.what, each.ref) for each in page.context["page"].due] == [("promise", ZHOU.account)]
    assert "未兑现" in text_of(page)
    assert {each.by for each in page.context["page"].rates} == {"promise_taken_by", "promise_channel"}


def test_matters_owed_an_answer_stand_among_the_days_that_come_with_a_link(agent, leader):
    from arrears.care import actions as care

    enter(WANG)
    raised = care.Raised(
        key="m1", about="too_often", customer_ref=WANG.ref, account_ref=WANG.account, text="..."
    )
    ref = care.raise_matter(raised=raised, by="some.agent", now=NOW - timedelta(days=13))
    page = leader.get("/desk/agreements/")
    assert [each.ref for each in page.context["page"].due] == [ref]
    assert f"/desk/matters/{ref}/" in page.content.decode()


# What is told afterwards -----------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [
    ("zh-hans", ("承诺还款 履行中", "2026年11月28日前还 ¥500.00")),
    ("en", ("Promise to pay runs", "¥500.00 by 28 Nov 2026")),
])  # fmt: skip
def test_a_promise_reads_well_on_the_timeline(agent, language, words):
    enter(WANG)
    promise(agent)
    agent.cookies["arrears_language"] = language
    text = text_of(agent.get(f"/desk/cases/{WANG.account}?show=word"))
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(("language", "words"), [
    ("zh-hans", ("余额分期 履行中", "共还 ¥")),
    ("en", ("The balance in instalments is being kept", "to be paid in all")),
])  # fmt: skip
def test_an_agreement_reads_well_on_the_timeline(agent, language, words):
    enter(WANG)
    accept(agent, quoted(agent))
    agent.cookies["arrears_language"] = language
    text = text_of(agent.get(f"/desk/cases/{WANG.account}?show=word"))
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize("kind", list(FactKind))
def test_whatever_is_told_of_an_account_its_page_still_opens(agent, kind):
    enter(WANG)
    tell(WANG, kind, **({"findings": [], "sent": True} if kind is FactKind.WORDS_QUESTIONED else {}))
    assert agent.get(f"/desk/cases/{WANG.account}").status_code == 200


# Evidence --------------------------------------------------------------------------------


def test_compliance_sees_a_day_that_is_not_signed_and_what_to_do(leader):
    enter(WANG)
    tell(WANG, FactKind.NOTE, text="...")
    evidence.seal()
    text = text_of(leader.get("/desk/compliance/"))
    assert "有一天没有签名" in text and "arrears evidence sign" in text


def test_the_desk_of_agreements_speaks_english_throughout(agent):
    enter(ZHOU)
    agent.cookies["arrears_language"] = "en"
    promise(agent, ZHOU)
    pages = ("/desk/agreements/", f"/desk/offer/{ZHOU.account}?form=long", f"/desk/promise/{ZHOU.account}")
    for address in (*pages, quoted(agent, ZHOU)):
        text = text_of(agent.get(address)).replace("何敏", "").replace("中文", "")
        assert not re.search("[\u4e00-\u9fff]", text), address
