"""Shipping to a real Kafka: what is acknowledged is there, and what is wrong is said in one line."""

import gzip
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from gatemeter.errors import ConflictError, ExitCode, InputError, KafkaUnavailable
from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import write_traffic
from gatemeter.kafka.producer import KafkaProducer
from gatemeter.kafka.topics import apply_topic, describe_topic, ensure_topic, list_topics, topic_id
from gatemeter.logfiles.lines import read_lines
from gatemeter.metering.ruleset import RULESET_VERSION
from gatemeter.wire.frames import FORMAT_HEADER, GATEWAY_HEADER
from gatemeter.wire.producer import FrameProducer, StoredMessage
from gatemeter.wire.slimmed import SLIMMED_HEADER
from gatemeter.wire.source_positions import POSITIONS_HEADER
from gatemeter.wire.topics import TopicSpec
from tests.contract.producer_contract import PARTITIONS, FrameProducerContract, deliver
from tests.support.command_in_process import invoked, read, run
from tests.support.gateways.recorded_logs import fixture_lines
from tests.support.kong_events import request_line
from tests.support.slim_lines import slim_lines
from tests.support.smoke import smoke
from tests.support.waiting import wait_for

pytestmark = pytest.mark.kafka

ANSWER_TIMEOUT_S = 30.0
NOBODY = "127.0.0.1:9"


@pytest.fixture
def fresh_topic() -> str:
    return f"ship-{uuid.uuid4()}"


@pytest.fixture
def shipped_topic(kafka_address: str, fresh_topic: str) -> str:
    ensure_topic(kafka_address, TopicSpec(fresh_topic, partitions=PARTITIONS))
    return fresh_topic


def stored(kafka: str, topic: str, partition: int) -> list[StoredMessage]:
    """All messages of a partition, read up to the end it had at the beginning."""
    settings = {"bootstrap.servers": kafka, "group.id": str(uuid.uuid4()), "enable.auto.commit": False}
    with closing(Consumer(settings)) as consumer:
        _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=ANSWER_TIMEOUT_S)
        consumer.assign([TopicPartition(topic, partition, 0)])
        messages: list[StoredMessage] = []
        while len(messages) < end:
            message = consumer.poll(ANSWER_TIMEOUT_S)
            assert message is not None, f"only {len(messages)} of {end} messages came"
            messages.append(StoredMessage(message.value(), message.headers() or []))
    return messages


def all_stored(kafka: str, topic: str) -> list[StoredMessage]:
    return [message for partition in range(PARTITIONS) for message in stored(kafka, topic, partition)]


def gatemeter(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "gatemeter", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, timeout=120, check=False, **options)


class TestKafkaProducer(FrameProducerContract):
    @pytest.fixture
    def producer(self, kafka_address: str, shipped_topic: str) -> Iterator[KafkaProducer]:
        self.kafka, self.topic = kafka_address, shipped_topic
        with closing(KafkaProducer(kafka_address, shipped_topic, gateway="edge-1")) as producer:
            yield producer

    def stored(self, producer: FrameProducer, partition: int) -> list[StoredMessage]:
        return stored(self.kafka, self.topic, partition)


def test_a_file_arrives_line_by_line(kafka_address: str, shipped_topic: str, tmp_path: Path) -> None:
    log = tmp_path / "access.log.zst"
    list(write_traffic(TrafficPlan(events=1000), log))
    summary = read("ship", log, "--kafka", kafka_address, "--topic", shipped_topic, "--gateway", "edge-1")
    messages = all_stored(kafka_address, shipped_topic)
    arrived = [line for message in messages for line in message.value.split(b"\n")]
    assert sorted(arrived) == sorted(slim_lines(line.content for line in read_lines(log)))
    assert (summary["events"], summary["frames"]) == (1000, len(messages))
    named = {FORMAT_HEADER: b"kong-log", GATEWAY_HEADER: b"edge-1", SLIMMED_HEADER: RULESET_VERSION.encode()}
    assert all(dict(m.headers) == named | {POSITIONS_HEADER: dict(m.headers)[POSITIONS_HEADER]} for m in messages)


