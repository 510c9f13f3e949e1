"""How the stages are put together: stores made ready, topics made ready, sinks opened, prices loaded."""

from collections.abc import Sequence
from pathlib import Path

from gatemeter.clickhouse.connection import WRITE_TIMEOUT_S, ClickHouseAddress, connect
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ClickHouseUnavailable, RetryableError
from gatemeter.events.time_range import TimeRange
from gatemeter.kafka.topics import ensure_topic
from gatemeter.metering.ruleset import Metering
from gatemeter.migrations.runner import migrate
from gatemeter.migrations.schema_check import require_declared_schema
from gatemeter.pricing.book_files import load_books
from gatemeter.pricing.price_table import PriceTable
from gatemeter.wire.topics import TopicSpec


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
    """A sink on the server at `url`, whose tables must be those of this version. Raises StopErrors alone.

    A write to a server that hangs ends as a RetryableError after WRITE_TIMEOUT_S.
    """
    try:
        client = connect(ClickHouseAddress.parse(url), answer_timeout_s=WRITE_TIMEOUT_S)
        require_declared_schema(client)
    except RetryableError as error:  # overloaded, or on its way up
        raise ClickHouseUnavailable(error.what, where=error.where, do="start it again once it answers") from error
    return ClickHouseSink(client)


def price_table(prices: Sequence[Path]) -> PriceTable:
    """The price book that comes along, and those in `prices` on top of it."""
    return PriceTable.from_books(load_books(prices))


def metering_with(prices: Sequence[Path], times: TimeRange) -> Metering:
    """How events are counted, with `price_table(prices)`."""
    return Metering(price_table(prices), times)
