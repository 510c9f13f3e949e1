"""Rows that a running worker writes between two runs of the checks are not differences."""

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.reports.period import TimeSpan
from gatemeter.verification.verify import verify_store
from tests.support.verified_store import (
    briefs,
    falsify,
)

pytestmark = pytest.mark.clickhouse

TWO_MORE_SIZES = ", ".join(
    f"{kind}_size_count + 2 AS {kind}_size_count, {kind}_bytes + 2 * {kind}_size_min_bytes AS {kind}_bytes, "
    f"arrayMap((count, at) -> count + if(at = 1, 2, 0), {kind}_size_bucket_counts, "
    f"arrayEnumerate({kind}_size_bucket_counts)) AS {kind}_size_bucket_counts"
    for kind in ("request", "response")
)
"""Of requests as small as the smallest of a row."""


class TestRunningWorker:
    def test_rows_that_a_worker_is_writing_agree(self, store: Client) -> None:
        falsify(store, "api_usage_hourly", f"requests + 2 AS requests, {TWO_MORE_SIZES}, 27 AS version", epoch=20)
        pauses: list[float] = []

        def ledger_follows(seconds: float) -> None:
            pauses.append(seconds)
            more = "consumed + 2 AS consumed, counted + 2 AS counted, 27 AS version"
            falsify(store, "monthly_requests", "requests + 2 AS requests, 27 AS version", epoch=20)
            falsify(store, "epoch_ledger", more, epoch=20)

        assert verify_store(store, TimeSpan(), pause=ledger_follows).holds
        assert pauses == [5.0]

    def test_rows_ahead_that_move_on_agree_and_a_wrong_number_that_moves_is_still_found(self, store: Client) -> None:
        def write_more(_seconds: float = 0) -> None:
            falsify(store, "epoch_ledger", "consumed + 1 AS consumed")

        def move_on(_seconds: float) -> None:
            falsify(store, "api_usage_hourly", "28 AS version", epoch=20)
            write_more()

        falsify(store, "api_usage_hourly", "27 AS version", epoch=20)
        write_more()
        moving = verify_store(store, TimeSpan(), pause=move_on)
        assert briefs(moving.findings) == [("law", "epoch_ledger", 0, 10, 20, 12, 10)]
