"""What a person writes is read before it is planned; a refusal names the phrase and stays on record."""

import pytest

from arrears.casebook.queries import facts_of
from arrears.casebook.types import FactKind
from arrears.contact import actions, queries, words
from arrears.contact.models import Message
from arrears.contact.tests.town import NOON, planned
from arrears.contact.types import Wording

pytestmark = pytest.mark.usefixtures("town", "home")
THREAT = "王先生，再不还钱我们就告诉您的家人。"
KIND = "王先生，您哪一天方便，我们谈谈还款安排。"


def written(text: str, key: str = "m1", **different):
    return planned(key, wording=Wording("关于您的信用卡", text), written_by="he.min", **different)


def plan(*messages) -> int:
    return actions.plan(messages=messages, now=NOON)


def questioned() -> list:
    return [fact for fact in facts_of("C1") if fact.kind is FactKind.WORDS_QUESTIONED]


def test_words_that_must_not_be_sent_are_refused_with_phrase_and_better_sentence():
    with pytest.raises(actions.UnableToSay) as refusal:
        plan(written(THREAT))
    assert "告诉您的家人" in str(refusal.value) and "只和您本人联系" in str(refusal.value)
    assert refusal.value.findings[0].rule.id == "cn.cba2026.words_privacy"


def test_the_refusal_stays_on_record_with_its_text_and_who_wrote_it():
    with pytest.raises(actions.UnableToSay):
        plan(written(THREAT))
    [fact] = questioned()
    assert fact.recorded_by == "he.min" and THREAT in fact.payload["stopped"] and not fact.payload["sent"]
    assert fact.payload["findings"][0]["kind"] == "disclosure"


def test_of_several_messages_none_is_planned_where_one_is_refused():
    with pytest.raises(actions.UnableToSay):
        plan(planned("m0"), written(THREAT))
    assert Message.objects.count() == 0


def test_each_try_with_other_words_is_kept_and_the_same_words_once():
    for text in (THREAT, THREAT, "还不还？不还就等着坐牢。"):
        with pytest.raises(actions.UnableToSay):
            plan(written(text))
    assert len(questioned()) == 2


def test_kind_words_are_planned_and_leave_no_mark():
    assert plan(written(KIND)) == 1 and questioned() == []


def test_words_that_want_a_second_look_are_planned_and_kept_as_a_finding():
    assert plan(written("今天必须处理，最后通牒。")) == 1
    [fact] = questioned()
    assert fact.payload["sent"] and "stopped" not in fact.payload


def test_a_text_too_long_to_read_is_not_planned():
    with pytest.raises(Exception, match="characters"):
        plan(written("您好" * 200_000))
    assert Message.objects.count() == 0


def test_a_template_that_says_what_nobody_may_say_is_not_used(tmp_path, monkeypatch):
    folder = tmp_path / "contact"
    folder.mkdir()
    (folder / "bad.sms.zh-hans.txt").write_text("您好\n再不还款将影响子女入学", "utf-8")
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    for cached in (words._engine, words._template):
        cached.cache_clear()
    with pytest.raises(words.UnableToWord, match=r"bad\.sms\.zh-hans\.txt, line 2.*影响子女入学"):
        words.render(template="bad", channel="sms", language="zh-hans", values={})
    for cached in (words._engine, words._template):
        cached.cache_clear()


def test_a_note_is_never_refused_and_what_it_says_is_kept_beside_it():
    told = {"account_ref": "A1", "customer_ref": "C1", "by": "he.min", "now": NOON}
    found = actions.read_words(text="我告诉他再不还会坐牢。", key="desk:1", **told)
    actions.read_words(text="我告诉他再不还会坐牢。", key="desk:1", **told)
    assert [each.kind for each in found] == ["consequence"] and len(questioned()) == 1
    assert queries.waiting_count() == 0