def test_an_oversized_line_arrives_cut_and_marked(kafka_address: str, shipped_topic: str, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(b'{"a":"' + b"x" * 5_000_000 + b'"}\n{"b":1}\n')
    result = invoked("ship", log, "--kafka", kafka_address, "--topic", shipped_topic)
    assert "shipped 2 events, 2 of them dead letters, in 2 frames" in result.stdout
    sizes = {dict(m.headers)[FORMAT_HEADER]: len(m.value) for m in all_stored(kafka_address, shipped_topic)}
    assert sizes == {b"oversized": 65_536, b"kong-log": 7}


def test_a_wholly_wrong_file_is_shipped_and_named(kafka_address: str, shipped_topic: str, tmp_path: Path) -> None:
    nginx, right, csv = (tmp_path / name for name in ("nginx.log", "kong.log", "usage.csv"))
    nginx.write_bytes(b"2026/02/11 09:14:02 [error] 1291#0: *1 upstream timed out\n")
    right.write_bytes(request_line("a") + b"\n")
    csv.write_bytes(b"id,name\n1,acme\n")
    result = invoked("ship", nginx, right, csv, "--kafka", kafka_address, "--topic", shipped_topic)
    assert isinstance(result.exception, InputError)
    assert str(result.exception).startswith(f"{csv}: nothing could be counted: it looks like CSV")
    assert f"{nginx}: nothing could be counted: it looks like the error log of nginx" in result.stderr
    assert str(right) not in result.stderr
    assert "shipped 4 events, 3 of them dead letters" in result.stdout
    arrived = [line for message in all_stored(kafka_address, shipped_topic) for line in message.value.split(b"\n")]
    assert len(arrived) == 4


def test_a_file_with_one_event_among_dead_letters_is_fine(
    kafka_address: str, shipped_topic: str, tmp_path: Path
) -> None:
    log = tmp_path / "kong.log"
    log.write_bytes(b"starting\n" + request_line("a") + b"\n")
    assert read("ship", log, "--kafka", kafka_address, "--topic", shipped_topic)["dead_letters"] == 1


def test_a_wholly_wrong_standard_input_is_named(kafka_address: str, shipped_topic: str) -> None:
    result = gatemeter("ship", "-", "--kafka", kafka_address, "--topic", shipped_topic, input=b"id,name\n\n1,acme\n")
    assert result.returncode == 3
    assert b"-: nothing could be counted: it looks like CSV" in result.stderr
    assert len([m for m in all_stored(kafka_address, shipped_topic) if m.value]) > 0


def test_standard_input_is_shipped_while_it_is_open(kafka_address: str, shipped_topic: str) -> None:
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "gatemeter", "ship", "-", "--kafka", kafka_address]
    with subprocess.Popen([*command, "--topic", shipped_topic], stdin=reading, stdout=subprocess.PIPE) as process:
        os.close(reading)
        os.write(writing, b'{"consumer":{"id":"c-1"}}\n')
        message = first_message(kafka_address, shipped_topic)
        assert process.poll() is None
        os.write(writing, b"no newline at the end")
        os.close(writing)
        output, _ = process.communicate(timeout=60)
    assert message == b'{"consumer":{"id":"c-1"}}'
    assert b"shipped 2 events, 2 of them dead letters" in output


@pytest.mark.parametrize("asking", smoke([signal.SIGTERM, signal.SIGINT], 1, reason="a stop as by SIGTERM"))
def test_a_stop_sends_what_was_read(kafka_address: str, shipped_topic: str, asking: signal.Signals) -> None:
    command = [sys.executable, "-m", "gatemeter", "ship", "-", "--kafka", kafka_address]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*command, "--topic", shipped_topic], **pipes, bufsize=0) as process:  # type: ignore[call-overload]
        process.stdin.write(b'{"a":1}\n')
        first_message(kafka_address, shipped_topic)
        process.send_signal(asking)
        output, notes = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, b"")
    assert notes.startswith(b"gatemeter: stopping; shipped 1 events, 1 of them dead letters, in 1 frames")


def first_message(kafka: str, topic: str) -> bytes:
    with closing(Consumer({"bootstrap.servers": kafka, "group.id": str(uuid.uuid4())})) as consumer:
        consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
        message = consumer.poll(ANSWER_TIMEOUT_S)
        assert message is not None
        return bytes(message.value())


