"""Counts, ranges and sums that are wrong by one: the check that knows the bound says so, one change after another."""

from collections.abc import Sequence

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.reports.period import TimeSpan
from gatemeter.verification.checked_epochs import fetch_checked
from gatemeter.verification.finding import Check
from tests.support.smoke import smoke
from tests.support.verified_store import falsify

pytestmark = pytest.mark.clickhouse

NOTHING = "0 AS consumed, 0 AS counted, 0 AS duplicates, 0 AS dead_letters, 0 AS other_kind"
SEQUENCES: dict[Check, tuple[str, Sequence[tuple[str, str]]]] = {
    Check.ROW_COUNTS: (
        "agentic_usage_hourly",
        [
            ("-1 AS errors", "errors are not among the calls"),
            ("2 AS errors", "errors are not among the calls"),
            ("1 AS errors", ""),
            ("[1, 2] AS session_hashes", "more sessions than calls"),
            ("0 AS calls", "a row without a call"),
        ],
    ),
    Check.STREAM_SESSIONS: (
        "stream_sessions_hourly",
        [
            ("1 AS sessions", ""),
            ("2 AS sessions", "more sessions than events of another kind"),
        ],
    ),
}
"""By check the table, and changes of its rows of one epoch, each with the fault that is then found there."""


def faults(client: Client, check: Check) -> list[str]:
    """The details of all findings of one check."""
    (row,) = fetch_checked(client, check.query, TimeSpan())
    return [values[-1] for values in row["findings"]]


@pytest.mark.parametrize("check", SEQUENCES, ids=lambda check: check.name.lower())
def test_each_smallest_fault_is_named(store: Client, check: Check) -> None:
    table, changes = SEQUENCES[check]
    for change, fault in changes:
        falsify(store, table, change, epoch=0 if check is Check.STREAM_SESSIONS else 10)
        assert faults(store, check) == ([fault] if fault else []), change


def test_a_negative_count_is_found_though_the_law_holds(store: Client) -> None:
    names = ("consumed", "counted", "duplicates", "dead_letters", "other_kind")
    for counts, fault in (
        ((0, 0, 0, 0, 0), []),
        ((0, 0, 1, 0, -1), ["a count is negative"]),
        ((0, 1, 0, -1, 0), ["a count is negative"]),
        ((0, 0, -1, 0, 1), ["a count is negative"]),
        ((0, -1, 0, 1, 0), ["a count is negative"]),
    ):
        falsify(store, "epoch_ledger", ", ".join(f"{n} AS {name}" for n, name in zip(counts, names, strict=True)))
        assert faults(store, Check.EVENT_ACCOUNTING) == fault, counts


def test_calls_of_models_are_bounded_by_each_other(store: Client) -> None:
    for unreported, unpriced, is_fault in ((1, 1, False), (2, 0, True), (-1, 0, True), (0, 2, True), (0, -1, True)):
        change = f"{unreported} AS calls_without_reported_cost, {unpriced} AS unpriced_calls"
        falsify(store, "llm_usage_hourly", change)
        assert bool(faults(store, Check.ROW_COUNTS)) == is_fault, change


_SUM = "the sum is not between what minimum and maximum allow"


LATENCIES = [
    (1, 7, 7, 7, 1, ""),
    (1, 6, 7, 7, 1, _SUM),
    (1, 7, 7, 7, 2, "a sketch does not hold as many values as were measured"),
    (2, 14, 7, 7, 2, "more values than events"),
    (1, 8, 7, 7, 1, _SUM),
    (1, 7, 8, 7, 1, "the minimum is above the maximum"),
    (0, 1, 0, 0, 0, "a sum of no values"),
]
"""Number, sum, minimum and maximum of the latencies of one call, how many values its sketch has, and the fault."""


@pytest.mark.parametrize(
    "latencies",
    smoke([(LATENCIES[:2],), (LATENCIES[2:],)], 1, reason="one query finds them all"),
    ids=["a sum", "the others"],
)
def test_a_latency_of_one_call_is_held_to_its_one_value(
    store: Client, latencies: Sequence[tuple[int, int, int, int, int, str]]
) -> None:
    for count, sum_ns, min_ns, max_ns, sketched, fault in latencies:
        values = {"count": count, "sum_ns": sum_ns, "min_ns": min_ns, "max_ns": max_ns}
        columns = {**values, "buckets": [5], "bucket_counts": [sketched]}
        changes = ", ".join(f"{value} AS latency_llm_{name}" for name, value in columns.items())
        falsify(store, "llm_usage_hourly", changes)
        assert faults(store, Check.LATENCIES) == ([f"latency llm: {fault}"] if fault else []), fault


SIZES = [
    ("wire", 2, 14, "9", ""),
    ("wire", 2, 15, "9", _SUM),
    ("wire", 1, 7, "9", "sizes of some events are missing, or of too many there"),
    ("wire", 0, 14, "9", "sizes are missing"),
    ("wire", 0, 14, "8", ""),  # which kept sums alone
    ("unknown", 2, 14, "8", "sizes of some events are missing, or of too many there"),
    ("unknown", 0, 0, "8", ""),
]
"""What tells the sizes of two requests, how many are sketched, their sum, the rules that counted, and the fault."""


@pytest.mark.parametrize(
    "sizes",
    smoke([([SIZES[0], *SIZES[3:5]],), (SIZES,)], 1, reason="one query finds them all"),
    ids=["none", "all kinds"],
)
def test_sizes_are_sketched_of_all_requests_that_tell_them_or_of_none(
    store: Client, sizes: Sequence[tuple[str, int, int, str, str]]
) -> None:
    first_row = "(hour, consumer_id) = (SELECT min((hour, consumer_id)) FROM api_usage_hourly WHERE log = 'id-1')"
    for kind, count, total, rules, fault in sizes:
        falsify(store, "epoch_ledger", f"'{rules}' AS rules")
        sketch = f"[{'5' if count else ''}] AS request_size_buckets, [{count or ''}] AS request_size_bucket_counts"
        values = {"bytes": total, "size_count": count, "size_min_bytes": 7, "size_max_bytes": 7}
        changes = ", ".join(f"{value} AS request_{name}" for name, value in values.items())
        kinds = f"'{kind}' AS request_bytes_kind, 'unknown' AS response_bytes_kind, 0 AS response_size_count"
        others = "[] AS response_size_buckets, [] AS response_size_bucket_counts, 2 AS requests"
        falsify(store, "api_usage_hourly", f"{changes}, {sketch}, {kinds}, {others}", where=first_row)
        assert faults(store, Check.LATENCIES) == ([f"request_size: {fault}"] if fault else []), (kind, count, rules)


@pytest.mark.parametrize(
    ("first_offset", "version", "fault"),
    [
        (24, 26, "these offsets are in two epochs"),
        (25, 31, "an epoch is longer than its size, 10"),
        (26, 30, "these offsets are in no epoch"),
        (25, 30, None),
    ],
)
def test_ranges_that_are_wrong_by_one_offset_are_found(
    store: Client, first_offset: int, version: int, fault: str | None
) -> None:
    change = f"{first_offset} AS epoch_first_offset, {version} AS version, {NOTHING}"
    falsify(store, "epoch_ledger", change, epoch=20)
    assert faults(store, Check.OFFSET_RANGES) == ([] if fault is None else [fault])


def test_a_row_one_offset_ahead_of_its_account_is_found(store: Client) -> None:
    falsify(store, "api_usage_hourly", "26 AS version", epoch=20)
    assert faults(store, Check.ROWS_AHEAD) == ["rows are ahead of the account of epoch 20"]
