"""Asks the brokers for a topic's id, again and again, over one connection.

Whether the topic is still the one that is being counted.

A topic that is deleted and created again keeps its name and its offsets begin anew; a consumer that was reading it goes
on with the new one without a word. Kafka's topic id tells them apart. It is asked for after rows were taken and before
they are written: if it is still the same, all that the rows were counted from was of this life.
"""

from collections.abc import Callable, Sequence

from confluent_kafka import KafkaError, KafkaException, TopicCollection

from gatemeter.errors import KafkaUnavailable, RetryableError
from gatemeter.kafka.client import KafkaAdmin
from gatemeter.metering.log import Log
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.schema import TableRows
from gatemeter.wire.topics import topic_id_text

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


PresentId = Callable[[], str | None]
"""The topic's present id, None if there is no such topic. Raises RetryableError when no broker answers."""


class TopicIdentity:
    """The life of the topic that `log` is."""

    def __init__(self, log: Log, present_id: PresentId) -> None:
        self._log = log
        self._present_id = present_id

    def confirm(self) -> None:
        """Raise KafkaUnavailable if the topic is gone or another one, RetryableError when no broker answers."""
        if self._id_unless_replaced() is None:
            raise KafkaUnavailable(
                "the topic was deleted while it was counted",
                where=self._log.name,
                do="create it again and start the worker, or stop the workers; what was counted stays",
            )

    def confirm_not_replaced(self) -> None:
        """As `confirm`, but a topic that is gone has not been mistaken for another one."""
        self._id_unless_replaced()

    def _id_unless_replaced(self) -> str | None:
        found = self._present_id()
        if found not in (None, self._log.identity):
            raise KafkaUnavailable(
                f"the topic was deleted and created again while it was counted (its id was {self._log.identity} and "
                f"is {found})",
                where=self._log.name,
                do="start the worker again; it counts the new topic as another log, and what was counted stays",
            )
        return found


class ConfirmedSink:
    """Implements `Sink` over another one: nothing is written unless it is of the topic's present life."""

    def __init__(self, sink: Sink, life: TopicIdentity) -> None:
        self._sink = sink
        self._life = life

    def write(self, batch: Sequence[TableRows]) -> None:
        """Store all rows; see `Sink.write`. Raises KafkaUnavailable if they may be of another life of the topic."""
        self._life.confirm_not_replaced()
        self._sink.write(batch)

    def stored_epochs(self, log: str) -> Sequence[StoredEpoch]:
        """The ledger's epochs of `log`; see `Sink.stored_epochs`."""
        return self._sink.stored_epochs(log)

    def close(self) -> None:
        """Close the sink underneath."""
        self._sink.close()
