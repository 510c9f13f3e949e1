"""Epochs that are gone at either end of a partition, as the store alone shows it."""

from datetime import UTC, datetime

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.metering.counting_start import CountingStart, StartReason, counting_start_rows
from gatemeter.metering.log import LogChunk
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.start_position import StartPosition
from gatemeter.reports.period import TimeSpan
from gatemeter.schema import CORRECTIONS, PROGRESS_TABLES, TABLES
from gatemeter.verification.finding import Finding
from tests.support.logs import METERING
from tests.support.smoke import smoke
from tests.support.verified_store import LAST, LOG, brief, briefs, findings_in, log_values, verified

pytestmark = pytest.mark.clickhouse

OF_EPOCHS = [table for table in TABLES if table is not CORRECTIONS]
"""The tables that hold the rows of epochs."""

# Without usage: which hours the missing epochs held is not known, so they are missed in every span.
JANUARY = TimeSpan.parse("2020-01", "2020-02")


def wipe(client: Client, condition: str) -> None:
    """Delete the rows of epochs from every table, so that what is left agrees with itself."""
    filled = client.query("SELECT DISTINCT table FROM system.parts WHERE database = currentDatabase() AND active")
    held = {name for (name,) in filled.result_rows}
    for table in (each for each in OF_EPOCHS if each.name in held):
        of_table = condition.replace("epoch_first_offset", "offset") if table.name == "dead_letters" else condition
        client.command(f"ALTER TABLE {table.name} DELETE WHERE {of_table} SETTINGS mutations_sync = 2")


@pytest.mark.parametrize(
    ("condition", "found"),
    smoke(
        [
            (
                "log = 'id-1' AND (partition = 1 OR epoch_first_offset >= 20)",
                [(0, 20, LAST, LAST, 20), (1, 0, LAST, LAST, 0)],
            ),
            ("log = 'id-1' AND partition = 1", [(1, 0, LAST, LAST, 0)]),
            ("log = 'id-1' AND epoch_first_offset >= 20", [(0, 20, LAST, LAST, 20), (1, 20, LAST, LAST, 20)]),
            ("partition = 1 AND epoch_first_offset < 10 OR log != 'id-1'", [(0, 0, LAST, LAST, 0), (1, 0, 10, 0, 10)]),
        ],
        1,
        reason="a partition and the last epochs of another are found at once in `make test`",
    ),
    ids=["a partition and last epochs", "a partition", "the last epochs", "the first epoch and a file"],
)
def test_epochs_gone_from_every_table_are_found(store: Client, condition: str, found: list[tuple[int, ...]]) -> None:
    wipe(store, condition)
    assert sorted(numbers(finding) for finding in findings_in(store, JANUARY)) == found


def test_an_end_that_nobody_recorded_is_not_known(store: Client) -> None:
    store.command("ALTER TABLE counted_ends DELETE WHERE partition = 1 SETTINGS mutations_sync = 2")
    (finding,) = findings_in(store)
    assert brief(finding) == ("ends", "counted_ends", 1, LAST, LAST, LAST, 0)


@pytest.mark.parametrize(
    ("known", "missing"),
    smoke(
        [((1, 3), [0, 2]), ((0, 2), [1]), ((0, 1, 2), [])], 1, reason="two that are missing are found in `make test`"
    ),
)
def test_a_partition_between_others_is_known_once_a_worker_has_begun(
    empty: Client, known: tuple[int, ...], missing: list[int]
) -> None:
    starts = {partition: CountingStart(0, StartReason.LOG_START) for partition in known}
    ClickHouseSink(empty).write([counting_start_rows(LOG, starts, datetime(2026, 2, 3, tzinfo=UTC))])
    findings = findings_in(empty)
    assert [(each.check, each.table, each.partition) for each in findings] == [
        ("ends", "counting_starts", partition) for partition in missing
    ]


@pytest.mark.long(reason="verifies several times; epochs that are gone are found in `make test`")
@pytest.mark.parametrize(
    ("start", "findings"),
    [
        (None, [("ends", "epoch_ledger", 0, 0, 7, 0, 7)]),
        (5, [("ends", "epoch_ledger", 0, 5, 7, 5, 7)]),
        (7, []),
    ],
)
def test_counting_begins_behind_offset_0_only_where_recorded(
    empty: Client, start: int | None, findings: list[tuple[object, ...]]
) -> None:
    sink = ClickHouseSink(empty)
    if start is not None:
        starts = {0: CountingStart(start, StartReason.LOG_END)}
        sink.write([counting_start_rows(LOG, starts, datetime(2026, 2, 3, tzinfo=UTC))])
    counter = PartitionCounter(LOG, 0, StartPosition(7, 7), METERING)
    counter.add(LogChunk(7, LAST, range(7, LAST), log_values()[7:], None, "kong-log"))
    sink.write(counter.take_flush().rows)
    verification = verified(empty)
    assert briefs(verification.findings) == findings
    assert bool(verification.notes) == (start is not None)
    for note in verification.notes:
        assert note.startswith(f"access[0]: counting began at offset {start} of the log id-1 at 2026-02-03T00:00:00Z: ")
        assert note.endswith("(--start latest)")


def test_ends_follow_the_ledger_and_never_go_back(store: Client) -> None:
    rows = "SELECT partition, version, log_kind FROM counted_ends FINAL ORDER BY log_kind, partition"
    expected = [(0, LAST, "file"), (0, LAST, "kafka"), (1, LAST, "kafka")]
    assert store.query(rows).result_rows == expected
    counter = PartitionCounter(LOG, 1, StartPosition(0, 0), METERING)
    counter.add(LogChunk(0, 7, range(7), log_values(1)[:7], None, "kong-log"))
    ClickHouseSink(store).write(counter.take_flush().rows)
    assert store.query(rows).result_rows == expected
    assert [table.name for table in PROGRESS_TABLES] == ["counting_starts", "counted_ends"]


def numbers(finding: Finding) -> tuple[int, ...]:
    """Partition, offsets and numbers of a finding of the check `ends`."""
    check, _, *found = brief(finding)
    assert check == "ends"
    return tuple(number or 0 for number in found)
