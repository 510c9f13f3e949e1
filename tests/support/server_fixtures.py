"""A pytest plugin: the servers of the run, and a topic, a group and a name for each test."""

import os
import secrets

import pytest

from gatemeter.errors import KafkaUnavailable
from gatemeter.kafka.topics import ensure_topic
from gatemeter.monitoring.kafka_ends import KafkaEndReader
from gatemeter.wire.topics import TopicSpec
from tests.support.shared_servers import SOCKET_VARIABLE, SharedServers, ask_for
from tests.support.waiting import wait_for

PARTITIONS = 4
_servers = pytest.StashKey[SharedServers]()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a worker of xdist asks the process that started it
        config.stash[_servers] = SharedServers()
        if getattr(config.option, "numprocesses", None):
            os.environ[SOCKET_VARIABLE] = config.stash[_servers].serve()


def pytest_unconfigure(config: pytest.Config) -> None:
    if servers := config.stash.get(_servers, None):
        servers.stop()
        os.environ.pop(SOCKET_VARIABLE, None)


def _address(config: pytest.Config, name: str) -> str:
    servers = config.stash.get(_servers, None)
    return servers.address(name) if servers else ask_for(name)


@pytest.fixture(scope="session")
def kafka_address(pytestconfig: pytest.Config) -> str:
    """`HOST:PORT` of a real Kafka."""
    return _address(pytestconfig, "kafka")


@pytest.fixture(scope="session")
def clickhouse_url(pytestconfig: pytest.Config) -> str:
    """`http://USER:PASSWORD@HOST:PORT/...` of a real ClickHouse."""
    return _address(pytestconfig, "clickhouse")


@pytest.fixture
def unique_name(request: pytest.FixtureRequest) -> str:
    """A name that no other test, and no other run on the same server, uses; fit for topics, groups and databases."""
    test = "".join(character if character.isalnum() else "_" for character in request.node.name)
    return f"test_{test[:60]}_{secrets.token_hex(4)}"


@pytest.fixture
def topic(kafka_address: str, unique_name: str) -> str:
    """A new topic with four partitions, each of which has a leader that answers."""
    ensure_topic(kafka_address, TopicSpec(unique_name, partitions=PARTITIONS))
    reader = KafkaEndReader(kafka_address, unique_name)
    wait_for(lambda: _tells_ends(reader), "the new topic's partitions have leaders")
    return unique_name


def _tells_ends(reader: KafkaEndReader) -> bool:
    try:
        return bool(reader.end_offsets(list(range(PARTITIONS))))
    except KafkaUnavailable:
        return False


@pytest.fixture
def group_id(unique_name: str) -> str:
    """A consumer group that nobody was ever in."""
    return unique_name
