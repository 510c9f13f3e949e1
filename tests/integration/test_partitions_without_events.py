"""Partitions of a real topic that the store knows nothing of stand in the way of closing a period."""

from datetime import UTC, datetime
from functools import partial

import pytest

from gatemeter.billing.closing_obstacles import Terms, idle_partitions, not_asked
from gatemeter.monitoring.kafka_ends import KafkaEndReader

pytestmark = pytest.mark.kafka

UNTIL = datetime(2026, 3, 4, tzinfo=UTC)


def test_partitions_that_never_had_an_event_are_named(kafka_address: str, topic: str) -> None:
    read = {"topic": topic, "log_kind": "kafka", "latest_s": UNTIL.timestamp()}
    logs = [read | {"partition": number} for number in (0, 2)]
    asked, unasked = Terms(UNTIL, ends_of=partial(KafkaEndReader, kafka_address)), Terms(UNTIL)
    found = idle_partitions(logs, UNTIL, asked)
    assert found[:2] == [f"{topic}[1] (it never had an event)", f"{topic}[3] (it never had an event)"]
    assert idle_partitions(logs, UNTIL, unasked) == list(not_asked(logs, asked)) == []
    assert next(not_asked(logs, unasked)).endswith("is not known: Kafka was not asked")
    assert list(not_asked([each | {"log_kind": "file"} for each in logs], unasked)) == []
