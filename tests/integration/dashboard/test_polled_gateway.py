"""A gateway from its Admin API to what people see: the license report, the page of the platform, and what got lost."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatemeter.license_report.deployment import hashed_hostname
from tests.support.admin_api import REPORT, served, small_gateway
from tests.support.browser import WatchedPage
from tests.support.command_in_process import invoked, run
from tests.support.dashboard_pages import figures, open_page, panel, table
from tests.support.databases import Store
from tests.support.kong_events import MARCH_MS, request_line
from tests.support.served_dashboard import opener_of, served_dashboard

pytestmark = [pytest.mark.clickhouse, pytest.mark.xdist_group("dashboard")]

JANUARY_MS = int(datetime(2026, 1, 15, 10, tzinfo=UTC).timestamp()) * 1000
DECEMBER_MS = JANUARY_MS - 30 * 86_400_000
COUNTED = {"buckets": [{"bucket": "2026-01", "request_count": 8}], "total_requests": 8}


@pytest.mark.long(reason="each part of the way has a quick test of its own; this one goes all of it")
def test_a_polled_gateway_is_reported_shown_and_compared(
    shared_page: WatchedPage, store: Store, tmp_path: Path
) -> None:
    api = small_gateway()
    api.objects["/license/report"] = {**REPORT, "counters": COUNTED}
    poll = ("inventory", "poll", "--control-plane", "cp-1", *store.flags)
    with served(api):
        run(*poll, "--admin-url", api.address, env={"GATEMETER_ADMIN_TOKEN": api.token})
    log, counters = tmp_path / "access.log", tmp_path / "report.json"
    times = [DECEMBER_MS, *[JANUARY_MS] * 5, MARCH_MS]
    log.write_bytes(b"".join(request_line(f"r-{n}", started_at=at) + b"\n" for n, at in enumerate(times)))
    run("meter", log, *store.flags)
    counters.write_text(json.dumps(api.objects["/license/report"]))
    found = invoked("verify", *store.flags, "--against", counters, "--month-zone", "UTC")
    assert found.exit_code == 9, found.output
    page, today = shared_page.page, datetime.now(UTC).date() - timedelta(days=1)
    with served_dashboard(opener_of(store.url)) as dashboard:
        report = page.request.get(f"{dashboard.url}/license/report").json()
        open_page(page, dashboard.page(f"platform?range=custom&from={today}&to={today + timedelta(days=2)}"))
        shown = figures(page)
        plugins = {row["Plugin"] for row in table(panel(page, "Plugins by scope"))}
        open_page(page, dashboard.page("ingest"))
        [row] = table(panel(page, "What the gateway counted itself"))
        page.goto("about:blank")
    assert report["counters"]["buckets"][1] == {"bucket": "2026-01", "request_count": 5}
    assert (report["kong_version"], report["system_info"]["cores"]) == (REPORT["kong_version"], 4)
    assert (report["services_count"], report["rbac_users"], report["workspaces_count"]) == (3, 3, 2)
    assert report["deployment_info"] == {"type": "hybrid", "connected_dp_count": 2}
    assert report["system_info"]["hostname"] in (hashed_hostname("cp-1.internal"), "cp-1.internal")
    assert (shown["Control planes"], shown["Nodes"], shown["Services configured"]) == ("1", "3", "3")
    assert plugins == {"key-auth", "aws-lambda"}
    assert (row["Gateway"], row["Missing here"]) == ("8", "3")
    assert "3 requests at least are missing" in row["Likely cause"]
