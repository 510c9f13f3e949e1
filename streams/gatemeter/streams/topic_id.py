"""Asks the brokers for a topic's id, again and again, over one connection."""

from confluent_kafka import KafkaError, KafkaException, TopicCollection

from gatemeter.contracts.errors import RetryableError
from gatemeter.contracts.kafka_admin import KafkaAdmin
from gatemeter.contracts.topics import topic_id_text

_TIMEOUT_S = 10.0


class TopicIds:
    """The present ids of the topics of the brokers at `kafka` (HOST:PORT, several joined by commas)."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._admin = KafkaAdmin(kafka, "gatemeter-worker")

    def present_id(self, topic: str) -> str | None:
        """The id of `topic` as Kafka's tools print it; None if there is none. Raises RetryableError."""
        try:
            with self._admin.asked() as client:
                asked = client.describe_topics(TopicCollection([topic]), request_timeout=_TIMEOUT_S)
                return topic_id_text(str(asked[topic].result(timeout=2 * _TIMEOUT_S).topic_id))
        except KafkaException as error:
            if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return None
            raise self._away(error.args[0].str()) from error
        except TimeoutError as error:
            raise self._away("no answer") from error

    def _away(self, what: str) -> RetryableError:
        return RetryableError(
            f"the brokers did not say whether the topic is still the same: {what}{self._admin.notes.because()}",
            where=f"Kafka at {self._kafka}",
        )
