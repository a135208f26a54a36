"""Hostile words stay words, both languages work, and a page asks a handful of questions."""

from html import escape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from arrears.casebook import actions as casebook
from arrears.casebook.types import BookRows, FactKind
from arrears.look.tests.cast import CAST, NOW, WANG, Player, enter, propose, stray_money, tell

pytestmark = pytest.mark.django_db
EVIL = '<script>alert("x")</script>'
BACKWARDS = "\u202ereversed\u202c"


def page_of(client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_name_or_note_full_of_markup_stays_words(agent):
    evil = Player("C0666", f"{EVIL}{BACKWARDS}", 2, 100_000, points=(("email", f"{EVIL}@example.com"),))
    enter(evil)
    tell(evil, FactKind.DISPUTE, text=f"{EVIL}\n{BACKWARDS}")
    stray_money(payer_name=EVIL, reference_given=EVIL, account_given=EVIL)
    pages = (
        "/desk/cases/",
        f"/desk/cases/{evil.account}",
        "/desk/money/",
        "/desk/money/TX-1",
        f"/desk/tell/{evil.account}",
    )
    for address in pages:
        page = page_of(agent, address)
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    assert EVIL not in page_of(agent, f"/desk/cases/?q={EVIL}")


def test_a_name_that_runs_backwards_turns_nothing_around(agent):
    enter(Player("C0667", BACKWARDS, 1, 100_000))
    assert f"<bdi>{BACKWARDS}</bdi>" in page_of(agent, "/desk/cases/")


def test_a_reference_with_strange_letters_still_opens(agent):
    odd = "A/1 ?&#%汉"
    enter(WANG)
    casebook.enter(rows=BookRows(accounts=[(odd, WANG.ref, "cn.card", "CNY", None, None, None)]), now=NOW)
    assert agent.get(reverse("desk:case", args=[odd])).status_code == 200
    assert escape(reverse("desk:case", args=[odd])) in page_of(agent, f"/desk/cases/{WANG.account}")


@pytest.mark.parametrize(
    "query", ["after=nobody", "bucket=M99", "step='", "held=maybe", "q=%00", "q=%25", "q=" + "x" * 500]
)
def test_a_nonsense_address_narrows_and_breaks_nothing(agent, query):
    enter(WANG)
    assert agent.get(f"/desk/cases/?{query}").status_code == 200


def test_the_desk_speaks_chinese_unless_english_is_chosen_whatever_the_browser_says(agent):
    enter(WANG)
    browser = {"headers": {"accept-language": "en-GB,en;q=0.9"}}
    assert "逾期天数" in agent.get("/desk/cases/", **browser).content.decode()
    switched = agent.post("/language/", {"language": "en", "next": "/desk/cases/"})
    assert switched.url == "/desk/cases/"
    english = agent.get("/desk/cases/", headers={"accept-language": "zh-CN"})
    assert "Days past due" in english.content.decode() and english["Content-Language"] == "en"
    assert "逾期" not in english.content.decode()
    agent.cookies["arrears_language"] = "tlh"
    assert agent.get("/desk/cases/")["Content-Language"] == "zh-hans"


def test_every_page_forbids_what_is_not_ours(agent, client):
    for answer in (agent.get("/desk/"), client.get("/desk/sign-in/"), client.get("/nowhere/")):
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer["X-Frame-Options"] == "DENY" and answer["Referrer-Policy"] == "same-origin"


def asked(client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_the_work_list_asks_as_often_for_forty_cases_as_for_one(agent):
    enter(WANG)
    client = agent
    few = asked(client, "/desk/cases/")
    crowd = [Player(f"C1{number:03}", f"客户{number}", 1 + number % 5, 100_000) for number in range(40)]
    enter(*crowd)
    for player in crowd[:10]:
        tell(player, FactKind.DISPUTE)
        propose(player, "planned")
    assert asked(client, "/desk/cases/") == few <= 8


def test_a_case_asks_as_often_after_a_year_as_on_the_first_day(agent):
    enter(WANG)
    address = f"/desk/cases/{WANG.account}"
    few = asked(agent, address)
    for days_ago in range(2, 40):
        propose(WANG, "withdrawn", days_ago=days_ago)
        tell(WANG, FactKind.NOTE, days_ago=days_ago, text="...")
    assert asked(agent, address) == few <= 25


def test_other_pages_ask_little(agent, home):
    enter(*CAST)
    stray_money()
    assert asked(agent, "/desk/money/") <= 13  # five lists, and proposals for all sums at once
    assert asked(agent, "/desk/rounds/") <= 6
    assert asked(agent, "/desk/") <= 9
