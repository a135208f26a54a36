"""The guard reads words: what it finds, what it leaves alone, whom it listens to, how it cannot be fooled."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears.kernel.trouble import WrongConfiguration
from arrears.rulebook.law import load_law, rules_in_force
from arrears.rulebook.speech import load_lexicon
from arrears.speech import measuring
from arrears.speech.core.finding import Searcher
from arrears.speech.core.plain import Reader
from arrears.speech.queries import MOST_CHARACTERS, TO_DEBTOR, UnableToRead, read
from arrears.speech.types import Setting

DAY = date(2026, 11, 21)
THIRD = Setting(to="third_person")
KEPT = Setting(stage="kept")


def kinds(text: str, setting: Setting = TO_DEBTOR, book: str = "cn.card_issuer", on: date = DAY) -> set[str]:
    return {finding.kind for finding in read(text, book=book, on=on, setting=setting)}


def the_one(text: str, **more):
    found = read(text, book="cn.card_issuer", on=DAY, **more)
    assert len(found) == 1, found
    return found[0]


# What it finds ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("影响子女入学", "consequence"),
        ("上门走访、单位联系", "disclosure"),
        ("公开曝光个人信息", "posting"),
    ],
)
def test_the_public_script_pack_is_stopped(text, kind):
    assert any(
        finding.kind == kind and finding.stops for finding in read(text, book="cn.card_issuer", on=DAY)
    )


def test_a_finding_says_where_by_which_rule_and_what_to_say_instead():
    text = "您好。\n我是市法院的工作人员，请还款。"
    found = the_one(text)
    assert text[found.start : found.end] == found.phrase == "我是市法院"
    assert found.rule.id == "cn.cba2026.words_authority" and "2026-01-30" in found.rule.reference
    assert "不是司法" in found.better.zh and "not a court" in found.better.en


def test_every_sentence_used_for_tuning_is_read_as_it_should_be():
    read_wrongly = [
        f"{each.at}: {each.text}"
        for each, found in measuring.read_each(measuring.sentences(measuring.TRIAL / "tune.txt"), on=DAY)
        if {finding.kind for finding in found} != each.kinds
    ]
    assert read_wrongly == []


def test_no_better_sentence_is_itself_found_wrong():
    lexicon = load_lexicon()
    wrong = [
        (kind.kind, text)
        for kind in lexicon.kinds.values()
        for group in kind.groups
        for text in (group.better.zh, group.better.en)
        if any(found.stops for found in read(text, book="cn.card_issuer", on=DAY))
    ]
    assert wrong == []


# What it leaves alone --------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "我们不会联系您的家人。",
        "We will not call your employer about this debt.",
        "欠款不会坐牢。",
        "如有人自称法院工作人员，请挂断。",
        "您投诉有人说要曝光您，我们已经道歉。",
        "If anyone claims to be the police, hang up.",
    ],
)
def test_what_is_denied_warned_of_or_quoted_is_left_alone(text):
    assert read(text, book="cn.card_issuer", on=DAY) == []


@pytest.mark.parametrize(
    "text", ["If you don't pay we'll call your employer about this debt.", "你能不能找朋友借点先还上？"]
)
def test_a_negation_of_something_else_excuses_nothing(text):
    assert any(finding.stops for finding in read(text, book="cn.card_issuer", on=DAY))


def test_a_customers_curse_in_a_note_is_the_customers_and_ours_is_ours():
    assert kinds("客户骂我傻逼，我没有回嘴。", KEPT) == set()
    assert "insult" in kinds("客户骂了我，我说你才是傻逼。", KEPT)


# Who hears it, who says it, on which day -------------------------------------------------


def test_the_same_sentence_is_right_to_the_debtor_and_disclosure_to_anybody_else():
    text = "您的信用卡逾期三十天，最低还款额328元。"
    assert kinds(text) == set()
    assert kinds(text, THIRD) == {"disclosure"}


def test_that_we_spoke_of_the_debt_to_a_wife_is_seen_in_a_note_only():
    text = "已告知其妻子欠款金额。"
    assert kinds(text, KEPT) == {"disclosure"} and "disclosure" not in kinds(text)


def test_an_agency_may_not_call_itself_the_bank_and_the_bank_may():
    text = "您好，我是银行信用卡中心的小李。"
    assert kinds(text, book="cn.agency") == {"as_member"} and kinds(text) == set()


def test_before_the_guide_was_issued_only_the_houses_own_rule_names_it():
    [found] = read("我是市法院的工作人员。", book="cn.card_issuer", on=date(2025, 6, 1))
    assert found.rule.id == "house.decent_words" and found.rule.strength == "should"


def test_the_books_of_other_countries_name_their_own_rules():
    [found] = read("This is the police department.", book="us.third_party_collector", on=DAY)
    assert found.rule.id == "us.regf.words_false"


# How it cannot be fooled -----------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "法 院 传 票 已 寄 出", "法院傳票已寄出", "法\u200b院\u200d传票已寄出", "法<b>院</b>传票已寄出",
        "&#27861;院传票已寄出", "fa yuan 传票已寄出", "法yuan传票已寄出", "FǍYUÀN传票已寄出",
        "\u202e法院传票已寄出\u202c",
        "法*院*传*票已寄出",
    ],
)  # fmt: skip
def test_hidden_words_are_found_all_the_same(text):
    found = read(text, book="cn.card_issuer", on=DAY)
    assert "authority" in {finding.kind for finding in found}
    assert all(text[finding.start : finding.end] == finding.phrase for finding in found)


@pytest.mark.parametrize("text", ["f u c k you", "ｆｕｃｋ you", "fuсk you", "f.u.c.k you", "$tupid idi0t"])
def test_latin_disguises_are_seen_through(text):
    assert "insult" in kinds(text)


@given(st.text(max_size=300))
def test_any_text_at_all_is_read_and_places_lie_inside_it(text):
    for finding in read(text, book="cn.card_issuer", on=DAY):
        assert 0 <= finding.start < finding.end <= len(text)


@given(
    st.sampled_from(["我是法院的", "we'll call your employer", "公开曝光", "you idiot"]),
    st.text(alphabet="您好请还款。 ok\n", max_size=40),
)
def test_harmless_words_before_it_hide_nothing(wrong, before):
    assert kinds(f"{before}\n{wrong}") >= kinds(wrong)


def test_a_text_too_long_to_read_is_refused_not_waved_through():
    with pytest.raises(UnableToRead, match="at most"):
        read("a" * (MOST_CHARACTERS + 1), book="cn.card_issuer", on=DAY)


@pytest.mark.parametrize(
    "piece",
    [
        "再不还就",
        "借",
        "if you don't pay ",
        "我们会通知你的家人",
        "a ",
        "<b",
        "&#",
        "f u ",
        "不会联系您的家人",
        "法院",
    ],
)
def test_the_work_grows_with_the_text_and_no_faster(piece):
    """Counted in words found and spans walked, not in seconds: twice the text, twice the work."""
    searcher = Searcher.of(load_lexicon())

    def work(times: int) -> int:
        plain = Reader(load_lexicon().letters).read(piece * times)
        hits = searcher.hits(plain.text)
        found = sum(map(len, hits.by_word.values()))
        return found + sum(len(hits.of(pattern)) for pattern in searcher.patterns) + len(plain.text)

    assert work(2000) <= 2.1 * work(1000)


# The learned opinion ---------------------------------------------------------------------


def test_the_learned_opinion_never_stops_a_text():
    found = read("东北人都是一群没素质的垃圾，恶心死了", book="cn.card_issuer", on=DAY)
    assert found and all(finding.severity == "look" for finding in found if finding.found_by == "learned")
    assert any(finding.found_by == "learned" for finding in found)


def test_a_sentence_like_wrong_ones_wants_a_look_and_is_never_stopped():
    found = [
        finding
        for sentence in measuring.sentences(measuring.TRIAL / "first.txt")
        for finding in read(sentence.text, book="cn.card_issuer", on=DAY)
        if finding.found_by == "likened"
    ]
    assert all(finding.severity == "look" for finding in found)


def test_what_others_said_is_not_likened_to_wrong_words():
    told = "客户称对方让他把钱转来转去还说要找他全家算账"
    assert not [each for each in read(told, book="cn.card_issuer", on=DAY) if each.found_by == "likened"]


def test_naming_a_court_wants_a_look_unless_the_sentence_says_what_it_may_do():
    assert "authority" in kinds("派出所那头惦记着你")
    assert not kinds("您对金额有异议，可以向有管辖权的法院提起诉讼")


# The files -------------------------------------------------------------------------------


@pytest.mark.parametrize("book", sorted(load_law().books))
def test_every_kind_but_posing_as_the_bank_is_looked_for_in_every_book(book):
    in_force = {rule.id for rule in rules_in_force(book, DAY)}
    kinds = load_lexicon().kinds.values()
    assert {kind.kind for kind in kinds if not in_force & set(kind.rules)} <= {"as_member"}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("cn.cba2026.words_fees", "cn.cba2026.words_feees", "there is no rule"),
        ("kind: fees", "kind: fee", "stands in the file"),
        ("给我|给我们|给点", "<nobody>|给我", "no list <nobody>"),
        ("severity: stop", "severity: halt", "severity"),
        ("另付|另交", "另付||另交", "1 to 400 words"),
    ],
)
def test_a_mistake_in_a_lexicon_is_refused_by_file_and_line(tmp_path, before, after, said):
    import shutil

    from arrears.rulebook.speech import SPEECH_FOLDER

    folder = tmp_path / "speech"
    shutil.copytree(SPEECH_FOLDER, folder)
    file = folder / "fees.yaml"
    file.write_text(file.read_text("utf-8").replace(before, after, 1), "utf-8")
    with pytest.raises(WrongConfiguration) as refusal:
        load_lexicon(folder)
    assert said in str(refusal.value) and "fees.yaml, line" in str(refusal.value)
