"""Creates topics, and brings existing ones in line with their spec; partitions are never taken away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import stamina
from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from gatemeter.errors import ConflictError, KafkaUnavailable
from gatemeter.kafka.client import ClientErrors, KafkaAdmin, check_kafka_address
from gatemeter.kafka.producer import unknown_topic, unreachable
from gatemeter.wire.topics import MAX_MESSAGE_BYTES, TopicSpec, topic_id_text

_CONNECT_TIMEOUT_S = 8.0
_REQUEST_TIMEOUT_S = 30.0


class _NotYetKnownError(Exception):
    """A topic that was just created is not in the metadata yet."""


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as the brokers describe it; `settings` has the keys of `topic_settings`."""

    name: str
    topic_id: str
    partitions: int
    replication_factor: int
    settings: dict[str, str]

    @property
    def is_compacted(self) -> bool:
        """Whether the brokers delete messages that a later one of the same key follows."""
        return "compact" in self.settings.get("cleanup.policy", "")


@dataclass(frozen=True, slots=True)
class TopicOutcome:
    """The result of `apply_topic`: `status` is created, unchanged or changed.

    `changes` and `differences` are sentences for people: what was changed, and what differs from the spec but cannot be
    changed with an admin client.
    """

    status: str
    changes: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()


def topic_settings(spec: TopicSpec) -> dict[str, str]:
    """The broker settings of the topic. With several replicas a write needs all but one of them."""
    return {
        "cleanup.policy": "delete",
        "max.message.bytes": str(MAX_MESSAGE_BYTES),
        "min.insync.replicas": str(max(1, spec.replication_factor - 1)),
        "retention.ms": str(spec.retention_ms),
    }


def ensure_topic(kafka: str, spec: TopicSpec) -> str:
    """Apply `spec`, and return created, unchanged or changed. Raises as `apply_topic` does."""
    return apply_topic(kafka, spec).status


def apply_topic(kafka: str, spec: TopicSpec) -> TopicOutcome:
    """Create the topic of `spec`, or add partitions and set settings where it differs; idempotent.

    Raises ConflictError if it has more partitions than `spec`, for Kafka cannot remove partitions, and
    KafkaUnavailable if the brokers cannot be reached or refuse.
    """
    with _connected(kafka, spec.name) as admin:
        if _create(admin, spec):
            return TopicOutcome("created")
        return _bring_into_line(admin, _describe(admin, spec.name), spec)


def topic_id(kafka: str, topic: str) -> str:
    """Kafka's id of `topic`, which differs after the topic was deleted and created again.

    Raises KafkaUnavailable if the brokers cannot be reached or have no such topic.
    """
    return describe_topic(kafka, topic).topic_id


def describe_topic(kafka: str, topic: str) -> TopicState:
    """The state of one topic. Raises as `topic_id` does."""
    with _connected(kafka, topic) as admin:
        return _describe(admin, topic)


def require_not_compacted(state: TopicState) -> None:
    """Raise ConflictError for a topic that deletes messages from its middle, by their keys.

    A consumer's requests share a key, so all of them but the last would go off the bill before they are read.
    """
    if state.is_compacted:
        raise ConflictError(
            f"its cleanup.policy is {state.settings['cleanup.policy']}, which deletes every message that a later one "
            "of the same key follows, counted or not",
            where=f"topic {state.name}",
            do="set cleanup.policy=delete (gatemeter topics apply does), or count what is left with --allow-compacted",
        )


def list_topics(kafka: str) -> list[TopicState]:
    """All topics except Kafka's internal ones, by name. Raises KafkaUnavailable."""
    with _connected(kafka, "") as admin:
        names = sorted(name for name in admin.list_topics(timeout=_REQUEST_TIMEOUT_S).topics if name[:2] != "__")
        return [_describe(admin, name) for name in names]


