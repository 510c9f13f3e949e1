"""The collector with a real Kafka: what is acknowledged is stored, whatever is killed."""

import gzip
import json
import os
import secrets
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatemeter.errors import SettingsError
from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.topics import TopicSpec
from tests.support.collectors import RunningCollector, Stored, collector, is_alive, stored_lines
from tests.support.command_in_process import invoked, run
from tests.support.http_answers import get
from tests.support.killed_kafka import killed_kafka
from tests.support.kong_events import request_ids, request_lines
from tests.support.kong_sender import KongSender
from tests.support.server_fixtures import PARTITIONS
from tests.support.servers import free_port
from tests.support.waiting import QUIET_S, wait_for

pytestmark = pytest.mark.kafka

JSON = {"Content_Type": "application/json"}
KILLS = 2


@pytest.fixture
def door(kafka_address: str, topic: str, tmp_path: Path) -> Iterator[RunningCollector]:
    with collector(kafka_address, topic, tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def shared_topic(kafka_address: str) -> str:
    name = f"collected-{secrets.token_hex(4)}"
    ensure_topic(kafka_address, TopicSpec(name, partitions=PARTITIONS))
    return name


@pytest.fixture(scope="module")
def shared_door(
    kafka_address: str, shared_topic: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningCollector]:
    """A collector for all tests that only post to it; each finds what it has added to the topic."""
    with collector(kafka_address, shared_topic, tmp_path_factory.mktemp("collector")) as running:
        yield running


def added(before: list[Stored], after: list[Stored]) -> list[Stored]:
    """The lines behind those that were there before, of each partition."""
    had = Counter(each.partition for each in before)
    parts = [[each for each in after if each.partition == number] for number in range(PARTITIONS)]
    return [each for number, lines in enumerate(parts) for each in lines[had[number] :]]


def assert_stored_for_exact_counting(stored: list[Stored], sent: int) -> None:
    """Every event is there, and all of its copies in one partition, where the duplicate filter meets them."""
    places = {(each.request_id, each.partition) for each in stored}
    assert sorted(name for name, _ in places) == sorted(request_ids(sent))


def test_batches_of_kong_arrive_event_by_event(
    shared_door: RunningCollector, kafka_address: str, shared_topic: str
) -> None:
    before = stored_lines(kafka_address, shared_topic, PARTITIONS)
    with KongSender(shared_door.url, max_batch_size=200) as kong:
        for entry in request_lines(1000):
            kong.log(entry)
    assert (len(kong.sent), kong.dropped, kong.failures) == (1000, [], [])
    stored = added(before, stored_lines(kafka_address, shared_topic, PARTITIONS))
    assert sorted(each.request_id for each in stored) == sorted(request_ids(1000))
    assert {each.headers["gatemeter-format"] for each in stored} == {b"kong-log"}


CLOUD_EVENT = b'{"specversion":"1.0","id":"1","source":"s","type":"t","time":"2026-02-03T10:00:00Z","data":{}}'


@pytest.mark.parametrize(
    ("path", "body", "status", "log_format"),
    [
        ("/", request_lines(1)[0], 200, b"kong-log"),
        ("/ingest/kong-log", b"\n".join(request_lines(3)), 200, b"kong-log"),
        ("/api/v3/openmeter/events", CLOUD_EVENT, 202, b"cloudevents"),
        ("/v3/openmeter/events", b"[%b]" % CLOUD_EVENT, 202, b"cloudevents"),
        ("/api/v1/events", CLOUD_EVENT, 204, b"cloudevents"),
        ("/v1/logs", b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}', 200, b"otlp"),
    ],
    ids=["http-log", "lines", "openmeter-v3", "konnect-v3", "openmeter-v1", "otlp-json"],
)
def test_each_path_has_its_format_and_its_answer(
    shared_door: RunningCollector,
    kafka_address: str,
    shared_topic: str,
    path: str,
    body: bytes,
    status: int,
    log_format: bytes,
) -> None:
    before = stored_lines(kafka_address, shared_topic, PARTITIONS)
    assert get(shared_door.url, path, body=gzip.compress(body), Content_Encoding="gzip", **JSON)[0] == status
    stored = added(before, stored_lines(kafka_address, shared_topic, PARTITIONS))
    assert {each.headers["gatemeter-format"] for each in stored} == {log_format}


@pytest.mark.slow
def test_a_killed_collector_loses_no_event_of_kong(kafka_address: str, topic: str, tmp_path: Path) -> None:
    port, sent = free_port(), request_lines(KILLS * 500 + 500)
    with KongSender(f"http://127.0.0.1:{port}", max_batch_size=20, max_retry_time_s=300, max_retry_delay_s=0.5) as kong:
        for kill in range(KILLS + 1):
            with collector(kafka_address, topic, tmp_path, port=port) as running:
                for number, entry in enumerate(sent[kill * 500 : (kill + 1) * 500]):
                    kong.log(entry)
                    if number == 350 and kill < KILLS:
                        os.kill(running.process.pid, signal.SIGKILL)
                    time.sleep(0.0005)
                if kill == KILLS:
                    kong.__exit__()
    assert kong.failures
    assert (len(kong.sent), kong.dropped) == (len(sent), [])
    assert_stored_for_exact_counting(stored_lines(kafka_address, topic, PARTITIONS), len(sent))


@pytest.mark.long(reason="has a Kafka of its own, which is started twice")
def test_a_killed_broker_loses_no_acknowledged_event(tmp_path: Path) -> None:
    sent = request_lines(3000)
    with killed_kafka(tmp_path) as kafka:
        ensure_topic(kafka.address, TopicSpec("t", partitions=PARTITIONS))
        with (
            collector(kafka.address, "t", tmp_path) as door,
            KongSender(door.url, max_batch_size=10, max_retry_time_s=300, max_retry_delay_s=1) as kong,
        ):
            for number, entry in enumerate(sent):
                kong.log(entry)
                time.sleep(0.001)
                if number == 1000:
                    kafka.kill()
            assert door.is_alive()
            assert get(door.url, "/readyz")[0] == 503
            time.sleep(6)
            kafka.start()
        assert "503" in kong.failures
        assert (len(kong.sent), kong.dropped) == (3000, [])
        assert_stored_for_exact_counting(stored_lines(kafka.address, "t", PARTITIONS), 3000)


def test_what_was_taken_is_answered_before_the_end(door: RunningCollector, kafka_address: str, topic: str) -> None:
    answers: list[int] = []

    def post(entry: bytes) -> None:
        try:
            answers.append(get(door.url, "/", body=entry, **JSON)[0])
        except OSError:
            answers.append(503)  # it came when the collector took nothing any more

    threads = [threading.Thread(target=post, args=(entry,)) for entry in request_lines(20)]
    for thread in threads:
        thread.start()
    wait_for(lambda: bool(answers), "the first answer")
    door.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join()
    assert door.process.wait(QUIET_S) == 0
    assert len(stored_lines(kafka_address, topic, PARTITIONS)) == answers.count(200) > 0


def test_tokens_open_the_door(kafka_address: str, topic: str, tmp_path: Path) -> None:
    path = tmp_path / "tokens.jsonl"
    create = ("tokens", "create", "--token-file", path, "--role", "ingest")
    secret = run(*create, "--name", "edge", "--source", "eu-1").stdout.strip()
    with collector(kafka_address, topic, tmp_path, "--host", "0.0.0.0", "--token-file", str(path)) as running:
        assert get(running.url, "/", body=b"{}", **JSON)[0] == 401
        login = running.url.replace("//", f"//any:{secret}@")
        assert get(login, "/", body=request_lines(1)[0], **JSON)[0] == 200
        run("tokens", "revoke", "edge", "--token-file", path)
        status, answer = get(login, "/", body=b"{}", **JSON)
    assert (status, json.loads(answer)["detail"]) == (401, "the token is not known")
    (stored,) = stored_lines(kafka_address, topic, PARTITIONS)
    assert stored.headers["gatemeter-gateway"] == b"eu-1"


def test_without_tokens_only_this_machine_is_served(kafka_address: str) -> None:
    result = invoked("collect", "--kafka", kafka_address, "--host", "0.0.0.0")
    assert isinstance(result.exception, SettingsError)
    assert not is_alive("http://127.0.0.1:8686")
