"""Prepares the servers of a pipeline: ClickHouse with its tables, Kafka with its topic, and a worker's sink."""

from collections.abc import Mapping
from datetime import timedelta

from gatemeter.clickhouse.connection import WRITE_TIMEOUT_S, ClickHouseAddress, connect, require_writable
from gatemeter.clickhouse.retention import kept_minutes
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clickhouse.store_settings import EventLedgerState, event_ledger_state
from gatemeter.clock import SystemClock
from gatemeter.errors import ClickHouseUnavailable, RetryableError
from gatemeter.kafka.topics import ensure_topic
from gatemeter.metering.kept_minutes import KeptMinutes
from gatemeter.migrations.runner import migrate
from gatemeter.migrations.schema_check import require_declared_schema
from gatemeter.reports.period import TimeSpan
from gatemeter.verification.two_paths import two_paths
from gatemeter.wire.topics import BUDGETS_TOPIC_SPEC, INVENTORY_TOPIC_SPEC, TopicSpec

_DAY = timedelta(days=1)


def prepare_clickhouse(url: str) -> None:
    """Create the database of `url` if it is missing, and migrate its tables to this version."""
    client = connect(ClickHouseAddress.parse(url), create_database=True)
    try:
        migrate(client)
    finally:
        client.close()


def prepare_topics(kafka: str) -> None:
    """Create the topics of access logs and of the inventory at the brokers `kafka` if they are missing."""
    ensure_topic(kafka, TopicSpec())
    ensure_topic(kafka, INVENTORY_TOPIC_SPEC)
    ensure_topic(kafka, BUDGETS_TOPIC_SPEC)


def open_worker_sink(url: str, event_ledger: bool | None) -> tuple[ClickHouseSink, EventLedgerState, KeptMinutes]:
    """A sink over the server at `url`, whose tables must have this version's schema, and what it keeps.

    Raises only StopErrors.

    The store's event ledger is switched if `event_ledger` differs from what the store has.

    A write to a server that hangs raises a RetryableError after `WRITE_TIMEOUT_S`.
    """
    try:
        address = ClickHouseAddress.parse(url)
        client = connect(address, answer_timeout_s=WRITE_TIMEOUT_S)
        require_writable(client, address.host_and_port)
        require_declared_schema(client)
        state = event_ledger_state(client, event_ledger, SystemClock().now())
        minutes = kept_minutes(client)
    except RetryableError as error:  # overloaded, or not ready yet
        raise ClickHouseUnavailable(error.what, where=error.where, do="start it again once it answers") from error
    return ClickHouseSink(client), state, minutes


def two_paths_of_a_day(url: str) -> Mapping[str, str]:
    """What `verify` says of suspicious pairs of paths in the last 24 full hours, by the pair.

    `url` is the server with the rows. Raises ClickHouseUnavailable, and as `two_paths` does.
    """
    hour = SystemClock().now().replace(minute=0, second=0, microsecond=0)
    client = connect(ClickHouseAddress.parse(url))
    try:
        found = two_paths(client, TimeSpan(hour - _DAY, hour))
    finally:
        client.close()
    return {f"{each.one} {each.other}": str(each) for each in found}