def test_what_stands_before_damage_is_shipped(kafka_address: str, shipped_topic: str, tmp_path: Path) -> None:
    log = tmp_path / "access.log.gz"
    packed = gzip.compress(b"".join(b'{"id":"%b"}\n' % os.urandom(20).hex().encode() for _ in range(2000)))
    log.write_bytes(packed[: len(packed) // 2])
    result = invoked("ship", log, "--kafka", kafka_address, "--topic", shipped_topic)
    assert isinstance(result.exception, InputError)
    assert (result.exception.exit_code, result.stdout) == (ExitCode.INPUT, "")
    arrived = sum(message.value.count(b"\n") + 1 for message in all_stored(kafka_address, shipped_topic))
    assert arrived > 500
    assert f"access.log.gz, after line {arrived}: the compressed data is cut short" in str(result.exception)


def test_an_unknown_topic_says_how_to_make_it(kafka_address: str, fresh_topic: str, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(b"{}\n")
    result = invoked("ship", log, "--kafka", kafka_address, "--topic", fresh_topic)
    assert isinstance(result.exception, KafkaUnavailable)
    assert result.exception.exit_code == ExitCode.KAFKA
    assert str(result.exception) == (
        f"Kafka at {kafka_address} has no topic {fresh_topic}; create it: "
        f"gatemeter topics apply --kafka {kafka_address} --topic {fresh_topic}"
    )
    assert fresh_topic not in [topic.name for topic in list_topics(kafka_address)]


def test_a_broker_that_is_not_there_is_named() -> None:
    with pytest.raises(
        KafkaUnavailable, match=r"cannot reach Kafka at 127\.0\.0\.1:9 \(.*refused\); check the address"
    ):
        KafkaProducer(NOBODY, "any", connect_timeout_s=1.0)


@pytest.mark.long(reason="waits ten seconds for nothing to be said")
def test_the_client_is_silent_about_a_broker_that_is_not_there(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(b"{}\n")
    result = gatemeter("ship", log, "--kafka", NOBODY)
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (4, b"", 1)


def test_messages_that_are_never_acknowledged_fail_the_run(kafka_address: str, fresh_topic: str) -> None:
    ensure_topic(kafka_address, TopicSpec(fresh_topic, partitions=PARTITIONS))
    with closing(KafkaProducer(kafka_address, fresh_topic, delivery_timeout_s=2.0)) as producer:
        admin = AdminClient({"bootstrap.servers": kafka_address})
        admin.delete_topics([fresh_topic])[fresh_topic].result(timeout=ANSWER_TIMEOUT_S)
        wait_for(lambda: fresh_topic not in admin.list_topics(timeout=ANSWER_TIMEOUT_S).topics, "the topic gone")
        with pytest.raises(
            KafkaUnavailable, match=f"topic {fresh_topic} partition 1: a message could not be delivered"
        ):
            deliver(producer, 1, b"{}")


def test_a_topic_is_made_once(kafka_address: str, fresh_topic: str) -> None:
    spec = TopicSpec(fresh_topic, partitions=3, retention_ms=86_400_000)
    assert [ensure_topic(kafka_address, spec), ensure_topic(kafka_address, spec)] == ["created", "unchanged"]
    state = describe_topic(kafka_address, fresh_topic)
    assert (state.partitions, state.replication_factor, state.settings["retention.ms"]) == (3, 1, "86400000")


def test_a_topic_is_brought_into_line(kafka_address: str, fresh_topic: str) -> None:
    apply_topic(kafka_address, TopicSpec(fresh_topic, partitions=2))
    outcome = apply_topic(kafka_address, TopicSpec(fresh_topic, partitions=3, retention_ms=86_400_000))
    assert outcome.status == "changed"
    assert [change.split(" (")[0] for change in outcome.changes] == [
        "partitions 2 -> 3",
        "retention.ms 1209600000 -> 86400000",
    ]
    assert describe_topic(kafka_address, fresh_topic).partitions == 3


def test_a_topic_is_never_shrunk(kafka_address: str, fresh_topic: str) -> None:
    apply_topic(kafka_address, TopicSpec(fresh_topic, partitions=3))
    with pytest.raises(ConflictError, match="has 3 partitions and 2 are wanted; Kafka cannot take partitions away"):
        apply_topic(kafka_address, TopicSpec(fresh_topic, partitions=2, retention_ms=1))
    assert describe_topic(kafka_address, fresh_topic).settings["retention.ms"] != "1"


def test_another_replication_factor_is_reported(kafka_address: str, fresh_topic: str) -> None:
    apply_topic(kafka_address, TopicSpec(fresh_topic, partitions=1))
    outcome = apply_topic(kafka_address, TopicSpec(fresh_topic, partitions=1, replication_factor=2))
    assert outcome.status == "unchanged"
    assert outcome.differences == ("replication factor is 1, not 2; change it with kafka-reassign-partitions",)


def test_a_topic_made_again_is_another_topic(kafka_address: str, fresh_topic: str) -> None:
    spec = TopicSpec(fresh_topic, partitions=1)
    ensure_topic(kafka_address, spec)
    before = topic_id(kafka_address, fresh_topic)
    assert topic_id(kafka_address, fresh_topic) == before
    admin = AdminClient({"bootstrap.servers": kafka_address})
    admin.delete_topics([fresh_topic])[fresh_topic].result(timeout=ANSWER_TIMEOUT_S)
    assert ensure_topic(kafka_address, spec) == "created"
    assert topic_id(kafka_address, fresh_topic) != before


def test_a_missing_topic_has_no_identity(kafka_address: str, fresh_topic: str) -> None:
    with pytest.raises(KafkaUnavailable, match="create it: gatemeter topics apply"):
        topic_id(kafka_address, fresh_topic)


@pytest.mark.parametrize("name", ["no spaces", "a/b"])
def test_a_name_that_kafka_refuses_is_explained(kafka_address: str, name: str) -> None:
    with pytest.raises(KafkaUnavailable, match=r"the broker refused: Topic name is (in|il)"):
        ensure_topic(kafka_address, TopicSpec(name))


def test_topics_from_the_command_line(kafka_address: str, fresh_topic: str) -> None:
    arguments = ("topics", "apply", "--kafka", kafka_address, "--topic", fresh_topic, "--partitions", 2)
    assert run(*arguments).stdout == f"topic {fresh_topic}: created\n"
    listed = read("topics", "list", "--kafka", kafka_address)
    (topic,) = [topic for topic in listed if topic["topic"] == fresh_topic]
    assert (topic["partitions"], topic["retention_days"]) == (2, 14.0)
    assert topic["topic_id"] == topic_id(kafka_address, fresh_topic)


def test_each_file_is_sent_in_the_format_that_is_found(kafka_address: str, shipped_topic: str, tmp_path: Path) -> None:
    kong, combined, traefik = tmp_path / "kong.log", tmp_path / "combined.log", tmp_path / "traefik.log"
    kong.write_bytes(request_line("a") + b"\n")
    combined.write_bytes(b"\n".join(fixture_lines("nginx", "nginx-combined")) + b"\n")
    traefik.write_bytes(b"\n".join(fixture_lines("traefik", "traefik")) + b"\n")
    summary = read("ship", kong, combined, traefik, "--kafka", kafka_address, "--topic", shipped_topic)
    assert (summary["events"], summary["dead_letters"]) == (17, 0)
    headers = [dict(message.headers) for message in all_stored(kafka_address, shipped_topic)]
    formats = {each[FORMAT_HEADER]: POSITIONS_HEADER in each for each in headers}
    assert formats == {b"kong-log": True, b"nginx-combined": True, b"traefik": True}


def test_lines_of_standard_input_are_recognized(kafka_address: str, shipped_topic: str) -> None:
    lines = b"\n".join(fixture_lines("envoy", "envoy-text")) + b"\n"
    done = gatemeter("ship", "-", "--kafka", kafka_address, "--topic", shipped_topic, input=lines)
    assert done.returncode == 0, done.stderr
    assert b"are of the format envoy;" in done.stderr
    assert {dict(each.headers)[FORMAT_HEADER] for each in all_stored(kafka_address, shipped_topic)} == {b"envoy"}
