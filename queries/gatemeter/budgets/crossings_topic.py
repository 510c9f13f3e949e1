"""Announces crossings to a Kafka topic, each once; of several watchers one leads at a time.

The leader owns partition 0 of the topic in a consumer group. It writes by a transactional producer that all watchers
have in common, so one that was taken for dead and comes back is refused by the brokers, and it has first read which ids
the topic holds: at most one message a crossing is ever committed, for as long as the topic keeps its messages.
"""

from contextlib import closing, suppress
from datetime import datetime
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from gatemeter.budgets.announcing import LeadLostError, Outcome
from gatemeter.budgets.crossing import Crossing
from gatemeter.errors import KafkaUnavailable
from gatemeter.kafka.client import ClientErrors, check_kafka_address, connection_settings
from gatemeter.kafka.producer import partition_count, producer_settings, unreachable

TARGET = "kafka"
SESSION_S = 10.0
"""After this time without a sign of life of the leader another watcher leads."""

_PARTITION = 0
_TRANSACTION_S = 20.0
_ANSWER_S = 30.0
_END = KafkaError._PARTITION_EOF  # noqa: SLF001 - its public name


class CrossingsTopic:
    """The topic as a `Target`, and as who leads. Not for several threads.

    Raises KafkaUnavailable if the brokers cannot be reached, or have no such topic.
    """

    name = TARGET

    def __init__(self, kafka: str, topic: str) -> None:
        self._kafka = check_kafka_address(kafka)
        self._topic = topic
        self._group = f"gatemeter-budgets.{topic}"
        self._errors = ClientErrors()
        self._is_assigned = False
        self._terms = 0
        self._producer: Any = None
        self._ids: set[str] = set()
        settings = {
            **self._reading(),
            "group.id": self._group,
            "session.timeout.ms": int(SESSION_S * 1000),
            "heartbeat.interval.ms": int(SESSION_S * 1000 / 4),
        }
        self._member: Any = Consumer(settings, logger=self._errors.logger)
        partition_count(self._member, kafka, topic, self._errors)  # which refuses a topic that is not there
        self._member.subscribe([topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked)

    def wait(self, seconds: float) -> None:
        """Stay a member of the group for so long."""
        self._member.poll(seconds)

    @property
    def is_assigned(self) -> bool:
        """Whether it is this watcher's to lead."""
        return self._is_assigned

    def lead(self) -> int | None:
        """Lead, where it is this watcher's turn: the number of times that it has begun to; None where another leads.

        Once it begins to, it knows what the topic holds. Raises KafkaUnavailable.
        """
        if not self._is_assigned:
            return None
        if self._producer is None:
            self._begin_to_lead()
            self._terms += 1
        return self._terms

    def tell(self, crossing: Crossing, _now: datetime) -> tuple[Outcome, str]:
        """See `Target.tell`; what the topic holds already is delivered."""
        if crossing.id in self._ids:
            return Outcome.DELIVERED, "the topic had it"
        if not self._is_assigned or self._producer is None:
            raise LeadLostError
        try:
            self._producer.begin_transaction()
            self._producer.produce(self._topic, crossing.message, key=crossing.id, partition=_PARTITION)
            self._producer.commit_transaction(_TRANSACTION_S)
        except KafkaException as error:
            # Whether it was committed is not known: whoever leads next reads the topic first.
            self._producer = None
            raise LeadLostError(error.args[0].str()) from error
        self._ids.add(crossing.id)
        return Outcome.DELIVERED, ""

    def close(self) -> None:
        """Leave the group, so that another watcher leads at once."""
        with suppress(KafkaException):
            self._member.close()

    def _begin_to_lead(self) -> None:
        settings = {
            **producer_settings(self._kafka, _TRANSACTION_S),
            "transactional.id": self._group,
            "transaction.timeout.ms": int(_TRANSACTION_S * 1000),
            "linger.ms": 0,
            "error_cb": self._errors.record,
        }
        producer: Any = Producer(settings, logger=self._errors.logger)
        try:
            # From here on earlier leaders are refused, and their transactions are over.
            producer.init_transactions(_ANSWER_S)
            self._ids = self._stored_ids()
        except KafkaException as error:
            raise unreachable(self._kafka, self._errors) from error
        self._producer = producer

    def _stored_ids(self) -> set[str]:
        ids = set()
        settings = {**self._reading(), "group.id": f"{self._group}.reader", "enable.partition.eof": True}
        reader: Any = Consumer(settings, logger=self._errors.logger)
        with closing(reader):
            reader.assign([TopicPartition(self._topic, _PARTITION, 0)])
            while (message := reader.poll(_ANSWER_S)) is not None:
                if message.error() is None:
                    ids.add((message.key() or b"").decode(errors="replace"))
                elif message.error().code() == _END:
                    return ids
                elif not message.error().retriable():
                    raise KafkaException(message.error())
        raise KafkaUnavailable(
            f"does not answer{self._errors.because()}", where=f"topic {self._topic}", do="check the brokers"
        )

    def _reading(self) -> dict[str, Any]:
        return {
            **connection_settings(self._kafka),
            "client.id": "gatemeter-budgets",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "allow.auto.create.topics": False,
            "error_cb": self._errors.record,
        }

    def _assigned(self, member: Any, partitions: list[TopicPartition]) -> None:
        self._is_assigned = any(each.partition == _PARTITION for each in partitions)
        member.assign(partitions)
        if partitions:
            member.pause(partitions)  # messages are read once, by whoever begins to lead

    def _revoked(self, member: Any, _partitions: list[TopicPartition]) -> None:
        self._is_assigned = False
        self._producer = None
        member.unassign()
