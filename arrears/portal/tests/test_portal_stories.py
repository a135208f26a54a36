"""What customers live through here: sign in by code, see what is owed and why, be heard."""

import re
import uuid
from datetime import date

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from arrears.care import actions as care_actions
from arrears.care import queries as care
from arrears.care.types import Outcome
from arrears.casebook import queries as casebook
from arrears.casebook.types import FactKind
from arrears.clearance.queries import would_clear
from arrears.clearance.types import Asking, Proposal
from arrears.contact.models import Message
from arrears.contact.types import MessageState
from arrears.desk import actions as desk
from arrears.look.tests.cast import (
    CHEN,
    LI,
    LIN,
    NOW,
    SUN,
    WANG,
    ZHAO,
    ZHOU,
    Player,
    enter,
    stray_money,
    tell,
    wait_to_be_sent,
)
from arrears.portal import urls
from arrears.portal.actions import plain
from arrears.reckoning import queries as reckoning
from arrears.staff.models import Member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("afternoon")]
INSIDE = [
    "/",
    "/why/1/",
    "/history/",
    "/pay/",
    "/talk/",
    "/talk/life/",
    "/matters/",
    "/contacts/",
    "/wishes/",
]


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# The door ------------------------------------------------------------------------------


SAME = ["13800000001", "138 0000 0001", "+86 138-0000-0001", "0086138 00000001", "C0001", "WANG@example.com "]


@pytest.mark.parametrize("typed", SAME)
def test_a_customer_is_known_by_whatever_the_bank_knows(client, telephone, typed):
    enter(WANG)
    page = client.post("/sign-in/", {"typed": typed}, follow=True)
    assert "六位验证码已经发出" in text_of(page)
    assert Message.objects.get().customer_id == WANG.ref


def test_wang_signs_in_with_the_code_and_sees_what_he_owes(customer):
    enter(WANG)
    text = text_of(customer(WANG).get("/"))
    assert "王小明 ，您好" in text and "¥3,399.72" in text
    assert "其中 ¥328.00 已过还款日。还上这一笔，账户就不再逾期。" in text


def test_a_stranger_sees_the_same_page_and_no_code_opens_the_door(client, telephone):
    enter(WANG)
    known = client.post("/sign-in/", {"typed": "13800000001"}, follow=True)
    stranger = Client()
    unknown = stranger.post("/sign-in/", {"typed": "13900000009"}, follow=True)
    same = [text_of(known).replace("13800000001", ""), text_of(unknown).replace("13900000009", "")]
    assert same[0] == same[1] and len(telephone()) == 1
    assert "验证码不正确" in text_of(stranger.post("/sign-in/code/", {"code": telephone()[0]}))


def test_five_wrong_codes_use_up_the_right_one(client, telephone):
    enter(WANG)
    client.post("/sign-in/", {"typed": "C0001"})
    wrong = "000000" if telephone()[0] != "000000" else "111111"
    for _ in range(5):
        client.post("/sign-in/code/", {"code": wrong})
    assert client.post("/sign-in/code/", {"code": telephone()[0]}).status_code == 200
    assert client.get("/").url == "/sign-in/"


def test_a_code_opens_the_door_once(client, telephone):
    enter(WANG)
    client.post("/sign-in/", {"typed": "C0001"})
    ticket = client.cookies["arrears_customer"].value
    assert client.post("/sign-in/code/", {"code": telephone()[0]}).url == "/"
    other = Client()
    other.cookies["arrears_customer"] = ticket
    assert other.post("/sign-in/code/", {"code": telephone()[0]}).url == "/sign-in/"


def test_too_many_codes_are_refused_kindly(client, telephone):
    enter(WANG)
    pages = [client.post("/sign-in/", {"typed": "C0001"}, follow=True) for _ in range(4)]
    assert "索取验证码过于频繁" in text_of(pages[-1]) and len(telephone()) == 3


def test_of_two_who_share_a_telephone_neither_is_guessed(client, telephone):
    twin = Player("C0101", "王小红", 1, 1000, points=WANG.points)
    enter(WANG, twin)
    client.post("/sign-in/", {"typed": "13800000001"})
    assert telephone() == []
    client.post("/sign-in/", {"typed": twin.ref})
    assert Message.objects.get().customer_id == twin.ref


