"""What is touched before rows of usage are written."""

from datetime import timedelta

from gatemeter.clickhouse.usage_touches import usage_touches
from gatemeter.schema import LLM_USAGE
from tests.support.stored_rows import FEBRUARY, ledger_rows, monthly_rows, table_rows, usage, usage_rows

LATER = FEBRUARY + timedelta(hours=1)


def test_each_hour_of_a_table_and_partition_is_touched_once() -> None:
    api = usage_rows(usage(consumer_id="a"), usage(consumer_id="b"), usage(partition=1), usage(hour=LATER, log="log-2"))
    llm = table_rows(LLM_USAGE, {"log": "log-1", "epoch_first_offset": 7}, {"log": "log-1", "epoch_first_offset": 9})
    rows = set(zip(*usage_touches([api, llm]).columns, strict=True))
    assert rows == {
        ("api_usage_hourly", FEBRUARY, "log-1", 0, 1),
        ("api_usage_hourly", FEBRUARY, "log-1", 1, 1),
        ("api_usage_hourly", LATER, "log-2", 0, 1),
        ("llm_usage_hourly", FEBRUARY, "log-1", 0, 1),
    }


def test_a_batch_without_usage_touches_nothing() -> None:
    empty = table_rows(LLM_USAGE)
    assert usage_touches([ledger_rows({"log": "log-1"}), monthly_rows({"log": "log-1"}), empty]).row_count == 0
