"""Where the integration tests find real servers.

In this order: an address in the environment (GATEMETER_TEST_KAFKA, GATEMETER_TEST_CLICKHOUSE), a container when a
Docker engine can run one, the embedded stack. The last needs nothing but the installed packages, so there is no test
that quietly skips: a machine on which no server can be had fails.
"""

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from gatemeter.embedded.child_process import ChildProcess
from gatemeter.embedded.clickhouse import READY_TIMEOUT_S as CLICKHOUSE_TIMEOUT_S
from gatemeter.embedded.clickhouse import EmbeddedClickHouse
from gatemeter.embedded.data_dir import DataDir
from gatemeter.embedded.kafka import READY_TIMEOUT_S as KAFKA_TIMEOUT_S
from gatemeter.embedded.kafka import EmbeddedKafka, KafkaReadiness
from gatemeter.embedded.ports import choose_port
from tests.support.containers import NoContainerError, clickhouse_container, kafka_container

KAFKA_VARIABLE = "GATEMETER_TEST_KAFKA"
CLICKHOUSE_VARIABLE = "GATEMETER_TEST_CLICKHOUSE"

Server = Callable[[], AbstractContextManager[str]]
"""Starts a server for a block and yields its address."""


def kafka_server(path: Path) -> AbstractContextManager[str]:
    """A Kafka for a block, by its `HOST:PORT`. An embedded one keeps its data under `path`."""
    return first_of(KAFKA_VARIABLE, kafka_container, lambda: embedded_kafka(path))


def clickhouse_server(path: Path) -> AbstractContextManager[str]:
    """A ClickHouse for a block, by its URL. An embedded one keeps its data under `path`."""
    return first_of(CLICKHOUSE_VARIABLE, clickhouse_container, lambda: embedded_clickhouse(path))


@contextmanager
def first_of(variable: str, container: Server, embedded: Server) -> Iterator[str]:
    """Yield the address in the environment variable, else that of a container, else that of the embedded server."""
    if named := os.environ.get(variable):
        yield named
        return
    with ExitStack() as stack:
        try:
            address = stack.enter_context(container())
        except NoContainerError as error:
            sys.stderr.write(f"{variable} is not set, and no container runs here ({error}): using the embedded stack\n")
            address = stack.enter_context(embedded())
        yield address


@contextmanager
def embedded_kafka(path: Path) -> Iterator[str]:
    """Run Kafka on the JVM with its data under `path`; yields its `HOST:PORT`."""
    data = DataDir(path)
    with data.hold():
        kafka = EmbeddedKafka(data.kafka_path, data.logs_path / "kafka.log", free_port(), free_port())
        with running(ChildProcess(kafka.prepare())) as process:
            process.wait_until_ready(KafkaReadiness(kafka.address), KAFKA_TIMEOUT_S)
            yield kafka.address


@contextmanager
def embedded_clickhouse(path: Path) -> Iterator[str]:
    """Run the ClickHouse engine behind its HTTP interface with its data under `path`; yields its URL."""
    with clickhouse_process(path) as (clickhouse, _):
        yield clickhouse.url


@contextmanager
def clickhouse_process(path: Path) -> Iterator[tuple[EmbeddedClickHouse, ChildProcess]]:
    """As `embedded_clickhouse`; yields the engine with both its logins, and its process."""
    data = DataDir(path)
    with data.hold():
        log = data.logs_path / "clickhouse.log"
        clickhouse = EmbeddedClickHouse(data.clickhouse_path, log, free_port(), secrets.token_urlsafe())
        with running(ChildProcess(clickhouse.prepare())) as process:
            process.wait_until_ready(clickhouse.is_ready, CLICKHOUSE_TIMEOUT_S)
            yield clickhouse, process


@contextmanager
def running(process: ChildProcess) -> Iterator[ChildProcess]:
    """Stop `process` at the end of the block."""
    try:
        yield process
    finally:
        process.stop()


def free_port() -> int:
    """A port of the loopback address that nothing listens on."""
    return choose_port(requested=None, remembered=None, flag="tests")
