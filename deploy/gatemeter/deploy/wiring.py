"""How the stages are put together: stores made ready, topics made ready, sinks opened."""

from gatemeter.contracts.topics import TopicSpec
from gatemeter.producers.topic_admin import ensure_topic
from gatemeter.sinks.clickhouse_sink import ClickHouseSink
from gatemeter.sinks.connection import ClickHouseAddress, connect
from gatemeter.sinks.migrations.runner import migrate
from gatemeter.sinks.migrations.schema_check import require_declared_schema


def prepare_clickhouse(url: str) -> None:
    """Create the database of `url` if it is missing and bring its tables to this version."""
    client = connect(ClickHouseAddress.parse(url), create_database=True)
    try:
        migrate(client)
    finally:
        client.close()


def prepare_topics(kafka: str) -> None:
    """Create the access-log topic of an embedded broker."""
    ensure_topic(kafka, TopicSpec())


def open_sink(url: str) -> ClickHouseSink:
    """A sink on the server at `url`, whose tables must be those of this version."""
    client = connect(ClickHouseAddress.parse(url))
    require_declared_schema(client)
    return ClickHouseSink(client)
