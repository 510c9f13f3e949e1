"""`gatemeter close` that is killed as a process of its own, and what the next run makes of it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.gatemeter_command import environment
from tests.support.killed_commands.close import AFTER, BEFORE
from tests.support.kong_events import STARTED_AT_MS, request_line
from tests.support.plan_files import document, written
from tests.support.smoke import smoke

pytestmark = pytest.mark.clickhouse


@pytest.mark.parametrize("step", smoke([AFTER, BEFORE], 1, reason="one kill shows it in `make test`"))
def test_a_closing_that_was_killed_has_closed_or_has_not(store: Store, tmp_path: Path, step: str) -> None:
    log = tmp_path / "february.log"
    log.write_bytes(request_line("1", consumer="acme", started_at=STARTED_AT_MS) + b"\n{\n")
    run("meter", log, *store.flags)
    plans = written(tmp_path / "plans.json", document())
    asked = ("--period", "2026-02", "--plans", str(plans), "--accept", "idle", *store.flags)
    died = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_commands.close", step, *asked],
        capture_output=True,
        timeout=120,
        env=environment(),
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert [each["number"] for each in read("statement", "list", *store.flags)] == ([1] if step == AFTER else [])
    if step == AFTER:
        assert "2026-02 is closed already, by statement 1" in str(invoked("close", *asked).exception)
    else:
        said = run("close", *asked).stderr
        assert "not dated: 1 dead letter in all logs" in said
    checked = run("statement", "check", store.flags[0], store.flags[1]).stdout
    assert "statement 1 is unchanged" in checked
