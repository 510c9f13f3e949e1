"""Replayed dead letters and files that grow agree with the ledger."""

from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.corrections.replay import Replay, ReplayOutcome
from gatemeter.events import rejection
from gatemeter.reports.event_accounting import event_account
from gatemeter.sources.file_meter import meter_file
from tests.support.dead_letter_commands import OLD, OLD_CALL
from tests.support.dead_letters import SEALING, WIDE
from tests.support.kong_events import request_line
from tests.support.logs import METERING
from tests.support.smoke import smoke
from tests.support.verified_store import (
    briefs,
    count_values,
    findings_in,
    stored_dead_letters,
)

pytestmark = pytest.mark.clickhouse


@pytest.mark.long(reason="verifies once more; replayed letters and their events are compared in `make test`")
def test_replayed_dead_letters_agree_with_the_ledger(empty: Client) -> None:
    count_values(empty, [request_line("a"), OLD, b"7", OLD, OLD_CALL, b"8", b"9", b"10"])
    replay = Replay(ClickHouseSink(empty), WIDE)
    replay.add(stored_dead_letters(empty))
    assert sum(replay.dead_letters.values()) == 7
    assert briefs(findings_in(empty)) == []


def test_a_dead_letter_replayed_in_part_agrees_with_the_ledger(empty: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejection, "REJECTIONS_PER_MESSAGE", 1)
    count_values(empty, [b"\n".join([b"7", OLD, b"9"]), *[request_line(f"r-{number}") for number in range(7)]], SEALING)
    replay = Replay(ClickHouseSink(empty), WIDE)
    replay.add(stored_dead_letters(empty))
    assert replay.dead_letters == {ReplayOutcome.STILL_REJECTED: 1, ReplayOutcome.PARTLY_REPLAYED: 1}
    assert briefs(findings_in(empty)) == []
    account = event_account(empty)
    assert (account.consumed, account.counted, account.dead_letters) == (10, 8, 2)
    assert account.holds
    assert account.rows_agree


def test_an_interrupted_replay_is_found(empty: Client) -> None:
    count_values(empty, [request_line("a"), OLD])
    Replay(ClickHouseSink(empty), WIDE).add(stored_dead_letters(empty))
    empty.command("ALTER TABLE dead_letters DELETE WHERE is_deleted = 1 SETTINGS mutations_sync = 2")
    count_values(empty, [request_line("a"), OLD])
    assert briefs(findings_in(empty)) == [("replays", "dead_letters", 0, 1, 2, 0, 1)]


class TestFileThatGrows:
    """Its last line has no newline when it is metered first."""

    @pytest.mark.parametrize(
        "rest", smoke([b"\n", b'"a":1}\n', None], 1, reason="grows by more than the newline that lacked")
    )
    @pytest.mark.parametrize("other_rules", smoke([True, False], 1, reason="grows under the rules it was metered by"))
    def test_a_file_that_grows_agrees_with_its_ledger(
        self, empty: Client, tmp_path: Path, rest: bytes | None, *, other_rules: bool
    ) -> None:
        path, line = tmp_path / "access.log", request_line("b")
        path.write_bytes(request_line("a") + b"\n" + line[:-1])
        meter_file(path, ClickHouseSink(empty), METERING, log_format="kong-log")
        with path.open("ab") as file:
            file.write((line[-1:] + b"\n" if rest is None else rest) + request_line("c") + b"\n")
        metering = WIDE if other_rules else METERING
        meter_file(path, ClickHouseSink(empty), metering, log_format="kong-log")
        assert briefs(findings_in(empty)) == []
