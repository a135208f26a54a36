"""An agent's day at the desk: sign in, find Wang, see why, keep what was said, call, match money."""

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from arrears.care import actions as care_actions
from arrears.care import queries as care
from arrears.casebook import actions
from arrears.casebook import queries as casebook
from arrears.casebook.types import BookRows, FactKind
from arrears.clearance import actions as clearance_actions
from arrears.clearance.types import Asking, Proposal
from arrears.contact.types import MessageState
from arrears.delinquency.queries import standing_of
from arrears.desk import urls
from arrears.kernel.clock import standing_at
from arrears.look.tests.cast import (
    CAST,
    CHEN,
    LI,
    NOW,
    QUIET,
    TODAY,
    WANG,
    WU,
    ZHAO,
    ZHOU,
    book_of,
    enter,
    hold_round,
    propose,
    stray_money,
    tell,
    wait_to_be_sent,
)
from arrears.staff.actions import welcome

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough secret"


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def case_of(client, player, **query):
    return client.get(reverse("desk:case", args=[player.account]), query)


# The door ------------------------------------------------------------------------------


ARGUMENTS = {
    "ref": "A1", "day": "2026-11-21", "name": "buckets", "key": "3f2b1c9e-0000-4000-8000-000000000000",
    "number": "1", "what": "mark",
}  # fmt: skip


@pytest.mark.parametrize(
    "pattern", [p for p in urls.urlpatterns if p.name != "sign_in"], ids=lambda p: p.name
)
def test_no_page_opens_without_sign_in(client, pattern):
    wanted = {key: ARGUMENTS[key] for key in pattern.pattern.converters}
    address = reverse(f"desk:{pattern.name}", kwargs=wanted)
    for answer in (client.get(address), client.post(address)):
        assert answer.status_code == 302 and answer.url.startswith("/desk/sign-in/")


def sign_in(client, password=PASSWORD, **more):
    return client.post("/desk/sign-in/", {"username": "chen", "password": password, **more})


@pytest.fixture
def chen(db):
    return welcome(username="chen", password=PASSWORD, role="agent", display_name="陈晓")


def test_an_agent_signs_in_and_lands_where_she_was_going(client, chen):
    assert sign_in(client, next="/desk/money/").url == "/desk/money/"
    assert client.get("/desk/cases/").status_code == 200


def test_the_door_leads_to_no_other_house(client, chen):
    assert sign_in(client, next="https://evil.example/").url == "/desk/cases/"


def test_five_wrong_passwords_rest_the_sign_in_for_a_quarter_of_an_hour(client, chen):
    with standing_at(NOW):
        for _ in range(5):
            assert sign_in(client, "wrong").status_code == 200
        assert sign_in(client).status_code == 200
    with standing_at(NOW + timedelta(minutes=16)):
        assert sign_in(client).status_code == 302


def test_signing_out_closes_the_door(agent):
    agent.post("/desk/sign-out/")
    assert agent.get("/desk/cases/").status_code == 302


# The work list and the case ------------------------------------------------------------


def test_an_agent_finds_wang_and_unfolds_what_he_owes_down_to_the_purchase(agent):
    enter(*CAST)
    found = text_of(agent.get("/desk/cases/", {"q": "小明"}))
    assert "王小明" in found and "李静" not in found
    page = case_of(agent, WANG)
    text, owed = text_of(page), page.context["page"].owed
    assert f"{owed.payoff_cents // 100:,}.{owed.payoff_cents % 100:02}" in text
    assert "2026年9月19日 消费 P3" in text and "银发〔2016〕111号" in text
    assert sum(line.cents for line in owed.lines) == owed.payoff_cents
    assert "× 0.05% ×" in text


def test_the_list_says_how_late_which_step_and_what_holds(agent):
    enter(WANG, ZHAO)
    tell(ZHAO, FactKind.DISPUTE)
    propose(WANG, "planned")
    text = text_of(agent.get("/desk/cases/"))
    assert "M1 27 ¥328.00" in text and "M1 提醒" in text
    assert "短信 11月21日 15:05" in text and "争议" in text
    assert "王小明" not in text_of(agent.get("/desk/cases/", {"held": "yes"}))


