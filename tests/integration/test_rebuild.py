"""What workers counted, counted again from Kafka: into another database, and held against what is stored."""

import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any, NamedTuple

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from gatemeter.cli.commands import ship
from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from gatemeter.errors import ConflictError
from gatemeter.events.access_event import TimeRange
from gatemeter.kafka.topics import ensure_topic, topic_id
from gatemeter.metering.ruleset import Metering
from gatemeter.pricing.book_files import price_table
from gatemeter.reports.period import TimeSpan
from gatemeter.schema import API_USAGE, CORRECTIONS, EPOCH_LEDGER, TABLES
from gatemeter.sources.kafka import KafkaLogReader
from gatemeter.verification.log_reconciliation import reconcile_logs
from gatemeter.verification.second_look import Look
from gatemeter.wire.frames import FrameLimits
from gatemeter.wire.topics import TopicSpec
from tests.support.command_in_process import invoked, read, reports, run
from tests.support.databases import Store
from tests.support.event_accounts import consumed_in
from tests.support.forked_commands import running
from tests.support.gatemeter_command import environment
from tests.support.stored_table import read_stored
from tests.support.waiting import wait_for_number

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

EVENTS = 2_400
EVENTS_PER_MESSAGE = 60
EPOCH_SIZE = 4
TAMPERED = 10**9
REPORTS = [
    *(("billable", "--period", period) for period in ("hour", "month")),
    *(("latency",), ("llm",), ("llm", "--csv"), ("tools",)),
    *(("license",), ("license", "--shape", "1.3")),
]
"""As people read them; all of them are compared as JSON, too."""

DYING = [sys.executable, "-m", "tests.support.killed_commands.rebuild"]


_KEEP_REPLACED_ROWS = (
    "ALTER TABLE api_usage_hourly MODIFY SETTING "
    "max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1"
)
"""A merge would drop the row that a tampered one replaces, so that it were gone with the tampered one."""


class Counted(NamedTuple):
    """A topic that a worker has counted, and the database that it filled."""

    kafka: str
    topic: str
    database: str

    @property
    def log(self) -> tuple[str, ...]:
        return ("--kafka", self.kafka, "--topic", self.topic, "--epoch-size", str(EPOCH_SIZE))

    def reconcile_logs(self, pause: Callable[[float], None] = lambda _seconds: None) -> Look:
        reader = KafkaLogReader(self.kafka, self.topic, topic_id(self.kafka, self.topic), EPOCH_SIZE)
        with closing(client_of(self.database)) as client:
            metering = Metering(price_table([]), TimeRange())
            return reconcile_logs(client, [reader], metering, TimeSpan(), pause=pause)


@pytest.fixture(scope="module")
def counted(kafka_address: str, module_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    """A month of bad lines, duplicates, sessions and model calls, counted by a worker in small epochs."""
    path = tmp_path_factory.mktemp("rebuild")
    name = f"rebuild_{secrets.token_hex(4)}"
    month = path / "access.log"
    counted = Counted(kafka_address, name, module_store.url)
    ensure_topic(kafka_address, TopicSpec(name, partitions=2))
    run("generate", "--out", month, "--events", EVENTS, "--seed", 5, "--streams", 0.02)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ship, "FrameLimits", lambda: FrameLimits(max_events=EVENTS_PER_MESSAGE))
        run("ship", month, "--kafka", kafka_address, "--topic", name)
    arguments = ("worker", *counted.log, "--group", name, "--flush-rows", "100")
    log = path / "worker.log"
    with running(*arguments, log=log, env={"GATEMETER_CLICKHOUSE": counted.database}):
        wait_for_number(lambda: consumed_in(counted.database), EVENTS, f"all events counted; see {log}", log)
    with closing(client_of(counted.database)) as client:
        client.command(_KEEP_REPLACED_ROWS)
    return counted


def client_of(database: str) -> Client:
    return connect(ClickHouseAddress.parse(database))


