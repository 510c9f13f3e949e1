"""`gatemeter close` that is killed as a process of its own, and what the next run makes of it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gatemeter.billing.billing_period import BillingPeriod
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.gatemeter_command import environment
from tests.support.killed_commands.close import AFTER, BEFORE, BEHIND, WITHIN
from tests.support.kong_events import STARTED_AT_MS, request_line
from tests.support.plan_files import document, written
from tests.support.unverified_closing import close_unverified

pytestmark = [
    pytest.mark.clickhouse,
    pytest.mark.long(reason="kills and verifies; closings whose insert fails are in `make test`"),
]

CLOSED = (AFTER, BEHIND)
"""Steps at which the statement is stored, though nobody was told of it."""


@pytest.mark.parametrize("step", [WITHIN, BEHIND, AFTER, BEFORE])
def test_a_closing_that_was_killed_has_closed_or_has_not(store: Store, tmp_path: Path, step: str) -> None:
    """A statement is one row with its lines and the hash of the one before: there is no state between."""
    log = tmp_path / "february.log"
    log.write_bytes(request_line("1", consumer="acme", started_at=STARTED_AT_MS) + b"\n{\n")
    run("meter", log, *store.flags)
    plans = written(tmp_path / "plans.json", document())
    of_month = ("--plans", str(plans), "--accept", "idle", *store.flags, "--period")
    died = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_commands.close", step, *of_month, "2026-02"],
        capture_output=True,
        timeout=120,
        env=environment(),
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    closed = read("statement", "list", *store.flags)
    assert [each["number"] for each in closed] == ([1] if step in CLOSED else [])
    if step in CLOSED:
        assert "2026-02 is closed already, by statement 1" in str(invoked("close", *of_month, "2026-02").exception)
    else:
        assert "not dated: 1 dead letter in all logs" in run("close", *of_month, "2026-02").stderr
    close_unverified(store, plans, BillingPeriod(2026, 3))
    numbers = [(each["number"], each["period"], each["lines"]) for each in read("statement", "list", *store.flags)]
    assert numbers == [(1, "2026-02", 1), (2, "2026-03", 1)]
    checked = run("statement", "check", store.flags[0], store.flags[1]).stdout
    assert "2 statements are unchanged and follow each other" in checked
