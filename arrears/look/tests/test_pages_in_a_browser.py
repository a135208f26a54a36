"""Every page in a real browser: nothing to scroll sideways on a phone, nothing from elsewhere,
everything named, everything readable in the light and in the dark; the desk by keys alone.

Skips where no Chromium is installed.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from arrears.care.actions import Raised, raise_matter
from arrears.care.queries import open_matters
from arrears.casebook.types import FactKind
from arrears.contact.actions import read_words
from arrears.intake import actions as intake
from arrears.intake.models import Doubt
from arrears.look.tests.cast import (
    CAST,
    CHEN,
    NOW,
    QUIET,
    WANG,
    ZHAO,
    Player,
    enter,
    hold_round,
    propose,
    stray_money,
    tell,
)

playwright_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
LONG = Player(
    "C0900",
    "Wolfeschlegelsteinhausenbergerdorff" * 3,
    3,
    123_456_789,
    points=(("email", "w" * 60 + "@example.com"),),
)

DESK = [
    "/desk/", "/desk/cases/", f"/desk/cases/{WANG.account}", f"/desk/cases/{CHEN.account}",
    f"/desk/cases/{LONG.account}", f"/desk/tell/{WANG.account}", f"/desk/lift/{ZHAO.account}?hold=d1", "/desk/money/",
    f"/desk/money/TX-1?account={WANG.account}", "/desk/rounds/", "/desk/rounds/2020-01-01/",
    "/desk/words/", "/desk/nowhere/", "/desk/doubts/", "/desk/statements/", "/desk/matters/",
    "/desk/agreements/", "/desk/compliance/", f"/desk/promise/{WANG.account}",
    f"/desk/offer/{WANG.account}?form=long", f"/desk/offer/{LONG.account}", f"/desk/offer/{ZHAO.account}",
]  # fmt: skip
PORTAL = [
    "/", "/why/1/", "/history/", "/pay/", "/time/", "/parts/", "/agreements/", "/talk/", "/talk/wrong/", "/matters/",
    "/contacts/", "/wishes/",
]  # fmt: skip
DOORS = ["/sign-in/", "/desk/sign-in/"]

# What a page does wrong, in words; nothing when it is well made.
FAULTS = Path(__file__).with_name("faults_of_a_page.js").read_text()


def faults_by_axe(page: Any) -> list[str]:
    """What axe-core finds against the page, in words; nothing where its wheel is not installed."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        return []
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['help']}: {node['html'][:90]}" for one in found for node in one["nodes"]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    # Playwright keeps an event loop in this thread; Django would refuse the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def house(home: Any, tmp_path: Path) -> None:
    """A house with everything in it that a page may have to show."""
    enter(*CAST, LONG)
    stand_in_doubt(tmp_path)
    tell(ZHAO, FactKind.DISPUTE, "d1", text="不是我消费的" * 40)
    tell(CHEN, FactKind.DECEASED, text="女儿来电")
    tell(WANG, FactKind.NOTE, text="https://example.com/" + "a" * 200)
    dispute = Raised(
        key="m1", about="not_mine", customer_ref=LONG.ref, account_ref=LONG.account, text="不是我"
    )
    raise_matter(raised=dispute, by="customer", now=NOW)
    read_words(
        text="我告诉他再不还就影响孩子上学。", key="w1", account_ref=WANG.account, customer_ref=WANG.ref,
        by="some.agent", now=NOW,
    )  # fmt: skip
    propose(WANG, "refused", reasons=(QUIET,))
    stray_money(payer_name="X" * 120, reference_given="还信用卡" * 30)
    hold_round(broken=("A" * 60,))


def stand_in_doubt(folder: Path) -> None:
    """A statement that does not add up, and rows of two accounts that were set aside."""
    (folder / "a-statement-with-a-long-name-as-banks-give-them.sta").write_text(
        ":20:R\n:25:DE89370400440532013000DE89370400440532\n:28C:1\n:60F:C261101CNY1,00\n"
        ":61:261102C2,00NTRFX\n:62F:C261102CNY9999999,50\n",
        "utf-8",
    )
    intake.take_statements(path=folder, now=NOW)
    words = {"zh": "金额不可用：12,3,4", "en": "'12,3,4' is not an amount"}
    for account in (WANG.account, "622599999999999999"):
        for number in range(2):
            said = {"account": account, "table": "postings", "record": f"{account} P{number}", **words}
            Doubt.objects.create(**said, origin="postings-2026-11.csv:" + "9" * 12, since=NOW)


def context_of(browser: Any, live_server: Any, *, language: str = "zh-hans", **how: Any) -> Any:
    """A browser with its own cookies that tells of errors and of anything fetched elsewhere."""
    context = browser.new_context(base_url=live_server.url, **how)
    context.add_cookies([{"name": "arrears_language", "value": language, "url": live_server.url}])
    context.troubles = []
    context.on("console", lambda message: message.type == "error" and context.troubles.append(message.text))
    context.on("weberror", lambda error: context.troubles.append(str(error.error)))
    context.on(
        "request",
        lambda request: (
            request.url.startswith((live_server.url, "data:")) or context.troubles.append(request.url)
        ),
    )
    return context