NONSENSE = ["", "   ", "\x00", "a" * 5000, "'; drop table casebook_customer; --", "@", "+", "汉字"]


@pytest.mark.parametrize("typed", NONSENSE)
def test_whatever_is_typed_at_the_door_breaks_nothing(client, telephone, typed):
    enter(WANG)
    assert client.post("/sign-in/", {"typed": typed}, follow=True).status_code == 200
    assert telephone() == []


def test_plain_numbers_are_read_as_the_casebook_writes_them():
    assert [plain("0044 20 7946 0018"), plain("8613800000001"), plain("K9-1")] == [
        "+442079460018",
        "8613800000001",
        "K9-1",
    ]


# Who may see what ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern",
    [p for p in urls.urlpatterns if p.name not in {"sign_in", "code", "sign_out"}],
    ids=lambda p: p.name,
)
def test_no_page_opens_without_a_code(client, db, pattern):
    address = "/" + str(pattern.pattern).replace("<int:number>", "1")
    assert client.get(address).url == "/sign-in/" and client.post(address).url == "/sign-in/"


def test_a_customer_sees_her_own_cards_only(customer):
    enter(WANG, LI)
    hers = customer(LI)
    pages = " ".join(text_of(hers.get(address)) for address in INSIDE)
    assert "李静" in pages and "王小明" not in pages and WANG.account not in pages
    assert hers.get("/why/2/").status_code == 404 and hers.get("/why/0/").status_code == 404


def test_no_address_names_an_account_or_a_customer(customer):
    enter(WANG)
    wang = customer(WANG)
    for address in INSIDE:
        addresses = re.findall(r'(?:href|action)="([^"]*)"', wang.get(address).content.decode())
        assert addresses and not [a for a in addresses if WANG.account in a or WANG.ref in a]


def test_a_customers_session_opens_no_desk_and_a_desks_no_portal(customer):
    enter(WANG)
    wang, agent = customer(WANG), Client()
    stolen = Client()
    stolen.cookies["sessionid"] = wang.cookies["arrears_customer"].value
    assert stolen.get("/desk/cases/").status_code == 302
    agent.force_login(Member.objects.create(username="chen"))
    agent.cookies["arrears_customer"] = agent.cookies["sessionid"].value
    assert agent.get("/").url == "/sign-in/"


