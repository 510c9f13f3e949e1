"""The collector with a real Kafka: bad input and rude clients are answered, take a bounded part, and hurt nobody."""

import asyncio
import gzip
import resource
import secrets
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from gatemeter.collector.limits import CollectorLimits
from gatemeter.embedded.ports import LOOPBACK
from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.topics import TopicSpec
from tests.support.collectors import RunningCollector, collector, stored_lines
from tests.support.http_answers import get
from tests.support.kong_events import request_line
from tests.support.server_fixtures import PARTITIONS

pytestmark = pytest.mark.kafka

JSON = {"Content_Type": "application/json"}
PROTOBUF = {"Content_Type": "application/x-protobuf"}
EVENT = request_line("r-0")
LIMITS = CollectorLimits()
MOST_GROWTH_BYTES = 120_000_000
CONNECTIONS = 10_000
FILES_BESIDE_CONNECTIONS = 100


@pytest.fixture
def door(kafka_address: str, topic: str, tmp_path: Path) -> Iterator[RunningCollector]:
    with collector(kafka_address, topic, tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def shared_door(kafka_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """One for all that look only at answers."""
    topic = f"bad-input-{secrets.token_hex(4)}"
    ensure_topic(kafka_address, TopicSpec(topic, partitions=PARTITIONS))
    with collector(kafka_address, topic, tmp_path_factory.mktemp("bad-input")) as running:
        yield running


def memory_of(door: RunningCollector) -> int:
    return int(psutil.Process(door.process.pid).memory_info().rss)


def connected(door: RunningCollector) -> socket.socket:
    return socket.create_connection((LOOPBACK, port_of(door)), timeout=60)


def port_of(door: RunningCollector) -> int:
    return int(door.url.rpartition(":")[2])


def head_of(length: int) -> bytes:
    """The head of a request whose body has that many bytes."""
    return b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % length


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content_Encoding": "gzip"}, b"not gzip", 400),
        ({"Content_Encoding": "gzip"}, gzip.compress(EVENT)[:-9], 400),
        ({"Content_Encoding": "gzip"}, gzip.compress(b" " * 100_000_000), 413),
        ({"Content_Encoding": "br"}, b"x", 415),
        ({"Content_Type": "image/png"}, b"x", 415),
        ({}, b"x" * (17 * 1024 * 1024), 413),
        ({}, b"[" * 1_000_000, 200),
        ({}, b'{"request":7,"response":[],"latencies":"x","started_at":{}}', 200),
        ({}, b"\x00\xff" * 1000, 200),
    ],
    ids=["no-gzip", "cut-gzip", "bomb", "coding", "media-type", "large", "deep", "wrong-types", "no-text"],
)
def test_bad_input_has_its_answer_and_does_no_harm(
    shared_door: RunningCollector, headers: dict[str, str], body: bytes, status: int
) -> None:
    before_bytes = memory_of(shared_door)
    sent = {**JSON, **headers}
    found, answer = get(shared_door.url, "/", body=body, **sent)
    assert found == status
    assert len(answer) < 300
    assert get(shared_door.url, "/", body=EVENT, **JSON)[0] == 200
    assert memory_of(shared_door) - before_bytes < MOST_GROWTH_BYTES


def test_half_a_body_is_not_stored(door: RunningCollector, kafka_address: str, topic: str) -> None:
    with connected(door) as connection:
        connection.sendall(head_of(len(EVENT) + 9) + EVENT)
    assert get(door.url, "/", body=EVENT, **JSON)[0] == 200
    assert len(stored_lines(kafka_address, topic, PARTITIONS)) == 1


def test_more_silent_connections_than_allowed_lock_nobody_out(door: RunningCollector) -> None:
    with ExitStack() as closing:
        for _ in range(1200):
            closing.enter_context(connected(door))
        assert get(door.url, "/", body=EVENT, **JSON)[0] == 200


