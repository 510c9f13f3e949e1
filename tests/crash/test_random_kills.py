"""Workers, broker and ClickHouse are killed and disturbed at random; the tables equal those of an undisturbed run.

GATEMETER_CRASH_KILLS replaces the usual numbers of kills (`make crash KILLS=1000`), GATEMETER_CRASH_SEED is the seed
from which everything is drawn, GATEMETER_CRASH_SUMMARY a file for the summary as JSON.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import SystemRandom
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from tests.crash.conftest import NewRun
from tests.support.command_in_process import reports
from tests.support.crash.chaos import Chaos
from tests.support.crash.crash_cluster import CrashCluster
from tests.support.crash.fault_proxy import FaultProxy
from tests.support.crash.log_input import InputPlan
from tests.support.crash.log_topic import LogTopic
from tests.support.crash.metering_run import MeteringRun
from tests.support.crash.oracle import Oracle
from tests.support.truth import assert_truth

_LONG = pytest.mark.long(reason="ten kills meet each kind of server and worker; more of them meet rarer moments")
_KILLS_ASKED_FOR = os.environ.get("GATEMETER_CRASH_KILLS")
_KILLS = [int(_KILLS_ASKED_FOR)] if _KILLS_ASKED_FOR else [10, pytest.param(50, marks=_LONG)]
_SEED = int(os.environ.get("GATEMETER_CRASH_SEED") or SystemRandom().randrange(10**6))
_EVENTS_PER_KILL = 100
_MESSAGES_PER_ACT = 8
_TIMEOUT_S = max(1800, 30 * int(_KILLS_ASKED_FOR or 0))
"""Three times what a kill takes on two cores: a run that never ends must not run for ever."""

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]


@pytest.mark.timeout(_TIMEOUT_S)
@pytest.mark.parametrize("kills", _KILLS)
def test_random_kills_change_no_number(
    kills: int, cluster: CrashCluster, proxy: FaultProxy, new_run: NewRun, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\n{kills} kills, GATEMETER_CRASH_SEED={_SEED}")
    started_s = time.monotonic()
    topic = LogTopic(cluster.kafka, "chaos", InputPlan(kills * _EVENTS_PER_KILL, seed=_SEED))
    run, chaos = disturbed(kills, cluster, new_run(topic), proxy)
    undisturbed, oracle = new_run(topic), topic.oracle()
    undisturbed.count()
    found = run.differences(undisturbed, oracle)
    report(summary(chaos, run, oracle, found, time.monotonic() - started_s), capsys)
    assert found == [], f"GATEMETER_CRASH_SEED={_SEED}"
    assert chaos.record.bad_ends == [], f"GATEMETER_CRASH_SEED={_SEED}"
    assert_truth(reports("--clickhouse", run.url), topic.input.truth())


def disturbed(kills: int, cluster: CrashCluster, run: MeteringRun, proxy: FaultProxy) -> tuple[MeteringRun, Chaos]:
    """Write the topic while things happen to the workers that count it; at the end everything is counted."""
    chaos = Chaos(cluster, run, proxy, _SEED)
    for goal in (kills // 2, kills):
        while chaos.record.kills < goal:
            run.topic.write(_MESSAGES_PER_ACT)
            chaos.act()
        if goal < kills:
            chaos.kill_both_servers()
    run.topic.write()
    chaos.come_to_rest()
    run.finish()
    chaos.record_ends()
    return run, chaos


def summary(chaos: Chaos, run: MeteringRun, oracle: Oracle, found: list[str], duration_s: float) -> dict[str, Any]:
    """What was done, to how many events, and what was found."""
    totals = oracle.totals()
    return {
        "seed": _SEED,
        "kills": chaos.record.kills,
        "acts": dict(chaos.record.acts.most_common()),
        "fault_points": dict(chaos.record.fault_points.most_common()),
        "exit_codes": {str(code): count for code, count in chaos.record.exit_codes.most_common()},
        "workers": len(run.workers),
        "assignments": sum(worker.assignments() for worker in run.workers),
        "messages": run.topic.messages,
        "epochs": len(oracle.epochs),
        "events": totals.consumed,
        "duplicates": totals.duplicates,
        "dead_letters": totals.dead_letters,
        "differences": found,
        "bad_ends": chaos.record.bad_ends,
        "duration_s": round(duration_s, 1),
    }


def report(document: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Print the summary as a table; write it as JSON if GATEMETER_CRASH_SUMMARY names a file."""
    table = Table("what", "how many")
    for what, value in _lines(document):
        table.add_row(what, str(value))
    with capsys.disabled():
        Console(soft_wrap=True).print(table)
    if path := os.environ.get("GATEMETER_CRASH_SUMMARY"):
        Path(path).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _lines(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if name == "acts":
            yield from value.items()
        elif name in {"differences", "bad_ends", "fault_points"}:
            yield name.replace("_", " "), len(value)
        else:
            yield name.replace("_", " "), value