def test_the_next_page_begins_where_the_last_one_ended(agent, monkeypatch):
    enter(*CAST)
    monkeypatch.setattr("arrears.desk.queries.PAGE", 3)
    first = agent.get("/desk/cases/").context["page"]
    second = agent.get("/desk/cases/", {"after": first.next_after}).context["page"]
    names = [row.case.customer_name for row in [*first.rows, *second.rows]]
    assert len(set(names)) == 6 and first.count == 7


def test_next_case_walks_down_the_list_and_ends_at_the_list(agent):
    enter(WANG, WU)
    first, second = [row.case.account_ref for row in agent.get("/desk/cases/").context["page"].rows]
    assert agent.get(f"/desk/next/{first}").url == f"/desk/cases/{second}"
    assert agent.get(f"/desk/next/{second}").url == "/desk/cases/"


def test_the_customers_own_clock_and_language_stand_at_the_top(agent):
    enter(ZHOU)
    assert "客户当地 22:05（America/Vancouver，UTC-8） 使用英文" in text_of(case_of(agent, ZHOU))


def test_both_asset_classes_are_shown(agent):
    enter(CHEN)
    text = text_of(case_of(agent, CHEN))
    assert "次级" in text and "按 2011 年信用卡办法：可疑" in text


def test_the_timeline_tells_each_thing_once_newest_first_and_can_be_narrowed(agent):
    enter(WANG)
    tell(WANG, FactKind.NOTE, text="下周发工资", days_ago=1)
    for days_ago in (4, 3, 2):
        propose(WANG, "refused", days_ago=days_ago, reasons=(QUIET,))
    entries = case_of(agent, WANG).context["page"].timeline
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    said = text_of(case_of(agent, WANG, show="contact"))
    assert said.count("22:00 至 8:00 不联系") == 1 and "自 2026年11月17日 起共 3 次" in said
    assert {entry.group for entry in case_of(agent, WANG, show="money").context["page"].timeline} == {"money"}


def test_an_account_that_cannot_be_reckoned_says_so_instead_of_failing(agent, monkeypatch):
    enter(WANG)
    from arrears.reckoning.types import UnableToReckon

    def unable(**_):
        raise UnableToReckon("posted before the account was opened", account_ref=WANG.account)

    monkeypatch.setattr("arrears.desk.queries.reckoning.owed", unable)
    assert "posted before the account was opened" in text_of(case_of(agent, WANG))


def test_an_unknown_account_is_no_page(agent):
    assert agent.get("/desk/cases/nobody").status_code == 404
    assert agent.get("/desk/tell/nobody").status_code == 404


# What was said -------------------------------------------------------------------------


def told(**more):
    return {"key": str(uuid.uuid4()), "kind": "dispute", "text": "10月12日那笔不是我消费的", **more}


def test_what_was_said_is_read_back_before_it_is_kept(agent):
    enter(ZHAO)
    address = reverse("desk:tell", args=[ZHAO.account])
    back = agent.post(address, told())
    assert "请向客户复述" in text_of(back) and "不是我消费的" in text_of(back)
    assert casebook.facts_of(ZHAO.ref) == []
    form = told()
    for _ in range(2):  # a double click
        kept = agent.post(address, {**form, "keep": "1"}, follow=True)
    assert "已记录：争议" in text_of(kept) and "停催期间" in text_of(kept)
    (fact,) = casebook.facts_of(ZHAO.ref)
    assert (fact.kind, fact.recorded_by, fact.account_ref) == (FactKind.DISPUTE, "some.agent", ZHAO.account)


def test_what_stops_contact_withdraws_what_was_planned(agent):
    enter(ZHAO)
    message = wait_to_be_sent(ZHAO)
    agent.post(reverse("desk:tell", args=[ZHAO.account]), told(keep="1"))
    assert message().state is MessageState.WITHDRAWN


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "note", "text": ""}, "备注不能为空"),
        ({"kind": "opted_out"}, "请选择联系方式"),
        ({"kind": "asked_hours", "hours_from": "25:00", "hours_to": "26:00"}, "请填写起止时间"),
        ({"kind": "waiver"}, "waiver"),
    ],
)
def test_a_form_that_makes_no_sense_says_what_is_missing(agent, wrong, said):
    enter(ZHAO)
    answer = agent.post(reverse("desk:tell", args=[ZHAO.account]), told(keep="1", **wrong))
    assert said in text_of(answer) and casebook.facts_of(ZHAO.ref) == []


