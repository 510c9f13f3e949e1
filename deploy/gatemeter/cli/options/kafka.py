"""The options `--kafka` and `--topic`: which brokers, and which topic on them."""

from collections.abc import Callable
from typing import Any

import click

from gatemeter.wire.topics import ACCESS_LOG_TOPIC

Command = Callable[..., Any]


def kafka_option(*, is_required: bool = True) -> Callable[[Command], Command]:
    """Add --kafka; the command gets `kafka: str`, or None where it is not required and not given."""
    return click.option(
        "--kafka", required=is_required, metavar="HOST:PORT", envvar="GATEMETER_KAFKA", help="The Kafka brokers."
    )


def topic_option(purpose: str) -> Callable[[Command], Command]:
    """Add --topic, by default the access-log topic; `purpose` is its help."""
    return click.option("--topic", default=ACCESS_LOG_TOPIC, show_default=True, envvar="GATEMETER_TOPIC", help=purpose)
