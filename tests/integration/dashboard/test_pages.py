"""Every page in a real browser: its numbers are the API's, and those the generator knows."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.dashboard.conftest import MONTH, Traffic
from tests.support.browser import WatchedPage
from tests.support.command_in_process import invoked
from tests.support.dashboard_pages import figures, open_page, panel, settle, table
from tests.support.gateway_counters import GatewayRequest, scrape_files
from tests.support.http_answers import post_json
from tests.support.served_dashboard import ServedDashboard

pytestmark = [pytest.mark.clickhouse, pytest.mark.xdist_group("dashboard")]

LONG_NAMES = """(selector) => {
  const found = [...document.querySelectorAll(selector)];
  for (const each of found) {
    each.textContent = "n".repeat(300);
    each.closest("td")?.classList.remove("whole"); // short words have it
  }
  return found.length;
}"""


def _compared(url: str, *options: object) -> list[dict[str, Any]]:
    counts: list[dict[str, Any]] = json.loads(invoked("verify", "--clickhouse", url, *options, "--json").stdout)[
        "counts"
    ]
    return counts


def _sum(rows: list[dict[str, Any]], name: str) -> int:
    return sum(row[name] for row in rows)


def test_consumers_are_found_by_name_and_each_has_a_page(
    shared_page: WatchedPage, dashboard: ServedDashboard, traffic: Traffic
) -> None:
    page, months = shared_page.page, traffic.truth["billable"]["month"]
    open_page(page, dashboard.page(f"consumers?{MONTH}"))
    assert sorted(int(row["Requests"]) for row in table(panel(page, "Consumers"))) == sorted(
        row["requests"] for row in months
    )
    [wonka] = [row for row in months if row["consumer_username"] == "wonka"]
    page.get_by_label("Search by name or id").fill("WONK")
    page.get_by_role("link", name="wonka").click()
    page.get_by_role("heading", name="wonka").wait_for()
    settle(page)
    assert figures(page)["Requests"] == str(wonka["requests"])
    facts = page.get_by_role("region", name="Names and limits").inner_text()
    assert wonka["consumer_id"] in facts
    assert "Limits\nrequests: 0 of 1\u202f000 used, 1\u202f000 left until " in facts


@pytest.mark.long(reason="asks all that a page of a consumer asks; that of one who is known is in `make test`")
def test_the_page_of_an_unknown_consumer_says_that_there_is_none(
    shared_page: WatchedPage, dashboard: ServedDashboard
) -> None:
    page = shared_page.page
    open_page(page, dashboard.page(f"consumer?{MONTH}&id=no%E2%80%AEbody"))
    page.get_by_text("There is no consumer with the id “no\\u202ebody”").wait_for()
    assert page.get_by_text("Requests").count() == 0


def test_models_show_calls_and_tokens_and_each_kind_of_cost_apart(
    shared_page: WatchedPage, dashboard: ServedDashboard, traffic: Traffic
) -> None:
    page, calls = shared_page.page, traffic.truth["llm"]
    open_page(page, dashboard.page(f"models?{MONTH}"))
    shown = figures(page)
    assert (shown["Model calls"], shown["Tokens"]) == (str(_sum(calls, "calls")), str(_sum(calls, "total_tokens")))
    asked = {"metrics": ["llm_cost_evidence_computed"], "by": ["cost_currency"], "from": "2026-02", "to": "2026-03"}
    [row] = [each for each in post_json(dashboard.url, asked)["rows"] if each["cost_currency"] != "Empty"]
    amount, currency = float(row["llm_cost_evidence_computed"]), row["cost_currency"]
    assert shown["Cost, computed"] == f"{amount:.2f}{currency}"
    assert "never add the two" in panel(page, "Cost as the gateway reported it").inner_text()
    unpriced = table(panel(page, "Models without a price"))
    assert unpriced
    assert all(int(each["Calls without a price"]) > 0 for each in unpriced)


@pytest.mark.long(reason="writes long names into a page; that no page is too wide for a phone is in `make test`")
def test_a_long_name_leaves_room_for_the_numbers_of_everybody(
    shared_page: WatchedPage, dashboard: ServedDashboard
) -> None:
    page = shared_page.page
    open_page(page, dashboard.page(f"consumers?{MONTH}"))
    assert page.evaluate(LONG_NAMES, "td a, h1, h2") > len(("h1", "h2"))
    for element in (page.locator(".table-frame"), page.locator("html")):
        assert element.evaluate("element => element.scrollWidth <= element.clientWidth")


@pytest.mark.long(reason="made of the parts that the page of models has")
def test_agents_show_the_calls_of_tools_and_of_other_agents(
    shared_page: WatchedPage, dashboard: ServedDashboard, traffic: Traffic
) -> None:
    page = shared_page.page
    open_page(page, dashboard.page(f"agents?{MONTH}"))
    for title, kind in (("Tool calls", "mcp"), ("Calls to agents", "a2a")):
        rows = [row for row in traffic.truth["tools"] if row["kind"] == kind]
        assert figures(page)[title] == str(_sum(rows, "calls"))
    tools = {row["Tool"]: int(row["Calls"]) for row in table(panel(page, "Tools"))}
    assert tools == {
        tool: _sum([row for row in traffic.truth["tools"] if row["tool"] == tool], "calls")
        for tool in {row["tool"] for row in traffic.truth["tools"]} - {""}
    }


@pytest.mark.long(reason="made of the parts that the overview has")
def test_the_platform_page_shows_services_as_the_generator_knows_them(
    shared_page: WatchedPage, dashboard: ServedDashboard, traffic: Traffic
) -> None:
    page = shared_page.page
    open_page(page, dashboard.page(f"platform?{MONTH}"))
    names = {row["service"] for row in traffic.truth["latency"]["service"]} - {"none"}
    assert figures(page)["Services in use"] == str(len(names))
    known = {row["service"]: row for row in traffic.truth["latency"]["service"] if row["latency"] == "request"}
    for row in table(panel(page, "Services")):
        if (expected := known.get(row["Service"])) is not None:
            assert int(row["Requests"]) == expected["count"]
            shown, unit = float(row["Latency p95"].rstrip("ms")), 1 if row["Latency p95"].endswith("ms") else 1000
            assert shown * unit == pytest.approx(expected["p95_ms"], rel=0.016)


def test_ingest_health_shows_where_every_event_went_and_what_the_gateway_counted_itself(
    shared_page: WatchedPage, dashboard: ServedDashboard, traffic: Traffic, tmp_path: Path
) -> None:
    page, truth = shared_page.page, traffic.truth
    open_page(page, dashboard.page("ingest"))
    shown = figures(page)
    titles = {"Consumed": "consumed", "Counted": "counted", "Duplicates": "duplicates", "Dead letters": "dead_letters"}
    assert {title: int(shown[title]) for title in titles} == {title: truth[name] for title, name in titles.items()}
    letters = table(panel(page, "Dead letters"))
    assert {row["Reason"].split("\n")[0]: int(row["Lines"]) for row in letters} == truth["dead_letters_by_reason"]
    assert "every epoch of every log" in panel(page, "Is every event accounted for?").inner_text()
    assert "nobody compared" in panel(page, "What the gateway counted itself").inner_text()
    began = datetime(2026, 2, 1, 0, 30, tzinfo=UTC)
    requests = [GatewayRequest(began + timedelta(minutes=number)) for number in range(3)]
    files = scrape_files(tmp_path, requests, [began - timedelta(days=1), began + timedelta(days=27)])
    against = [part for file in files for part in ("--against", file)]
    [total] = [
        each for each in _compared(traffic.url, *against) if (each["service"], each["certainty"]) == (None, "exact")
    ]
    open_page(page, dashboard.page("ingest"))
    [row] = [
        row
        for row in table(panel(page, "What the gateway counted itself"))
        if "http_requests" in row["Month"] and row["Service"] == "all"
    ]
    assert int(row["Gateway"]) == 3
    assert total["gap_most"] < 0
    assert row["Missing here"] == f"{total['gap_least']} to {total['gap_most']}"
    assert "more than the gateway" in row["Likely cause"]


def test_an_explored_question_is_in_the_address_with_its_command(
    shared_page: WatchedPage, dashboard: ServedDashboard
) -> None:
    page = shared_page.page
    open_page(page, dashboard.page(f"explore?{MONTH}&granularity=none"))
    page.get_by_role("combobox", name="Add a metric").select_option("latency_request_p90")
    page.get_by_role("combobox", name="By", exact=True).select_option("service")
    second = page.get_by_role("combobox", name="and by")
    second.select_option("method")
    settle(page)
    assert second.locator("option[value=provider]").is_disabled()
    open_page(page, page.url)
    asked = {
        "metrics": ["request_count", "latency_request_p90"],
        "by": ["service", "method"],
        "from": "2026-02",
        "to": "2026-03",
        "limit": 50,
    }
    shown = table(panel(page, "Requests, Latency p90 by service and method"))
    assert [int(row["Requests"]) for row in shown] == [
        row["request_count"] for row in post_json(dashboard.url, asked)["rows"]
    ]
    page.get_by_text("Ask this elsewhere").click()
    command = page.get_by_text("gatemeter query").inner_text().replace(" \\\n ", "")
    assert "--metrics request_count,latency_request_p90 --by service,method --from 2026-02 --to 2026-03" in command


@pytest.mark.long(reason="explores two more periods; days and a whole month are explored in `make test`")
def test_minutes_are_explored_as_the_api_tells_them(shared_page: WatchedPage, dashboard: ServedDashboard) -> None:
    page, span = shared_page.page, {"from": "2026-02-10T08:00", "to": "2026-02-10T16:00"}
    hours = "&".join(f"{name}={moment}" for name, moment in span.items())
    open_page(page, dashboard.page(f"explore?range=custom&{hours}&by=source"))
    periods = page.get_by_label("Periods")
    periods.select_option("minute")
    settle(page)
    asked = {"metrics": ["request_count"], "by": ["source"], "granularity": "minute", "limit": 7, **span}
    rows = post_json(dashboard.url, asked)["rows"]
    assert len({row["period"] for row in rows}) > 10
    shown = table(panel(page, "The answer"))
    assert [int(row["Requests"]) for row in shown] == [row["request_count"] for row in rows]
    by = page.get_by_role("combobox", name="By", exact=True)
    assert by.locator("option[value=method]").is_disabled()
    periods.select_option("hour")
    by.select_option("method")
    settle(page)
    assert periods.locator("option[value=minute]").is_disabled()