def test_an_agent_lifts_no_hold_a_leader_does_with_a_reason(agent, leader):
    enter(ZHAO)
    key = tell(ZHAO, FactKind.DISPUTE)
    address = f"{reverse('desk:lift', args=[ZHAO.account])}?hold={key}"
    assert "解除" not in text_of(case_of(agent, ZHAO)) and "解除" in text_of(case_of(leader, ZHAO))
    agent.post(address, {"reason": "seen"})
    assert casebook.holds_on([ZHAO.ref])
    assert leader.post(address, {"reason": ""}).status_code == 200
    leader.post(address, {"reason": "收据已核实"})
    assert casebook.holds_on([ZHAO.ref]) == {}
    assert leader.get(address).status_code == 404


# Calling -------------------------------------------------------------------------------


def call(client, player):
    form = {"key": str(uuid.uuid4()), "point": dict(player.points)["mobile"]}
    return client.post(reverse("desk:begin_call", args=[player.account]), form, follow=True)


def test_a_call_is_cleared_first_and_what_came_of_it_is_kept(agent):
    enter(WANG)
    assert "我现在拨打" in text_of(case_of(agent, WANG))
    page = call(agent, WANG)
    assert "已放行" in text_of(page)
    address = page.request["PATH_INFO"] + "?point=%2B8613800000001"
    for _ in range(2):
        agent.post(address, {"outcome": "promise_to_pay", "text": "周五发工资就还"})
    (fact,) = [fact for fact in casebook.facts_of(WANG.ref) if fact.kind is FactKind.CONTACT_MADE]
    assert fact.payload["outcome"] == "promise_to_pay" and fact.payload["channel"] == "call"
    assert "客户承诺还款" in text_of(case_of(agent, WANG))


def test_a_call_to_the_bereaved_is_refused_with_the_reason_beside_it(agent):
    enter(CHEN)
    tell(CHEN, FactKind.DECEASED)
    assert "我现在拨打" not in text_of(case_of(agent, CHEN))
    assert "这次拨打未获放行" in text_of(call(agent, CHEN))
    assert [fact.kind for fact in casebook.facts_of(CHEN.ref)] == [FactKind.DECEASED]


def test_nobody_is_called_in_the_night(agent):
    enter(LI)
    with standing_at(NOW + timedelta(hours=9)):  # 23:05
        assert "11月22日 08:00 起可以" in text_of(case_of(agent, LI))


# Money ---------------------------------------------------------------------------------


def test_stray_money_is_matched_by_hand_and_the_account_is_reckoned_at_once(agent):
    enter(WANG)
    stray_money(cents=32_800, payer_name="王小明")
    assert "附言中没有可识别的账号" in text_of(agent.get("/desk/money/"))
    assert "王小明" in text_of(agent.get("/desk/money/TX-1"))
    chosen = text_of(agent.get("/desk/money/TX-1", {"account": WANG.account}))
    assert "将 ¥328.00 记入" in chosen
    done = agent.post("/desk/money/TX-1", {"account": WANG.account, "reason": "来电核实"}, follow=True)
    assert "收到的款项都已找到账户" in text_of(done)
    assert standing_of(WANG.account).overdue_cents == 0
    assert "还款 −¥328.00" in text_of(case_of(agent, WANG))


def test_money_matched_meanwhile_is_not_matched_again(agent):
    enter(WANG, LI)
    stray_money()
    agent.post("/desk/money/TX-1", {"account": WANG.account, "reason": "来电核实"})
    again = agent.post("/desk/money/TX-1", {"account": LI.account, "reason": "来电核实"}, follow=True)
    assert "已经匹配" in text_of(again)
    assert len(casebook.history_of(LI.account).movements) == 3


def test_two_postings_presumed_one_payment_are_shown_to_a_person(agent):
    enter(WANG)
    stray_money(cents=50_000)
    agent.post("/desk/money/TX-1", {"account": WANG.account, "reason": "来电核实"})
    later = (WANG.account, "TX-9", "payment", 50_000, TODAY + timedelta(days=1), None, "book.csv:9")
    actions.enter(rows=BookRows(postings=[later], accounts=[account_row(WANG)]), now=NOW)
    text = text_of(agent.get("/desk/money/"))
    assert "是两笔，还是一笔" in text and "TX-9" in text and "王小明" in text


