"""An administrative client of the brokers that lives as long as a process and asks them now and then."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka.admin import AdminClient

from gatemeter.contracts.librdkafka_notes import LibrdkafkaNotes


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
