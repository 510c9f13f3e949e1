"""The overview in a real browser: its numbers are the generator's, and they change with what the address says."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.dashboard.conftest import MONTH, Traffic
from tests.support.browser import WatchedPage
from tests.support.dashboard_pages import figures, open_page, panel, settle, table
from tests.support.served_dashboard import ServedDashboard

pytestmark = [pytest.mark.clickhouse, pytest.mark.xdist_group("dashboard")]


def _requests(traffic: Traffic) -> dict[str, int]:
    return {row["consumer_username"]: row["requests"] for row in traffic.truth["billable"]["month"]}


def test_the_overview_shows_what_the_generator_knows(
    shared_page: WatchedPage, dashboard: ServedDashboard, traffic: Traffic
) -> None:
    page, truth = shared_page.page, traffic.truth
    open_page(page, dashboard.page(f"overview?{MONTH}"))
    months: list[dict[str, Any]] = truth["billable"]["month"]
    total = sum(row["requests"] for row in months)
    errors = sum(row["status_4xx"] + row["status_5xx"] for row in months)
    shown = figures(page)
    assert shown["Requests"] == str(total)
    assert float(shown["Error rate"].rstrip("%")) == pytest.approx(100 * errors / total, rel=0.005)
    assert shown["Latency p95"].endswith(("ms", "s"))
    # Nothing is stored of January: it is not known, and not 0.
    traffic_figures = page.get_by_role("region", name="Traffic, in all").inner_text()
    assert traffic_figures.count("before not known") == 3
    assert "Usage is stored since 1 Feb 2026" in traffic_figures
    top = table(panel(page, "Top consumers"))
    expected = sorted((row["requests"] for row in months), reverse=True)[: len(top) - 1]
    assert [int(row["Requests"]) for row in top[:-1]] == expected
    assert int(top[-1]["Requests"]) == total - sum(expected)


def test_a_filter_narrows_all_numbers_and_back_undoes_it(
    shared_page: WatchedPage, dashboard: ServedDashboard, traffic: Traffic
) -> None:
    page = shared_page.page
    open_page(page, dashboard.page(f"explore?{MONTH}&granularity=none"))
    everybody = table(panel(page, "Requests"))
    page.get_by_role("button", name="+ Filter").click()
    page.get_by_label("Dimension").select_option("consumer_username")
    page.get_by_label("Values, with commas between them").fill("acme")
    page.get_by_role("button", name="Add").click()
    settle(page)
    assert [int(row["Requests"]) for row in table(panel(page, "Requests"))] == [_requests(traffic)["acme"]]
    assert "filter=consumer_username+in+acme" in page.url
    page.go_back()
    settle(page)
    assert table(panel(page, "Requests")) == everybody


def test_a_panel_is_a_table_and_a_csv_of_the_same_numbers(
    shared_page: WatchedPage, dashboard: ServedDashboard, tmp_path: Path
) -> None:
    page = shared_page.page
    open_page(page, dashboard.page(f"explore?{MONTH}&by=status_class"))
    part = panel(page, "Requests by status class")
    part.get_by_role("button", name="Table of").click()
    shown = [int(row["Requests"]) for row in table(part)]
    with page.expect_download() as download:
        part.get_by_role("button", name="CSV of").click()
    download.value.save_as(tmp_path / "requests.csv")
    rows = list(csv.DictReader((tmp_path / "requests.csv").read_text().splitlines()))
    assert download.value.suggested_filename == "gatemeter-requests-by-status-class.csv"
    assert [int(row["request_count"]) for row in rows][: len(shown)] == shown


@pytest.mark.long(reason="draws over a chart")
def test_periods_that_are_drawn_over_become_the_time_range(
    shared_page: WatchedPage, dashboard: ServedDashboard
) -> None:
    page = shared_page.page
    open_page(page, dashboard.page(f"explore?{MONTH}"))
    box = page.get_by_role("img", name="Requests by day").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 90)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 100, steps=3)
    page.mouse.up()
    settle(page)
    chosen = parse_qs(urlsplit(page.url).query)
    assert chosen["range"] == ["custom"]
    shown = [row["Period"] for row in table(panel(page, "The answer"))]
    days = [f"{datetime.strptime(each, '%d %b %Y').replace(tzinfo=UTC):%Y-%m-%dT%H:%M}" for each in shown]
    assert days[0] == chosen["from"][0] > "2026-02-05"
    assert days[-1] < chosen["to"][0] < "2026-02-25"