def account_row(player):
    return next(iter(book_of(player).accounts))


# Rounds and the overview ---------------------------------------------------------------


def test_the_round_says_of_each_promise_whether_it_held(agent):
    hold_round()
    text = text_of(agent.get("/desk/rounds/"))
    assert "全部承诺成立" in text and "成立 每一笔欠款都有事实依据" in text and "24,000" in text


def test_a_broken_promise_is_said_loudly_with_examples(agent):
    hold_round(broken=("A7",))
    text = text_of(agent.get("/desk/rounds/2026-11-21/"))
    assert "有承诺未成立" in text and "A7" in text
    assert "有承诺未成立" in text_of(agent.get("/desk/"))


def test_rows_a_file_had_set_aside_are_listed_with_their_reasons(agent, home, tmp_path):
    from arrears.intake.actions import take_payments

    file = tmp_path / "payments.csv"
    file.write_text("payment_id,received_date,amount,currency,account\nT1,2026-11-20,abc,CNY,A1\n")
    hold_round()
    take_payments(path=file, now=NOW)
    assert "payments.csv" in text_of(agent.get("/desk/rounds/"))
    number = agent.get("/desk/rounds/").context["page"].with_rejects[0][0]
    assert "abc" in text_of(agent.get(f"/desk/rejects/{number}/"))
    assert "没有搁置的行" in text_of(agent.get("/desk/rejects/999/"))


def test_a_new_house_without_rounds_and_cases_shows_kind_empty_pages(agent, home):
    for address in ("/desk/", "/desk/cases/", "/desk/money/", "/desk/rounds/"):
        assert agent.get(address).status_code == 200
    assert "还没有运行过每日流程" in text_of(agent.get("/desk/rounds/"))
    assert agent.get("/desk/rounds/yesterday/").status_code == 404


@pytest.mark.parametrize("name", ["buckets", "money", "rolls"])
def test_pictures_are_drawn_even_where_there_is_nothing_to_see(agent, home, name):
    picture = agent.get(f"/desk/charts/{name}.svg")
    assert picture["Content-Type"] == "image/svg+xml" and b"<svg" in picture.content
    assert agent.get("/desk/charts/secrets.svg").status_code == 404


# What compliance sees --------------------------------------------------------------------


def test_the_case_says_before_any_button_whether_and_how_long_yet(agent):
    enter(WANG)
    page = text_of(case_of(agent, WANG))
    assert page.index("到 11月21日 22:00 为止 · 7小时55分") < page.index("记录客户说的话")
    assert "0/6" in page[: page.index("记录客户说的话")]


def test_a_customer_who_calls_us_is_kept_and_counts(agent):
    enter(WANG)
    address = reverse("desk:keep_inbound", args=[WANG.account])
    form = {"key": str(uuid.uuid4()), "channel": "call", "outcome": "conversation", "text": "问账单"}
    for _ in range(2):
        agent.post(address, form)
    (fact,) = casebook.facts_of(WANG.ref)
    assert (fact.payload["direction"], fact.payload["outcome"]) == ("in", "conversation")


def test_why_somebody_pays_late_is_proposed_from_the_text_and_kept_once_confirmed(agent):
    enter(LI)
    address = reverse("desk:keep_inbound", args=[LI.account])
    form = {"key": str(uuid.uuid4()), "channel": "call", "outcome": "conversation", "text": "上月被裁员"}
    page = agent.post(address, form)
    assert "是这个原因吗" in text_of(page) and casebook.facts_of(LI.ref) == []
    agent.post(address, {**form, "lateness": "lost_job", "proposed": "lost_job"})
    assert casebook.facts_of(LI.ref)[-1].payload == {"reason": "lost_job"}
    assert "失业或收入减少" in text_of(case_of(agent, LI))


