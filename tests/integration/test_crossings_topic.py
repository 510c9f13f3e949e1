"""Who leads on a real topic, and that whoever another one has followed writes nothing more."""

from contextlib import closing
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest

from gatemeter.budgets.announcing import LeadLostError, Outcome
from gatemeter.budgets.crossings_topic import CrossingsTopic
from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.topics import TopicSpec
from tests.support.budget_files import CROSSING
from tests.support.relayed_topic import committed_messages
from tests.support.waiting import wait_for

pytestmark = pytest.mark.kafka

NOW = datetime(2026, 2, 15, 10, 30, tzinfo=UTC)


def test_a_leader_that_was_taken_for_dead_announces_nothing(kafka_address: str) -> None:
    topic = f"crossings-{uuid4().hex[:8]}"
    ensure_topic(kafka_address, TopicSpec(topic, partitions=1))
    other = msgspec.structs.replace(CROSSING, id="1a" * 16)
    with closing(CrossingsTopic(kafka_address, topic)) as first:

        def leads() -> bool:
            first.wait(0.1)
            return first.lead() is not None

        wait_for(leads, "the first watcher leads")
        assert first.tell(CROSSING, NOW) == (Outcome.DELIVERED, "")
        with closing(CrossingsTopic(kafka_address, topic)) as second:
            assert second.lead() is None
            second._is_assigned = True  # as where the group has taken the first one for dead
            assert second.lead() == 1
            assert second.tell(CROSSING, NOW) == (Outcome.DELIVERED, "the topic had it")
            with pytest.raises(LeadLostError):
                first.tell(other, NOW)
            assert second.tell(other, NOW) == (Outcome.DELIVERED, "")
    assert [each.key().decode() for each in committed_messages(kafka_address, topic)] == [CROSSING.id, other.id]
