"""What an agent reads before any button, in both languages."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from arrears.clearance.core import clear
from arrears.clearance.types import Hold, Known, PastContact, Proposal, Verdict
from arrears.clearance.words import in_words

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, 10, hour, minute, tzinfo=SHANGHAI)


def verdict(proposal: Proposal, *history: PastContact, **known: object) -> Verdict:
    return clear(proposal, Known(**known), history, book="cn.card_issuer", on=date(2026, 6, 10))


def test_a_yes_says_until_when_and_what_is_used():
    answer = verdict(Proposal(at(17), "call"), PastContact(at(9), "call"), PastContact(at(10), "call"))
    assert in_words(answer, zone="Asia/Shanghai").lines("zh-hans") == [
        "可以联系，到 6月10日 22:00 为止。",
        "今天这个号码：2/6",
        "今天与此人：0/3",
    ]


def test_a_no_says_from_when_why_and_by_which_rule():
    said = in_words(verdict(Proposal(at(23), "sms")), zone="Asia/Shanghai")
    assert said.heading.zh == "现在不能联系；6月11日 08:00 起可以。"
    assert said.heading.en == "Not now; from 11 June 08:00 it may be made."
    assert "催收工作指引" in said.reasons[0].zh and "binding" in said.reasons[0].en


def test_a_no_that_time_does_not_cure_says_so():
    answer = verdict(Proposal(at(12), "sms"), holds={"deceased": Hold("deceased")})
    assert in_words(answer, zone="Asia/Shanghai").heading.en.startswith("Not allowed; waiting will not")


def test_each_reason_says_from_when_it_alone_would_pass():
    history = [PastContact(at(hour), "call", point="mobile-1") for hour in range(9, 15)]
    answer = verdict(Proposal(at(22, 30), "call", point="mobile-1"), *history)
    reasons = in_words(answer, zone="Asia/Shanghai").reasons
    assert any("6月11日 00:00" in reason.zh for reason in reasons)  # the cap; the night lasts until eight


def test_no_sentence_of_a_refusal_has_an_unfilled_place():
    busy = [
        PastContact(at(hour), "call", outcome=out)
        for hour in range(9, 21)
        for out in ("conversation", "no_answer")
    ]
    answer = verdict(Proposal(at(22, 30), "call", by="agency:B"), *busy, assigned_to="agency:A")
    assert len(answer.refusals) == 6
    for reason in in_words(answer, zone="Asia/Shanghai").reasons:
        assert "{" not in reason.zh + reason.en
