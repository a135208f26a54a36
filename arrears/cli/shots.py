"""`arrears shots DIR`: pictures of the screens, taken from a running demo in headless Chromium.

Both languages, a desktop and a phone; written as DIR/<language>-<width>-<page>.png.
"""

import json
import re
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, FloatRect, Page, StorageState

SIZES = {1280: (800, 1000), 360: (740, 1400)}  # width: (height of the window, of the picture at most)
LANGUAGES = {"zh": "zh-hans", "en": "en"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CODE_PATIENCE_SECONDS = 15
Visit = Callable[["Page"], None]


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.command()(shots)


def shots(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the pictures go.")],
    base_url: Annotated[str, typer.Option(help="Where the demo answers.")] = "http://127.0.0.1:8000",
    only: Annotated[str, typer.Option(help="Only pages whose name contains this.")] = "",
) -> None:
    """Take pictures of desk and portal from a running demo: both languages, desktop and phone."""
    from playwright.sync_api import sync_playwright

    from arrears.demo.cast import SUN_LI, WANG, WU_GANG, ZHAO, ZHOU_TAO
    from arrears.demo.sign_ins import SIGN_INS

    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_browser(), args=["--no-sandbox"])
        leader = next(sign_in for sign_in in SIGN_INS if sign_in[0] == "leader")
        desk = _sign_in_at_desk(browser, base_url, leader[0], leader[1])
        portal = _sign_in_at_portal(browser, base_url, WANG.mobile)
        agreed = _sign_in_at_portal(browser, base_url, SUN_LI.mobile)
        addresses = _agree_once(browser, base_url, agreed)
        members = (SUN_LI.account, ZHOU_TAO.account, WU_GANG.account)
        pages = [*_pages(ZHAO.account, members, desk, portal), *_agreed_pages(agreed, addresses)]
        for page, state, visit in pages:
            if only in page:
                _take(browser, folder, base_url, page, state, visit)
        browser.close()


def _browser() -> str:
    from arrears.kernel.trouble import Trouble

    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise Trouble("there is no Chromium on this machine", do="Install one: `apt install chromium`.")


def _pages(
    account: str, members: tuple[str, str, str], desk: "StorageState", portal: "StorageState"
) -> list[tuple[str, "StorageState", Visit]]:
    from arrears.kernel import clock

    def at(path: str, *, unfold: bool = False) -> Visit:
        def visit(page: "Page") -> None:
            page.goto(path, wait_until="networkidle")
            if unfold:
                page.locator("[data-unfold]").first.click()

        return visit

    def skip_the_questions(page: "Page") -> None:
        page.goto("/parts/", wait_until="networkidle")
        page.locator("main form").last.get_by_role("button").click()
        page.wait_for_load_state("networkidle")

    def pay(page: "Page") -> None:
        page.goto("/pay/?now=500.00", wait_until="networkidle")
        page.locator("main form[method=post]").first.get_by_role("button").click()
        page.wait_for_load_state("load")

    day = clock.today() + timedelta(days=7)

    def follow(path: str, link: str) -> Visit:
        def visit(page: "Page") -> None:
            page.goto(path, wait_until="networkidle")
            page.locator(link).first.click()
            page.wait_for_load_state("networkidle")

        return visit

    def compare(path: str) -> Visit:
        def visit(page: "Page") -> None:
            page.goto(path, wait_until="networkidle")
            for name, value in {"income": "9800", "outgoings": "6200", "pay_day": "10"}.items():
                page.fill(f"[name={name}]", value)
            page.select_option("[name=reason]", "short_of_money")
            page.check("[name=willing]")
            page.press("[name=income]", "Enter")
            page.wait_for_selector("#plans")

        return visit

    def take_plan(path: str) -> Visit:
        def visit(page: "Page") -> None:
            compare(path)(page)
            page.locator(".plan button").first.click()
            page.wait_for_selector(".read-aloud")

        return visit

    promiser, planner, offered = members
    return [
        ("signin", {}, at("/desk/sign-in/")),
        ("overview", desk, at("/desk/")),
        ("worklist", desk, at("/desk/cases/")),
        ("case", desk, at(f"/desk/cases/{account}")),
        ("case-unfolded", desk, at(f"/desk/cases/{account}", unfold=True)),
        ("unmatched", desk, at("/desk/money/")),
        ("round", desk, at("/desk/rounds/")),
        ("compliance", desk, at("/desk/compliance/?days=30")),
        ("case-plan", desk, at(f"/desk/cases/{planner}")),
        ("agreements", desk, at("/desk/agreements/")),
        ("agreement", desk, follow(f"/desk/cases/{planner}", "#agreements a")),
        ("promise", desk, at(f"/desk/promise/{promiser}")),
        ("plans", desk, compare(f"/desk/offer/{offered}")),
        ("plans-long", desk, at(f"/desk/offer/{offered}?form=long")),
        ("quotation", desk, take_plan(f"/desk/offer/{offered}")),
        ("matters", desk, at("/desk/matters/")),
        ("matter", desk, at("/desk/matters/M000001/")),
        ("came", desk, at(f"/desk/came/{account}")),
        ("portal-signin", {}, at("/sign-in/")),
        ("portal-owed", portal, at("/")),
        ("portal-why", portal, at("/why/1/", unfold=True)),
        ("portal-talk", portal, at("/talk/")),
        ("portal-raise", portal, at("/talk/wrong/")),
        ("portal-history", portal, at("/history/")),
        ("portal-time", portal, at(f"/time/?card=1&day={day}&way=promise&amount=")),
        ("portal-parts", portal, at("/parts/")),
        ("portal-plans", portal, skip_the_questions),
        ("portal-pay", portal, at("/pay/")),
        ("portal-order", portal, pay),
    ]