def let_in(context: Any, live_server: Any) -> None:
    """Cookies of a signed-in leader and of Wang at the portal."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.test import Client

    from arrears.portal.session import COOKIE, WHO
    from arrears.staff.models import Member

    leader, client, session = (
        Member.objects.create(username="leader", role="team_leader"),
        Client(),
        SessionStore(),
    )
    client.force_login(leader)
    session[WHO] = WANG.ref
    session.save()
    kept = {"sessionid": client.cookies["sessionid"].value, COOKIE: session.session_key}
    context.add_cookies(
        [{"name": name, "value": value, "url": live_server.url} for name, value in kept.items()]
    )


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("zh-hans", 360, "light"), ("en", 360, "dark"), ("zh-hans", 1280, "dark"), ("en", 1280, "light")],
)
def test_every_page_fits_is_named_readable_and_our_own(browser, live_server, house, language, width, scheme):
    context = context_of(
        browser, live_server, language=language, viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    page, faults = context.new_page(), {}

    def read(page: Any) -> list[str]:
        # On a wide page axe finds no more, and it takes a second.
        by_axe = faults_by_axe(page) if width == 360 else []
        return [*page.evaluate(FAULTS), *by_axe]

    for address in DOORS:
        page.goto(address)
        faults[address] = read(page)
    let_in(context, live_server)
    matters = [f"/desk/matters/{matter.ref}/" for matter in open_matters()]
    for address in [*DESK, *matters, *PORTAL]:
        page.goto(address, wait_until="load")
        if page.locator("[data-unfold]").count():
            page.locator("[data-unfold]").first.click()
            page.mouse.move(0, 0)
        faults[address] = read(page)
    troubles = [trouble for trouble in context.troubles if "404" not in trouble]  # /desk/nowhere/ says so
    context.close()
    assert {address: found for address, found in faults.items() if found} == {}
    assert troubles == []


def test_the_desk_works_by_keys_alone(browser, live_server, house):
    from arrears.staff.actions import welcome

    welcome(username="chen", password="a long enough secret", role="agent", display_name="陈晓")
    context = context_of(browser, live_server, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(10_000)
    keys = page.keyboard

    def focused() -> str:
        return page.evaluate("document.activeElement.innerText || document.activeElement.id")

    page.goto("/desk/sign-in/")
    keys.type("chen")  # the field has the focus
    keys.press("Tab")
    keys.type("a long enough secret")
    keys.press("Enter")
    page.wait_for_url("**/desk/cases/")

    keys.press("Tab")
    assert focused() == "跳到正文"
    for key in "jjk":
        keys.press(key)
    assert focused() == page.locator("[data-walk]").nth(0).inner_text()
    keys.press("?")
    assert page.locator("dialog#keys").is_visible()
    keys.press("Escape")
    assert not page.locator("dialog#keys").is_visible()

    keys.press("/")
    assert focused() == "find"
    keys.type("小明")
    keys.press("Enter")
    page.wait_for_url("**/desk/cases/?q=*")
    keys.press("j")
    keys.press("Enter")
    page.wait_for_url(f"**/desk/cases/{WANG.account}")

    folded = "document.querySelectorAll('#owed details:not([open])').length"
    assert page.evaluate(folded) > 3
    keys.press("u")
    assert page.evaluate(folded) == 0
    keys.press("u")
    page.locator("#owed summary").first.focus()
    keys.press("Enter")
    assert page.locator("#owed details").first.evaluate("details => details.open")

    keys.press("t")
    page.wait_for_url(f"**/desk/tell/{WANG.account}")
    for place, key in (("money/", "m"), ("rounds/", "r"), ("cases/", "c"), ("", "o")):
        keys.press("g")
        keys.press(key)
        page.wait_for_url(f"**/desk/{place}")
    assert context.troubles == []
    context.close()


def test_filters_and_the_timeline_change_without_a_new_page(browser, live_server, house):
    context = context_of(browser, live_server, viewport={"width": 1280, "height": 800})
    let_in(context, live_server)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto("/desk/cases/")
    page.select_option("[name=bucket]", "M5")
    playwright_api.expect(page.locator("[data-walk]")).to_have_count(1)
    assert "bucket=M5" in page.url and "陈国华" in page.locator("#list").inner_text()
    page.goto(f"/desk/cases/{WANG.account}")
    page.evaluate("window.sameHouse = true")
    page.click("#timeline nav a:has-text('款项')")
    playwright_api.expect(page.locator("#timeline [aria-current]")).to_have_text("款项")
    assert page.evaluate("window.sameHouse") and "22:00 至 8:00" not in page.locator("#timeline").inner_text()
    assert context.troubles == []
    context.close()
