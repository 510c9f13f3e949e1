"""Events that were counted twice, once of them by replaying a dead letter."""

from collections import Counter
from pathlib import Path

import pytest

from gatemeter.sources.file_log import open_file_log
from tests.support.command_in_process import read, reports, run
from tests.support.databases import Store
from tests.support.dead_letters import KEY
from tests.support.kong_events import event_text, request_line
from tests.support.overlapping_logs import write
from tests.support.smoke import smoke

pytestmark = pytest.mark.clickhouse

FROM_2005 = ("--earliest", "2005-01-01")
IN_2005_MS = 1_117_620_000_000
"""Before the time from which events are counted by default, and not so long ago that their rows would expire."""

OLD = [
    request_line("old", consumer="x", started_at=IN_2005_MS),
    b"["
    + b",".join(event_text(event_id=f'"{name}"', started_at=IN_2005_MS, extra='"consumer":{"id":"y"}') for name in "pq")
    + b"]",
]


def logs(folder: Path) -> list[Path]:
    """Two files with the events `OLD`, in the order of their identities, by which the copy that stays is chosen."""
    paths = [write(folder / f"{name}.log", [request_line(name), *OLD]) for name in ("one", "two")]
    return sorted(paths, key=identity)


def identity(path: Path) -> str:
    log = open_file_log(path)
    assert log is not None
    return log.identity


@pytest.mark.long(reason="corrects, replays and verifies; copies of a topic are corrected in `make test`")
@pytest.mark.parametrize("replayed", smoke([1, 0], 1, reason="the other copy of the two is replayed"))
def test_the_replayed_copy_is_retracted_or_stays(
    tmp_path: Path, lasting_store: Store, store: Store, replayed: int
) -> None:
    files = logs(tmp_path)
    data, once = lasting_store.flags, store.flags
    run("meter", files[replayed], *data, "--event-ledger", env=KEY)
    run("dead-letters", "replay", *data, *FROM_2005, "--event-ledger", env=KEY)
    run("meter", files[1 - replayed], *data, *FROM_2005, "--event-ledger")
    done = read("correct", *files, *data, *FROM_2005, "--reason", "replayed, and shipped again")
    assert Counter((each["fate"], each["topic"]) for each in done) == {("corrected", str(files[1])): 3}
    run("meter", write(tmp_path / "all.log", [request_line("one"), request_line("two"), *OLD]), *once, *FROM_2005)
    assert reports(*data) == reports(*once)
    assert read("verify", *data)["holds"]
    deep = read("verify", *data, "--deep", *files, *FROM_2005)
    assert deep["holds"], deep["findings"]
    assert not read("correct", *files, *data, *FROM_2005, "--reason", "again")
