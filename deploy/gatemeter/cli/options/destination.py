"""The options that say where snapshots go: `--kafka` with `--topic`, or a store."""

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from gatemeter.cli.options.connections import kafka_option
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.errors import SettingsError
from gatemeter.wire.topics import INVENTORY_TOPIC
from gatemeter.wiring.inventory import Send, kafka_sender, store_sender

Command = Callable[..., Any]
Destination = Callable[[], AbstractContextManager[Send]]
"""Opens where snapshots go to."""

_PRECEDENCE = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT, ParameterSource.DEFAULT_MAP)


def inventory_topic_option(command: Command) -> Command:
    """Add --topic, by default the topic of the inventory."""
    return click.option(
        "--topic",
        cls=TableOnlyOption,
        default=INVENTORY_TOPIC,
        show_default=True,
        envvar="GATEMETER_INVENTORY_TOPIC",
        help="The topic of the inventory.",
    )(command)


def destination_options(command: Command) -> Command:
    """Add --kafka, --topic, --data and --clickhouse; `command` gets `destination: Destination`.

    A flag beats the environment and that the settings file. Kafka beats a store that the same place names: a server's
    settings name both.
    """

    @kafka_option(is_required=False)
    @inventory_topic_option
    @click.option(
        "--data",
        type=click.Path(readable=False, path_type=Path),
        envvar="GATEMETER_DATA",
        show_envvar=True,
        help="A directory to store in without Kafka; made if it is not there.",
    )
    @click.option(
        "--clickhouse",
        metavar="URL",
        envvar="GATEMETER_CLICKHOUSE",
        show_envvar=True,
        help="A server to store in without Kafka.",
    )
    @click.pass_context
    @functools.wraps(command)
    def with_destination(ctx: click.Context, /, **options: Any) -> Any:
        named = {name: options.pop(name) for name in ("kafka", "topic", "data", "clickhouse")}
        sources = {name: ctx.get_parameter_source(name) for name in ("kafka", "data", "clickhouse")}
        return command(destination=_destination(chosen_destination(sources), named), **options)

    return with_destination


def chosen_destination(sources: dict[str, ParameterSource | None]) -> str:
    """Which option counts, by where each came from; raises SettingsError for none, and for two flags."""
    for place in _PRECEDENCE:
        found = [name for name, source in sources.items() if source is place]
        if len(found) > 1 and place is ParameterSource.COMMANDLINE:
            raise SettingsError(f"--{found[0]} and --{found[1]} are both given", do="give one of them")
        if "kafka" in found:
            return "kafka"
        if len(found) > 1:
            raise SettingsError("both --data and --clickhouse are given", do="give one of them")
        if found:
            return found[0]
    raise SettingsError(
        "nothing says where the snapshot goes", do="say --kafka HOST:PORT, or --data DIR or --clickhouse URL without it"
    )


def _destination(chosen: str, named: dict[str, Any]) -> Destination:
    if chosen == "kafka":
        return lambda: kafka_sender(named["kafka"], named["topic"])
    return lambda: store_sender(
        named["data"] if chosen == "data" else None, named["clickhouse"] if chosen == "clickhouse" else None
    )
