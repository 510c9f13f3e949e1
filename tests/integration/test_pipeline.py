"""From a log file to the bill, both ways: by `meter`, and through Kafka and two workers."""

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gatemeter.kafka.topics import ensure_topic
from gatemeter.schema import TABLES
from gatemeter.wire.topics import TopicSpec
from tests.support.command_in_process import read, reports, run
from tests.support.databases import DatabasePool, Store
from tests.support.event_accounts import account_of, consumed_in
from tests.support.forked_commands import running
from tests.support.gatemeter_command import run as run_process
from tests.support.server_fixtures import PARTITIONS
from tests.support.truth import assert_truth
from tests.support.waiting import wait_for_number

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

EVENTS = 2_000
MANY_EVENTS = 200_000


@pytest.fixture(scope="module", params=[EVENTS, pytest.param(MANY_EVENTS, marks=pytest.mark.long)])
def events(request: pytest.FixtureRequest) -> int:
    """How many lines the month has."""
    return int(request.param)


@pytest.fixture(scope="module")
def month(events: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with 5 % duplicates, 1 % bad lines, TCP sessions, and times out of order."""
    path = tmp_path_factory.mktemp("month") / "access.log"
    run("generate", "--out", path, "--events", events, "--seed", 11, "--streams", 0.01)
    return path


@pytest.fixture(scope="module")
def truth(month: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(month.with_name("access.log.truth.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def metered(month: Path, database_pool: DatabasePool) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The summary and the reports of `meter`."""
    with database_pool.store() as store:
        (summary,) = read("meter", month, *store.flags)
        yield summary, reports(*store.flags)


def test_the_month_has_what_it_should_have(events: int, truth: dict[str, Any]) -> None:
    assert truth["consumed"] == events
    assert truth["duplicates"] == events * 0.05
    assert truth["dead_letters"] == events * 0.01
    assert truth["other_kind"] > 0


def test_meter_equals_the_truth(metered: tuple[dict[str, Any], dict[str, Any]], truth: dict[str, Any]) -> None:
    summary, report = metered
    for name in ("consumed", "counted", "duplicates", "dead_letters", "other_kind"):
        assert summary[name] == truth[name]
    assert_truth(report, truth)


@dataclass(frozen=True)
class Counted:
    """What two workers have counted: the summary of what was shipped to them, their store and their log."""

    shipped: dict[str, Any]
    store_url: str
    log: Path


@pytest.fixture(scope="module")
def counted(
    events: int, month: Path, kafka_address: str, database_pool: DatabasePool, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Counted]:
    """The month, shipped to a topic that two workers count into a database of their own."""
    topic, log = f"pipeline-{secrets.token_hex(4)}", tmp_path_factory.mktemp("workers") / "workers.log"
    ensure_topic(kafka_address, TopicSpec(topic, partitions=PARTITIONS))
    place = ("--kafka", kafka_address, "--topic", topic)
    with database_pool.store() as store, ExitStack() as stack:
        for _ in range(2):
            worker = running("worker", *place, "--group", topic, log=log, env={"GATEMETER_CLICKHOUSE": store.url})
            stack.enter_context(worker)
        shipped = read("ship", month, *place)
        wait_for_number(lambda: consumed_in(store.url), events, f"all events counted; see {log}", log)
        yield Counted(shipped, store.url, log)


def test_kafka_and_two_workers_equal_the_truth_and_meter(
    events: int, truth: dict[str, Any], metered: tuple[dict[str, Any], dict[str, Any]], counted: Counted
) -> None:
    assert counted.shipped["events"] == events
    report = reports("--clickhouse", counted.store_url)
    assert_truth(report, truth)
    assert report == metered[1]
    account = account_of(counted.store_url)
    assert [getattr(account, name) for name in COUNTS] == [truth[name] for name in COUNTS]


COUNTS = ("consumed", "counted", "duplicates", "dead_letters", "other_kind")


def test_nothing_secret_is_stored_or_logged(month: Path, counted: Counted) -> None:
    keys = set(re.findall(rb'"apikey":"([^"]+)"', month.read_bytes()[:4_000_000]))
    assert keys, "the traffic is meant to hold keys"
    stored = everything_stored(counted.store_url) + counted.log.read_bytes()
    assert b"not_an_object" in stored, "dead letters are among what is looked through"
    assert not [key for key in keys if key in stored]
    assert b"client_ip" in stored
    assert not re.search(rb'"client_ip":"\d', stored)


def everything_stored(store_url: str) -> bytes:
    """All rows of all tables, as they are."""
    with Store(store_url).client() as client:
        return b"".join(client.raw_query(f"SELECT * FROM {table.name} FINAL FORMAT TSVRaw") for table in TABLES)


def test_a_worker_says_in_one_line_why_it_cannot_start(topic: str, kafka_address: str) -> None:
    wrong = "http://nobody:wrong@127.0.0.1:9/none"
    done = run_process("worker", "--kafka", kafka_address, "--topic", topic, "--clickhouse", wrong, expect=5)
    assert done.stderr.count("\n") == 1
    assert "wrong" not in done.stderr
    assert done.stdout == ""
