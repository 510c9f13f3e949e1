"""The options that say where Kafka and the store are: `--kafka`, `--topic`, `--data` and `--clickhouse`."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from gatemeter.errors import SettingsError
from gatemeter.wire.topics import ACCESS_LOG_TOPIC

Command = Callable[..., Any]

_PRECEDENCE = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT, ParameterSource.DEFAULT_MAP)


def kafka_option(*, is_required: bool = True) -> Callable[[Command], Command]:
    """Add --kafka; the command gets `kafka: str`, or None where it is not required and not given."""
    return click.option(
        "--kafka", required=is_required, metavar="HOST:PORT", envvar="GATEMETER_KAFKA", help="The Kafka brokers."
    )


def topic_option(purpose: str) -> Callable[[Command], Command]:
    """Add --topic, by default the access-log topic; `purpose` is its help."""
    return click.option("--topic", default=ACCESS_LOG_TOPIC, show_default=True, envvar="GATEMETER_TOPIC", help=purpose)


def store_options(command: Command) -> Command:
    """Add --data and --clickhouse; `command` gets `data: Path | None` and `clickhouse: str | None`, exactly one given.

    A flag beats the environment and the environment the settings file, also when they name the other place.
    """

    @click.option(
        "--data",
        type=click.Path(readable=False, path_type=Path),
        envvar="GATEMETER_DATA",
        show_envvar=True,
        help="Directory of the embedded store, also while gatemeter up runs on it.",
    )
    @click.option(
        "--clickhouse",
        metavar="URL",
        envvar="GATEMETER_CLICKHOUSE",
        show_envvar=True,
        help="Server: http(s)://USER:PASSWORD@HOST:PORT/DATABASE.",
    )
    @click.pass_context
    @functools.wraps(command)
    def with_one_store(ctx: click.Context, /, data: Path | None, clickhouse: str | None, **options: Any) -> Any:
        chosen = chosen_store(ctx.get_parameter_source("data"), ctx.get_parameter_source("clickhouse"))
        store = {"data": data, "clickhouse": None} if chosen == "data" else {"data": None, "clickhouse": clickhouse}
        return command(**store, **options)

    return with_one_store


def chosen_store(data: ParameterSource | None, clickhouse: ParameterSource | None) -> str:
    """Which option counts, by where each came from; raises SettingsError when that is neither or both."""
    for source in _PRECEDENCE:
        named = [name for name, found in (("data", data), ("clickhouse", clickhouse)) if found is source]
        if len(named) == 1:
            return named[0]
        if named:
            raise SettingsError("both --data and --clickhouse are given", do="give one of them")
    raise SettingsError(
        "no store is given", do="say --data DIR or --clickhouse URL, or set GATEMETER_DATA or GATEMETER_CLICKHOUSE"
    )
