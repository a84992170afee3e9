"""The gateway's pages in a browser: nothing blocked, nothing in anybody's way, and an operation that can be tried."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.api import Api
from tests.e2e.browser import VIEWS, Visit, executable, launched
from tests.e2e.target import Target

PAGES = ["/", "/docs", "/docs/", "/docs/problems", "/docs/problems#invalid_cursor"]
LIST = "#operations-customer-list_customers"
CREATE = "/docs#/customer/create_customer"

Visiting = Callable[..., Visit]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of this machine."""
    program = executable()
    if program is None:
        pytest.skip("Chromium is missing: sudo apt-get install chromium, or DOSSIER_BROWSER=path")
    with launched(program) as found:
        yield found


@pytest.fixture
def visit(browser: Browser, target: Target) -> Iterator[Visiting]:
    """Opens pages of the system under test, which close with the test."""
    visits: list[Visit] = []

    def opened(path: str, **view: Any) -> Visit:
        visits.append(Visit(browser, target.url, **view))
        visits[-1].open(path)
        return visits[-1]

    yield opened
    for one in visits:
        one.page.context.close()


@pytest.mark.parametrize(("path", "view"), [*product(PAGES, VIEWS), (CREATE, "light"), (CREATE, "dark phone")])
def test_a_page_is_in_nobodys_way_and_breaks_none_of_its_rules(visit: Visiting, path: str, view: str) -> None:
    found = visit(path, **VIEWS[view])
    assert found.barriers() == []
    assert found.overflow() <= 0
    assert found.wrong == []


@pytest.mark.parametrize("path", [*PAGES, CREATE])
def test_a_page_asks_the_gateway_for_everything(visit: Visiting, target: Target, path: str) -> None:
    found = visit(path)
    assert found.asked
    assert [url for url in found.asked if not url.startswith((target.url, "data:"))] == []


def test_the_catalogue_is_complete_without_a_script(visit: Visiting, api: Api) -> None:
    page = visit("/", java_script_enabled=False).page
    for service in api.call("GET", "/services", scopes=None).json()["items"]:
        section = page.get_by_role("region", name=service["name"])
        assert section.get_by_role("row").count() == 1 + len(service["routes"])


def test_a_keyboard_skips_to_the_content_and_sees_where_it_is(visit: Visiting) -> None:
    page = visit("/").page
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.text_content() == "Skip to the content"
    assert focused.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.locator(":focus").get_attribute("id") == "main"


def test_motion_is_left_out_for_who_does_not_want_it(visit: Visiting) -> None:
    assert visit("/").page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


@pytest.mark.parametrize("view", ["light", "phone"])
def test_authorising_takes_no_mouse(visit: Visiting, view: str) -> None:
    found = visit("/docs", **VIEWS[view])
    page = found.page
    page.locator(".btn.authorize").focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Authorize").wait_for(state="attached")
    assert page.locator(":focus").evaluate("input => input.tagName") == "INPUT"
    assert found.barriers() == []
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert page.locator(":focus").text_content() == "Authorize"


def test_what_lies_behind_the_dialog_takes_no_focus_until_it_closes(visit: Visiting) -> None:
    page = visit("/docs").page
    page.locator(".btn.authorize").click()
    dialog = page.get_by_role("dialog", name="Authorize")
    dialog.wait_for(state="attached")
    for key in ["Tab"] * 40 + ["Shift+Tab"] * 40:
        page.keyboard.press(key)
        # The body has it where the browser's own controls come in between.
        assert dialog.evaluate(
            "one => one.contains(document.activeElement) || document.activeElement === document.body"
        )
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert page.locator("[inert]").count() == 0


@pytest.mark.parametrize("tag", ["registry", "ssn"])
def test_an_address_may_name_a_service(visit: Visiting, tag: str) -> None:
    page = visit(f"/docs#/{tag}", viewport={"width": 1280, "height": 300}).page
    heading = page.locator(f"#operations-tag-{tag}")
    heading.wait_for()
    page.wait_for_function(
        "heading => Math.abs(heading.getBoundingClientRect().top) < 300", arg=heading.element_handle()
    )


@pytest.mark.needs("token_source")
@pytest.mark.parametrize("view", ["dark"])
def test_an_operation_can_be_tried_with_a_token(visit: Visiting, api: Api, view: str) -> None:
    found = visit("/docs#/customer/list_customers", **VIEWS[view])
    authorise(found.page, api.tokens.token("customers/read"))
    assert tried(found.page, LIST) == "200"
    assert '"items"' in found.page.locator(f"{LIST} .responses-inner .highlight-code").first.inner_text()
    assert found.barriers() == []
    assert found.wrong == []


@pytest.mark.needs("jwt_authorizer")
def test_an_operation_that_is_tried_without_one_is_refused(visit: Visiting) -> None:
    assert tried(visit("/docs#/customer/list_customers").page, LIST) == "401"


def authorise(page: Page, token: str) -> None:
    """Give the viewer a token, as a person does."""
    page.locator(".btn.authorize").click()
    page.get_by_label("auth-bearer-value").fill(token)
    page.get_by_label("Apply credentials").last.click()
    page.keyboard.press("Escape")


def tried(page: Page, operation: str) -> str:
    """Try an operation that is open, and return the status that the viewer shows."""
    page.locator(f"{operation} .try-out__btn").click()
    page.locator(f"{operation} .execute").click()
    shown = page.locator(f"{operation} .live-responses-table .response-col_status").last
    shown.wait_for()
    return (shown.text_content() or "")[:3]