def test_an_agent_overrides_nothing_and_sees_no_compliance_page(agent):
    enter(WANG)
    form = {"key": str(uuid.uuid4()), "point": "+8613800000001", "reason": "急"}
    page = agent.post(reverse("desk:begin_call", args=[WANG.account]), form, follow=True)
    assert "坐席不能越过任何规则" in page.content.decode()
    assert casebook.facts_of(WANG.ref) == []
    assert agent.get("/desk/compliance/").status_code == 403


def test_the_compliance_page_counts_refusals_by_rule_and_hour(agent, leader):
    enter(WANG)
    with standing_at(NOW + timedelta(hours=9)):  # 23:05 in Shanghai, a Saturday
        call(agent, WANG)
        page = leader.get("/desk/compliance/")
    shown = page.context["page"]
    assert {rule.rule_id: rule.refusals for rule in shown.rules} == {
        "cn.cba2026.quiet_hours": 1,
        "cn.gbt45251.quiet_hours": 1,
    }
    assert shown.hours[23].quiet and shown.hours[23].cells[5][:2] == (0, 1)
    assert shown.made_in_quiet == 0 and "夜间不催收" in text_of(page)


def ask_to_call(player):
    wish = Proposal(at=NOW, channel="call", point=dict(player.points)["mobile"], debts=(player.account,))
    asking = Asking("k1", player.ref, wish, player.account)
    return clearance_actions.ask(asking=asking, book="cn.card_issuer", now=NOW)


def test_a_contact_stopped_after_it_was_cleared_is_a_near_miss(leader):
    enter(WANG)
    leave = ask_to_call(WANG)
    clearance_actions.release(clearance_keys=[leave.key], because="withdrawn", now=NOW)
    shown = leader.get("/desk/compliance/").context["page"]
    assert [(miss.kind, miss.account_ref) for miss in shown.near] == [("taken_back", WANG.account)]


def test_holds_in_force_are_counted_until_lifted(leader):
    enter(ZHAO)
    key = tell(ZHAO, FactKind.DISPUTE)
    assert leader.get("/desk/compliance/").context["page"].holds[0][:2] == (FactKind.DISPUTE, 1)
    leader.post(f"{reverse('desk:lift', args=[ZHAO.account])}?hold={key}", {"reason": "已核实"})
    assert leader.get("/desk/compliance/").context["page"].holds == []


# Matters -------------------------------------------------------------------------------------


def raise_matter(client, player, about="wrong_amount", **more):
    form = {"key": str(uuid.uuid4()), "about": about, "text": "利息算错了", **more}
    return client.post(reverse("desk:raise_matter", args=[player.account]), form, follow=True)


def test_a_matter_is_raised_looked_after_and_answered_within_its_clock(agent, leader):
    enter(ZHAO)
    page = text_of(raise_matter(agent, ZHAO))
    assert "2026年12月6日" in page and "我们自己的核算" in page
    (matter,) = care.open_matters()
    address = reverse("desk:matter", args=[matter.ref])
    agent.post(address, {"do": "take"})
    agent.post(address, {"do": "say", "text": "已调取账单"})
    agent.post(address, {"do": "extend", "reason": "等待商户"})
    before = standing_of(ZHAO.account).owed_cents
    told = {"do": "answer", "outcome": "upheld", "text": "多收的利息已退。", "correction": "12.50"}
    assert "坐席不能退还款项" in agent.post(address, told).content.decode()
    leader.post(address, told)
    seen = care.matter(matter.ref)
    assert (seen.outcome, seen.corrected_cents, seen.due_date.day) == ("upheld", 1250, 21)
    assert before - standing_of(ZHAO.account).owed_cents == 1250
    assert [step.what for step in seen.steps] == ["raised", "took", "asked", "extended", "answered"]
    assert "没有待答复的事项" in text_of(agent.get("/desk/matters/"))


def test_an_answer_without_words_or_with_a_strange_amount_is_asked_again(leader):
    enter(ZHAO)
    raise_matter(leader, ZHAO)
    (matter,) = care.open_matters()
    address = reverse("desk:matter", args=[matter.ref])
    for wrong in ({"text": ""}, {"correction": "abc"}, {"outcome": "ended"}):
        told = {"do": "answer", "outcome": "upheld", "text": "x", "correction": "", **wrong}
        assert leader.post(address, told).status_code == 200
    assert care.matter(matter.ref).is_open


