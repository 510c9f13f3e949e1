"""What the browser tests share: a month of generated traffic with its truth, the dashboard over it, and one browser."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from gatemeter.budgets.entitlement_refresh import EntitlementRefresh
from gatemeter.budgets.evaluation import Evaluator
from gatemeter.clock import SystemClock
from tests.support.browser import WatchedPage, browser, chromium, watched_page
from tests.support.budget_files import budget, budgets
from tests.support.command_in_process import run
from tests.support.databases import DatabasePool
from tests.support.served_dashboard import ServedDashboard, opener_of, served_dashboard

EVENTS = 4_000
MONTH = "range=custom&from=2026-02&to=2026-03"


@dataclass(frozen=True, slots=True)
class Traffic:
    """A store with the traffic of February 2026, and what the generator knows of it."""

    url: str
    truth: dict[str, Any]


@pytest.fixture(scope="session")
def traffic(database_pool: DatabasePool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traffic]:
    chromium()  # without one nothing needs to be metered
    log = tmp_path_factory.mktemp("traffic") / "access.log"
    with database_pool.store() as store:
        run("generate", "--out", log, "--events", EVENTS, "--month", "2026-02", "--ai", "0.3")
        run("meter", log, *store.flags)
        yield Traffic(store.url, json.loads(Path(f"{log}.truth.json").read_text()))


@pytest.fixture(scope="session")
def dashboard(traffic: Traffic) -> Iterator[ServedDashboard]:
    consumers = [row["consumer_id"] for row in traffic.truth["billable"]["month"] if row["consumer_id"]]
    book = budgets(budget(only=sorted(set(consumers))))
    entitlements = EntitlementRefresh(Evaluator(book, None), SystemClock())
    with served_dashboard(opener_of(traffic.url), entitlements=entitlements) as served:
        yield served


# Not for the session: while Playwright runs, no other test of this process could run an event loop.
@pytest.fixture(scope="package")
def running_browser() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def shared_page(running_browser: Browser) -> Iterator[WatchedPage]:
    """One page for the tests of a module, that the next one goes on with."""
    with watched_page(running_browser) as watched:
        yield watched
