"""Whether the topic is still the one that is being counted.

A topic that is deleted and created again keeps its name, but its offsets begin at 0 again, and a consumer goes on
reading without an error. Kafka's topic id differs, though. It is asked for after rows were taken and before they are
written: if it has not changed, every message behind these rows came from the topic that is counted.
"""

from collections.abc import Callable, Mapping, Sequence

from confluent_kafka import KafkaError, KafkaException, TopicCollection

from gatemeter.errors import KafkaUnavailable, RetryableError
from gatemeter.kafka.client import KafkaAdmin
from gatemeter.metering.counting_start import CountingStart
from gatemeter.metering.log import Log
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.schema import TableRows
from gatemeter.wire.topics import topic_id_text

_TIMEOUT_S = 10.0

CurrentTopicId = Callable[[], str | None]
"""Returns the topic's id; None if the topic does not exist. Raises RetryableError when no broker answers."""


class TopicIds:
    """Asks the brokers at `kafka` (HOST:PORT, several joined by commas) for topic ids, over one connection."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._admin = KafkaAdmin(kafka, "gatemeter-worker")

    def current_id(self, topic: str) -> str | None:
        """The id of `topic` as Kafka's tools print it; None if the topic does not exist. Raises RetryableError."""
        try:
            with self._admin.client() as client:
                futures = client.describe_topics(TopicCollection([topic]), request_timeout=_TIMEOUT_S)
                return topic_id_text(str(futures[topic].result(timeout=2 * _TIMEOUT_S).topic_id))
        except KafkaException as error:
            if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return None
            raise self._unanswered(error.args[0].str()) from error
        except TimeoutError as error:
            raise self._unanswered("no answer") from error

    def _unanswered(self, reason: str) -> RetryableError:
        return RetryableError(
            f"the brokers did not say whether the topic is still the same: {reason}{self._admin.errors.because()}",
            where=f"Kafka at {self._kafka}",
        )


class TopicIdentity:
    """Compares the topic's current id with the identity of `log`, the topic as it was when the worker started."""

    def __init__(self, log: Log, current_id: CurrentTopicId) -> None:
        self._log = log
        self._current_id = current_id

    def confirm(self) -> None:
        """Raise KafkaUnavailable if the topic was deleted or replaced, RetryableError when no broker answers."""
        if self._id_unless_replaced() is None:
            raise KafkaUnavailable(
                "the topic was deleted while it was counted",
                where=self._log.name,
                do="create it again and start the worker, or stop the workers; what was counted stays",
            )

    def confirm_not_replaced(self) -> None:
        """As `confirm`, but a deleted topic passes: no message can have come from another topic of its name."""
        self._id_unless_replaced()

    def _id_unless_replaced(self) -> str | None:
        found = self._current_id()
        if found not in (None, self._log.identity):
            raise KafkaUnavailable(
                f"the topic was deleted and created again while it was counted (its id was {self._log.identity} and "
                f"is {found})",
                where=self._log.name,
                do="start the worker again; it counts the new topic as another log, and what was counted stays",
            )
        return found


class ConfirmedSink:
    """A `Sink` that confirms the topic's identity before each write to the sink underneath."""

    def __init__(self, sink: Sink, topic_identity: TopicIdentity) -> None:
        self._sink = sink
        self._topic_identity = topic_identity

    def write(self, batch: Sequence[TableRows]) -> None:
        """Store all rows; see `Sink.write`. Raises KafkaUnavailable, and writes nothing, if the topic was replaced."""
        self._topic_identity.confirm_not_replaced()
        self._sink.write(batch)

    def stored_epochs(self, log: str) -> Sequence[StoredEpoch]:
        """The ledger's epochs of `log`; see `Sink.stored_epochs`."""
        return self._sink.stored_epochs(log)

    def counting_starts(self, log: str) -> Mapping[int, CountingStart]:
        """The recorded starts of `log`; see `Sink.counting_starts`."""
        return self._sink.counting_starts(log)

    def close(self) -> None:
        """Close the sink underneath."""
        self._sink.close()
