"""How repeated log messages of libraries are limited, and what is not printable in them is escaped."""

import logging
from datetime import UTC, datetime

import pytest

from gatemeter.clock import ManualClock
from gatemeter.worker.process import Escaped, RepeatLimit


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 2, 1, tzinfo=UTC))


def record(text: str, *values: object, logger: str = "faust.app") -> logging.LogRecord:
    return logging.LogRecord(logger, logging.ERROR, __file__, 1, text, values, None)


def test_equal_messages_pass_every_ten_seconds(clock: ManualClock) -> None:
    limit = RepeatLimit(clock)
    assert [limit.filter(record("node %d is away", node)) for node in range(3)] == [True, False, False]
    clock.advance(10)
    last = record("node %d is away", 7)
    assert limit.filter(last)
    assert (last.getMessage(), last.args) == ("node 7 is away (and 2 more like it)", ())


def test_different_messages_do_not_hide_each_other(clock: ManualClock) -> None:
    limit = RepeatLimit(clock)
    assert limit.filter(record("a"))
    assert limit.filter(record("b"))


def test_the_kafka_client_logs_one_line_an_outage(clock: ManualClock) -> None:
    limit = RepeatLimit(clock)
    passed = []
    for second in range(200):
        clock.advance(1)
        passed.append(limit.filter(record(f"trouble {second}", logger=f"aiokafka.part{second % 3}")))
    assert passed == [True] + [False] * 199
    clock.advance(59)
    assert not limit.filter(record("trouble", logger="aiokafka"))
    clock.advance(60)
    assert limit.filter(record("trouble", logger="aiokafka"))


def test_other_messages_do_not_hide_the_kafka_client(clock: ManualClock) -> None:
    limit = RepeatLimit(clock)
    assert limit.filter(record("trouble"))
    assert limit.filter(record("trouble", logger="aiokafka"))


def test_what_a_message_quotes_steers_no_terminal() -> None:
    hostile = record("topic %s\nis away", "a\x1b[2J\u202e")
    assert Escaped().filter(hostile)
    assert hostile.getMessage() == "topic a\\x1b[2J\\u202e\nis away"


def test_a_traceback_is_escaped_and_keeps_its_lines() -> None:
    failed = record("failed")
    try:
        raise ValueError("\x1b[31m")  # noqa: TRY301 - a traceback is wanted
    except ValueError as error:
        failed.exc_info = (ValueError, error, error.__traceback__)
    Escaped().filter(failed)
    text = logging.Formatter().format(failed)
    assert "ValueError: \\x1b[31m" in text
    assert text.startswith("failed\nTraceback")
