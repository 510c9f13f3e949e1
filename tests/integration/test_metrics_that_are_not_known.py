"""What no event tells is null in the answers to queries, and counted beside the number that does not hold it."""

from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.metrics.answer import answer
from gatemeter.metrics.metrics_query import MetricsQuery
from tests.support.stored_rows import usage, usage_rows

pytestmark = pytest.mark.clickhouse


def test_a_status_that_is_not_known_is_neither_success_nor_error(clickhouse_client: Client) -> None:
    rows = (usage(consumer_id=name, status=status) for name, status in (("a", 503), ("a", 200), ("a", -1), ("b", -1)))
    ClickHouseSink(clickhouse_client).write([usage_rows(*rows)])
    found = answer(clickhouse_client, MetricsQuery(period=None, metrics=("error_rate",), by=("consumer",)))
    assert [tuple(row.values()) for row in found.rows] == [("a", 0.5, 1), ("b", None, 1)]


def test_a_size_that_no_event_tells_is_null_and_counted(clickhouse_client: Client) -> None:
    ClickHouseSink(clickhouse_client).write(
        [
            usage_rows(
                usage(consumer_id="a", requests=2, response_bytes=10, response_bytes_kind="wire"),
                usage(consumer_id="a", requests=1, response_bytes=4, response_bytes_kind="body"),
                usage(consumer_id="a", requests=1, response_bytes_kind="unknown"),
                usage(consumer_id="b", requests=3, response_bytes_kind="unknown"),
            )
        ]
    )
    asked = MetricsQuery(period=None, metrics=("response_size_sum", "response_size_avg"), by=("consumer",))
    found = answer(clickhouse_client, asked)
    assert found.columns == [
        *("consumer", "response_size_sum", "response_size_avg", "requests_without_response_size", "response_size_kind")
    ]
    assert [tuple(row.values()) for row in found.rows] == [
        ("a", 14, 14 / 3, 1, "body+wire"),
        ("b", None, None, 3, None),
    ]


def test_a_percentile_of_sizes_says_how_many_requests_it_does_not_hold(clickhouse_client: Client) -> None:
    """Of 9 requests 2 have a sketch; 4 were counted before sizes were sketched, and of 3 no event tells the size."""
    sketched: dict[str, Any] = {
        "response_size_count": 2,
        "response_size_min_bytes": 100,
        "response_size_max_bytes": 300,
    }
    sketched |= {"response_size_buckets": [232, 287], "response_size_bucket_counts": [1, 1]}
    rows = (
        usage(consumer_id="a", requests=2, response_bytes=400, response_bytes_kind="wire", **sketched),
        usage(consumer_id="a", requests=4, response_bytes=100, response_bytes_kind="wire", log="old"),
        usage(consumer_id="a", requests=3, response_bytes_kind="unknown"),
        usage(consumer_id="b", requests=1, response_bytes=5, response_bytes_kind="wire", log="old"),
    )
    ClickHouseSink(clickhouse_client).write([usage_rows(*rows)])
    names = ("response_size_p50", "response_size_p99", "response_size_min", "response_size_max")
    found = answer(clickhouse_client, MetricsQuery(period=None, metrics=names, by=("consumer",))).rows
    assert [row["requests_without_response_size_sketch"] for row in found] == [7, 1]
    assert [found[0][name] for name in names] == [pytest.approx(100, rel=0.011), 300, 100, 300]
    assert [found[1][name] for name in names] == [None] * 4
