"""A span of time restricts a verification to the epochs with usage in its hours."""

from datetime import timedelta

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.reports.period import TimeSpan
from gatemeter.reports.written_time import LATEST
from gatemeter.verification.checks import run_checks
from gatemeter.verification.finding import Check
from tests.support.verified_store import (
    brief,
    briefs,
    falsify,
    findings_in,
    verified,
)

pytestmark = pytest.mark.clickhouse

NOTHING = "0 AS consumed, 0 AS counted, 0 AS duplicates, 0 AS dead_letters, 0 AS other_kind"


class TestSpan:
    MARCH = TimeSpan.parse("2026-03", "2026-04")

    def test_a_span_checks_only_epochs_with_its_hours(self, store: Client) -> None:
        verification = verified(store, self.MARCH)
        assert (
            {check.check: check.epochs for check in verification.checks}[Check.EVENT_ACCOUNTING]
            == verification.epochs
            == 3
        )
        falsify(store, "epoch_ledger", "consumed + 1 AS consumed", epoch=0)
        falsify(store, "epoch_ledger", "consumed + 1 AS consumed")
        assert [finding.first_offset for finding in findings_in(store, self.MARCH)] == [10]

    @pytest.mark.long(reason="verifies several times; what a span checks is in `make test`")
    def test_a_span_of_all_hours_compares_what_no_span_does(self, store: Client) -> None:
        falsify(store, "api_usage_hourly", "requests + 1 AS requests", where="status = 200")
        everything = TimeSpan(end=LATEST - timedelta(hours=1))
        assert run_checks(store, everything, print) == run_checks(store, TimeSpan(), print)

    @pytest.mark.long(reason="verifies several times; what a span checks is in `make test`")
    def test_an_epoch_that_lost_all_rows_is_in_every_span(self, store: Client) -> None:
        for table in ("api_usage_hourly", "llm_usage_hourly", "agentic_usage_hourly", "stream_sessions_hourly"):
            condition = "log = 'id-1' AND partition = 0 AND epoch_first_offset = 0"
            store.command(f"ALTER TABLE {table} DELETE WHERE {condition} SETTINGS mutations_sync = 2")
        assert briefs(findings_in(store, self.MARCH)) == [("requests", "api_usage_hourly", 0, 0, 10, 7, 0)]

    @pytest.mark.long(reason="verifies several times; what a span checks is in `make test`")
    def test_a_span_includes_neighbours_of_its_epochs(self, store: Client) -> None:
        store.command("ALTER TABLE epoch_ledger DELETE WHERE epoch_first_offset = 20 SETTINGS mutations_sync = 2")
        falsify(store, "epoch_ledger", "22 AS epoch_first_offset, 25 AS version, " + NOTHING)
        findings = [finding for finding in findings_in(store, self.MARCH) if finding.check == "ranges"]
        assert [brief(finding)[2:5] for finding in findings] == [(0, 20, 22)]
