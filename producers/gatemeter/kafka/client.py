"""The address of a Kafka cluster as a person writes it.

What the Kafka client has to say, kept for our own error lines instead of its stderr.

An administrative client of the brokers that lives as long as a process and asks them now and then.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import KafkaError
from confluent_kafka.admin import AdminClient

from gatemeter.errors import SettingsError

_BROKER = re.compile(r"(?:[^\s:,\[\]/]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})")
_HIGHEST_PORT = 65535


def check_kafka_address(kafka: str) -> str:
    """Return `kafka` (`HOST:PORT`, or several joined by commas) without spaces, or raise SettingsError."""
    brokers = [broker.strip() for broker in kafka.split(",")]
    for broker in brokers:
        match = _BROKER.fullmatch(broker)
        if match is None or not 0 < int(match[1]) <= _HIGHEST_PORT:
            raise SettingsError(
                f"{broker!r} is no address of a Kafka broker",
                where="--kafka",
                do="write HOST:PORT, several joined by commas",
            )
    return ",".join(brokers)


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


class KafkaAdmin:
    """Of the brokers at `kafka` (HOST:PORT, several joined by commas). Asking for a topic never creates it."""

    def __init__(self, kafka: str, client_id: str) -> None:
        self.notes = LibrdkafkaNotes()
        settings = {
            "bootstrap.servers": kafka,
            "client.id": client_id,
            "allow.auto.create.topics": False,
            "error_cb": self.notes.note,
        }
        self._client: Any = AdminClient(settings, logger=self.notes.logger)

    @contextmanager
    def asked(self) -> Iterator[Any]:
        """The client for one question.

        What it has to say besides waits in a queue of its own, which nobody but us empties: it would grow for as long
        as no broker answers.
        """
        try:
            yield self._client
        finally:
            while self._client.poll(0):
                pass
