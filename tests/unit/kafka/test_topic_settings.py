"""The settings of topics and of the producer."""

import pytest

from gatemeter.kafka.producer import producer_settings
from gatemeter.kafka.topics import topic_settings
from gatemeter.wire.topics import MAX_EVENT_BYTES, MAX_MESSAGE_BYTES, TopicSpec


@pytest.mark.parametrize(("replicas", "in_sync"), [(1, "1"), (2, "1"), (3, "2"), (5, "4")])
def test_a_write_needs_all_but_one_replica(replicas: int, in_sync: str) -> None:
    assert topic_settings(TopicSpec("a", replication_factor=replicas))["min.insync.replicas"] == in_sync


def test_retention_and_size_follow_the_spec() -> None:
    settings = topic_settings(TopicSpec("a", retention_ms=3_600_000))
    assert (settings["retention.ms"], settings["cleanup.policy"]) == ("3600000", "delete")
    assert int(settings["max.message.bytes"]) == MAX_MESSAGE_BYTES > MAX_EVENT_BYTES


def test_the_producer_is_idempotent_with_all_replicas() -> None:
    settings = producer_settings("a:1", delivery_timeout_s=30.0)
    assert (settings["enable.idempotence"], settings["acks"], settings["message.timeout.ms"]) == (True, "all", 30_000)
    assert settings["message.max.bytes"] == MAX_MESSAGE_BYTES
