"""From a log file to the bill, both ways: by `meter`, and through Kafka and two workers."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from gatemeter.schema import TABLES
from tests.support.gatemeter_command import assert_truth, read_json, reports, run, running
from tests.support.processes import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

EVENTS = 200_000


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200,000 lines with 5 % duplicates, 1 % bad ones, TCP sessions, and times out of order."""
    path = tmp_path_factory.mktemp("month") / "access.log"
    run("generate", "--out", path, "--events", str(EVENTS), "--seed", "11", "--streams", "0.01")
    return path


@pytest.fixture(scope="module")
def truth(month: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(month.with_name("access.log.truth.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def metered(month: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """The summary and the reports of `meter`."""
    data = tmp_path_factory.mktemp("metered")
    (summary,) = read_json("meter", month, "--data", data, "--json")
    return summary, reports("--data", data)


def test_the_month_has_what_it_should_have(truth: dict[str, Any]) -> None:
    assert truth["consumed"] == EVENTS
    assert truth["duplicates"] == EVENTS * 0.05
    assert truth["dead_letters"] == EVENTS * 0.01
    assert truth["other_kind"] > 0


def test_meter_equals_the_truth(metered: tuple[dict[str, Any], dict[str, Any]], truth: dict[str, Any]) -> None:
    summary, report = metered
    for name in ("consumed", "counted", "duplicates", "dead_letters", "other_kind"):
        assert summary[name] == truth[name]
    assert_truth(report, truth)


@pytest.fixture
def workers(kafka_address: str, topic: str, group_id: str, database: str, tmp_path: Path) -> Iterator[Path]:
    """Two workers on a topic of their own, filling a database of their own; the path of their log."""
    run("migrate", "--clickhouse", database)
    log = tmp_path / "workers.log"
    arguments = ["worker", "--kafka", kafka_address, "--topic", topic, "--group", group_id]
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(running(*arguments, log=log, env={"GATEMETER_CLICKHOUSE": database}))
        yield log


def test_kafka_and_two_workers_equal_the_truth_and_meter(
    month: Path,
    truth: dict[str, Any],
    metered: tuple[dict[str, Any], dict[str, Any]],
    workers: Path,
    kafka_address: str,
    topic: str,
    database: str,
) -> None:
    shipped = read_json("ship", month, "--kafka", kafka_address, "--topic", topic, "--json")
    assert shipped["events"] == EVENTS
    wait_until(lambda: consumed(database) == EVENTS, f"all events counted; see {workers}", timeout_s=120)
    report = reports("--clickhouse", database)
    assert_truth(report, truth)
    assert report == metered[1]
    assert conservation(database) == [truth[name] for name in COUNTS]


COUNTS = ("consumed", "counted", "duplicates", "dead_letters", "other_kind")


def conservation(database: str) -> list[int]:
    """The ledger's sums over all logs."""
    with closing(connect(ClickHouseAddress.parse(database))) as client:
        sums = ", ".join(f"toUInt64(sum({name}))" for name in COUNTS)
        return list(client.query(f"SELECT {sums} FROM conservation").result_rows[0])


def consumed(database: str) -> int:
    return conservation(database)[0]


def test_nothing_secret_is_stored_or_logged(
    month: Path, workers: Path, kafka_address: str, topic: str, database: str, tmp_path: Path
) -> None:
    keys = set(re.findall(rb'"apikey":"([^"]+)"', month.read_bytes()[:4_000_000]))
    assert keys, "the traffic is meant to hold keys"
    head = tmp_path / "head.log"
    head.write_bytes(b"".join(month.read_bytes().splitlines(keepends=True)[:3000]))
    run("ship", head, "--kafka", kafka_address, "--topic", topic)
    wait_until(lambda: consumed(database) == 3000, f"all events counted; see {workers}", timeout_s=60)
    stored = everything_stored(database) + workers.read_bytes()
    assert b"not_an_object" in stored, "dead letters are among what is looked through"
    assert not [key for key in keys if key in stored]
    assert b"client_ip" in stored
    assert not re.search(rb'"client_ip":"\d', stored)


def everything_stored(database: str) -> bytes:
    """All rows of all tables, as they are."""
    with closing(connect(ClickHouseAddress.parse(database))) as client:
        return b"".join(client.raw_query(f"SELECT * FROM {table.name} FINAL FORMAT TSVRaw") for table in TABLES)


def test_a_worker_says_in_one_line_why_it_cannot_start(topic: str, kafka_address: str) -> None:
    wrong = "http://nobody:wrong@127.0.0.1:9/none"
    done = run("worker", "--kafka", kafka_address, "--topic", topic, "--clickhouse", wrong, expect=5)
    assert done.stderr.count("\n") == 1
    assert "wrong" not in done.stderr
    assert done.stdout == ""
