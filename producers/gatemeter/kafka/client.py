"""What every Kafka client of gatemeter needs: a checked address with its login, the last error, and an admin client.

librdkafka logs its errors to stderr. Here the last one is kept instead, to explain an error line of ours.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import KafkaError
from confluent_kafka.admin import AdminClient

from gatemeter.errors import SettingsError
from gatemeter.kafka.security_settings import security_for

_BROKER = re.compile(r"(?:[^\s:,\[\]/]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})")
_HIGHEST_PORT = 65535


def check_kafka_address(kafka: str) -> str:
    """Return `kafka` (`HOST:PORT`, or several joined by commas) without spaces, or raise SettingsError."""
    brokers = [broker.strip() for broker in kafka.split(",")]
    for broker in brokers:
        match = _BROKER.fullmatch(broker)
        if match is None or not 0 < int(match[1]) <= _HIGHEST_PORT:
            raise SettingsError(
                f"{broker!r} is not an address of a Kafka broker",
                where="--kafka",
                do="write HOST:PORT, several joined by commas",
            )
    return ",".join(brokers)


def connection_settings(kafka: str) -> dict[str, str]:
    """The librdkafka settings with which every client of gatemeter connects to the brokers `kafka`.

    They hold the addresses, and TLS and login as `security_for` names them. They hold secrets: never show them.
    Raises SettingsError for an address, or settings of `[kafka-security]`, that cannot be used.
    """
    return {"bootstrap.servers": check_kafka_address(kafka), **security_for(kafka).librdkafka_settings()}


_DETAIL = re.compile(r"\s*\(after \d+ms in state .*\)$")


class ClientErrors:
    """Replaces librdkafka's log: pass `record` to a client as its `error_cb`, and `logger` as its logger."""

    def __init__(self) -> None:
        self.last = ""
        self.logger = logging.Logger("librdkafka")
        self.logger.addHandler(logging.NullHandler())

    def record(self, error: KafkaError) -> None:
        """Keep `error` as the last one. "All brokers are down" is kept only as the first: it says no reason."""
        if error.code() != KafkaError._ALL_BROKERS_DOWN or not self.last:  # noqa: SLF001 - its public name
            self.last = _DETAIL.sub("", error.str())

    def because(self) -> str:
        """The last error in brackets after a space, to be appended to a sentence; empty without an error."""
        return f" ({self.last})" if self.last else ""


class KafkaAdmin:
    """An admin client of the brokers at `kafka` (HOST:PORT, several joined by commas), kept for a whole process.

    Asking for a topic never creates it.
    """

    def __init__(self, kafka: str, client_id: str) -> None:
        self.errors = ClientErrors()
        settings = {
            **connection_settings(kafka),
            "client.id": client_id,
            "allow.auto.create.topics": False,
            "error_cb": self.errors.record,
        }
        self._client: Any = AdminClient(settings, logger=self.errors.logger)

    @contextmanager
    def client(self) -> Iterator[Any]:
        """The confluent_kafka AdminClient, for one request.

        The client queues its events, and only this method empties the queue, at the end of the block. Otherwise the
        queue would grow for as long as no broker answers.
        """
        try:
            yield self._client
        finally:
            while self._client.poll(0):
                pass
