"""A store with something of everything, for tests of its verification, and a function that falsifies its rows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.start_position import StartPosition
from gatemeter.reports.dead_letters import DeadLetterFilter, dead_letter_pages
from gatemeter.reports.period import TimeSpan
from gatemeter.schema.stored_event import DeadLetter
from gatemeter.sources.file_meter import meter_file
from gatemeter.verification.checks import run_checks
from gatemeter.verification.finding import Check, Finding, Verification
from gatemeter.verification.verify import verify_store
from tests.support.dead_letters import KEYS
from tests.support.kong_events import MARCH_MS, event_text, request_line
from tests.support.logs import METERING

Brief = tuple[str, str, int, int, int, int | None, int | None]

LOG = Log("id-1", "access", LogKind.KAFKA, 10)
LAST = 25
"""The first offset that was not read."""

SESSION = b'{"session":{"sent":10,"received":20},"started_at":1770112861007,"latencies":{"session":7}}'
MODEL_CALL = event_text(
    event_id='"call"',
    extra='"ai":{"proxy":{"meta":{"provider_name":"openai","request_model":"gpt-4o-mini"},'
    '"usage":{"prompt_tokens":1000,"completion_tokens":10}}}',
)
TOOL_CALL = event_text(
    event_id='"tool"',
    extra='"ai":{"mcp":{"mcp_session_id":"3f0e","rpc":[{"id":"7","method":"tools/call","tool_name":"quote_price",'
    '"latency":38,"response_body_size":611}]}}',
)


def log_values(partition: int = 0) -> list[bytes]:
    """25 messages, among them a copy, two dead letters, a session, and calls to a model and a tool."""
    values = [request_line(f"{partition}-{number}") for number in range(LAST)]
    values[3] = values[2]
    values[4] = values[13] = b"7"
    values[5] = SESSION
    values[12], values[14] = MODEL_CALL, TOOL_CALL
    values[15] = request_line(f"{partition}-march", started_at=MARCH_MS)
    return values


def count_values(
    client: Client,
    values: Sequence[bytes],
    metering: Metering = METERING,
    *,
    log: Log = LOG,
    partition: int = 0,
    slimmed: str = "",
) -> None:
    """Count `values` as messages of `log` from offset 0 on, in two flushes."""
    counter = PartitionCounter(log, partition, StartPosition(0, 0), replace(metering, original_keys=KEYS))
    for first, end in ((0, 7), (7, len(values))):
        counter.add(LogChunk(first, end, range(first, end), values[first:end], None, "kong-log", slimmed=slimmed))
        flush = counter.take_flush()
        ClickHouseSink(client).write(flush.rows)
        counter.flushed(flush)


def fill(client: Client, directory: Path, metering: Metering = METERING) -> None:
    """Two partitions of a topic, and a file."""
    for partition in (0, 1):
        count_values(client, log_values(partition), metering, partition=partition)
    path = directory / "access.log"
    path.write_bytes(b"\n".join(log_values(7)) + b"\n")
    meter_file(path, ClickHouseSink(client), metering, log_format="kong-log")


def verified(client: Client, span: TimeSpan | None = None) -> Verification:
    """The verification of a store that nobody writes to, without a pause."""
    return verify_store(client, span or TimeSpan(), pause=lambda _seconds: None)


def findings_in(client: Client, span: TimeSpan | None = None) -> list[Finding]:
    """The findings of one run of the checks, but for that of minutes, which differ wherever an hour was falsified."""
    checks = run_checks(client, span or TimeSpan(), lambda _check: None, only=set(Check) - {Check.MINUTES})
    return [finding for check in checks for finding in check.findings]


def briefs(findings: Iterable[Finding]) -> list[Brief]:
    """The `brief` of each finding."""
    return [brief(finding) for finding in findings]


def brief(finding: Finding) -> Brief:
    """Check, table, partition, offsets and numbers of a finding."""
    return (
        finding.check,
        finding.table,
        finding.partition,
        finding.first_offset,
        finding.next_offset,
        finding.expected,
        finding.found,
    )


def falsify(client: Client, table: str, change: str, *, epoch: int = 10, where: str = "1") -> None:
    """Insert rows of an epoch of partition 0 again with a `change`, as `column = ...` of SELECT * REPLACE."""
    # Chosen apart from the change: a column that is replaced would be compared by its new value.
    chosen = (
        f"SELECT * FROM {table} FINAL "
        f"WHERE log = 'id-1' AND partition = 0 AND epoch_first_offset = {epoch} AND ({where})"
    )
    client.command(f"INSERT INTO {table} SELECT * REPLACE ({change}) FROM ({chosen})")


def stored_dead_letters(client: Client) -> list[DeadLetter]:
    """All dead letters of the store, in the order of their logs."""
    return [letter for page in dead_letter_pages(client, DeadLetterFilter(), 100) for letter in page]
