"""What we write says who, what, how and where; it is written whole or not at all."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrears.casebook.types import Person
from arrears.contact import queries, words
from arrears.contact.words import UnableToWord, render
from arrears.kernel.words import Words
from arrears.reckoning.types import Line, Owed

TEMPLATES = ("reminder_before_due", "reminder_late", "reminder_later")
OF_AGREEMENTS = ("agreement_reminder", "agreement_missed", "promise_broken", "promise_part_kept")
LANGUAGES = ("zh-hans", "en")
CHANNELS = ("email", "sms")
WANG = Person("C1", "王小明", "zh-hans", "Asia/Shanghai")
ZHOU = Person("C6", "Zhou Tao", "en", "Europe/London")


def owed(**different) -> Owed:
    usual = {
        "account_ref": "6225000012341234",
        "as_of": date(2026, 11, 21),
        "currency": "CNY",
        "source": "reckoned",
        "payoff_cents": 1234567,
        "statement_balance_cents": 1200000,
        "minimum_due_cents": 120000,
        "overdue_cents": 60050,
        "interest_billed_cents": 1234,
        "interest_accrued_cents": 567,
        "late_fees_cents": 3000,
        "days_past_due": 27,
        "oldest_due_date": date(2026, 10, 25),
        "next_due_date": date(2026, 11, 25),
        "lines": (),
    }
    return Owed(**{**usual, **different})


def letter(template: str, channel: str = "email", person: Person = WANG, **different) -> words.Wording:
    return queries.reminder(template=template, channel=channel, person=person, owed=owed(**different))


@pytest.mark.parametrize(("template", "channel", "person"), [*product(TEMPLATES, CHANNELS, (WANG, ZHOU))])
def test_every_reminder_says_who_writes_to_whom_about_what_and_where_to_turn(template, channel, person):
    text = letter(template, channel, person)
    institution = "欠款示范银行" if person is WANG else "Arrears Example Bank"
    for needed in (institution, person.name, "1234", "http://127.0.0.1:8000", "400-000-0000"):
        assert needed in text.body
    assert "¥1,200.00" in text.body if template == "reminder_before_due" else "¥12,345.67" in text.body
    assert ("异议" if person is WANG else "object") in text.body
    assert bool(text.subject) == (channel == "email")


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_letter_tells_how_to_pay_to_talk_to_object_and_to_check_that_it_is_genuine(template):
    chinese, english = letter(template).body, letter(template, person=ZHOU).body
    for part in ("怎么还款", "异议", "证据", "怎样确认这封邮件是真的", "不会向您索要密码和验证码"):
        assert part in chinese
    for part in ("HOW TO PAY", "object", "evidence", "REALLY FROM US", "never ask for passwords or codes"):
        assert part in english


def test_the_later_letter_has_what_the_measures_ask_of_a_collection_letter():
    body = letter("reminder_later").body
    for part in (
        "王小明",
        "全部欠款　　　¥12,345.67",
        "事由和依据",
        "您的权利和义务",
        "提出异议",
        "怎么还款",
    ):
        assert part in body


@pytest.mark.parametrize(("template", "channel", "person"), [*product(TEMPLATES, CHANNELS, (WANG, ZHOU))])
def test_no_reminder_threatens_or_shames(template, channel, person):
    text = letter(template, channel, person).body.lower()
    for word in ("黑名单", "起诉", "上门", "单位", "家人", "征信", "后果", "court", "blacklist", "employer"):
        assert word not in text


@pytest.mark.parametrize(("template", "language"), [*product((*TEMPLATES, "one_time_code"), LANGUAGES)])
def test_an_sms_takes_three_segments_at_most_with_a_long_name_and_a_large_sum(template, language):
    person = Person(
        "C9", "阿卜杜热合曼" if language == "zh-hans" else "Maximiliana Featherstonehaugh", language, ""
    )
    values = {
        **queries.house_values(language=language),
        **words.owed_values(owed(payoff_cents=99999999, overdue_cents=88888888), language=language),
        "address": "https://card.example-bank.com.cn",
        "name": person.name,
        "code": "123456",
        "minutes": "10",
    }
    text = render(template=template, channel="sms", language=language, values=values).body
    plain = all(ord(mark) < 128 or mark in "¥£" for mark in text)  # fits the 7-bit alphabet
    assert len(text) <= (459 if plain else 201), len(text)
    assert plain == (language == "en") and "\n" not in text


def test_what_the_bank_supplied_without_an_overdue_amount_is_written_without_one():
    body = letter("reminder_late", overdue_cents=None, oldest_due_date=None, days_past_due=0).body
    assert "逾期应还" not in body and "None" not in body and "¥12,345.67" in body


@pytest.mark.parametrize(("language", "called"), [("zh-hans", "客户，您好"), ("en", "Dear customer,")])
def test_a_book_without_names_still_gets_a_polite_letter(language, called):
    nobody = Person("C1", " ", language, "Asia/Shanghai")
    assert called in letter("reminder_late", person=nobody).body


def test_a_statement_balance_nobody_told_is_left_out():
    assert "账单余额" not in letter("reminder_before_due", statement_balance_cents=0).body


def test_a_missing_value_is_an_error_naming_template_and_value():
    with pytest.raises(UnableToWord, match=r"reminder_before_due.email.zh-hans.txt.*minimum_due"):
        letter("reminder_before_due", minimum_due_cents=0)


@pytest.mark.parametrize("nothing", [{}, {"name": None}, {"name": ""}])
def test_nothing_is_never_printed_as_nothing(nothing):
    with pytest.raises(UnableToWord, match="which was not given"):
        render(template="one_time_code", channel="sms", language="en", values=nothing)


def test_an_unknown_template_is_named():
    with pytest.raises(UnableToWord, match=r"no template threat.email.en.txt"):
        render(template="threat", channel="email", language="en", values={})


def test_every_template_is_there_in_both_languages_and_for_both_channels():
    found = {file.name for file in (words.FOLDER / "contact").iterdir()}
    ours = ("agreement_copy", "promise_made", "credit_offer", "one_time_code")
    names = product((*TEMPLATES, *OF_AGREEMENTS, *ours), CHANNELS, LANGUAGES)
    assert found == {f"{template}.{channel}.{language}.txt" for template, channel, language in names}


@pytest.mark.parametrize("template", OF_AGREEMENTS)
@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_of_an_agreement_names_amount_day_and_where_to_find_us(template, channel, language):
    person = Person("C1", "王小明", language, "Asia/Shanghai")
    values = {"account": "0001", "amount": "¥600.00", "paid": "¥70.00", "day": "D1", "until": "D2"}
    body = queries.worded(template=template, channel=channel, person=person, values=values).body
    assert "¥600.00" in body and "D1" in body and "王小明" in body and "http" in body


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_copy_of_an_agreement_says_its_terms_and_its_number(channel, language):
    person = Person("C1", "王小明", language, "Asia/Shanghai")
    values = {"account": "0001", "title": "T", "day": "D1", "terms": "12 x ¥600.00", "number": "N7"}
    body = queries.worded(template="agreement_copy", channel=channel, person=person, values=values).body
    assert all(each in body for each in ("12 x ¥600.00", "N7", "D1", "王小明", "http"))


@settings(max_examples=40, deadline=None)
@given(name=st.text(min_size=1, max_size=40))
def test_a_name_is_written_as_it_is_and_never_read_as_markup(name):
    person = Person("C1", name, "en", "Asia/Shanghai")
    written = name.replace(chr(0xFDD0), "").strip() or "customer"
    assert f"Dear {written}," in letter("reminder_late", "sms", person).body


def test_a_name_full_of_template_marks_is_only_a_name():
    person = Person("C1", "{{ phone }}{% now 'Y' %}<b>", "en", "Asia/Shanghai")
    assert "Dear {{ phone }}{% now 'Y' %}<b>," in letter("reminder_late", "sms", person).body


def test_a_letter_says_what_the_whole_is_made_of() -> None:
    parts = (
        Line("purchases", 90_00, Words(zh="尚未还清的消费", en="Purchases not yet paid")),
        Line("interest", 10_00, Words(zh="利息", en="Interest")),
    )
    values = words.owed_values(owed(payoff_cents=100_00, lines=parts), language="en")
    assert values["parts"] == "    Purchases not yet paid  ¥90.00\n    Interest  ¥10.00"