@contextmanager
def _connected(kafka: str, topic: str) -> Iterator[Any]:
    """An admin client whose brokers answer. Their refusals are raised as errors about `topic`."""
    admin = KafkaAdmin(check_kafka_address(kafka), "gatemeter-admin")
    try:
        with admin.client() as client:
            client.list_topics(timeout=_CONNECT_TIMEOUT_S)
    except KafkaException as error:
        raise unreachable(kafka, admin.errors) from error
    with _refusals(kafka, topic, admin.errors), admin.client() as client:
        yield client


@contextmanager
def _refusals(kafka: str, topic: str, errors: ClientErrors) -> Iterator[None]:
    try:
        yield
    except TimeoutError as exception:
        raise unreachable(kafka, errors) from exception
    except KafkaException as exception:
        error = exception.args[0]
        if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise unknown_topic(kafka, topic) from exception
        where = f"topic {topic} at {kafka}" if topic else f"Kafka at {kafka}"
        raise KafkaUnavailable(
            f"the broker refused: {error.str()}{errors.because()}", where=where, do="check the settings and the rights"
        ) from exception


def _create(admin: Any, spec: TopicSpec) -> bool:
    topic = NewTopic(
        spec.name,
        num_partitions=spec.partitions,
        replication_factor=spec.replication_factor,
        config=topic_settings(spec),
    )
    try:
        _wait(admin.create_topics([topic]))
    except KafkaException as error:
        if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return False
        raise
    # The brokers acknowledge a new topic before it is in the metadata of all of them.
    for attempt in stamina.retry_context(on=_NotYetKnownError, wait_initial=0.02, wait_max=0.5, timeout=10.0):
        with attempt:
            if spec.name not in admin.list_topics(timeout=_REQUEST_TIMEOUT_S).topics:
                raise _NotYetKnownError
    return True


def _describe(admin: Any, topic: str) -> TopicState:
    description = _wait(admin.describe_topics(TopicCollection([topic])))
    entries = _wait(admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]))
    wanted = topic_settings(TopicSpec(topic))
    replicas = [len(partition.replicas) for partition in description.partitions]
    return TopicState(
        name=topic,
        topic_id=topic_id_text(str(description.topic_id)),
        partitions=len(replicas),
        replication_factor=min(replicas, default=0),
        settings={name: entries[name].value for name in wanted if name in entries},
    )


def _bring_into_line(admin: Any, state: TopicState, spec: TopicSpec) -> TopicOutcome:
    if state.partitions > spec.partitions:
        raise ConflictError(
            f"has {state.partitions} partitions and {spec.partitions} are wanted; Kafka cannot take partitions away",
            where=f"topic {spec.name}",
            do=f"ask for {state.partitions}, or use another topic",
        )
    changes = [*_add_partitions(admin, state, spec), *_set_settings(admin, state, spec)]
    differences = []
    if state.replication_factor != spec.replication_factor:
        differences.append(
            f"replication factor is {state.replication_factor}, not {spec.replication_factor}; "
            "change it with kafka-reassign-partitions"
        )
    return TopicOutcome("changed" if changes else "unchanged", tuple(changes), tuple(differences))


def _add_partitions(admin: Any, state: TopicState, spec: TopicSpec) -> list[str]:
    if state.partitions == spec.partitions:
        return []
    _wait(admin.create_partitions([NewPartitions(spec.name, spec.partitions)]))
    # The partition of a key depends on their number, so a copy of an older event may miss its first copy.
    return [f"partitions {state.partitions} -> {spec.partitions} (consumers move; copies of older events may count)"]


def _set_settings(admin: Any, state: TopicState, spec: TopicSpec) -> list[str]:
    wanted = topic_settings(spec)
    different = {name: value for name, value in wanted.items() if state.settings.get(name) != value}
    if not different:
        return []
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in different.items()
    ]
    _wait(admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, spec.name, incremental_configs=entries)]))
    return [f"{name} {state.settings.get(name)} -> {value}" for name, value in different.items()]


def _wait(futures: dict[Any, Any]) -> Any:
    (future,) = futures.values()
    return future.result(timeout=_REQUEST_TIMEOUT_S)