def test_an_answer_nobody_may_give_comes_back_with_its_words_and_a_better_sentence(leader):
    enter(ZHAO)
    raise_matter(leader, ZHAO)
    (matter,) = care.open_matters()
    address = reverse("desk:matter", args=[matter.ref])
    told = {"do": "answer", "outcome": "rejected", "correction": "", "text": "再不还钱我们就告诉您的家人。"}
    page = text_of(leader.post(address, told))
    assert "告诉您的家人" in page and "只和您本人联系" in page and care.matter(matter.ref).is_open
    page = text_of(leader.post(address, {**told, "text": "核对无误，今天必须处理。"}, follow=True))
    assert "今天必须处理" in page and "可以改说" in page and not care.matter(matter.ref).is_open


def test_what_the_bureau_must_be_told_stands_on_the_list_until_it_is(agent):
    enter(ZHAO)
    raise_matter(agent, ZHAO, "credit_report")
    assert "标注为有异议" in text_of(agent.get("/desk/matters/"))
    (notice,) = care.bureau_notices()
    agent.post(reverse("desk:tell_bureau", args=[notice.matter_ref, "mark"]))
    assert care.bureau_notices() == []


def test_a_customers_file_is_handed_over_to_be_saved_and_never_shown_in_our_pages(agent, settings, tmp_path):
    from arrears.care.tests.test_care import PNG

    settings.PAPERS_FOLDER = tmp_path
    enter(ZHAO)
    raise_matter(agent, ZHAO)
    (matter,) = care.open_matters()
    key = care_actions.add_paper(ref=matter.ref, name="收据.png", content=PNG, by="customer", now=NOW)
    answer = agent.get(reverse("desk:paper", args=[key]))
    assert b"".join(answer.streaming_content) == PNG
    assert (
        answer["Content-Disposition"].startswith("attachment")
        and "sandbox" in answer["Content-Security-Policy"]
    )


# Words ---------------------------------------------------------------------------------------


def note(client, player, text, *, kind=FactKind.NOTE):
    told = {"key": uuid.uuid4(), "kind": str(kind), "text": text, "keep": "1"}
    return client.post(reverse("desk:tell", args=[player.account]), told, follow=True)


def test_a_note_with_wrong_words_is_kept_and_shown_with_a_better_sentence(agent):
    enter(WANG)
    answer = note(agent, WANG, "我告诉他再不还就影响孩子上学。")
    assert answer.redirect_chain[-1][0].endswith("#words")
    page = text_of(answer)
    assert "其中有些措辞需要再看一看" in page and "逾期不影响您的孩子上学" in page
    facts = [fact for fact in casebook.facts_of(WANG.ref) if fact.recorded_by == "some.agent"]
    assert [fact.kind for fact in facts] == [FactKind.NOTE, FactKind.WORDS_QUESTIONED]


def test_a_plain_note_says_nothing_of_words(agent):
    enter(WANG)
    assert "需要再看一看" not in text_of(note(agent, WANG, "客户下周五还500元。"))


def test_what_a_complaint_tells_of_others_is_not_held_against_the_agent(agent):
    enter(WANG)
    note(agent, WANG, "有人说我是老赖，还要告诉我单位。", kind=FactKind.COMPLAINT)
    assert FactKind.WORDS_QUESTIONED not in {fact.kind for fact in casebook.facts_of(WANG.ref)}


def test_a_supervisor_reads_all_agents_words_and_an_agent_does_not(agent, leader):
    enter(WANG)
    note(agent, WANG, "我告诉他再不还就影响孩子上学。")
    page = text_of(leader.get(reverse("desk:words")))
    assert WANG.account in page and "some.agent" in page and "影响孩子上学" in page
    assert agent.get(reverse("desk:words")).status_code == 403


def test_what_was_said_of_the_debt_to_whoever_answered_is_seen(agent):
    enter(WANG)
    begun = agent.post(
        reverse("desk:begin_call", args=[WANG.account]), {"key": uuid.uuid4(), "point": "+8613800000001"}
    )
    told = {"outcome": "wrong_person", "text": "他母亲接的，已告知其母亲欠款金额。"}
    assert "透露" in text_of(agent.post(begun.url, told, follow=True))
