"""A topic that a gateway writes an event a message, without keys, relayed on a real Kafka and counted exactly."""

import json
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from gatemeter.kafka.topics import ensure_topic, topic_id
from gatemeter.wire.frames import FORMAT_HEADER, GATEWAY_HEADER
from gatemeter.wire.source_positions import POSITIONS_HEADER, decode_positions
from gatemeter.wire.topics import TopicSpec
from tests.support.command_in_process import invoked, read
from tests.support.event_accounts import account_of
from tests.support.forked_commands import running
from tests.support.kong_events import event_text
from tests.support.relayed_topic import ANSWER_TIMEOUT_S, committed_lines, committed_messages
from tests.support.server_fixtures import PARTITIONS
from tests.support.slim_lines import slim_lines
from tests.support.smoke import smoke
from tests.support.waiting import QUIET_S, wait_for, wait_for_number

pytestmark = pytest.mark.kafka


def event(number: int, consumer: str = "") -> bytes:
    return event_text(event_id=f'"r-{number}"', extra=f'"consumer":{{"id":"c-{consumer or number % 7}"}}')


def docker(text: bytes) -> bytes:
    members = {"log": text.decode() + "\n", "stream": "stdout", "time": "2026-02-03T10:00:00Z"}
    return json.dumps(members).encode()


def send(kafka: str, topic: str, messages: list[tuple[int, bytes | None]], **headers: bytes) -> None:
    """Write messages without keys to the partitions that are named."""
    producer = Producer({"bootstrap.servers": kafka, "linger.ms": 5})
    for partition, value in messages:
        producer.produce(topic, value, partition=partition, headers=list(headers.items()))
    assert producer.flush(ANSWER_TIMEOUT_S) == 0


@pytest.fixture
def target(kafka_address: str, topic: str) -> str:
    name = f"{topic}.frames"
    ensure_topic(kafka_address, TopicSpec(name, partitions=3))
    return name


def relay(kafka: str, source: str, target: str) -> Any:
    return read("relay", "--from", source, "--to", target, "--kafka", kafka, "--once")


def test_every_event_stands_once_in_the_partition_of_its_consumer(kafka_address: str, topic: str, target: str) -> None:
    singles = [(number % PARTITIONS, event(number)) for number in range(300)]
    copies = [((number + 1) % PARTITIONS, docker(event(number))) for number in range(0, 300, 3)]
    array = b"[" + b",\n ".join(event(number) for number in range(300, 1300)) + b"]"
    others: list[tuple[int, bytes | None]] = [
        (2, array),
        (0, b"no event"),
        (1, None),
        (3, b"\n"),
        (3, event(1300) + b"\n" + event(1301)),
    ]
    send(kafka_address, topic, [*singles, *copies, *others])
    summary = relay(kafka_address, topic, target)
    assert (summary["messages"], summary["events"]) == (405, 1404)
    found = committed_messages(kafka_address, target)
    sent = [*(text for _, text in [*singles, *copies]), b"no event", *(event(number) for number in range(300, 1302))]
    assert Counter(committed_lines(kafka_address, target)) == Counter(slim_lines(sent))
    partitions: dict[bytes, set[int]] = {}
    for message in found:
        for line in message.value().split(b"\n"):
            partitions.setdefault(line, set()).add(message.partition())
    assert all(len(of_line) == 1 for of_line in partitions.values())
    assert all(message.key() for message in found)


@pytest.mark.long(reason="relays a topic once more; a topic that is counted exactly is in `make test`")
def test_a_second_run_continues_and_relays_nothing_again(kafka_address: str, topic: str, target: str) -> None:
    send(kafka_address, topic, [(0, event(1)), (1, event(2))])
    assert relay(kafka_address, topic, target)["events"] == 2
    assert relay(kafka_address, topic, target)["events"] == 0
    send(kafka_address, topic, [(0, event(3))])
    assert relay(kafka_address, topic, target)["events"] == 1
    assert sorted(committed_lines(kafka_address, target)) == slim_lines([event(1), event(2), event(3)])


@pytest.mark.long(reason="relays a topic once more; a topic that is counted exactly is in `make test`")
def test_format_gateway_and_positions_are_passed_on(kafka_address: str, topic: str, target: str) -> None:
    headers = {FORMAT_HEADER: b"nginx-combined", GATEWAY_HEADER: b"edge-1"}
    send(kafka_address, topic, [(1, b"line a"), (1, b"line b")], **headers)
    told = b'[["file-1", 40, 10]]'
    send(kafka_address, topic, [(2, b"line c\nline d")], **headers, **{POSITIONS_HEADER: told})
    relay(kafka_address, topic, target)
    found: dict[bytes, str] = {}
    for message in committed_messages(kafka_address, target):
        of_message = dict(message.headers())
        assert {name: of_message[name] for name in headers} == headers
        positions = map(str, decode_positions(of_message[POSITIONS_HEADER].decode()))
        found.update(zip(message.value().split(b"\n"), positions, strict=True))
    identity = topic_id(kafka_address, topic)
    assert found == {
        b"line a": f"{identity}/1@0",
        b"line b": f"{identity}/1@1",
        b"line c": "file-1@40",
        b"line d": "file-1@50",
    }


