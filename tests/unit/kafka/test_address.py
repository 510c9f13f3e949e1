"""Addresses of brokers, as people write them."""

import pytest

from gatemeter.errors import SettingsError
from gatemeter.kafka.client import check_kafka_address


@pytest.mark.parametrize("address", ["127.0.0.1:9092", "kafka.internal:1", "[::1]:65535", "a-1:9092,b_2:9093"])
def test_valid_addresses_are_returned_unchanged(address: str) -> None:
    assert check_kafka_address(address) == address


def test_spaces_around_brokers_are_dropped() -> None:
    assert check_kafka_address(" a:1 , b:2 ") == "a:1,b:2"


@pytest.mark.parametrize(
    "address", ["", "localhost", "a:", ":9092", "a:0", "a:65536", "a:b", "a:1,", "http://a:1", "a b:1", "::1:9092"]
)
def test_invalid_addresses_are_refused_with_an_example(address: str) -> None:
    with pytest.raises(SettingsError, match="is not an address of a Kafka broker; write HOST:PORT"):
        check_kafka_address(address)
