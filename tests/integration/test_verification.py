"""Each check of a verification, on the real engine: silent on what was counted, and exact about one falsified row."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.connection import connect_embedded
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.corrections.replay import Replay
from gatemeter.metering.log import LogChunk
from gatemeter.metering.partition import PartitionCounter, StartPosition
from gatemeter.migrations.runner import migrate
from gatemeter.reports.dead_letters import DeadLetterFilter, dead_letter_pages
from gatemeter.reports.period import TimeSpan
from gatemeter.schema import TABLES
from gatemeter.schema.dead_letter import DeadLetter
from gatemeter.sources.file_meter import meter_file
from gatemeter.verification.finding import Check
from gatemeter.verification.verify import verify_store
from tests.integration.test_dead_letters_command import OLD, OLD_CALL
from tests.support.dead_letters import WIDE
from tests.support.kong_events import request_line
from tests.support.logs import METERING
from tests.support.verified_store import (
    LAST,
    LOG,
    brief,
    count_values,
    falsify,
    fill,
    findings_in,
    log_values,
    told,
    verified,
)

pytestmark = pytest.mark.clickhouse

NOTHING = "0 AS consumed, 0 AS counted, 0 AS duplicates, 0 AS dead_letters, 0 AS other_kind"
FIRST_ROW = "consumer_id = 'con-1' AND hour < '2026-03-01'"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A migrated database for all tests here, whose event ledger keeps events for ever."""
    with closing(connect_embedded(tmp_path_factory.mktemp("engine"))) as client:
        migrate(client)
        client.command("ALTER TABLE event_ledger REMOVE TTL")
        yield client


@pytest.fixture
def empty(engine: Client) -> Client:
    """The database without a row."""
    for table in TABLES:
        engine.command(f"TRUNCATE TABLE {table.name}")
    return engine


@pytest.fixture
def store(empty: Client, tmp_path: Path) -> Client:
    """Two partitions of a topic and a file, counted."""
    fill(empty, tmp_path)
    return empty


def test_what_was_counted_agrees(store: Client) -> None:
    verification = verified(store)
    assert (told(verification.findings), verification.holds, verification.notes) == ([], True, [])
    assert (verification.logs, verification.epochs, verification.events) == (2, 7, 75)
    looked_at = {check.check: (check.epochs, check.rows) for check in verification.checks}
    assert looked_at[Check.EVENT_ACCOUNTING] == (7, 7)
    assert looked_at[Check.DEAD_LETTERS] == (7, 6)
    assert not [name for name, (_, rows) in looked_at.items() if not rows and name not in ("replays", "corrections")]


def test_an_empty_store_holds(empty: Client) -> None:
    verification = verified(empty)
    assert (verification.epochs, verification.holds) == (0, True)


CASES = [
    ("epoch_ledger", "consumed + 1 AS consumed", [("law", "epoch_ledger", 0, 10, 20, 11, 10)]),
    (
        "epoch_ledger",
        "30 AS epoch_first_offset, 35 AS version, " + NOTHING,
        [("ranges", "epoch_ledger", 0, LAST, 30, LAST, 30)],
    ),
    (
        "epoch_ledger",
        "22 AS epoch_first_offset, 24 AS version, " + NOTHING,
        [("ranges", "epoch_ledger", 0, 22, 24, 25, 22)],
    ),
    (
        "epoch_ledger",
        "25 AS epoch_first_offset, 24 AS version, " + NOTHING,
        [("ranges", "epoch_ledger", 0, 25, 24, 25, 24)],
    ),
    (
        "epoch_ledger",
        "25 AS epoch_first_offset, 33 AS version, " + NOTHING,
        [("ranges", "epoch_ledger", 0, 30, 33, 30, 33)],
    ),
    ("api_usage_hourly", "'x' AS consumer_id", [("requests", "api_usage_hourly", 0, 10, 20, 9, 15)]),
    ("monthly_requests", "requests + 1 AS requests", [("monthly_requests", "monthly_requests", 0, 10, 20, 9, 10)]),
    ("stream_sessions_hourly", "2 AS sessions", [("sessions", "stream_sessions_hourly", 0, 0, 10, 1, 2)]),
    ("agentic_usage_hourly", "calls + 1 AS errors", [("calls", "agentic_usage_hourly", 0, 10, 20, 0, 1)]),
    (
        "api_usage_hourly",
        "arrayMap(each -> each + 1, latency_upstream_bucket_counts) AS latency_upstream_bucket_counts",
        [("latencies", "api_usage_hourly", 0, 10, 20, 0, 1)],
    ),
    (
        "dead_letters",
        "1 AS is_deleted, version + 1 AS version",
        [("letters", "dead_letters", 0, 10, 20, 1, 0)],
    ),
    (
        "dead_letters",
        "1 AS is_deleted, version + 1 AS version, -1 AS epoch_first_offset",
        [("replays", "epoch_ledger", 0, 13, 14, 1, 0)],
    ),
    (
        "api_usage_hourly",
        "90 AS epoch_first_offset, 95 AS version",
        [("unknown_epochs", "api_usage_hourly", 0, 90, 95, 0, 1)],
    ),
    (
        "dead_letters",
        "27 AS offset, 28 AS version",
        [("ahead", "dead_letters", 0, 25, 28, 25, 28)],
    ),
]
"""The table, a change of its rows of one epoch, and what is then found."""