@pytest.mark.long(reason="relays a topic once more; a topic that is counted exactly is in `make test`")
def test_a_topic_of_the_same_name_is_relayed_from_its_beginning(kafka_address: str, topic: str, target: str) -> None:
    send(kafka_address, topic, [(0, event(1)), (0, event(2)), (0, event(3))])
    relay(kafka_address, topic, target)
    admin = AdminClient({"bootstrap.servers": kafka_address})
    admin.delete_topics([topic])[topic].result(ANSWER_TIMEOUT_S)
    wait_for(lambda: ensure_topic(kafka_address, TopicSpec(topic, partitions=PARTITIONS)) == "created", "it is anew")
    send(kafka_address, topic, [(0, event(4))])
    assert relay(kafka_address, topic, target)["events"] == 1


@pytest.mark.parametrize("signal_number", smoke([signal.SIGTERM, signal.SIGINT], 1, reason="ends as by SIGTERM"))
def test_a_running_relay_ends_orderly(
    signal_number: int, kafka_address: str, topic: str, target: str, tmp_path: Path
) -> None:
    arguments = ("relay", "--from", topic, "--to", target, "--kafka", kafka_address)
    with running(*arguments, log=tmp_path / "relay.log") as process:
        send(kafka_address, topic, [(0, event(1))])
        wait_for(lambda: committed_messages(kafka_address, target), "the event is relayed")
        process.send_signal(signal_number)
        assert process.wait(QUIET_S) == 0
    assert "relayed 1 messages as 1 events" in (tmp_path / "relay.log").read_text()


@pytest.mark.long(reason="waits for a group to rebalance; kills of relays are in `make test`")
def test_a_later_relay_takes_the_place_of_an_earlier_one(
    kafka_address: str, topic: str, target: str, tmp_path: Path
) -> None:
    arguments = ("relay", "--from", topic, "--to", target, "--kafka", kafka_address)
    with running(*arguments, log=tmp_path / "relay.log") as earlier:
        send(kafka_address, topic, [(0, event(1))])
        wait_for(lambda: committed_messages(kafka_address, target), "the event is relayed")
        relay(kafka_address, topic, target)
        send(kafka_address, topic, [(0, event(2))])
        assert earlier.wait(QUIET_S) == 7
    relay(kafka_address, topic, target)
    assert sorted(committed_lines(kafka_address, target)) == slim_lines([event(1), event(2)])


@pytest.mark.long(reason="relays a topic once more; a topic that is counted exactly is in `make test`")
def test_what_is_wrong_is_said_in_one_line(kafka_address: str, topic: str) -> None:
    for arguments, said in (
        (("--from", topic, "--to", topic), "the topic to read is the one to write"),
        (("--from", topic, "--to", "nowhere"), "has no topic nowhere"),
        (("--from", "nowhere", "--to", topic), "has no topic nowhere"),
    ):
        result = invoked("relay", *arguments, "--kafka", kafka_address, "--once")
        assert said in str(result.exception)


@pytest.mark.clickhouse
@pytest.mark.slow
def test_an_unkeyed_topic_is_counted_exactly(
    kafka_address: str, topic: str, target: str, group_id: str, store_url: str, tmp_path: Path
) -> None:
    """Of 200 requests every second one has a copy in another partition, as a producer's retry leaves it."""
    send(kafka_address, topic, [(number % PARTITIONS, event(number)) for number in range(200)])
    send(kafka_address, topic, [((number + 1) % PARTITIONS, event(number)) for number in range(0, 200, 2)])
    relay(kafka_address, topic, target)
    worker = ("worker", "--kafka", kafka_address, "--topic", target, "--group", group_id)
    log = tmp_path / "worker.log"
    with running(*worker, log=log, env={"GATEMETER_CLICKHOUSE": store_url}):
        wait_for_number(lambda: account_of(store_url).consumed, 300, f"all is counted; see {log}", log)
    account = account_of(store_url)
    assert (account.counted, account.duplicates) == (200, 100)
    verified = read("verify", "--clickhouse", store_url)
    assert (verified["holds"], verified["proven"]) == (True, True)
