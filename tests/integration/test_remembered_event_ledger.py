"""A store that was counted into with the event ledger keeps it, whoever counts into it next."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatemeter.clickhouse.store_settings import event_ledger_state, event_ledger_switches, keeps_event_ledger
from gatemeter.errors import ConflictError
from gatemeter.schema import EPOCH_LEDGER, EVENT_LEDGER
from gatemeter.wiring.servers import open_worker_sink
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.dead_letters import KEY
from tests.support.kong_events import request_line
from tests.support.overlapping_logs import write
from tests.support.stored_table import read_stored

pytestmark = pytest.mark.clickhouse

IN_2005_MS = 1_117_620_000_000
FROM_2005 = ("--earliest", "2005-01-01")
LINES = [request_line("now"), request_line("old", started_at=IN_2005_MS)]
"""The second line is a dead letter until --earliest lets it in."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "access.log", LINES)


@pytest.fixture
def data(lasting_store: Store) -> Store:
    """A store whose events are never too old to be kept."""
    return lasting_store


def outcomes(data: Store) -> list[tuple[int, str]]:
    with data.client() as client:
        return sorted((row["line"], row["outcome"]) for row in read_stored(client, EVENT_LEDGER))


def switches(data: Store) -> list[bool]:
    with data.client() as client:
        return [each.is_on for each in event_ledger_switches(client)]


def test_a_replay_without_the_flag_keeps_what_it_bills(data: Store, log: Path) -> None:
    run("meter", log, *data.flags, "--event-ledger", env=KEY)
    run("dead-letters", "replay", *data.flags, *FROM_2005, env=KEY)
    assert outcomes(data) == [(1, "counted"), (2, "counted")]
    place = read("explain", *data.flags, "--event", "old")["places"][0]
    assert place["outcome"] == "counted"


def test_metering_without_the_flag_keeps_the_ledger(data: Store, log: Path) -> None:
    run("meter", log, *data.flags, "--event-ledger")
    write(log, [*LINES, request_line("later")])
    assert "switched" not in run("meter", log, *data.flags).stderr
    assert outcomes(data) == [(1, "counted"), (3, "counted")]
    assert switches(data) == [True]


def test_switching_is_told_and_dated_both_ways(data: Store, log: Path) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    assert "the event ledger is switched on" in run("meter", log, *data.flags, "--event-ledger").stderr
    assert "switched" not in run("meter", log, *data.flags, "--event-ledger").stderr
    assert "the event ledger is switched off" in run("meter", log, *data.flags, "--no-event-ledger").stderr
    with data.client() as client:
        on, off = event_ledger_switches(client)
    assert (on.is_on, off.is_on) == (True, False)
    assert before <= on.at <= off.at <= datetime.now(UTC)


@pytest.mark.long(reason="meters and replays; that a replay keeps what the store has is in `make test`")
def test_a_store_that_never_had_it_stays_without(data: Store, log: Path) -> None:
    run("meter", log, *data.flags, "--no-event-ledger", env=KEY)
    run("dead-letters", "replay", *data.flags, *FROM_2005, env=KEY)
    assert (outcomes(data), switches(data)) == ([], [])


@pytest.mark.long(reason="meters and replays; that a replay keeps what the store has is in `make test`")
def test_a_dry_run_of_a_replay_switches_nothing(data: Store, log: Path) -> None:
    run("meter", log, *data.flags, env=KEY)
    run("dead-letters", "replay", *data.flags, *FROM_2005, "--event-ledger", "--dry-run", env=KEY)
    assert switches(data) == []


def test_a_worker_takes_up_what_the_store_remembers(data: Store) -> None:
    found = []
    for requested in (None, True, None, False, None):
        sink, state, _ = open_worker_sink(data.url, requested)
        sink.close()
        found.append((state.is_kept, state.switched is not None))
    assert found == [(False, False), (True, True), (True, False), (False, True), (False, False)]


def test_events_of_before_switches_were_stored_keep_it_on(data: Store, log: Path) -> None:
    run("meter", log, *data.flags, "--event-ledger")
    with data.client() as client:
        client.command("TRUNCATE TABLE store_settings")
        assert keeps_event_ledger(client)
        assert event_ledger_state(client, None, datetime.now(UTC)).is_kept


@pytest.mark.long(reason="rebuilds a store")
def test_a_rebuild_keeps_the_ledger_of_its_store(tmp_path: Path, log: Path) -> None:
    data = ("--data", tmp_path / "rebuilt")
    assert "switched on" in run("rebuild", log, *data, "--event-ledger").stderr
    other = write(tmp_path / "other.log", [request_line("other")])
    run("rebuild", other, *data)
    assert read("explain", *data, "--event", "other")["places"][0]["outcome"] == "counted"
    # What a rebuild refuses switches nothing.
    assert isinstance(invoked("rebuild", log, *data, "--no-event-ledger").exception, ConflictError)
    run("meter", write(tmp_path / "third.log", [request_line("third")]), *data)
    assert read("explain", *data, "--event", "third")["places"][0]["outcome"] == "counted"


@pytest.mark.long(reason="meters twice; what the ledger says of events is in `make test` by its other tests")
def test_the_ledger_says_of_which_epochs_events_were_kept(data: Store, log: Path, tmp_path: Path) -> None:
    run("meter", write(tmp_path / "before.log", [request_line("before")]), *data.flags)
    run("meter", log, *data.flags, "--event-ledger")
    with data.client() as client:
        kept = {row["topic"]: row["first_event_time"] is not None for row in read_stored(client, EPOCH_LEDGER)}
    assert kept == {str(tmp_path / "before.log"): False, str(log): True}


@pytest.mark.long(reason="meters and verifies several times")
def test_events_that_expired_before_they_were_kept_longer_are_not_missed(data: Store, log: Path) -> None:
    run("meter", log, *data.flags, "--event-ledger")
    run("migrate", *data.flags, "--keep-events-days", 1)
    with data.client() as client:
        client.command("OPTIMIZE TABLE event_ledger FINAL")
    assert outcomes(data) == []
    run("migrate", *data.flags, "--keep-events-days", 10_000)
    assert read("verify", *data.flags)["findings"] == []


@pytest.mark.long(reason="meters, deletes and verifies; unit tests of verify have each case")
def test_events_that_were_deleted_are_missed_by_verify(data: Store, log: Path) -> None:
    run("meter", log, *data.flags, "--event-ledger")
    with data.client() as client:
        client.command("TRUNCATE TABLE event_ledger")
    verified = invoked("verify", *data.flags, "--json")
    assert (verified.exit_code, '"check": "kept_events"' in verified.stdout) == (9, True)