@pytest.mark.parametrize(
    "body",
    [b"\xff" * 1000, b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x04\x12\x02\x0a\x7f", b"{}", EVENT],
    ids=["no-tag", "length-of-4-GiB", "cut-record", "json", "event-of-kong"],
)
def test_what_is_no_protobuf_is_refused(shared_door: RunningCollector, body: bytes) -> None:
    before_bytes = memory_of(shared_door)
    status, answer = get(shared_door.url, "/v1/logs", body=body, **PROTOBUF)
    assert (status, len(answer) < 300) == (400, True)
    assert get(shared_door.url, "/", body=EVENT, **JSON)[0] == 200
    assert memory_of(shared_door) - before_bytes < MOST_GROWTH_BYTES


@pytest.fixture
def many_files() -> Iterator[None]:
    """Lets this process, and the collector that it starts, have a file for each of ten thousand connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 1_000
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"this process may have {hard} files open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.long(reason="ten thousand connections")
@pytest.mark.usefixtures("many_files")
def test_ten_thousand_connections_are_answered_or_closed(
    door: RunningCollector, kafka_address: str, topic: str
) -> None:
    """All connect, and then all ask. Who was silent for the longest time was closed; all others are answered."""
    process, before_bytes = psutil.Process(door.process.pid), memory_of(door)
    answers, most_files = asyncio.run(ask_at_once(port_of(door), process))
    assert answers[b"200"] >= LIMITS.connections * 9 // 10, answers
    assert set(answers) <= {b"200", b"closed"}
    assert most_files <= LIMITS.connections + FILES_BESIDE_CONNECTIONS
    assert memory_of(door) - before_bytes < MOST_GROWTH_BYTES
    assert get(door.url, "/", body=EVENT, **JSON)[0] == 200
    stored = Counter(each.request_id for each in stored_lines(kafka_address, topic, PARTITIONS))
    assert set(stored.values()) == {1}
    assert answers[b"200"] + 1 <= len(stored) <= CONNECTIONS + 1


async def ask_at_once(port: int, process: psutil.Process) -> tuple[Counter[bytes], int]:
    """How often each status, or `closed`, was the answer, and how many files the collector had open."""
    pairs = [await asyncio.open_connection(LOOPBACK, port) for _ in range(CONNECTIONS)]
    most_files = process.num_fds()

    async def ask(number: int) -> bytes:
        reader, writer = pairs[number]
        line = request_line(f"many-{number}")
        try:
            writer.write(head_of(len(line)) + line)
            answer = await reader.readline()
        except OSError:
            return b"closed"
        finally:
            writer.close()
        return answer.split(b" ")[1] if answer else b"closed"

    return Counter(await asyncio.gather(*map(ask, range(CONNECTIONS)))), max(most_files, process.num_fds())


@pytest.mark.long(reason="waits for bodies that never become whole")
def test_slow_bodies_are_given_up_and_keep_nobody_waiting(
    door: RunningCollector, kafka_address: str, topic: str
) -> None:
    before_bytes = memory_of(door)
    with ExitStack() as closing:
        slow = [closing.enter_context(connected(door)) for _ in range(300)]
        for connection in slow:
            connection.sendall(head_of(LIMITS.body_bytes) + b"[" * 1000)
        until_s = time.monotonic() + LIMITS.body_s - 2
        while time.monotonic() < until_s:
            for connection in slow:
                connection.sendall(b" ")
            began_s = time.monotonic()
            assert get(door.url, "/", body=EVENT, **JSON)[0] == 200
            assert time.monotonic() - began_s < LIMITS.answer_s
            time.sleep(2)
        answers = Counter(connection.recv(100).split(b" ")[1] for connection in slow)
    assert answers == {b"408": 300}
    assert memory_of(door) - before_bytes < MOST_GROWTH_BYTES
    assert {each.request_id for each in stored_lines(kafka_address, topic, PARTITIONS)} == {"r-0"}
