"""Each check of a verification on the real engine: silent on counted rows, exact about one falsified row."""

from collections.abc import Sequence

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.reports.period import TimeSpan
from gatemeter.verification.checks import STORE_CHECKS
from gatemeter.verification.finding import Check
from gatemeter.verification.verify import verify_store
from tests.support.verified_store import (
    LAST,
    brief,
    briefs,
    falsify,
    findings_in,
    verified,
)

pytestmark = pytest.mark.clickhouse

NOTHING = "0 AS consumed, 0 AS counted, 0 AS duplicates, 0 AS dead_letters, 0 AS other_kind"
CORRECTION = (
    "INSERT INTO corrections (log, partition, offset, line, version, topic) VALUES ('id-1', 1, 8, 1, 0, 'access')"
)
FIRST_ROW = "consumer_id = 'con-1' AND hour < '2026-03-01'"


def move_to_january(client: Client) -> None:
    """Move one request of February to the month before."""
    falsify(client, "monthly_requests", "requests - 1 AS requests", where="month = '2026-02-01'")
    falsify(client, "monthly_requests", "1 AS requests, toDate('2026-01-01') AS month", where="month = '2026-02-01'")


def test_a_store_as_it_was_counted_agrees(store: Client) -> None:
    verification = verified(store)
    assert (briefs(verification.findings), verification.holds, verification.notes) == ([], True, [])
    assert (verification.logs, verification.epochs, verification.events) == (2, 7, 75)
    looked_at = {check.check: (check.epochs, check.rows) for check in verification.checks}
    assert looked_at[Check.EVENT_ACCOUNTING] == (7, 7)
    assert looked_at[Check.DEAD_LETTERS] == (7, 6)
    without_rows = {name for name, (_, rows) in looked_at.items() if not rows}
    assert without_rows == {Check.REPLAYS, Check.CORRECTIONS, Check.METERS, Check.RUNGS}


@pytest.mark.long(reason="verifies a store once more; what is looked at a second time is a unit test's in `make test`")
def test_only_a_check_that_found_something_looks_again(store: Client) -> None:
    falsify(store, "monthly_requests", "requests + 1 AS requests", where="month = '2026-02-01'")
    told: list[str] = []
    verify_store(store, TimeSpan(), pause=lambda _seconds: None, on_progress=told.append)
    assert told == [*STORE_CHECKS, "pause", Check.MONTHLY_REQUESTS]


@pytest.mark.long(reason="verifies once more; the command does so with an empty store in `make test`")
def test_an_empty_store_has_no_difference(empty: Client) -> None:
    verification = verified(empty)
    assert (verification.epochs, verification.holds) == (0, True)


CASES = [
    ("epoch_ledger", "consumed + 1 AS consumed", [("law", "epoch_ledger", 0, 10, 20, 11, 10)]),
    (
        "epoch_ledger",
        "30 AS epoch_first_offset, 35 AS version, " + NOTHING,
        [("ranges", "epoch_ledger", 0, LAST, 30, LAST, 30)],
    ),
    (
        "epoch_ledger",
        "22 AS epoch_first_offset, 24 AS version, " + NOTHING,
        [("ranges", "epoch_ledger", 0, 22, 24, 25, 22)],
    ),
    (
        "epoch_ledger",
        "25 AS epoch_first_offset, 24 AS version, " + NOTHING,
        [("ranges", "epoch_ledger", 0, 25, 24, 25, 24)],
    ),
    (
        "epoch_ledger",
        "25 AS epoch_first_offset, 33 AS version, " + NOTHING,
        [("ranges", "epoch_ledger", 0, 30, 33, 30, 33)],
    ),
    ("api_usage_hourly", "'x' AS consumer_id", [("requests", "api_usage_hourly", 0, 10, 20, 9, 15)]),
    ("monthly_requests", "requests + 1 AS requests", [("monthly_requests", "monthly_requests", 0, 10, 20, 9, 10)]),
    ("epoch_ledger", "1 AS meter_events", [("meters", "meter_usage_hourly", 0, 10, 20, 1, 0)]),
    ("epoch_ledger", "1 AS metered_other", [("meters", "meter_usage_hourly", 0, 10, 20, 0, 0)]),
    ("stream_sessions_hourly", "2 AS sessions", [("sessions", "stream_sessions_hourly", 0, 0, 10, 1, 2)]),
    ("agentic_usage_hourly", "calls + 1 AS errors", [("calls", "agentic_usage_hourly", 0, 10, 20, 0, 1)]),
    (
        "api_usage_hourly",
        "arrayMap(each -> each + 1, latency_upstream_bucket_counts) AS latency_upstream_bucket_counts",
        [("latencies", "api_usage_hourly", 0, 10, 20, 0, 1)],
    ),
    (
        "dead_letters",
        "1 AS is_deleted, version + 1 AS version",
        [("letters", "dead_letters", 0, 10, 20, 1, 0)],
    ),
    (
        "dead_letters",
        "1 AS is_deleted, version + 1 AS version, -1 AS epoch_first_offset",
        [("replays", "epoch_ledger", 0, 13, 14, 1, 0)],
    ),
    (
        "api_usage_hourly",
        "90 AS epoch_first_offset, 95 AS version",
        [("unknown_epochs", "api_usage_hourly", 0, 90, 95, 0, 1)],
    ),
    (
        "dead_letters",
        "27 AS offset, 28 AS version",
        [("ahead", "dead_letters", 0, 25, 28, 25, 28)],
    ),
]
"""The table, a change of its rows of one epoch, and what is then found."""