def _agreed_pages(
    state: "StorageState", addresses: dict[str, str]
) -> list[tuple[str, "StorageState", Visit]]:
    def at(path: str) -> Visit:
        def visit(page: "Page") -> None:
            page.goto(path, wait_until="networkidle")

        return visit

    return [(f"portal-{name}", state, at(path)) for name, path in addresses.items()]


def _agree_once(browser: "Browser", base_url: str, state: "StorageState") -> dict[str, str]:
    """A plan chosen and agreed to, unless it was when earlier pictures were taken; its pages."""
    with browser.new_context(base_url=base_url, storage_state=state) as context:
        page = context.new_page()
        page.goto("/agreements/")
        if not page.locator("main a[href^='/agreements/']").count():
            page.goto("/parts/")
            page.locator("main form").last.get_by_role("button").click()
            page.locator("main form[method=post]").first.get_by_role("button").click()
            page.locator("main form[method=post]").first.get_by_role("button").click()
            page.goto("/agreements/")
        signed = page.locator("main a[href^='/agreements/']").first.get_attribute("href") or ""
    return {"agreed-home": "/", "agreements": "/agreements/", "agreement": signed}


def _take(
    browser: "Browser", folder: Path, base_url: str, name: str, state: "StorageState", visit: Visit
) -> None:
    from arrears.cli.pictures import made_small

    for short, language in LANGUAGES.items():
        for width, (height, most) in SIZES.items():
            context = browser.new_context(
                base_url=base_url, storage_state=state or None, viewport={"width": width, "height": height}
            )
            _speak(context, base_url, language)
            page = context.new_page()
            visit(page)
            tall = min(int(page.evaluate("document.documentElement.scrollHeight")), most)
            clip: FloatRect = {"x": 0, "y": 0, "width": width, "height": max(tall, height)}
            picture = page.screenshot(clip=clip, full_page=True)
            (folder / f"{short}-{width}-{name}.png").write_bytes(made_small(picture))
            context.close()
    typer.echo(name)


def _speak(context: "BrowserContext", base_url: str, language: str) -> None:
    context.add_cookies([{"name": "arrears_language", "value": language, "url": base_url}])


def _sign_in_at_desk(browser: "Browser", base_url: str, agent: str, password: str) -> "StorageState":
    with browser.new_context(base_url=base_url) as context:
        page = context.new_page()
        page.goto("/desk/sign-in/")
        page.fill("[name=username]", agent)
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/desk/cases/")
        return context.storage_state()


def _sign_in_at_portal(browser: "Browser", base_url: str, customer: str) -> "StorageState":
    with browser.new_context(base_url=base_url) as context:
        page, asked_at = context.new_page(), time.time_ns()
        page.goto("/sign-in/")
        page.fill("[name=typed]", customer)
        page.press("[name=typed]", "Enter")
        page.wait_for_selector("[name=code]")
        page.fill("[name=code]", _code_sent_since(asked_at))
        page.press("[name=code]", "Enter")
        page.wait_for_selector(".hello")
        return context.storage_state()


def _code_sent_since(asked_at: int) -> str:
    """The code, as it lands on the file-backed telephone of this installation."""
    from arrears.config.home import room_folder
    from arrears.kernel.trouble import Trouble

    telephone = room_folder("outbox") / "sms"
    for _ in range(CODE_PATIENCE_SECONDS * 4):
        for file in sorted(telephone.glob("*.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True):
            text = json.loads(file.read_text())["text"]
            found = re.search(r"\b(\d{6})\b|验证码(\d{6})", text)
            if file.stat().st_mtime_ns >= asked_at and found:
                return found[1] or found[2]
        time.sleep(0.25)
    raise Trouble("no code arrived on the file-backed telephone", do="Is this ARREARS_HOME the demo's?")
