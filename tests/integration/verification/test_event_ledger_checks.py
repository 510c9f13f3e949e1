"""The checks that compare the event ledger with the ledger of epochs and with usage."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.retention import EVENTS, record_retention
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.corrections.replay import Replay
from gatemeter.reports.period import TimeSpan
from gatemeter.verification.cross_epoch_duplicates import cross_epoch_duplicates
from gatemeter.verification.finding import Check
from tests.support.dead_letter_commands import OLD
from tests.support.dead_letters import WIDE
from tests.support.kong_events import MARCH_MS, request_line
from tests.support.logs import METERING
from tests.support.restored_rows import RestoredRows
from tests.support.verified_store import (
    LAST,
    LOG,
    brief,
    briefs,
    count_values,
    falsify,
    findings_in,
    log_values,
    stored_dead_letters,
    verified,
)

pytestmark = pytest.mark.clickhouse

ALONE = pytest.mark.long(
    reason="verifies a store for one event; events of several epochs are falsified at once in `make test`"
)
FIRST_ROW = "consumer_id = 'con-1' AND hour < '2026-03-01'"


class TestEventLedger:
    METERING = replace(METERING, event_ledger=True)

    @pytest.fixture
    def store(self, engine: Client, rows: RestoredRows) -> Client:
        values = [value.replace(b'"id":"7-', b'"id":"file-') for value in log_values()]
        rows.restore("event_ledger", partial(count_values, values=values, metering=self.METERING))
        return engine

    def test_events_as_they_were_counted_agree(self, store: Client) -> None:
        verification = verified(store)
        assert briefs(verification.findings) == []
        assert verification.unchecked == []
        looked_at = {check.check: (check.epochs, check.rows) for check in verification.checks}
        assert looked_at[Check.LEDGER_EVENTS] == (3, 23)

    def test_falsified_events_of_several_epochs_are_each_found_exactly(self, store: Client) -> None:
        """None of them changes what another one says, so that one run of the checks finds what each alone leads to."""
        store.command("ALTER TABLE event_ledger DELETE WHERE offset = 1 SETTINGS mutations_sync = 2")
        falsify(store, "event_ledger", "'duplicate' AS outcome", where="offset = 11")
        falsify(store, "event_ledger", "line + 1 AS line, id_hash + 1 AS id_hash", where="offset = 21", epoch=20)
        assert sorted(briefs(findings_in(store))) == [
            ("events", "event_ledger", 0, 10, 20, 0, 1),
            ("events", "event_ledger", 0, 20, LAST, 5, 6),
            ("kept_events", "event_ledger", 0, 0, 10, 9, 8),
        ]

    @ALONE
    def test_an_event_with_another_outcome_is_found(self, store: Client) -> None:
        falsify(store, "event_ledger", "'duplicate' AS outcome", where="offset = 11")
        assert briefs(findings_in(store)) == [("events", "event_ledger", 0, 10, 20, 0, 1)]

    @pytest.mark.long(reason="verifies several times; other events that differ are found in `make test`")
    def test_an_event_that_only_the_event_ledger_calls_retracted_is_found(self, store: Client) -> None:
        falsify(store, "event_ledger", "'corrected' AS outcome", where="offset = 11")
        details = [each.detail for each in findings_in(store) if each.check is Check.CORRECTED_EVENTS]
        assert details == ["the event at line 1, index 0: the event ledger says retracted, and nothing retracts it"]

    @ALONE
    def test_an_event_that_was_never_read_is_found(self, store: Client) -> None:
        falsify(store, "event_ledger", "line + 1 AS line, id_hash + 1 AS id_hash", where="offset = 11")
        assert briefs(findings_in(store)) == [("events", "event_ledger", 0, 10, 20, 9, 10)]

    def test_requests_moved_to_another_consumer_are_found(self, store: Client) -> None:
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

    @ALONE
    def test_events_that_were_deleted_before_they_expire_are_found(self, store: Client) -> None:
        store.command("ALTER TABLE event_ledger DELETE WHERE offset IN (1, 11) SETTINGS mutations_sync = 2")
        assert briefs(findings_in(store)) == [
            ("kept_events", "event_ledger", 0, 0, 10, 9, 8),
            ("kept_events", "event_ledger", 0, 10, 20, 9, 8),
        ]

    @pytest.mark.long(reason="verifies several times; other events that differ are found in `make test`")
    def test_an_emptied_event_ledger_is_found(self, store: Client) -> None:
        store.command("TRUNCATE TABLE event_ledger")
        assert {brief[0] for brief in briefs(findings_in(store))} == {"kept_events"}

    @pytest.mark.long(reason="verifies several times; other events that differ are found in `make test`")
    def test_hours_of_an_epoch_whose_first_events_expired_are_compared(self, store: Client) -> None:
        since = datetime(2026, 2, 20, tzinfo=UTC)
        record_retention(store, EVENTS, 1, since - timedelta(days=1))
        record_retention(store, EVENTS, 10_000, since)
        store.command("ALTER TABLE event_ledger DELETE WHERE offset IN (1, 11) SETTINGS mutations_sync = 2")
        assert briefs(findings_in(store)) == []
        store.command("ALTER TABLE event_ledger DELETE WHERE time >= '2026-03-01' SETTINGS mutations_sync = 2")
        (finding,) = findings_in(store)
        assert brief(finding) == ("kept_events", "event_ledger", 0, 10, 20, 1, 0)
        assert finding.detail.startswith("events of the hour 2026-03-")

    @pytest.mark.long(reason="verifies several times; other events that differ are found in `make test`")
    def test_events_that_have_expired_are_not_compared(self, store: Client) -> None:
        store.command(
            "ALTER TABLE event_ledger MODIFY TTL toDateTime(time) + toIntervalDay(1) SETTINGS mutations_sync = 2"
        )
        try:
            store.command("OPTIMIZE TABLE event_ledger FINAL")
            verification = verified(store)
        finally:
            store.command("ALTER TABLE event_ledger REMOVE TTL")
        assert briefs(verification.findings) == []
        assert verification.unchecked == [
            "the event ledger holds less than all events of 3 epochs, so nothing was compared with it there"
        ]

    @pytest.mark.long(reason="verifies several times; other events that differ are found in `make test`")
    def test_a_copy_in_another_log_is_found_with_its_original(self, store: Client) -> None:
        again = [request_line("other"), request_line("0-6")]
        count_values(store, again + [b"7"] * 6, self.METERING, log=replace(LOG, identity="id-2"))
        (finding,) = findings_in(store)
        assert brief(finding) == ("far_duplicates", "event_ledger", 0, 1, 2, 0, 1)
        assert (finding.log, finding.detail) == (
            "id-2",
            "the event at line 1, index 0 is counted already at id-1:0:6:1:0",
        )

    def test_of_three_copies_the_earliest_in_time_stays_and_of_one_time_the_first_location(self, empty: Client) -> None:
        """Not the first one in its log: a copy that is added behind all others must not become the canonical one."""
        at_ms = {"id-2": MARCH_MS, "id-3": MARCH_MS + 1, "id-1": MARCH_MS + 2}
        for identity, started_at_ms in at_ms.items():
            values = [request_line("a", started_at=started_at_ms), request_line("b", started_at=MARCH_MS)]
            count_values(empty, values, self.METERING, log=replace(LOG, identity=identity))
        copies = cross_epoch_duplicates(empty, TimeSpan(), None)
        found: dict[int, list[tuple[str, str]]] = {0: [], 1: []}
        for copy in copies:
            found[copy.location.offset].append((copy.location.log, copy.canonical.log))
        assert found == {0: [("id-1", "id-2"), ("id-3", "id-2")], 1: [("id-2", "id-1"), ("id-3", "id-1")]}

    def test_replayed_dead_letters_agree_with_their_events(self, empty: Client) -> None:
        count_values(empty, [request_line("a"), OLD, b"7", OLD, b"8", b"9", b"10"], self.METERING)
        metering = replace(WIDE, event_ledger=True)
        Replay(ClickHouseSink(empty), metering).add(stored_dead_letters(empty))
        verification = verified(empty)
        assert (briefs(verification.findings), verification.unchecked) == ([], [])
