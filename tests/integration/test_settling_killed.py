"""A settler that is killed as a process of its own, and what the next one makes of what is left."""

import signal
import subprocess
import sys
from typing import Any

import pytest

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.reports.period import TimeSpan
from gatemeter.schema.rungs import Rung
from gatemeter.verification.settled_usage import check_rungs
from tests.support.command_in_process import read, run
from tests.support.databases import Store
from tests.support.gatemeter_command import environment
from tests.support.stored_rows import FEBRUARY, usage, usage_rows

pytestmark = pytest.mark.clickhouse

STEPS = [f"{side} {rung} {what}" for rung in Rung for what in ("record", "rows") for side in ("before", "after")]


def billed(store: Store) -> list[Any]:
    """What settled days and months answer."""
    return [read("report", "billable", "--period", period, *store.flags) for period in ("day", "month")]


@pytest.mark.long(reason="a settler that ends at such a step in the test's own process is in `make test`")
@pytest.mark.parametrize("step", STEPS)
def test_a_settler_that_was_killed_changes_no_answer(store: Store, step: str) -> None:
    with store.client() as client:
        hours = (FEBRUARY, FEBRUARY.replace(hour=12), FEBRUARY.replace(day=9))
        ClickHouseSink(client).write([usage_rows(*(usage(hour=hour, consumer_id="a", requests=5) for hour in hours))])
    before, options = billed(store), (*store.flags, "--quiet", "0s")
    died = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_commands.settle", step, *options],
        capture_output=True,
        timeout=120,
        env=environment(),
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert billed(store) == before
    run("settle", *options)
    assert not any(row["settled"] for row in read("settle", *options))
    assert billed(store) == before
    with store.client() as client:
        assert check_rungs(client, TimeSpan()).differences == 0