def test_the_session_ends_by_itself_and_by_sign_out(customer):
    enter(WANG)
    wang = customer(WANG)
    cookie = wang.cookies["arrears_customer"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (1800, True, "Lax")
    wang.post("/sign-out/")
    wang.cookies["arrears_customer"] = cookie.value
    assert wang.get("/").url == "/sign-in/"
    again = customer(WANG)
    Session.objects.update(expire_date=NOW.replace(year=2000))
    assert again.get("/").url == "/sign-in/"


def test_signing_in_changes_the_session_key(client, telephone):
    enter(WANG)
    client.post("/sign-in/", {"typed": "C0001"})
    before = client.cookies["arrears_customer"].value
    client.post("/sign-in/code/", {"code": telephone()[0]})
    assert client.cookies["arrears_customer"].value != before


def test_pages_are_kept_by_no_cache(customer):
    enter(WANG)
    wang = customer(WANG)
    assert all("no-store" in wang.get(address)["Cache-Control"] for address in INSIDE)


# What I owe ----------------------------------------------------------------------------


def test_every_amount_opens_down_to_the_purchase(customer):
    enter(WANG)
    text = text_of(customer(WANG).get("/why/1/"))
    assert "2026年9月19日 消费 P3" in text and "银发〔2016〕111号" in text and "¥3,399.72" in text


def test_a_payment_shows_as_soon_as_it_is_matched(customer):
    enter(WANG)
    wang, someone = customer(WANG), Member.objects.create(username="chen")
    stray_money(cents=32_800)
    desk.match(money_ref="TX-1", account=WANG.account, reason="来电核实", by=someone, now=NOW)
    text = text_of(wang.get("/"))
    assert "您 2026年11月21日 的还款 ¥328.00 已收到，谢谢您。" in text
    assert "¥3,071.72" in text and "已过还款日" not in text
    assert "收到您的还款 ¥328.00" in text_of(wang.get("/history/"))


def test_lin_fang_who_is_not_late_is_reminded_of_nothing(customer):
    enter(LIN)
    text = text_of(customer(LIN).get("/"))
    assert "¥1,520.30" in text and "逾期" not in text and "已过还款日" not in text


def test_how_to_pay_says_how_much_and_where_to(customer):
    enter(WANG)
    text = text_of(customer(WANG).get("/pay/"))
    assert WANG.account in text and "还清逾期需还 ¥328.00" in text and "全部还清需还 ¥3,399.72" in text


def test_zhou_tao_is_spoken_to_in_english_until_he_chooses_otherwise(customer):
    enter(ZHOU)
    zhou = Client()
    page = zhou.post("/sign-in/", {"typed": "zhou@example.com"}, follow=True)
    assert "验证码" in text_of(page)
    from arrears.portal.session import SessionStore

    session = SessionStore(zhou.cookies["arrears_customer"].value)
    session["portal_customer"] = ZHOU.ref
    session.save()
    zhou.cookies["arrears_language"] = "en"
    assert "Hello, Zhou Tao" in text_of(zhou.get("/"))
    zhou.post("/language/", {"language": "zh-hans", "next": "/"})
    assert "Zhou Tao ，您好" in text_of(zhou.get("/"))


def test_the_page_turns_to_the_customers_language_at_sign_in(client, telephone):
    anna = Player("C0102", "Anna", 1, 5000, language="en", points=(("mobile", "+8613800000102"),))
    enter(anna)
    client.post("/sign-in/", {"typed": anna.ref})
    assert "Hello, Anna" in text_of(client.post("/sign-in/code/", {"code": telephone()[0]}, follow=True))


def test_an_account_that_cannot_be_reckoned_asks_for_patience_and_shows_no_wrong_number(
    customer, monkeypatch
):
    from arrears.kernel.trouble import Trouble

    enter(WANG)
    wang = customer(WANG)

    def unable(**_):
        raise Trouble("broken")

    monkeypatch.setattr("arrears.portal.queries.reckoning.owed", unable)
    for address in ("/", "/why/1/"):
        assert "这个账户目前无法核算" in text_of(wang.get(address)) and "¥3" not in text_of(wang.get(address))
    assert wang.get("/pay/").status_code == 200


# Being heard ---------------------------------------------------------------------------


def say(client, group="wrong", **more):
    form = {"key": str(uuid.uuid4()), "text": "这笔不是我消费的，10月12日在外地出差"}
    if group == "wrong":
        form["about"] = "not_mine"
    return client.post(f"/talk/{group}/", {**form, **more})


def test_an_objection_stops_contact_at_once(customer):
    enter(ZHAO)
    zhao, message = customer_by_mail(customer, ZHAO), wait_to_be_sent(ZHAO)
    page = text_of(say(zhao, about="wrong_amount"))
    assert "我们记下了" in page and "最迟于 2026年12月6日 答复您" in page and "核实期间我们不催您" in page
    assert message().state is MessageState.WITHDRAWN
    wish = Proposal(at=NOW, channel="email", point="zhao@example.com")
    verdict = would_clear(Asking("", ZHAO.ref, wish, ZHAO.account), book="cn.card_issuer", now=NOW)
    assert not verdict.cleared and "69" in verdict.refusals[0].reference
    assert "您反映的情况，我们正在核实" in text_of(zhao.get("/"))


def customer_by_mail(customer, player):
    """Zhao has no mobile: give him one for the code."""
    from arrears.casebook import actions
    from arrears.casebook.types import BookRows

    actions.enter(rows=BookRows(contact_points=[(player.ref, "mobile", "+8613800000903", None)]), now=NOW)
    return customer(player)


def test_what_a_customer_says_is_kept_word_for_word_once(customer):
    enter(LI)
    li, key = customer(LI), str(uuid.uuid4())
    words = "公司裁员，<b>暂时</b>还不上；\n下月可能有收入。"
    for _ in range(2):
        say(li, "life", key=key, about="lost_job", consent="on", text=words)
    (fact,) = [fact for fact in casebook.facts_of(LI.ref) if fact.kind is FactKind.HARDSHIP]
    assert fact.payload["text"].replace("\r\n", "\n") == words and fact.payload["about"] == "lost_job"
    assert fact.recorded_by == "customer"
    assert "我们不会催您，会和您一起商量做得到的办法" in text_of(li.get("/"))
    assert "&lt;b&gt;暂时&lt;/b&gt;" in li.get("/history/").content.decode()


def test_the_bereaved_family_reads_kind_words(customer):
    enter(CHEN)
    family = customer(CHEN)
    say(family, "died", text="父亲上月去世")
    text = text_of(family.get("/"))
    assert "请您节哀" in text and "不会向任何人催收" in text


def test_an_unknown_matter_or_key_is_refused_without_a_fact(customer):
    enter(LI)
    li = customer(LI)
    for wrong in ({"about": "waiver"}, {"key": "not-a-key"}, {"text": "x" * 5000}):
        assert say(li, **wrong).status_code == 200
    assert say(li, "waiver").status_code == 404
    told = {fact.kind for fact in casebook.facts_of(LI.ref)}
    assert told == {FactKind.SIGNED_IN, FactKind.CONTACT_MADE}


def test_the_night_nurse_says_when_she_can_be_reached_and_the_gate_keeps_to_it(customer):
    enter(SUN)
    sun = customer(SUN)
    form = {"wish": "hours", "key": str(uuid.uuid4()), "hours_from": "15:00", "hours_to": "20:00"}
    assert "15:00-20:00" in text_of(sun.post("/wishes/", form, follow=True))
    wish = Proposal(at=NOW, channel="sms", point="+8613800000005")  # 14:05
    verdict = would_clear(Asking("", SUN.ref, wish, SUN.account), book="cn.card_issuer", now=NOW)
    assert not verdict.cleared and f"{verdict.cured_at:%H}" == "07"  # 15:00 in Shanghai
    backwards = {**form, "hours_from": "20:00", "hours_to": "15:00"}
    assert "结束时间要晚于开始时间" in text_of(sun.post("/wishes/", backwards))


def test_a_channel_is_switched_off_by_one_click(customer):
    enter(WANG)
    wang = customer(WANG)
    wang.post("/wishes/", {"wish": "channel", "key": str(uuid.uuid4()), "channel": "sms"})
    wish = Proposal(at=NOW, channel="sms", point="+8613800000001")
    assert not would_clear(Asking("", WANG.ref, wish, WANG.account), book="cn.card_issuer", now=NOW).cleared
    assert "不用这种方式" in text_of(wang.get("/wishes/"))


# Who contacted me ----------------------------------------------------------------------


def test_every_message_is_listed_with_its_words_and_notes_of_the_staff_are_not(customer):
    enter(WANG)
    wang = customer(WANG)
    message = wait_to_be_sent(WANG)
    tell(WANG, FactKind.NOTE, text="客户语气不好")
    assert "有一笔还款" not in text_of(wang.get("/contacts/"))
    Message.objects.filter(key=message().key).update(state="sent", sent_at=NOW)
    text = text_of(wang.get("/contacts/"))
    assert "我们发给您的短信" in text and "有一笔还款" in text and "发至 +8613800000001" in text
    assert "您登录了本页面" in text
    pages = " ".join(text_of(wang.get(address)) for address in INSIDE)
    assert "语气不好" not in pages


def test_the_code_itself_is_never_shown_again(customer, telephone):
    enter(WANG)
    wang = customer(WANG)
    assert telephone()[0] not in text_of(wang.get("/contacts/"))


# What if -------------------------------------------------------------------------------


def test_what_if_i_pay_says_what_it_saves(customer):
    enter(WANG)
    wang = customer(WANG)
    page = wang.get("/pay/", {"card": 1, "amount": "1,000.00", "on": "2026-11-25"})
    choice, day = page.context["choice"], date(2026, 11, 25)
    history = casebook.history_of(WANG.account)
    said = reckoning.what_if(history=history, payments=[(day, 100_000)], as_of=day)
    assert choice.left_cents == said.after.payoff_cents == said.before.payoff_cents - 100_000
    assert choice.saved_cents >= 1_500  # 30 days on 1,000.00 at 0.05 % a day, and what goes with it
    assert f"少付利息和费用 ¥{choice.saved_cents / 100:.2f}" in text_of(page)
    assert casebook.history_of(WANG.account).movements[-1].ref == "P3"


@pytest.mark.parametrize(
    "asked",
    [
        {"card": 2}, {"card": "x"}, {"amount": "-5"}, {"amount": "1e400"}, {"amount": ""}, {"on": "2020-01-01"},
        {"on": "9999-12-31"}, {"on": "soon"},
    ],
)  # fmt: skip
def test_a_what_if_that_makes_no_sense_answers_kindly(customer, asked):
    enter(WANG)
    page = customer(WANG).get("/pay/", {"card": 1, "amount": "500", "on": "2026-11-25", **asked})
    assert page.status_code == 200 and page.context["choice"] is None


def photo(name="收据.png", content=None):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from arrears.care.tests.test_care import PNG

    return SimpleUploadedFile(name, content or PNG)


@pytest.fixture
def papers(settings, tmp_path):
    settings.PAPERS_FOLDER = tmp_path / "papers"


def test_photos_go_with_what_is_raised_and_more_can_follow(customer, papers):
    enter(ZHAO)
    zhao = customer_by_mail(customer, ZHAO)
    assert "收据.png" in text_of(say(zhao, papers=[photo()]))
    (matter,) = care.matters_of(ZHAO.ref)
    zhao.post(f"/matters/{matter.ref}/", {"papers": [photo("对账单.png")]})
    zhao.post(f"/matters/{matter.ref}/", {"papers": [photo("x.png", b"MZ" + bytes(60))]})
    assert [paper.name for paper in care.matter(matter.ref).papers] == ["收据.png"]  # the same content
    page = text_of(zhao.get("/matters/"))
    assert "这笔交易不是我做的" in page and "2026年12月6日" in page


def test_a_file_that_is_no_picture_keeps_the_words_typed_and_raises_nothing(customer, papers):
    enter(ZHAO)
    zhao = customer_by_mail(customer, ZHAO)
    page = text_of(say(zhao, papers=[photo("病毒.png", b"MZ" + bytes(60))]))
    assert "无法接收 病毒.png" in page and "10月12日在外地出差" in page
    assert care.matters_of(ZHAO.ref) == []


def test_what_is_larger_than_five_papers_is_refused_before_it_is_read(customer, papers):
    enter(ZHAO)
    zhao = customer_by_mail(customer, ZHAO)
    answer = zhao.post("/talk/wrong/", b"x", content_type="text/plain", CONTENT_LENGTH=str(300 << 20))
    assert answer.status_code == 413 and "文件太大" in text_of(answer)
    assert zhao.post("/talk/wrong/", b"x", content_type="text/plain", CONTENT_LENGTH="-1").status_code == 413


def test_a_need_wants_consent_before_it_is_kept(customer):
    enter(LI)
    li = customer(LI)
    assert say(li, "life", about="illness").status_code == 200 and care.matters_of(LI.ref) == []


def test_nobody_adds_papers_to_a_matter_of_somebody_else(customer, papers):
    enter(ZHAO, LI)
    say(customer_by_mail(customer, ZHAO))
    (matter,) = care.matters_of(ZHAO.ref)
    answer = customer(LI).post(f"/matters/{matter.ref}/", {"papers": [photo()]})
    assert answer.status_code == 404 and care.matter(matter.ref).papers == ()


def test_the_answer_is_read_where_the_matter_stands(customer):
    enter(ZHAO)
    zhao = customer_by_mail(customer, ZHAO)
    say(zhao)
    (matter,) = care.matters_of(ZHAO.ref)
    care_actions.answer(
        ref=matter.ref, outcome=Outcome.UPHELD, text="商户已确认，全额退回。", by="lin", now=NOW
    )
    assert "您说得对" in text_of(zhao.get("/matters/")) and "商户已确认" in text_of(zhao.get("/matters/"))
