"""The customer's whole path on a telephone's width, by keys and by the names a screen reader says,
in both languages; axe-core finds nothing wrong on any page of it. Skips where no Chromium is."""

import re
import time
from datetime import timedelta

import pytest

from arrears.arrangements import queries as arranged
from arrears.demo import wallet
from arrears.look.tests.cast import NOW, WANG, enter
from arrears.look.tests.test_pages_in_a_browser import (  # noqa: F401 - `browser` is a fixture
    CHROMIUM,
    FAULTS,
    browser,
    context_of,
    faults_by_axe,
    let_in,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
MOST_TABS = 60
ZH = {
    "time": "我需要多一点时间", "day": "到哪一天？", "how": "到那天我来还", "much": "那天还多少？", "show": "看看",
    "promise": "好，我承诺", "owe": "我的欠款", "parts": "我可以分期还", "income": "每月收入", "needs": "每月必要开支",
    "pay day": "每月几号到账？", "plans": "看看方案", "slider": "几个月（滑动选择）", "choose": "选 4 个月",
    "agree": "好，我同意", "agreement": "我们的约定",
    "pay it": "现在就还", "show how": "怎么付", "open": "在这里打开", "pay": "付款",
    "back": "回到还款页面", "come": "您的还款已收到，谢谢您。",
}  # fmt: skip
EN = {
    "time": "I need more time", "day": "Until which day?", "how": "I pay on that day",
    "much": "How much will you pay then?", "show": "Show me", "promise": "Yes, I promise that", "owe": "What I owe",
    "parts": "I can pay in parts", "income": "What comes in a month", "needs": "What you need a month",
    "pay day": "On which day of the month does money come?", "plans": "Show me plans",
    "slider": "Months, on the slider", "choose": "Choose 4 months", "agree": "Yes, I agree to that",
    "agreement": "Our agreement", "pay it": "Pay it now", "show how": "Show me how", "open": "Open it here",
    "pay": "Pay", "back": "Back to the page you came from", "come": "Your payment has arrived. Thank you.",
}  # fmt: skip


@pytest.fixture
def house(home, settings, live_server, monkeypatch):
    """Wang is late; the clock goes on from the cast's afternoon; the trial wallet takes payments."""
    enter(WANG)
    wallet.set_up()
    settings.PAYMENT_PAGE = f"{live_server.url}/sandbox/{{number}}/"
    started = time.monotonic()
    monkeypatch.setattr(
        "arrears.kernel.clock.wall_now", lambda: NOW + timedelta(seconds=time.monotonic() - started)
    )


class Hands:
    """Somebody who has a keyboard and hears names, and no mouse."""

    def __init__(self, page) -> None:
        self.page, self.faults = page, {}

    def look(self) -> None:
        """Note what is wrong with the page that is open."""
        self.page.wait_for_load_state("load")
        found = [*self.page.evaluate(FAULTS), *faults_by_axe(self.page)]
        if found:
            self.faults[self.page.url] = found

    def reach(self, role: str, name: str):
        """Tab to the control whose name, as a screen reader says it, begins so."""
        wanted = self.page.get_by_role(role, name=re.compile(f"^{re.escape(name)}")).first
        wanted.wait_for()
        for _ in range(MOST_TABS):
            if wanted.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{role} {name!r} is not reached by Tab on {self.page.url}")

    def press(self, role: str, name: str) -> None:
        """Reach it, and Enter; what opens is looked at."""
        self.reach(role, name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.look()

    def type(self, role: str, name: str, text: str) -> None:
        """Reach it, and write."""
        self.reach(role, name)
        self.page.keyboard.type(text)


@pytest.mark.parametrize(("language", "said"), [("zh-hans", ZH), ("en", EN)])
def test_more_time_a_plan_and_a_payment_by_keys_and_names(browser, live_server, house, language, said):  # noqa: F811
    context = context_of(
        browser, live_server, language=language, viewport={"width": 360, "height": 740}, locale="en-US"
    )
    let_in(context, live_server)
    page = context.new_page()
    page.set_default_timeout(10_000)
    hands = Hands(page)
    page.goto("/")
    hands.look()

    hands.press("link", said["time"])
    page.locator("#id_day").focus()  # the parts of a date have names of the browser's own
    page.keyboard.type("11282026")
    hands.type("textbox", said["much"], "328.00")
    hands.press("button", said["show"])
    hands.press("button", said["promise"])
    hands.press("link", said["owe"])

    hands.press("link", said["parts"])
    hands.type("textbox", said["income"], "9000")
    hands.type("textbox", said["needs"], "6500")
    hands.type("spinbutton", said["pay day"], "10")
    hands.press("button", said["plans"])
    hands.reach("slider", said["slider"])
    page.keyboard.press("Home")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.locator("#length").get_by_role("button", name=said["choose"], exact=True).wait_for()
    hands.look()
    hands.press("button", said["choose"])
    hands.press("button", said["agree"])
    assert page.locator("h1").inner_text() == said["agreement"]
    (agreement,) = arranged.agreements_of(WANG.account)
    assert len(agreement.schedule.parts) == 4

    hands.press("link", said["pay it"])
    hands.press("button", said["show how"])
    hands.press("link", said["open"])
    hands.press("button", said["pay"])
    hands.press("link", said["back"])
    assert page.get_by_text(said["come"]).is_visible()
    troubles = context.troubles
    context.close()
    assert hands.faults == {} and troubles == []


def test_without_script_every_step_still_stands(browser, live_server, house):  # noqa: F811
    context = context_of(
        browser, live_server, viewport={"width": 360, "height": 740}, java_script_enabled=False
    )
    let_in(context, live_server)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto("/parts/")
    page.get_by_role("button", name="跳过这些问题").click()
    page.get_by_label("几个月", exact=True).fill("5")
    page.get_by_role("button", name="看看").click()
    page.locator("#length").get_by_role("button", name="选 5 个月").click()
    page.get_by_role("button", name="好，我同意").click()
    page.wait_for_url("**/agreements/*/")
    context.close()
    (agreement,) = arranged.agreements_of(WANG.account)
    assert len(agreement.schedule.parts) == 5
