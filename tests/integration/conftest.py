"""Servers for the whole run, and topics, groups and databases of each test's own."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.topics import TopicSpec
from tests.support.servers import clickhouse_server, kafka_server

PARTITIONS = 4


@pytest.fixture(scope="session")
def kafka_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`HOST:PORT` of a real Kafka."""
    with kafka_server(tmp_path_factory.mktemp("kafka")) as address:
        yield address


@pytest.fixture(scope="session")
def clickhouse_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`http://USER:PASSWORD@HOST:PORT/...` of a real ClickHouse."""
    with clickhouse_server(tmp_path_factory.mktemp("clickhouse")) as url:
        yield url


@pytest.fixture
def unique_name(request: pytest.FixtureRequest) -> str:
    """A name that no other test, and no other run on the same server, uses; fit for topics, groups and databases."""
    test = "".join(letter if letter.isalnum() else "_" for letter in request.node.name)
    return f"test_{test[:60]}_{secrets.token_hex(4)}"


@pytest.fixture
def topic(kafka_address: str, unique_name: str) -> str:
    """A new topic with four partitions."""
    ensure_topic(kafka_address, TopicSpec(unique_name, partitions=PARTITIONS))
    return unique_name


@pytest.fixture
def group_id(unique_name: str) -> str:
    """A consumer group that nobody was ever in."""
    return unique_name


@pytest.fixture
def database(clickhouse_url: str, unique_name: str) -> Iterator[str]:
    """The URL of a new, empty database, which is dropped after the test."""
    url = urlsplit(clickhouse_url)._replace(path=f"/{unique_name}").geturl()
    with closing(connect(ClickHouseAddress.parse(url), create_database=True)) as client:
        yield url
        client.command(f"DROP DATABASE `{unique_name}`")