@pytest.mark.parametrize(("table", "change", "findings"), CASES)
def test_one_falsified_row_is_told_exactly(
    store: Client, table: str, change: str, findings: Sequence[tuple[object, ...]]
) -> None:
    epoch = 0 if "sessions" in table else 20 if "AS version, 0 AS consumed" in change else 10
    where = FIRST_ROW if table == "api_usage_hourly" else "month = '2026-02-01'" if "monthly" in table else "1"
    falsify(store, table, change, epoch=epoch, where=where)
    assert told(findings_in(store)) == findings


def test_a_row_that_is_ahead_of_the_ledger(store: Client) -> None:
    falsify(store, "api_usage_hourly", "requests + 2 AS requests, 27 AS version", epoch=20)
    (finding,) = findings_in(store)
    assert brief(finding) == ("ahead", "api_usage_hourly", 0, LAST, 27, LAST, 27)
    assert finding.detail == "rows are ahead of the account of epoch 20"


def test_requests_of_another_month(store: Client) -> None:
    falsify(store, "monthly_requests", "requests - 1 AS requests", where="month = '2026-02-01'")
    falsify(store, "monthly_requests", "1 AS requests, toDate('2026-01-01') AS month", where="month = '2026-02-01'")
    findings = findings_in(store)
    assert [brief(finding) for finding in findings] == [
        ("months", "monthly_requests", 0, 10, 20, 0, 1),
        ("months", "monthly_requests", 0, 10, 20, 8, 7),
    ]
    assert findings[0].detail == 'month 2026-01, workspace "", source "": not the sum of its hours'


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("-1 AS latency_request_count", "a count is negative"),
        ("requests + 1 AS latency_request_count", "more values than events"),
        ("[] AS latency_request_buckets", "a sketch has buckets without counts"),
        ("latency_request_max_ns + 1 AS latency_request_min_ns", "the minimum is above the maximum"),
        ("0 AS latency_request_sum_ns", "the sum is not between what minimum and maximum allow"),
    ],
)
def test_latencies_that_nobody_measured(store: Client, change: str, fault: str) -> None:
    falsify(store, "api_usage_hourly", change, where=FIRST_ROW)
    (finding,) = findings_in(store)
    assert (finding.check, finding.detail) == ("latencies", f"latency request: {fault}")


def test_a_negative_row_outside_of_corrections(store: Client) -> None:
    falsify(store, "llm_usage_hourly", "-calls AS calls")
    assert told(findings_in(store)) == [("calls", "llm_usage_hourly", 0, 10, 20, 0, 1)]


def test_a_correction_without_account(store: Client) -> None:
    store.command(
        "INSERT INTO corrections (log, partition, offset, line, version, topic) VALUES ('id-1', 1, 8, 1, 0, 'access')"
    )
    assert told(findings_in(store)) == [("corrections", "epoch_ledger", 1, 8, 9, 1, 0)]


def test_replayed_letters_agree(empty: Client) -> None:
    count_values(empty, [request_line("a"), OLD, b"7", OLD, OLD_CALL, b"8", b"9", b"10"])
    replay = Replay(ClickHouseSink(empty), WIDE)
    replay.add(_letters(empty))
    assert sum(replay.dead_letters.values()) == 7
    assert told(findings_in(empty)) == []


