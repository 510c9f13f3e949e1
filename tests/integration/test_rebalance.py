"""Workers join and leave in mid-stream, with a pause where Faust's own driver loses messages."""

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_in_process import reports, run
from tests.support.event_accounts import consumed_in
from tests.support.gatemeter_command import running
from tests.support.truth import assert_truth
from tests.support.waiting import wait_for_number

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

EVENTS = 16_000
PARTS = 4
SLOW_SEEK_WORKER = [sys.executable, "-m", "tests.support.slow_seek_worker"]

Stop = Callable[[], None]


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """A month of traffic in several files."""
    run("generate", "--out", tmp_path / "access.log", "--events", EVENTS, "--seed", 3)
    lines = (tmp_path / "access.log").read_bytes().splitlines(keepends=True)
    files = [tmp_path / f"part-{number}.log" for number in range(PARTS)]
    for number, file in enumerate(files):
        file.write_bytes(b"".join(lines[number * EVENTS // PARTS : (number + 1) * EVENTS // PARTS]))
    return files


@pytest.mark.long(reason="counts 16,000 events by many workers; random kills make them come and go in `make test`")
def test_nothing_is_lost_or_doubled_while_workers_come_and_go(
    parts: list[Path], kafka_address: str, topic: str, group_id: str, store_url: str, tmp_path: Path
) -> None:
    # Epochs that close, so that commits and warm-ups take part; each spans the generator's copies.
    flags = ["--topic", topic, "--group", group_id, "--epoch-size", "40", "--commit-interval-s", "0.5"]
    arguments = ["--kafka", kafka_address, "--session-timeout-s", "6", "--flush-interval-s", "0.5", *flags]
    log = tmp_path / "workers.log"
    with ExitStack() as stack:

        def start() -> Stop:
            one = ExitStack()
            env = {"GATEMETER_CLICKHOUSE": store_url}
            one.enter_context(running(*arguments, log=log, env=env, command=SLOW_SEEK_WORKER))
            stack.push(one)
            return one.close

        stops = [start()]
        for number, part in enumerate(parts):
            run("ship", part, "--kafka", kafka_address, "--topic", topic)
            stops.append(start())
            if number % 2:
                stops.pop(0)()
        wait_for_number(lambda: consumed_in(store_url), EVENTS, f"all events counted; see {log}", log)
        truth: dict[str, Any] = json.loads(parts[0].with_name("access.log.truth.json").read_text(encoding="utf-8"))
        assert_truth(reports("--clickhouse", store_url), truth)
