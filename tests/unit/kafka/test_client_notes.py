"""The Kafka client's own words, made fit for an error line."""

from confluent_kafka import KafkaError

from gatemeter.kafka.client import LibrdkafkaNotes


def test_nothing_noted_nothing_said() -> None:
    assert LibrdkafkaNotes().because() == ""


def test_the_last_note_is_kept_without_its_timings() -> None:
    notes = LibrdkafkaNotes()
    notes.note(KafkaError(KafkaError._TRANSPORT, "refused once (after 0ms in state CONNECT)"))
    notes.note(
        KafkaError(KafkaError._TRANSPORT, "refused (after 12ms in state CONNECT, 4 identical error(s) suppressed)")
    )
    assert notes.because() == " (refused)"


def test_that_all_brokers_are_down_replaces_nothing_more_telling() -> None:
    notes = LibrdkafkaNotes()
    down = KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down")
    notes.note(down)
    assert notes.because() == " (1/1 brokers are down)"
    notes.note(KafkaError(KafkaError._RESOLVE, "no such host"))
    notes.note(down)
    assert notes.because() == " (no such host)"