def test_a_replay_that_was_interrupted(empty: Client) -> None:
    count_values(empty, [request_line("a"), OLD])
    Replay(ClickHouseSink(empty), WIDE).add(_letters(empty))
    empty.command("ALTER TABLE dead_letters DELETE WHERE is_deleted = 1 SETTINGS mutations_sync = 2")
    count_values(empty, [request_line("a"), OLD])
    assert told(findings_in(empty)) == [("replays", "dead_letters", 0, 1, 2, 0, 1)]


def _letters(client: Client) -> list[DeadLetter]:
    return [letter for page in dead_letter_pages(client, DeadLetterFilter(), 100) for letter in page]


class TestFileThatGrows:
    """Its last line has no newline when it is metered first."""

    @pytest.mark.parametrize("rest", [b"\n", b'"a":1}\n', None])
    @pytest.mark.parametrize("other_rules", [False, True])
    def test_agrees(self, empty: Client, tmp_path: Path, rest: bytes | None, *, other_rules: bool) -> None:
        path, line = tmp_path / "access.log", request_line("b")
        path.write_bytes(request_line("a") + b"\n" + line[:-1])
        meter_file(path, ClickHouseSink(empty), METERING, log_format="kong-log")
        with path.open("ab") as file:
            file.write((line[-1:] + b"\n" if rest is None else rest) + request_line("c") + b"\n")
        metering = WIDE if other_rules else METERING
        meter_file(path, ClickHouseSink(empty), metering, log_format="kong-log")
        assert told(findings_in(empty)) == []


def test_counting_that_began_in_the_middle_is_a_note(empty: Client) -> None:
    counter = PartitionCounter(LOG, 0, StartPosition(7, 7), METERING)
    counter.add(LogChunk(7, LAST, range(7, LAST), log_values()[7:], None, "kong-log"))
    ClickHouseSink(empty).write(counter.take_flush().rows)
    verification = verified(empty)
    assert told(verification.findings) == []
    assert verification.notes == [
        "access[0]: counting began at offset 7 of the log id-1, so nothing is known of what was before"
    ]


class TestSpan:
    MARCH = TimeSpan.parse("2026-03", "2026-04")

    def test_only_epochs_with_usage_of_its_hours(self, store: Client) -> None:
        verification = verified(store, self.MARCH)
        assert (
            {check.check: check.epochs for check in verification.checks}[Check.EVENT_ACCOUNTING]
            == verification.epochs
            == 3
        )
        falsify(store, "epoch_ledger", "consumed + 1 AS consumed", epoch=0)
        assert not findings_in(store, self.MARCH)
        falsify(store, "epoch_ledger", "consumed + 1 AS consumed")
        assert [finding.first_offset for finding in findings_in(store, self.MARCH)] == [10]

    def test_an_epoch_that_lost_all_rows_is_in_every_span(self, store: Client) -> None:
        for table in ("api_usage_hourly", "llm_usage_hourly", "agentic_usage_hourly", "stream_sessions_hourly"):
            condition = "log = 'id-1' AND partition = 0 AND epoch_first_offset = 0"
            store.command(f"ALTER TABLE {table} DELETE WHERE {condition} SETTINGS mutations_sync = 2")
        assert told(findings_in(store, self.MARCH)) == [("requests", "api_usage_hourly", 0, 0, 10, 7, 0)]

    def test_neighbours_of_its_epochs_are_looked_at(self, store: Client) -> None:
        store.command("ALTER TABLE epoch_ledger DELETE WHERE epoch_first_offset = 20 SETTINGS mutations_sync = 2")
        falsify(store, "epoch_ledger", "22 AS epoch_first_offset, 25 AS version, " + NOTHING)
        findings = [finding for finding in findings_in(store, self.MARCH) if finding.check == "ranges"]
        assert [brief(finding)[2:5] for finding in findings] == [(0, 20, 22)]


