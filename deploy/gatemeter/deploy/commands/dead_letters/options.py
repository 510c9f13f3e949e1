"""The options that say which dead letters, and finding one by its place."""

import functools
from collections.abc import Callable
from typing import Any

import click
from clickhouse_connect.driver.client import Client

from gatemeter.contracts.errors import SettingsError
from gatemeter.contracts.letter_place import LetterPlace
from gatemeter.deploy.result_options import span_options
from gatemeter.queries.dead_letter_report import DeadLetterFilter, StoredLetter, find_dead_letter
from gatemeter.queries.period import TimeSpan

TIMES_NOTE = """--from and --to go by the time at which Kafka says that the message was written, in full hours (UTC).
    Letters of files have no such time, and are left out with either."""


def letter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --reason, --topic, --log, --from and --to; `command` gets `chosen: DeadLetterFilter`."""

    @click.option("--reason", metavar="CODE", multiple=True, help="Letters with this reason; may be repeated.")
    @click.option("--topic", metavar="NAME", default="", help="Letters of this topic, or of the file of this path.")
    @click.option("--log", metavar="ID", default="", help="Letters of this log, as the first part of a place names it.")
    @span_options
    @functools.wraps(command)
    def with_filter(
        *arguments: Any, reason: tuple[str, ...], topic: str, log: str, span: TimeSpan, **options: Any
    ) -> Any:
        return command(*arguments, chosen=DeadLetterFilter(reason, topic, log, span), **options)

    return with_filter


def letter_at(client: Client, place: LetterPlace) -> StoredLetter:
    """The letter that stands at `place`. Raises SettingsError if there is none."""
    letter = find_dead_letter(client, place)
    if letter is None:
        raise SettingsError(
            "no dead letter stands here (any more)",
            where=str(place),
            do="copy a place from the first column of gatemeter dead-letters list",
        )
    return letter