def stored(database: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables but when each was written last."""
    with closing(client_of(database)) as client:
        return {
            table.name: [
                {name: value for name, value in row.items() if name != "version"} for row in read_stored(client, table)
            ]
            for table in TABLES
            if table is not CORRECTIONS
        }


def epochs(database: str) -> list[tuple[int, int, int]]:
    with closing(client_of(database)) as client:
        rows = read_stored(client, EPOCH_LEDGER)
    return [(row["partition"], row["epoch_first_offset"], row["version"]) for row in rows]


def printed(database: str, *report: str) -> str:
    """A report as it is printed, without the time at which a license report was made and the checksum over it."""
    output = invoked("report", *report, "--clickhouse", database).stdout
    return re.sub(r'"(timestamp|checksum)": *("\w+"|\d+)', "", output)


def test_a_rebuilt_database_is_the_original_row_for_row(counted: Counted, store_url: str) -> None:
    database = store_url
    (summary,) = read("rebuild", *counted.log, "--clickhouse", database)
    assert summary["consumed"] == EVENTS
    assert len(epochs(database)) > 8
    assert stored(database) == stored(counted.database)
    refused = invoked("rebuild", *counted.log, "--clickhouse", database).exception
    assert isinstance(refused, ConflictError)
    assert "holds numbers of this log already" in str(refused)


@pytest.mark.long(reason="makes every report twice; the rows that they are made of are compared in `make test`")
def test_reports_of_a_rebuilt_database_are_those_of_the_original(counted: Counted, store_url: str) -> None:
    run("rebuild", *counted.log, "--clickhouse", store_url)
    assert reports("--clickhouse", store_url) == reports("--clickhouse", counted.database)
    assert [printed(store_url, *report) for report in REPORTS] == [
        printed(counted.database, *report) for report in REPORTS
    ]


@pytest.mark.long(reason="rebuilds and verifies; a rebuilt database is compared in `make test`")
def test_a_stretch_of_offsets_is_rebuilt_in_whole_epochs(counted: Counted, store_url: str) -> None:
    database = store_url
    said = run("rebuild", *counted.log, "--clickhouse", database, "--partition", "1", "--from-offset", "6").stderr
    assert "from offset 4, where its epoch begins" in said
    wanted = [epoch for epoch in epochs(counted.database) if epoch[0] == 1 and epoch[1] >= 4]
    assert epochs(database) == wanted
    rows, original = stored(database), stored(counted.database)
    for name in (API_USAGE.name, EPOCH_LEDGER.name):
        places = {(partition, first) for partition, first, _ in wanted}
        assert rows[name] == [r for r in original[name] if (r["partition"], r["epoch_first_offset"]) in places]


@pytest.mark.long(reason="rebuilds twice; a rebuilt database is compared in `make test`")
def test_a_rebuild_that_was_killed_goes_on(counted: Counted, store_url: str) -> None:
    database = store_url
    command = [*DYING, *counted.log, "--clickhouse", database]
    died = subprocess.run(command, capture_output=True, timeout=120, env=environment(), check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert 0 < consumed_in(database) < EVENTS
    assert isinstance(invoked("rebuild", *counted.log, "--clickhouse", database).exception, ConflictError)
    (summary,) = read("rebuild", *counted.log, "--clickhouse", database, "--resume")
    assert summary["consumed"] == EVENTS
    assert stored(database) == stored(counted.database)


@pytest.mark.long(reason="rebuilds and verifies; a rebuilt database is compared in `make test`")
def test_log_reconciliation_names_a_row_that_was_changed(counted: Counted) -> None:
    found = counted.reconcile_logs()
    assert (found.is_clean, list(found.unchecked)) == (True, [])
    assert found.results[0].epochs == len(epochs(counted.database))
    known = "WHERE consumer_id != '' ORDER BY hour"
    with closing(client_of(counted.database)) as client:
        tampered = f"SELECT * REPLACE (requests + 1 AS requests, toInt64({TAMPERED}) AS version)"
        client.command(f"INSERT INTO api_usage_hourly {tampered} FROM api_usage_hourly FINAL {known} LIMIT 1")
        (finding,) = counted.reconcile_logs().results[0].findings
        client.command(f"ALTER TABLE api_usage_hourly DELETE WHERE version = {TAMPERED} SETTINGS mutations_sync = 1")
    assert finding.table == "api_usage_hourly"
    assert "requests is" in finding.detail
    assert f"version is {TAMPERED}" in finding.detail
    assert "consumer_id=" in finding.detail


@pytest.mark.long(reason="rebuilds and verifies; a rebuilt database is compared in `make test`")
def test_a_difference_that_is_gone_at_the_second_look_is_none(counted: Counted) -> None:
    with closing(client_of(counted.database)) as client:
        tampered = f"SELECT * REPLACE (requests + 1 AS requests, toInt64({TAMPERED}) AS version)"
        client.command(f"INSERT INTO api_usage_hourly {tampered} FROM api_usage_hourly FINAL ORDER BY hour LIMIT 1")

        def undo(_seconds: float) -> None:
            client.command(
                f"ALTER TABLE api_usage_hourly DELETE WHERE version = {TAMPERED} SETTINGS mutations_sync = 1"
            )

        found = counted.reconcile_logs(pause=undo)
    assert (found.is_clean, found.results[0].epochs) == (True, len(epochs(counted.database)))


def test_what_retention_deleted_is_unchecked(counted: Counted) -> None:
    admin = AdminClient({"bootstrap.servers": counted.kafka})
    (deleted,) = admin.delete_records([TopicPartition(counted.topic, 0, EPOCH_SIZE + 1)]).values()
    deleted.result(timeout=30)
    found = counted.reconcile_logs()
    assert found.is_clean
    (message,) = found.unchecked
    assert f"{counted.topic}[0]: 3 epochs within offsets 0 to 11 could not be counted again" in message
    assert "the log begins at offset 5 now" in message