class TestEventLedger:
    METERING = replace(METERING, event_ledger=True)

    @pytest.fixture
    def store(self, empty: Client, tmp_path: Path) -> Client:
        values = [value.replace(b'"id":"7-', b'"id":"file-') for value in log_values()]
        count_values(empty, values, self.METERING)
        return empty

    def test_agrees(self, store: Client) -> None:
        verification = verified(store)
        assert told(verification.findings) == []
        assert verification.unchecked == []
        looked_at = {check.check: (check.epochs, check.rows) for check in verification.checks}
        assert looked_at[Check.LEDGER_EVENTS] == (3, 23)

    def test_another_outcome(self, store: Client) -> None:
        falsify(store, "event_ledger", "'duplicate' AS outcome", where="offset = 11")
        assert told(findings_in(store)) == [("events", "event_ledger", 0, 10, 20, 0, 1)]

    def test_an_event_too_many(self, store: Client) -> None:
        falsify(store, "event_ledger", "line + 1 AS line, id_hash + 1 AS id_hash", where="offset = 11")
        assert told(findings_in(store)) == [("events", "event_ledger", 0, 10, 20, 9, 10)]

    def test_requests_that_were_given_to_another_consumer(self, store: Client) -> None:
        falsify(store, "api_usage_hourly", "'evil-corp' AS consumer_id", where=FIRST_ROW)
        store.command(
            f"ALTER TABLE api_usage_hourly DELETE WHERE log = 'id-1' AND epoch_first_offset = 10 AND {FIRST_ROW} "
            "SETTINGS mutations_sync = 2"
        )
        given, taken = findings_in(store)
        assert [brief(each)[:5] for each in (taken, given)] == [("consumers", "api_usage_hourly", 0, 10, 20)] * 2
        assert (taken.expected, taken.found) == (given.found, given.expected) == (6, 0)
        hour = "2026-02-03T10:00:00Z"
        assert taken.detail == f'requests of "con-1" in the hour {hour} are not as many as the event ledger knows'
        assert '"evil-corp"' in given.detail

    def test_rows_that_have_grown_old_are_no_difference(self, store: Client) -> None:
        store.command("ALTER TABLE event_ledger DELETE WHERE offset IN (1, 11) SETTINGS mutations_sync = 2")
        verification = verified(store)
        assert told(verification.findings) == []
        assert verification.unchecked == [
            "the event ledger holds less than all events of 2 epochs, so nothing was compared with it there"
        ]

    def test_copies_in_another_log(self, store: Client) -> None:
        again = [request_line("other"), request_line("0-6")]
        count_values(store, again + [b"7"] * 6, self.METERING, log=replace(LOG, identity="id-2"))
        (finding,) = findings_in(store)
        assert brief(finding) == ("far_duplicates", "event_ledger", 0, 1, 2, 0, 1)
        assert (finding.log, finding.detail) == (
            "id-2",
            "the event at line 1, index 0 is counted already at id-1:0:6:1:0",
        )

    def test_replayed_letters_agree(self, empty: Client) -> None:
        count_values(empty, [request_line("a"), OLD, b"7", OLD, b"8", b"9", b"10"], self.METERING)
        metering = replace(WIDE, event_ledger=True)
        Replay(ClickHouseSink(empty), metering).add(_letters(empty))
        verification = verified(empty)
        assert (told(verification.findings), verification.unchecked) == ([], [])


class TestRunningWorker:
    def test_what_it_is_writing_is_no_difference(self, store: Client) -> None:
        falsify(store, "api_usage_hourly", "requests + 2 AS requests, 27 AS version", epoch=20)
        pauses: list[float] = []

        def ledger_follows(seconds: float) -> None:
            pauses.append(seconds)
            more = "consumed + 2 AS consumed, counted + 2 AS counted, 27 AS version"
            falsify(store, "monthly_requests", "requests + 2 AS requests, 27 AS version", epoch=20)
            falsify(store, "epoch_ledger", more, epoch=20)

        assert verify_store(store, TimeSpan(), pause=ledger_follows).holds
        assert pauses == [5.0]

    def test_rows_ahead_that_move_on_are_no_difference(self, store: Client) -> None:
        falsify(store, "api_usage_hourly", "27 AS version", epoch=20)
        moving = verify_store(
            store, TimeSpan(), pause=lambda _: falsify(store, "api_usage_hourly", "28 AS version", epoch=20)
        )
        assert moving.holds

    def test_a_wrong_number_that_moves_stays_wrong(self, store: Client) -> None:
        falsify(store, "epoch_ledger", "consumed + 1 AS consumed", epoch=20)
        moving = verify_store(
            store, TimeSpan(), pause=lambda _: falsify(store, "epoch_ledger", "consumed + 1 AS consumed", epoch=20)
        )
        assert told(moving.findings) == [("law", "epoch_ledger", 0, 20, LAST, 7, 5)]
