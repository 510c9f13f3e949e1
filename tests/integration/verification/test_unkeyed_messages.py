"""Messages without a key make the numbers of a topic with several partitions uncertain."""

from dataclasses import replace

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.metering.log import LogChunk
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.start_position import StartPosition
from gatemeter.reports.period import TimeSpan
from tests.support.kong_events import request_line
from tests.support.logs import METERING
from tests.support.smoke import smoke
from tests.support.verified_store import LOG, verified

pytestmark = pytest.mark.clickhouse

WITH_EVENTS = replace(METERING, event_ledger=True)


def count(client: Client, partition: int, unkeyed: int, metering: Metering = METERING) -> None:
    """Count twelve events of a partition, the first `unkeyed` of them without a key."""
    values = [request_line(f"{partition}-{number}") for number in range(12)]
    counter = PartitionCounter(LOG, partition, StartPosition(0, 0), metering)
    counter.add(LogChunk(0, 12, range(12), values, None, "kong-log", unkeyed_offsets=range(unkeyed)))
    ClickHouseSink(client).write(counter.take_flush().rows)


@pytest.mark.parametrize(
    ("unkeyed", "metering", "said"),
    smoke(
        [
            ((0, 11), METERING, "access: 11 messages of 2 epochs of the log id-1 have no key"),
            ((1, 3), METERING, "access: 4 messages of 2 epochs of the log id-1 have no key"),
            ((0, 0), METERING, ""),
            ((12,), METERING, ""),
            ((12, 12), WITH_EVENTS, ""),
        ],
        1,
        reason="one partition of two is in `make test`",
    ),
    ids=["one partition", "both", "keys", "a single partition", "event ledger"],
)
def test_numbers_of_unkeyed_messages_are_not_proven(
    empty: Client, unkeyed: tuple[int, ...], metering: Metering, said: str
) -> None:
    for partition, number in enumerate(unkeyed):
        count(empty, partition, number, metering)
    verification = verified(empty)
    assert (verification.holds, verification.is_proven) == (True, not said)
    assert [each[: len(said)] for each in verification.unproven] == [said] * bool(said)


@pytest.mark.long(reason="verifies once more; what is said of a whole store is in `make test`")
def test_a_span_without_such_messages_is_proven(empty: Client) -> None:
    for partition, number in enumerate((0, 11)):
        count(empty, partition, number)
    assert verified(empty, TimeSpan.parse("2020-01", "2020-02")).is_proven
