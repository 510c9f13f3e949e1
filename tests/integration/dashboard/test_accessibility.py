"""Every page for everybody: axe finds nothing, the keyboard reaches everything, a phone needs no sideways scrolling."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from gatemeter.reports.usage_parameters import AllowedRows
from tests.integration.dashboard.conftest import MONTH, Traffic
from tests.support.api_client import make_token
from tests.support.browser import DESKTOP, PHONE, watched_page
from tests.support.dashboard_pages import open_page, settle
from tests.support.served_dashboard import ServedDashboard, opener_of, served_dashboard
from tests.support.smoke import smoke

pytestmark = [pytest.mark.clickhouse, pytest.mark.xdist_group("dashboard")]

PAGES = ("explore", "overview", "consumers", "consumer", "models", "agents", "platform", "ingest", "nowhere")
LOOKS: dict[str, dict[str, Any]] = {
    "in the dark on a phone": {"color_scheme": "dark", "viewport": PHONE},
    "in the light": {"color_scheme": "light"},
    "in the dark": {"color_scheme": "dark"},
}
FIRST_PAINT_MS = 1_000


def _assert_axe_finds_nothing(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def _address(dashboard: ServedDashboard, traffic: Traffic, name: str, more: str = "") -> str:
    consumer = traffic.truth["billable"]["month"][0]["consumer_id"]
    return dashboard.page(f"{name}?{MONTH}{more}" + (f"&id={consumer}" if name == "consumer" else ""))


@pytest.mark.parametrize(
    ("name", "look"), smoke(product(PAGES, LOOKS), 1, reason="every page in both themes and on a phone")
)
def test_axe_finds_nothing(
    running_browser: Browser, dashboard: ServedDashboard, traffic: Traffic, name: str, look: str
) -> None:
    # The policy would refuse axe itself; all other tests run under it.
    with watched_page(running_browser, bypass_csp=True, **LOOKS[look]) as watched:
        page = watched.page
        open_page(page, _address(dashboard, traffic, name, "&filter=service+not+in+nothing"))
        if LOOKS[look].get("viewport") == PHONE:
            assert page.evaluate("() => document.documentElement.scrollWidth") == PHONE["width"]
        _assert_axe_finds_nothing(page)


def test_the_keyboard_alone_reads_a_chart_and_changes_the_page(
    running_browser: Browser, dashboard: ServedDashboard
) -> None:
    with watched_page(running_browser) as watched:
        page = watched.page
        open_page(page, dashboard.page(f"explore?{MONTH}"))
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.innerText") == "Skip to the page"
        page.keyboard.press("Enter")
        focused = "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"
        seen: list[str] = []
        while not any(each.startswith("Requests by day") for each in seen):
            page.keyboard.press("Tab")
            seen.append(page.evaluate(focused))
            assert len(seen) < 40, seen
        page.keyboard.press("Home")
        page.get_by_role("figure").get_by_text("1 Feb 2026").wait_for()
        page.keyboard.press("ArrowRight")
        page.get_by_role("figure").get_by_text("2 Feb 2026").wait_for()
        page.get_by_role("link", name="Platform").focus()
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Platform").wait_for()


@pytest.mark.long(reason="looks at both themes; axe does in `make test`")
def test_the_theme_follows_the_system_until_one_is_chosen(running_browser: Browser, dashboard: ServedDashboard) -> None:
    background = "() => getComputedStyle(document.body).backgroundColor"
    with watched_page(running_browser, color_scheme="dark") as watched:
        page = watched.page
        open_page(page, dashboard.page(f"ingest?{MONTH}"))
        dark = page.evaluate(background)
        page.get_by_label("Theme").select_option("light")
        assert page.evaluate(background) != dark
        page.reload()
        settle(page)
        assert page.evaluate(background) != dark


@pytest.mark.long(reason="two further pages, which only a server with tokens shows")
def test_axe_finds_nothing_in_the_form_for_a_token_and_on_a_customers_page(
    running_browser: Browser, traffic: Traffic, tmp_path: Path
) -> None:
    make_token(tmp_path / "tokens.jsonl", "wonka-portal", allowed=AllowedRows(("wonka",)))
    with (
        served_dashboard(opener_of(traffic.url), tmp_path / "tokens.jsonl") as served,
        watched_page(running_browser, bypass_csp=True, viewport=PHONE) as watched,
    ):
        watched.expected.append("Failed to load resource")
        page = watched.page
        page.goto(served.page("overview"))
        page.get_by_label("Access token").wait_for()
        _assert_axe_finds_nothing(page)
        page.goto(f"{served.url}/#token=wonka-portal")
        page.get_by_role("heading", name="Your usage").wait_for()
        settle(page)
        assert page.evaluate("() => document.documentElement.scrollWidth") == PHONE["width"]
        _assert_axe_finds_nothing(page)


@pytest.mark.long(reason="a bound on time, which wants a quiet machine")
def test_the_first_paint_comes_within_a_second(running_browser: Browser, dashboard: ServedDashboard) -> None:
    painted = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
    with watched_page(running_browser, viewport=DESKTOP) as watched:
        open_page(watched.page, dashboard.page(f"overview?{MONTH}"))
        assert watched.page.evaluate(painted) < FIRST_PAINT_MS
