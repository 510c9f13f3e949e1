"""The last error of librdkafka, as it is appended to an error line."""

from confluent_kafka import KafkaError

from gatemeter.kafka.client import ClientErrors


def test_without_an_error_the_reason_is_empty() -> None:
    assert ClientErrors().because() == ""


def test_the_last_error_is_kept_without_its_timings() -> None:
    errors = ClientErrors()
    errors.record(KafkaError(KafkaError._TRANSPORT, "refused once (after 0ms in state CONNECT)"))
    errors.record(
        KafkaError(KafkaError._TRANSPORT, "refused (after 12ms in state CONNECT, 4 identical error(s) suppressed)")
    )
    assert errors.because() == " (refused)"


def test_all_brokers_down_replaces_no_other_error() -> None:
    errors = ClientErrors()
    down = KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down")
    errors.record(down)
    assert errors.because() == " (1/1 brokers are down)"
    errors.record(KafkaError(KafkaError._RESOLVE, "no such host"))
    errors.record(down)
    assert errors.because() == " (no such host)"
