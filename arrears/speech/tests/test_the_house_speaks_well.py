"""Every text of the house itself passes the guard; real texts of others raise few alarms."""

import csv
from datetime import date
from pathlib import Path

import pytest

from arrears.rulebook.law import load_law
from arrears.speech import measuring, training
from arrears.speech.core import learned
from arrears.speech.queries import read

PACKAGE = Path(__file__).resolve().parents[2]
DAY = date(2026, 11, 21)
TEXTS = [
    *PACKAGE.glob("contact/templates/contact/*.txt"),
    *PACKAGE.glob("strategy/ladders/*.yaml"),
    *PACKAGE.glob("portal/templates/portal/*.html"),
    *PACKAGE.glob("portal/locale/zh_Hans/LC_MESSAGES/*.po"),
]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(PACKAGE)))
@pytest.mark.parametrize("book", ["cn.card_issuer", "us.third_party_collector"])
def test_no_text_of_ours_says_what_nobody_may_say(path, book):
    found = read(path.read_text("utf-8"), book=book, on=DAY)
    assert [each.in_words().en for each in found if each.found_by == "lexicon"] == []


def test_no_refusal_of_a_rule_is_wrong_to_send():
    wrong = [
        rule.id
        for rule in load_law().rules.values()
        if rule.stops != "words"
        and any(found.stops for found in read(rule.refusal.zh, book="cn.card_issuer", on=DAY))
    ]
    assert wrong == []


def test_bank_customers_own_questions_hardly_ever_look_wrong(shared):
    """10,003 English questions. `my account` is private in an agent's mouth, not in theirs."""
    rows = [
        row[0]
        for file in sorted((shared / "data" / "banking77").glob("*.csv"))
        for row in csv.reader(file.open(encoding="utf-8"))
    ]
    wrong = [
        text
        for text in rows
        if {found.kind for found in read(text, book="cn.card_issuer", on=DAY)} - {"private"}
    ]
    assert len(rows) > 10_000 and len(wrong) <= len(rows) // 200


def test_the_weights_reach_the_precision_they_aim_at_on_posts_they_never_saw(shared):
    posts = training.posts(shared / "data" / "cold" / "dev.csv")[::8]
    measured = measuring.against_posts(posts, on=DAY)
    assert measured.learned.precision > 0.92 and measured.learned.recall > 0.6
    assert measured.learned.recall > 4 * measured.lexicon.recall  # what the lexicon alone would see


@pytest.mark.slow
def test_the_same_data_make_the_same_weights(shared, tmp_path):
    pytest.importorskip("sklearn")
    about = training.train(shared / "data" / "cold", on=DAY, to=tmp_path)
    shipped, made = learned.FOLDER / "insults.npy", tmp_path / "insults.npy"
    assert made.read_bytes() == shipped.read_bytes() and about.look_from == learned.weights()[0].look_from
    assert shipped.stat().st_size < 1_000_000


def test_a_folder_without_the_data_is_refused_by_name(tmp_path):
    with pytest.raises(training.UnableToLearn, match=r"train\.csv"):
        training.train(tmp_path, on=DAY, to=tmp_path)
