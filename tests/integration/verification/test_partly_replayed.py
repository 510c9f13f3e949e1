"""`verify --deep` of a dead letter of several events, of which only some could be replayed."""

from pathlib import Path

import pytest

from gatemeter.errors import ExitCode
from gatemeter.formats import decoders
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.dead_letters import IN_1970_MS, KEY
from tests.support.kong_events import request_line
from tests.support.overlapping_logs import write
from tests.support.restored_rows import RestoredStore
from tests.support.tampering.change import API, OF_REPLAY, Tampering, update

pytestmark = [
    pytest.mark.clickhouse,
    pytest.mark.usefixtures("nobody_writes"),
    pytest.mark.long(
        reason="replays and reads the log again; what a letter replayed in part counts is verified in `make test`"
    ),
]

REPLAY = ("dead-letters", "replay")
TOO_OLD = request_line("too-old", started_at=IN_1970_MS)
ARRAY = b"[" + b",".join([request_line("b"), request_line("c"), TOO_OLD, request_line("d")]) + b"]"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("partly") / "access.log", [request_line("a"), ARRAY])


@pytest.fixture
def partly_replayed(restored_store: RestoredStore, log: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Store, Path]:
    """A store with the event ledger that counted three of the four events in a file's dead letter, and the file."""
    monkeypatch.setattr(decoders, "MOST_EVENTS_OF_A_LINE", 3)

    def fill(store: Store) -> None:
        run("meter", log, *store.flags, "--event-ledger", env=KEY)
        assert read(*REPLAY, *store.flags, env=KEY)["partly_replayed"] == 1

    return restored_store.holding("partly_replayed", fill), log


def test_it_agrees_with_its_log_each_time_it_is_replayed(partly_replayed: tuple[Store, Path]) -> None:
    store, log = partly_replayed
    for _ in range(2):
        verification = read("verify", *store.flags, "--deep", log)
        assert (verification["findings"], verification["replays"]) == ([], 3)
        assert not [each for each in verification["unchecked"] if "replay" in each]
        again = read(*REPLAY, *store.flags, env=KEY)
        assert (again["partly_replayed"], again["counted"]) == (1, 0)


def test_the_rest_agrees_once_its_time_is_believed(partly_replayed: tuple[Store, Path]) -> None:
    store, log = partly_replayed
    summary = read(*REPLAY, *store.flags, "--earliest", "1970-01-01", env=KEY)
    assert (summary["replayed"], summary["partly_replayed"], summary["left"]) == (1, 0, [])
    verification = read("verify", *store.flags, "--deep", log)
    assert (verification["findings"], verification["replays"]) == ([], 4)


@pytest.mark.parametrize("moved", ["epoch_first_offset + 1 AS epoch_first_offset", "line + 1 AS line"])
def test_an_event_that_it_does_not_make_is_found(partly_replayed: tuple[Store, Path], moved: str) -> None:
    store, log = partly_replayed
    with store.client() as client:
        invented = f"SELECT * REPLACE ({moved}, id_hash + 1 AS id_hash) FROM event_ledger WHERE event_index = 1"
        client.command(f"INSERT INTO event_ledger {invented}")
    assert invoked("verify", *store.flags, "--deep", log).exit_code == ExitCode.DIFFERENCE


def test_a_changed_row_of_it_is_found(partly_replayed: tuple[Store, Path]) -> None:
    store, log = partly_replayed
    with store.client() as client:
        Tampering(API, "bytes of replays changed", update(API, "request_bytes = 9999999", OF_REPLAY)).apply(client)
    assert invoked("verify", *store.flags, "--deep", log).exit_code == ExitCode.DIFFERENCE
