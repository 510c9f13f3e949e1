"""A correction of more events than one page that is killed while it writes, and what is left when it is run again."""

import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from gatemeter.errors import ExitCode
from tests.support.command_in_process import invoked, read, reports, run
from tests.support.databases import Store
from tests.support.gatemeter_command import environment
from tests.support.killed_commands.correct import COPIES_AT_ONCE
from tests.support.kong_events import STARTED_AT_MS, request_line
from tests.support.overlapping_logs import write

pytestmark = [
    pytest.mark.clickhouse,
    pytest.mark.long(reason="kills, corrects and verifies; a correction as a whole is compared in `make test`"),
]

EVENTS = 150
HOUR_MS = 3_600_000


# Reasons are written first, then three tables of usage, the account, and the events.
@pytest.mark.parametrize("tables", [1, 3, 5])
def test_what_was_killed_is_finished_by_the_next_run(
    tmp_path: Path, lasting_store: Store, store: Store, tables: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    events = [
        request_line(f"e{number}", consumer=f"c{number % 9}", started_at=STARTED_AT_MS + number % 700 * HOUR_MS)
        for number in range(EVENTS)
    ]
    one, two = write(tmp_path / "one.log", events), write(tmp_path / "two.log", [request_line("own"), *events])
    data, once = lasting_store.flags, store.flags
    run("meter", one, two, *data, "--event-ledger")
    run("meter", two, *once)
    command = (one, two, *data, "--reason", "shipped twice")
    died = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_commands.correct", str(tables), *map(str, command)],
        capture_output=True,
        timeout=120,
        env=environment(),
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    verified = invoked("verify", *data)
    assert (verified.exit_code, "was not" in verified.stdout) == (ExitCode.DIFFERENCE, tables < 5)
    outcomes = Counter(each["fate"] for each in read("correct", *command))
    assert outcomes == {"corrected": EVENTS - COPIES_AT_ONCE}
    assert reports(*data) == reports(*once)
    assert read("verify", *data, "--deep", one, two)["holds"]
