"""No row is written that may be of another life of the topic."""

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


def write(present_id: str | None) -> MemorySink:
    sink = MemorySink()
    ConfirmedSink(sink, TopicIdentity(LOG, lambda: present_id)).write(some_rows())
    return sink


def test_rows_of_this_life_are_written() -> None:
    assert len(write(LOG.identity).rows(API_USAGE)) == 1


def test_rows_are_written_when_the_topic_is_gone_for_they_can_only_be_of_this_life() -> None:
    assert len(write(None).rows(API_USAGE)) == 1


def test_nothing_is_written_when_the_topic_is_another_one() -> None:
    sink = MemorySink()
    with pytest.raises(KafkaUnavailable, match=r"access: .*deleted and created again.*topic-id-1.*topic-id-2.*start"):
        ConfirmedSink(sink, TopicIdentity(LOG, lambda: "topic-id-2")).write(some_rows())
    assert sink.rows(API_USAGE) == []


def test_nothing_is_written_as_long_as_no_broker_says_which_topic_it_is() -> None:
    def nobody_answers() -> str | None:
        raise RetryableError("no answer")

    sink = MemorySink()
    with pytest.raises(RetryableError):
        ConfirmedSink(sink, TopicIdentity(LOG, nobody_answers)).write(some_rows())
    assert sink.rows(API_USAGE) == []


def test_a_topic_that_is_gone_ends_the_worker_even_when_nothing_is_to_be_written() -> None:
    with pytest.raises(KafkaUnavailable, match="was deleted"):
        TopicIdentity(LOG, lambda: None).confirm()
