"""One epoch with calls to models, tools and agents, and with stream sessions, counted under a small price book."""

from typing import Any

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.schema import Table
from tests.support.ai_members import ai_text
from tests.support.kong_events import STARTED_AT_MS, event_text, recorded
from tests.support.logs import FROM_THE_START, chunk_of, flush_to, kafka_log
from tests.support.price_books import table

BOOK = """
[[entries]]
provider = "openai"
model = "gpt-4o-mini"
match = {starts_with = "gpt-4o-mini"}
prices = [
  {input = 0.15, output = 0.60, cache_read = 0.075},
  {from = 2026-02-03T11:00:00Z, input = 0.30, output = 1.20, cache_read = 0.15},
]

[[entries]]
provider = "openai"
model = "gpt-4o-mini"
consumer = "initech"
match = {starts_with = "gpt-4o-mini"}
prices = {input = 1, output = 1, cache_read = 1}

[[entries]]
provider = "openai"
model = "text-embedding-3-small"
prices = {embedding = 0.02}
"""
METERING = Metering(table(BOOK))
CONSUMER = '"consumer":{"id":"con-1","username":"acme","custom_id":"c-7"}'


def block(name: str) -> str:
    """The `ai` member in NAME.json as JSON text on one line."""
    return ai_text(name)


def ai_line(
    event_id: str, ai: str, *, status: int = 200, consumer: str = CONSUMER, started_at: int = STARTED_AT_MS
) -> bytes:
    extra = f'{consumer},"ai":{ai}'
    return event_text(event_id=f'"{event_id}"', status=str(status), started_at=started_at, extra=extra)


def counter_of(epoch_size: int = 100, metering: Metering = METERING) -> PartitionCounter:
    return PartitionCounter(kafka_log(epoch_size), 0, FROM_THE_START, metering)


def counted(*values: bytes, epoch_size: int = 100, metering: Metering = METERING) -> MemorySink:
    sink, counter = MemorySink(), counter_of(epoch_size, metering)
    counter.add(chunk_of(0, values))
    flush_to(counter, sink)
    return sink


def values_of(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def only_row(sink: MemorySink, of: Table) -> dict[str, Any]:
    (row,) = sink.rows(of)
    return row


DETAILED = ai_line("a", block("proxy_3_12_details"))
TOOLS = ai_line("t", block("mcp_3_12"))
SESSION = recorded("stream_session")
