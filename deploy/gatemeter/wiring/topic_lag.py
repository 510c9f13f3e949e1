"""How the lag of a topic is told beside a store."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from gatemeter.embedded.data_dir import DataDir
from gatemeter.reports.topic_lag import LogEnds, TopicLag


def open_lag(data: Path | None, kafka: str | None, topic: str) -> TopicLag | None:
    """The lag of `topic` at `kafka`, else at the broker of the `gatemeter up` that runs on `data`; None without one."""
    brokers = _brokers(data, kafka)
    if brokers is None:
        return None
    # Kafka's client takes a while to import.
    from gatemeter.kafka.topics import topic_id
    from gatemeter.monitoring.kafka_ends import KafkaEndReader

    return TopicLag(topic, partial(topic_id, brokers, topic), KafkaEndReader(brokers, topic))


def open_ends(data: Path | None, kafka: str | None) -> Callable[[str], LogEnds] | None:
    """What tells where a topic ends, of the same brokers as `open_lag`; None without any."""
    brokers = _brokers(data, kafka)
    if brokers is None:
        return None
    from gatemeter.monitoring.kafka_ends import KafkaEndReader

    return partial(KafkaEndReader, brokers)


def _brokers(data: Path | None, kafka: str | None) -> str | None:
    running = None if data is None or kafka else DataDir(data).running()
    return running.kafka if running else kafka
