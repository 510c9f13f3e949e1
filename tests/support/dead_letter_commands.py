"""A store that holds known dead letters, and `gatemeter dead-letters` with the key of their originals."""

from collections.abc import Sequence
from functools import partial

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import GatemeterError
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.start_position import StartPosition
from gatemeter.reports.event_accounting import EventAccount, event_account
from tests.support import command_in_process
from tests.support.databases import Store
from tests.support.dead_letters import IN_1970_MS, KEY, SEALING
from tests.support.kong_events import HOUR_S, event_text, request_line

OLD = request_line("old", consumer="x", started_at=IN_1970_MS)
OLD_CALL = event_text(
    event_id='"call"',
    started_at=IN_1970_MS,
    extra='"ai":{"proxy":{"meta":{"provider_name":"openai","request_model":"gpt-4o-mini"},'
    '"usage":{"prompt_tokens":1000,"completion_tokens":10}}}',
)
VALUES = [request_line("a"), OLD, b"\x1b[31mno\xff", OLD, OLD_CALL, b'{"x":"' + b"y" * 20_000 + b'"}']
FROM_1970 = ["--earliest", "1970-01-01"]
HOUR = "2026-02-03T10:00"


def fill(store: Store, values: Sequence[bytes] = VALUES, metering: Metering = SEALING) -> None:
    """Count `values` as messages that Kafka got from 10:00 on, one an hour."""
    counter = PartitionCounter(Log("id-1", "access", LogKind.KAFKA, 100), 0, StartPosition(0, 0), metering)
    times_ms = [(HOUR_S + number * 3600) * 1000 + 5 for number in range(len(values))]
    counter.add(LogChunk(0, len(values), range(len(values)), values, times_ms, "kong-log"))
    with store.client() as client:
        ClickHouseSink(client).write(counter.take_flush().rows)


invoked = partial(command_in_process.invoked, "dead-letters", env=KEY)
run = partial(command_in_process.run, "dead-letters", env=KEY)
read = partial(command_in_process.read, "dead-letters", env=KEY)


def refusal(*arguments: object) -> GatemeterError:
    result = invoked(*arguments)
    assert isinstance(result.exception, GatemeterError), result.output
    assert result.stdout == ""
    return result.exception


def offsets(*arguments: object) -> list[int]:
    return [row["offset"] for row in read("list", *arguments)]


def totals(data: Store) -> EventAccount:
    with data.client() as client:
        return event_account(client)
