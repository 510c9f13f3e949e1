"""The ledger says of each epoch by which rules its events were cut before they were sent."""

from dataclasses import replace

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.start_position import StartPosition
from gatemeter.schema import EPOCH_LEDGER
from tests.support.kong_events import request_line
from tests.support.logs import METERING, chunk_of, flush_to, kafka_log


def test_each_epoch_names_the_rules_of_its_own_messages(sink: MemorySink) -> None:
    counter = PartitionCounter(kafka_log(2), 0, StartPosition(0, 0), METERING)
    for offset, slimmed in enumerate(["8", "7;keep=x", "", "8", "8", ""]):
        counter.add(replace(chunk_of(offset, [request_line(f"r-{offset}")]), slimmed=slimmed))
    flush_to(counter, sink)
    assert [row["slimmed"] for row in sink.rows(EPOCH_LEDGER)] == ["7;keep=x\n8", "8", "8"]


def test_what_many_senders_say_is_bounded(sink: MemorySink) -> None:
    counter = PartitionCounter(kafka_log(100), 0, StartPosition(0, 0), METERING)
    for offset in range(40):
        counter.add(replace(chunk_of(offset, [request_line(f"r-{offset}")]), slimmed=f"{offset + 100}"))
    flush_to(counter, sink)
    (row,) = sink.rows(EPOCH_LEDGER)
    assert row["slimmed"].split("\n") == [f"{number}" for number in range(100, 120)]
