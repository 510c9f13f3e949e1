"""The page of the platform: what gateways have configured, what changed, and what nobody uses."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from gatemeter.clickhouse.inventory_store import ClickHouseInventory
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.taking import InventoryTaker
from tests.support.browser import PHONE, WatchedPage, watched_page
from tests.support.dashboard_pages import figures, open_page, panel, settle, table
from tests.support.databases import DatabasePool
from tests.support.inventories import LISTED, SERVICES, TAKEN_AT, records, snapshot
from tests.support.served_dashboard import ServedDashboard, opener_of, served_dashboard
from tests.support.stored_rows import usage, usage_rows

pytestmark = [pytest.mark.clickhouse, pytest.mark.xdist_group("dashboard")]

DAYS = "range=custom&from=2026-02-01&to=2026-02-10"


@pytest.fixture(scope="module")
def platform(database_pool: DatabasePool) -> Iterator[ServedDashboard]:
    """A dashboard over two snapshots of a gateway and a few calls."""
    hour = TAKEN_AT.replace(minute=0)
    renamed = [Entity(id="s1", name="orders-v2", workspace="default"), SERVICES[1], Entity(id="s3", name="<b>new</b>")]
    later = snapshot({**LISTED, Kind.SERVICE: renamed}, taken_at=TAKEN_AT + timedelta(days=3))
    calls = ({"hour": hour + timedelta(hours=each), "service_id": "s1", "route_name": "put-orders"} for each in (1, 90))
    with database_pool.store() as store:
        with store.client() as client:
            InventoryTaker(ClickHouseInventory(client)).take(records(snapshot(), later))
            ClickHouseSink(client).write([usage_rows(*(usage(**each) for each in calls))])
        with served_dashboard(opener_of(store.url)) as served:
            yield served


def test_the_page_shows_what_is_configured_and_what_nobody_uses(
    shared_page: WatchedPage, platform: ServedDashboard
) -> None:
    page = shared_page.page
    open_page(page, platform.page(f"platform?{DAYS}"))
    shown = figures(page)
    assert (shown["Control planes"], shown["Nodes"], shown["Services configured"]) == ("1", "2", "3")
    assert "as of 6 Feb 2026, 10:05" in page.get_by_label("Configured, in all").inner_text()
    plugins = {
        (row["Plugin"], row["Scope"]): row["Plugins configured"] for row in table(panel(page, "Plugins by scope"))
    }
    assert plugins == {("key-auth", "global"): "1", ("kafka-log", "service"): "1", ("aws-lambda", "route"): "1"}
    panel(page, "Configured over time").get_by_role("button", name="Table").click()
    settle(page)
    days = {row["Period"]: row["Services configured"] for row in table(panel(page, "Configured over time"))}
    assert (days["3 Feb 2026"], days["5 Feb 2026"], days["9 Feb 2026"]) == ("2", "2", "3")
    assert "2 Feb 2026" not in days
    changes = panel(page, "What changed").inner_text()
    assert "from 3 Feb 2026, 10:05 to 6 Feb 2026, 10:05" in changes
    assert "Name: orders → orders-v2" in changes
    unused = panel(page, "What nobody uses")
    names = {(row["What"], row["Name"].split("\n")[0]) for row in table(unused)}
    assert {("Service", "stock"), ("Service", "<b>new</b>"), ("Route", "get-orders"), ("Consumer", "globex")} <= names
    assert ("Service", "orders-v2") not in names
    assert "no snapshot lists them" in unused.inner_text()
    with page.expect_download() as saved:
        unused.get_by_role("button", name="CSV").click()
    assert saved.value.suggested_filename == "gatemeter-unused.csv"


@pytest.mark.long(reason="axe on one more page; the parts of the page are those of others")
def test_axe_finds_nothing_in_what_is_configured(running_browser: Browser, platform: ServedDashboard) -> None:
    with watched_page(running_browser, bypass_csp=True) as watched:
        page = watched.page
        open_page(page, platform.page(f"platform?{DAYS}"))
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        settle(page)
        assert page.evaluate("() => document.documentElement.scrollWidth") == PHONE["width"]
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.long(reason="an empty database says what to do on all pages in `make test`")
def test_without_a_snapshot_the_page_says_what_to_do(shared_page: WatchedPage, database_pool: DatabasePool) -> None:
    with database_pool.store() as store, served_dashboard(opener_of(store.url)) as served:
        open_page(shared_page.page, served.page("platform"))
        assert "gatemeter inventory poll" in panel(shared_page.page, "What is configured").inner_text()
        shared_page.page.goto("about:blank")
