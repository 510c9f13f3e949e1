"""What a page says where there are no numbers: nothing stored, a refusal, no server, no token or a limited one."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from gatemeter.reports.usage_parameters import AllowedRows
from tests.integration.dashboard.conftest import MONTH, Traffic
from tests.support.api_client import make_token
from tests.support.browser import watched_page
from tests.support.dashboard_pages import figures, open_page, panel, settle, table
from tests.support.databases import Store
from tests.support.served_dashboard import ServedDashboard, opener_of, served_dashboard
from tests.support.smoke import smoke

pytestmark = [pytest.mark.clickhouse, pytest.mark.xdist_group("dashboard")]

REFUSED = "Failed to load resource"
"""What Chromium writes to the console for each answer that is no success."""


NOTHING = {"Requests": "0", "Error rate": "not known", "Latency p95": "not known", "Cost of models": "no calls"}


@pytest.mark.parametrize(
    ("address", "shown"),
    smoke([("explore?granularity=none", {}), ("overview", NOTHING)], 1, reason="one more page without numbers"),
)
def test_an_empty_database_says_what_to_do(
    running_browser: Browser, store: Store, address: str, shown: dict[str, str]
) -> None:
    with served_dashboard(opener_of(store.url)) as served, watched_page(running_browser) as watched:
        open_page(watched.page, served.page(address))
        assert "gatemeter meter access.log" in watched.page.get_by_role("status").first.inner_text()
        assert figures(watched.page) == shown


def test_a_refusal_is_told_in_the_words_of_the_api(running_browser: Browser, dashboard: ServedDashboard) -> None:
    with watched_page(running_browser) as watched:
        watched.expected.append(REFUSED)
        open_page(watched.page, dashboard.page(f"explore?{MONTH}&filter=servise+in+a"))
        told = watched.page.get_by_role("alert").first.inner_text()
        assert "servise" in told
        assert "did you mean service" in told.lower() or "service" in told


@pytest.mark.parametrize(
    ("address", "title"),
    smoke(
        [
            (f"explore?{MONTH}&metric=constructor&by=constructor", "Explore"),
            ("%E0%A4%A", "There is no such page"),
            ("explore?granularity=hour&from=1970-01&to=2106-02", "Explore"),
            ("overview?from=garbage", "Overview"),
            ("overview?range=constructor", "Overview"),
            (f"overview?{MONTH}&filter=", "Overview"),
            (f"explore?{MONTH}&metric=&by=", "Explore"),
        ],
        2,
        reason="other parameters; a name and a page that cannot be meant are in `make test`",
    ),
)
def test_an_address_that_cannot_be_meant_still_shows_its_page(
    running_browser: Browser, dashboard: ServedDashboard, address: str, title: str
) -> None:
    with watched_page(running_browser) as watched:
        watched.expected.append(REFUSED)
        open_page(watched.page, dashboard.page(address))
        assert watched.page.get_by_role("heading", level=1).inner_text() == title


def test_a_server_that_is_gone_is_told_and_asked_again(running_browser: Browser, traffic: Traffic) -> None:
    with watched_page(running_browser) as watched:
        watched.expected.append(REFUSED)
        with served_dashboard(opener_of(traffic.url)) as served:
            open_page(watched.page, served.page(f"explore?{MONTH}&granularity=none"))
            assert table(panel(watched.page, "Requests"))
        watched.page.get_by_role("button", name="Refresh").click()
        watched.page.get_by_role("alert").first.wait_for()
        assert "does not answer" in watched.page.get_by_role("alert").first.inner_text()
        assert watched.page.get_by_role("button", name="Try again").is_visible()


def test_a_token_is_asked_for_kept_and_forgotten_and_a_limited_one_sees_its_consumer_alone(
    running_browser: Browser, traffic: Traffic, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens.jsonl"
    make_token(tokens, "everybody")
    make_token(tokens, "wonka-portal", allowed=AllowedRows(("wonka",)))
    [wonka] = [row for row in traffic.truth["billable"]["month"] if row["consumer_username"] == "wonka"]
    with (
        served_dashboard(opener_of(traffic.url), tokens) as served,
        watched_page(running_browser) as watched,
    ):
        watched.expected.append(REFUSED)
        page = watched.page
        page.goto(served.page(f"ingest?{MONTH}"))
        field = page.get_by_label("Access token")
        field.fill("no-such-token")
        field.press("Enter")
        page.get_by_role("alert").wait_for()
        field.fill("everybody")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Ingest health").wait_for()
        page.reload()
        page.get_by_role("heading", name="Ingest health").wait_for()
        settle(page)
        assert figures(page)["Consumed"] == str(traffic.truth["consumed"])
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("Access token").wait_for()
        page.goto(f"{served.url}/#token=wonka-portal")
        page.get_by_role("heading", name="Your usage").wait_for()
        settle(page)
        assert "token" not in page.url
        assert page.get_by_role("navigation").get_by_role("link").all_inner_texts() == ["Your usage"]
        assert figures(page)["Requests"] == str(wonka["requests"])


def test_live_asks_again_until_it_is_paused_and_not_while_nobody_looks(
    running_browser: Browser, dashboard: ServedDashboard
) -> None:
    asked: list[str] = []
    with watched_page(running_browser) as watched:
        page = watched.page
        page.clock.install()
        page.on("request", lambda request: asked.append(request.url))
        open_page(page, dashboard.page("ingest"))
        live = page.get_by_role("button", name="Live")

        def rounds() -> int:
            asked.clear()
            page.clock.run_for(65_000)
            settle(page)
            return len(asked)

        assert rounds() == 0
        live.click()
        assert rounds() == 2
        page.evaluate("() => Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
        assert rounds() == 0
        page.evaluate("() => { delete document.hidden; }")
        assert rounds() == 2
        live.click()
        assert rounds() == 0
