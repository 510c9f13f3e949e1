"""`verify --deep` of replays whose text somebody corrected."""

import time
from pathlib import Path

import pytest

from gatemeter.reports.event_accounting import event_account
from tests.support.command_in_process import read, run
from tests.support.databases import Store
from tests.support.dead_letters import IN_1970_MS
from tests.support.kong_events import request_line
from tests.support.overlapping_logs import write

pytestmark = pytest.mark.clickhouse

OLD = request_line("old", started_at=IN_1970_MS)


@pytest.mark.long(reason="corrects, replays and verifies; replayed dead letters are in `make test`")
@pytest.mark.parametrize("corrected_id", ["old", "other"])
def test_a_corrected_text_is_not_held_against_the_log(
    store: Store, tmp_path: Path, corrected_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    log = write(tmp_path / "access.log", [request_line("a"), OLD])
    text = write(tmp_path / "event.json", [request_line(corrected_id, consumer="mended")])
    run("meter", log, *store.flags)
    (place,) = [row["place"] for row in read("dead-letters", "list", *store.flags)]
    run("dead-letters", "replay", place, *store.flags, "--corrected", text, "--earliest", "1970-01-01")
    verification = read("verify", *store.flags, "--deep", log)
    assert verification["findings"] == []
    assert [each for each in verification["unchecked"] if "corrected text" in each]
    with store.client() as client:
        account = event_account(client)
    assert (account.consumed, account.counted, account.dead_letters, account.rows_agree) == (2, 2, 0, True)
