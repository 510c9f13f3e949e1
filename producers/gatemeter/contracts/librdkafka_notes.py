"""What the Kafka client has to say, kept for our own error lines instead of its stderr."""

import logging
import re

from confluent_kafka import KafkaError

_DETAIL = re.compile(r"\s*\(after \d+ms in state .*\)$")


class LibrdkafkaNotes:
    """Takes the place of librdkafka's log: give `note` as its `error_cb` and `logger` as its logger."""

    def __init__(self) -> None:
        self.last = ""
        self.logger = logging.Logger("librdkafka")
        self.logger.addHandler(logging.NullHandler())

    def note(self, error: KafkaError) -> None:
        """Keep what went wrong last; that all brokers are down only sums up what was said before."""
        if error.code() != KafkaError._ALL_BROKERS_DOWN or not self.last:  # noqa: SLF001 - its public name
            self.last = _DETAIL.sub("", error.str())

    def because(self) -> str:
        """The last note in brackets with a space in front, to follow a sentence; empty when there is none."""
        return f" ({self.last})" if self.last else ""
