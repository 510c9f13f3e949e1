"""The address of a Kafka cluster as a person writes it."""

import re

from gatemeter.contracts.errors import SettingsError

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
