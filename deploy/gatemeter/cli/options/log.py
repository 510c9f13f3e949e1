"""The options that say where logs are to be read again: a topic of Kafka, the files that were metered, or both."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from gatemeter.cli.options.connections import kafka_option, topic_option
from gatemeter.cli.options.file_format import format_of_file
from gatemeter.cli.options.metering import format_option, kind_option
from gatemeter.cli.output import say
from gatemeter.errors import ConflictError
from gatemeter.metering.sink import Sink
from gatemeter.sources.log_reader import LogReader
from gatemeter.wire.frames import DEFAULT_FORMAT
from gatemeter.wire.topics import ACCESS_LOG_TOPIC, EPOCH_SIZE_BY_KIND, TopicKind


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where the logs are: on Kafka, in `paths`, in both, or nowhere, when neither is named.

    `epoch_size` is None where nobody said one: it is then the one of the stored numbers, else that of `kind`, of which
    `is_kind_given` tells whether the command line names it.
    """

    kafka: str | None = None
    topic: str = ACCESS_LOG_TOPIC
    kind: TopicKind = TopicKind.FRAMES
    epoch_size: int | None = None
    paths: tuple[Path, ...] = ()
    log_format: str = DEFAULT_FORMAT
    is_kind_given: bool = False

    @property
    def is_given(self) -> bool:
        """Whether there is any log to read."""
        return self.kafka is not None or bool(self.paths)


def log_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument FILE... and --kafka, --topic, --kind, --epoch-size, --format; `command` gets `place: LogPlace`.

    Files beat a --kafka of the environment or the settings file; with the flag itself both are read.
    """

    @click.argument("paths", nargs=-1, metavar="[FILE]...", type=click.Path(readable=False, path_type=Path))
    @kafka_option(is_required=False)
    @topic_option("The topic to read.")
    @kind_option
    @click.option(
        "--epoch-size",
        type=click.IntRange(1, 2**40),
        envvar="GATEMETER_EPOCH_SIZE",
        help="Offsets an epoch [default: that of the stored numbers, else by --kind].",
    )
    @format_option
    @click.pass_context
    @functools.wraps(command)
    def with_place(
        ctx: click.Context, /, paths: tuple[Path, ...], kafka: str | None, topic: str, kind: str, **options: Any
    ) -> Any:
        if paths and ctx.get_parameter_source("kafka") is not ParameterSource.COMMANDLINE:
            kafka = None
        epoch_size, log_format = options.pop("epoch_size"), options.pop("format")
        is_kind_given = ctx.get_parameter_source("kind") is ParameterSource.COMMANDLINE
        place = LogPlace(kafka, topic, TopicKind(kind), epoch_size, paths, log_format, is_kind_given)
        return command(place=place, **options)

    return with_place


def log_readers(place: LogPlace, sink: Sink) -> list[LogReader]:
    """The logs of `place`, ready to be read; a log's epoch size is the one in its ledger in `sink`, if it has one.

    Empty where no log is named. Raises KafkaUnavailable, InputError, and as `Sink.stored_epochs` does.
    """
    from gatemeter.sources.file_reader import FileLogReader

    files: list[LogReader] = [
        FileLogReader(path, format_of_file(path, place.log_format), stored_epochs=sink.stored_epochs)
        for path in place.paths
    ]
    return files if place.kafka is None else [*files, _kafka_reader(place, place.kafka, sink)]


def _kafka_reader(place: LogPlace, kafka: str, sink: Sink) -> LogReader:
    from gatemeter.kafka.client import check_kafka_address
    from gatemeter.kafka.topics import topic_id
    from gatemeter.sources.kafka import KafkaLogReader

    identity = topic_id(kafka, place.topic)
    stored = sink.stored_epochs(identity)
    known = stored[0].epoch_size if stored else EPOCH_SIZE_BY_KIND[place.kind]
    if stored:
        check_fits(place, known)
    return KafkaLogReader(check_kafka_address(kafka), place.topic, identity, place.epoch_size or known)


def check_fits(place: LogPlace, stored_epoch_size: int) -> None:
    """Say what of `place` does not fit numbers with these epochs.

    Raises ConflictError for another epoch size, and for a kind of topic that is known to be another.
    """
    if place.epoch_size not in (None, stored_epoch_size):
        raise ConflictError(
            f"its numbers were made with epochs of {stored_epoch_size} offsets, not of {place.epoch_size}",
            where=place.topic,
            do="leave --epoch-size out: that of the stored numbers is taken",
        )
    if not place.is_kind_given or place.epoch_size is not None or EPOCH_SIZE_BY_KIND[place.kind] == stored_epoch_size:
        return
    stored_kind = next((kind for kind, size in EPOCH_SIZE_BY_KIND.items() if size == stored_epoch_size), None)
    if stored_kind is not None:
        raise ConflictError(
            f"its numbers were made with epochs of {stored_epoch_size} offsets, those of --kind {stored_kind.value}, "
            f"not of --kind {place.kind.value}",
            where=place.topic,
            do=f"say --kind {stored_kind.value}, or leave --kind out",
        )
    say(
        f"{place.topic}: --kind {place.kind.value} is not used: its numbers were made with epochs of "
        f"{stored_epoch_size} offsets, and each message says itself what it holds"
    )
