"""Watchers that announce what is crossed to a real topic and a webhook, and are killed in the middle of it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clock import SystemClock
from gatemeter.errors import DeliveryError
from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.topics import TopicSpec
from tests.support.budget_files import budget
from tests.support.command_in_process import invoked, run
from tests.support.databases import Store
from tests.support.forked_commands import running
from tests.support.gatemeter_command import environment
from tests.support.relayed_topic import committed_messages
from tests.support.smoke import smoke
from tests.support.stored_rows import usage, usage_rows
from tests.support.waiting import QUIET_S, wait_for
from tests.support.webhook_receiver import SECRET, Received, webhook_receiver

pytestmark = [pytest.mark.clickhouse, pytest.mark.kafka]

STEPS = [
    "after record",
    *("before record", "before kafka", "after kafka", "noted kafka", "before pager", "after pager", "noted pager"),
]


@pytest.fixture
def topic(kafka_address: str) -> str:
    name = f"crossings-{uuid4().hex[:8]}"
    ensure_topic(kafka_address, TopicSpec(name, partitions=1))
    return name


@pytest.fixture
def received() -> Iterator[Received]:
    with webhook_receiver() as found:
        yield found


@pytest.fixture
def options(store: Store, kafka_address: str, topic: str, received: Received, tmp_path: Path) -> list[str]:
    """A watcher of a budget of which `acme` has used 100 % and `globex` 80 %: three crossings."""
    hour = SystemClock().now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    with store.client() as client:
        rows = [usage(consumer_id="acme", requests=1000), usage(consumer_id="globex", requests=800, partition=1)]
        ClickHouseSink(client).write([usage_rows(*(dict(row) | {"hour": hour} for row in rows))])
    hook = {"name": "pager", "url": received.url, "secret_env": "PAGER_SECRET", "allow_private": True}
    path = tmp_path / "budgets.json"
    path.write_bytes(msgspec.json.encode({"budgets": [budget(window="48h")], "webhooks": [hook]}))
    common = ["--budgets", str(path), "--kafka", kafka_address, "--crossings-topic", topic]
    return [*common, *store.flags, "--once"]


def announced(kafka_address: str, topic: str) -> list[tuple[str, str]]:
    """The scope and threshold of each message of the topic, whose key is the id in it."""
    found = committed_messages(kafka_address, topic)
    told = [(each.key().decode(), msgspec.json.decode(each.value())["data"]) for each in found]
    assert all(key == data["id"] for key, data in told)
    return sorted((data["scope"], data["threshold_percent"]) for _, data in told)


CROSSINGS = [("acme", "100"), ("acme", "80"), ("globex", "80")]


@pytest.mark.parametrize("step", smoke(STEPS, 1, reason="one kill between journal and topic shows it in `make test`"))
def test_a_watcher_that_is_killed_announces_nothing_twice_and_all(
    step: str, options: list[str], kafka_address: str, topic: str, received: Received
) -> None:
    died = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_commands.budgets", step, *options],
        capture_output=True,
        timeout=120,
        env={**environment(), "PAGER_SECRET": SECRET},
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    run("budgets", "watch", *options, env={"PAGER_SECRET": SECRET})
    assert announced(kafka_address, topic) == CROSSINGS
    assert (len(set(received.ids)), received.wrong) == (3, [])
    assert len(received.ids) == (4 if step == "after pager" else 3)
    assert run("budgets", "watch", *options, env={"PAGER_SECRET": SECRET}).stdout == ""


def test_a_webhook_that_fails_is_tried_for_each_crossing_and_ends_with_11(
    options: list[str], received: Received
) -> None:
    webhook_alone = [each for each in options if each != "--kafka"]
    del webhook_alone[2]
    received.statuses = [503, 204, 503]
    found = invoked("budgets", "watch", *webhook_alone, env={"PAGER_SECRET": SECRET})
    assert isinstance(found.exception, DeliveryError)
    assert found.exception.what == "2 announcements to try again"
    assert len(set(received.ids)) == 3
    assert [msgspec.json.decode(each)["outcome"] for each in found.stdout.splitlines()] == [
        "failed",
        "delivered",
        "failed",
    ]


@pytest.mark.long(
    reason="waits until the group has noticed the death; a kill at each step is tested one after the other"
)
def test_a_second_watcher_goes_on_where_the_first_one_was_killed(
    options: list[str], store: Store, kafka_address: str, topic: str, received: Received, tmp_path: Path
) -> None:
    watch = ("budgets", "watch", *options[:-1], "--every", "1s")
    secret = {"PAGER_SECRET": SECRET}

    def is_told(crossings: list[tuple[str, str]], log: Path) -> None:
        wait_for(lambda: len(set(received.ids)) == len(crossings), f"{len(crossings)} crossings; see {log}")
        assert announced(kafka_address, topic) == crossings

    first_log, second_log = tmp_path / "first.log", tmp_path / "second.log"
    with running(*watch, log=first_log, env=secret) as first, running(*watch, log=second_log, env=secret) as second:
        is_told(CROSSINGS, first_log)
        (leader, other) = (first, second) if "delivered" in first_log.read_text() else (second, first)
        leader.kill()
        hour = SystemClock().now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
        with store.client() as client:
            ClickHouseSink(client).write(
                [usage_rows(usage(consumer_id="globex", requests=200, hour=hour, partition=2))]
            )
        is_told(sorted([*CROSSINGS, ("globex", "100")]), second_log)
        other.terminate()
        assert other.wait(QUIET_S) == 0
    assert "Traceback" not in first_log.read_text() + second_log.read_text()