ALONE = pytest.mark.long(
    reason="verifies a store for one row; rows of many tables are falsified at once in `make test`"
)


def test_falsified_rows_of_many_tables_are_each_found_exactly(store: Client) -> None:
    """None of them changes what another one says, so that one run of the checks finds what each alone leads to."""
    falsify(store, "epoch_ledger", "consumed + 1 AS consumed")
    move_to_january(store)
    falsify(store, "llm_usage_hourly", "-calls AS calls")
    falsify(store, "agentic_usage_hourly", "calls + 1 AS errors")
    falsify(store, "api_usage_hourly", "-1 AS latency_request_count", where=FIRST_ROW)
    falsify(store, "dead_letters", "1 AS is_deleted, version + 1 AS version")
    falsify(store, "stream_sessions_hourly", "2 AS sessions", epoch=0)
    falsify(store, "api_usage_hourly", "27 AS version", epoch=20)
    falsify(store, "epoch_ledger", f"22 AS epoch_first_offset, 24 AS version, {NOTHING}", epoch=20)
    store.command(CORRECTION)
    findings = findings_in(store)
    assert briefs(findings) == [
        ("law", "epoch_ledger", 0, 10, 20, 11, 10),
        ("ranges", "epoch_ledger", 0, 22, 24, 25, 22),
        ("months", "monthly_requests", 0, 10, 20, 0, 1),
        ("months", "monthly_requests", 0, 10, 20, 8, 7),
        ("sessions", "stream_sessions_hourly", 0, 0, 10, 1, 2),
        ("calls", "agentic_usage_hourly", 0, 10, 20, 0, 1),
        ("calls", "llm_usage_hourly", 0, 10, 20, 0, 1),
        ("latencies", "api_usage_hourly", 0, 10, 20, 0, 1),
        ("letters", "dead_letters", 0, 10, 20, 1, 0),
        ("corrections", "epoch_ledger", 1, 8, 9, 1, 0),
        ("ahead", "api_usage_hourly", 0, LAST, 27, LAST, 27),
    ]
    details = [finding.detail for finding in findings]
    assert 'month 2026-01, workspace "", source "": not the sum of its hours' in details
    assert "latency request: a count is negative" in details
    assert "rows are ahead of the account of epoch 20" in details


@ALONE
@pytest.mark.parametrize(("table", "change", "findings"), CASES)
def test_one_falsified_row_is_found_exactly(
    store: Client, table: str, change: str, findings: Sequence[tuple[object, ...]]
) -> None:
    epoch = 0 if "sessions" in table else 20 if "AS version, 0 AS consumed" in change else 10
    where = FIRST_ROW if table == "api_usage_hourly" else "month = '2026-02-01'" if "monthly" in table else "1"
    falsify(store, table, change, epoch=epoch, where=where)
    assert briefs(findings_in(store)) == findings


@ALONE
def test_a_row_ahead_of_the_ledger_is_found(store: Client) -> None:
    falsify(store, "api_usage_hourly", "27 AS version", epoch=20)
    (finding,) = findings_in(store)
    assert brief(finding) == ("ahead", "api_usage_hourly", 0, LAST, 27, LAST, 27)
    assert finding.detail == "rows are ahead of the account of epoch 20"


@ALONE
def test_requests_moved_to_another_month_are_found(store: Client) -> None:
    move_to_january(store)
    findings = findings_in(store)
    assert [brief(finding) for finding in findings] == [
        ("months", "monthly_requests", 0, 10, 20, 0, 1),
        ("months", "monthly_requests", 0, 10, 20, 8, 7),
    ]
    assert findings[0].detail == 'month 2026-01, workspace "", source "": not the sum of its hours'


@ALONE
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("-1 AS latency_request_count", "a count is negative"),
        ("[] AS latency_request_buckets", "a sketch has buckets without counts"),
        ("requests + 1 AS latency_request_count", "more values than events"),
        ("latency_request_max_ns + 1 AS latency_request_min_ns", "the minimum is above the maximum"),
        ("0 AS latency_request_sum_ns", "the sum is not between what minimum and maximum allow"),
    ],
)
def test_impossible_latencies_are_found_with_their_fault(store: Client, change: str, fault: str) -> None:
    falsify(store, "api_usage_hourly", change, where=FIRST_ROW)
    (finding,) = findings_in(store)
    assert (finding.check, finding.detail) == ("latencies", f"latency request: {fault}")


@ALONE
def test_a_negative_row_of_no_correction_is_found(store: Client) -> None:
    falsify(store, "llm_usage_hourly", "-calls AS calls")
    assert briefs(findings_in(store)) == [("calls", "llm_usage_hourly", 0, 10, 20, 0, 1)]


@ALONE
def test_a_correction_without_an_account_is_found(store: Client) -> None:
    store.command(CORRECTION)
    assert briefs(findings_in(store)) == [("corrections", "epoch_ledger", 1, 8, 9, 1, 0)]
