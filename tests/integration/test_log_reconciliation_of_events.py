"""`verify --deep` on stores with an event ledger: corrected and partly kept events are not differences."""

from pathlib import Path

import pytest

from tests.support.command_in_process import read, run
from tests.support.databases import Store
from tests.support.kong_events import recorded, request_line
from tests.support.overlapping_logs import write

pytestmark = pytest.mark.clickhouse


@pytest.fixture
def data(lasting_store: Store) -> tuple[str, str]:
    """The flags of a store that keeps events for ever."""
    return lasting_store.flags


@pytest.mark.long(reason="corrects, meters and verifies; events that were kept in part are in `make test`")
@pytest.mark.parametrize(
    "copy",
    [
        request_line("copy"),
        recorded("stream_session"),
    ],
)
def test_a_corrected_event_agrees_with_its_log(tmp_path: Path, data: tuple[str, str], copy: bytes) -> None:
    files = [write(tmp_path / f"{name}.log", [request_line(name), copy]) for name in ("one", "two")]
    run("meter", *files, *data, "--event-ledger")
    assert len(read("correct", *files, *data, "--reason", "twice")) == 1
    deep = read("verify", *data, "--deep", *files)
    assert deep["findings"] == []


def test_an_epoch_whose_events_were_partly_kept_agrees(tmp_path: Path, data: tuple[str, str]) -> None:
    log = write(tmp_path / "access.log", [request_line(f"e{number}") for number in range(5)])
    run("meter", log, *data, "--event-ledger")
    write(log, [request_line(f"e{number}") for number in range(9)])
    run("meter", log, *data, "--no-event-ledger")
    deep = read("verify", *data, "--deep", log)
    assert deep["findings"] == []
    assert any("less than all events of 1 epoch," in each for each in deep["unchecked"])
