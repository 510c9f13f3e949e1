"""No row is written that may come from a replaced topic."""

from collections.abc import Sequence

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import KafkaUnavailable, RetryableError
from gatemeter.schema import API_USAGE, TableRows
from gatemeter.worker.topic_identity import ConfirmedSink, TopicIdentity
from tests.support.kong_events import request_line
from tests.support.logs import chunk_of, counter_of, kafka_log

LOG = kafka_log()


def some_rows() -> Sequence[TableRows]:
    counter = counter_of()
    counter.add(chunk_of(0, [request_line("e0")]))
    return counter.take_flush().rows


def write(current_id: str | None) -> MemorySink:
    sink = MemorySink()
    ConfirmedSink(sink, TopicIdentity(LOG, lambda: current_id)).write(some_rows())
    return sink


def test_rows_of_an_unchanged_topic_are_written() -> None:
    assert len(write(LOG.identity).rows(API_USAGE)) == 1


def test_rows_of_a_deleted_topic_are_written() -> None:
    assert len(write(None).rows(API_USAGE)) == 1


def test_rows_of_a_replaced_topic_are_not_written() -> None:
    sink = MemorySink()
    with pytest.raises(KafkaUnavailable, match=r"access: .*deleted and created again.*topic-id-1.*topic-id-2.*start"):
        ConfirmedSink(sink, TopicIdentity(LOG, lambda: "topic-id-2")).write(some_rows())
    assert sink.rows(API_USAGE) == []


def test_nothing_is_written_while_no_broker_answers() -> None:
    def nobody_answers() -> str | None:
        raise RetryableError("no answer")

    sink = MemorySink()
    with pytest.raises(RetryableError):
        ConfirmedSink(sink, TopicIdentity(LOG, nobody_answers)).write(some_rows())
    assert sink.rows(API_USAGE) == []


def test_a_deleted_topic_ends_the_worker_without_a_write() -> None:
    with pytest.raises(KafkaUnavailable, match="was deleted"):
        TopicIdentity(LOG, lambda: None).confirm()
