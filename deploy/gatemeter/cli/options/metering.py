"""The options that say how events are read and priced; every command that counts takes them."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gatemeter.cli.options.file_format import AUTO
from gatemeter.cli.options.prices import prices_option
from gatemeter.clickhouse.store_settings import EventLedgerState, EventLedgerSwitch
from gatemeter.errors import SettingsError
from gatemeter.events.access_event import TimeRange
from gatemeter.formats.registry import aliases, format_names, give_mapping
from gatemeter.metering.kept_minutes import KeptMinutes
from gatemeter.metering.ruleset import Metering
from gatemeter.meters.file import load_declarations
from gatemeter.meters.meters import Meters
from gatemeter.pricing.book_files import price_table
from gatemeter.reports.written_time import parse_moment
from gatemeter.wire.topics import TopicKind

_MS_PER_S = 1000


class _FormatName(click.Choice[str]):
    """The name of a format, or the path of a mapping file, which becomes a format of this process."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if isinstance(value, str) and value.endswith(".toml"):
            return give_mapping(Path(value))
        return super().convert(value, param, ctx)


def _give_mappings(_: click.Context, __: click.Parameter, paths: tuple[Path, ...]) -> None:
    for path in paths:
        give_mapping(path)


def mapping_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--mapping`, whose files are formats of this process."""
    return click.option(
        "--mapping",
        multiple=True,
        type=click.Path(readable=False, path_type=Path, dir_okay=False),
        envvar="GATEMETER_MAPPING",
        expose_value=False,
        callback=_give_mappings,
        help="A mapping file by which messages may be read that name it; may be repeated.",
    )(command)


def format_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--format`; `command` gets `format: str`, a name in the registry of formats, or `AUTO` (`format_of_file`)."""
    return click.option(
        "--format",
        "format",
        type=_FormatName([*format_names(), AUTO, *aliases()]),
        default=AUTO,
        show_default=True,
        envvar="GATEMETER_FORMAT",
        callback=lambda _, __, name: aliases().get(name, name),
        help="What the lines are; auto finds it out by the first of them; FILE.toml is a mapping of your own.",
    )(command)


def kind_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--kind`; `command` gets `kind: str`, a value of `TopicKind`."""
    return click.option(
        "--kind",
        type=click.Choice([kind.value for kind in TopicKind]),
        default=TopicKind.FRAMES.value,
        show_default=True,
        envvar="GATEMETER_KIND",
        help="What a message of the topic holds.",
    )(command)


def meters_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--meters`; `command` gets `meters: tuple[Path, ...]`, files for `meters_in`."""
    return click.option(
        "--meters",
        multiple=True,
        type=click.Path(readable=False, path_type=Path, dir_okay=False),
        envvar="GATEMETER_METERS",
        help="A file that declares meters of your own; may be repeated.",
    )(command)


def meters_in(paths: Sequence[Path]) -> Meters:
    """The meters that files declare; they may name a mapping without its hash. Raises InputError and SettingsError."""
    names = format_names()
    other_names = {name.partition("@")[0]: name for name in names if "@" in name} | aliases()
    return Meters([each for path in paths for each in load_declarations(path, names, other_names)])


def event_ledger_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--event-ledger`; `command` gets `event_ledger: bool | None`, None where neither form is given."""
    return click.option(
        "--event-ledger/--no-event-ledger",
        default=None,
        envvar="GATEMETER_EVENT_LEDGER",
        help="Keep a row of every single event: it finds copies at any distance and explains numbers. The store "
        "remembers it.  [default: as the store has it, off at first]",
    )(command)


def metering_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `reading_options` and `event_ledger_option`, which go together wherever something is counted."""
    return reading_options(event_ledger_option(command))


def for_store(metering: Metering, state: EventLedgerState, minutes: KeptMinutes) -> Metering:
    """`metering` as a store is counted into that has `state` and keeps `minutes`.

    Says on stderr when a switch changes.
    """
    if state.switched is not None:
        click.echo(switch_text(state.switched), err=True)
    return dataclasses.replace(metering, event_ledger=state.is_kept, minutes=minutes)


def switch_text(switch: EventLedgerSwitch) -> str:
    """The switch and its date in a sentence."""
    what = "on: all that counts into this store keeps it" if switch.is_on else "off: events are not looked up any more"
    return (
        f"the event ledger is switched {what}, from {switch.at:%Y-%m-%dT%H:%M:%SZ} on; "
        "workers that run take it up when they start again"
    )


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--prices`, `--meters`, `--earliest` and `--latest`; `command` gets `metering: Metering` made of them."""

    @prices_option
    @meters_option
    @mapping_option
    @click.option(
        "--earliest",
        metavar="WHEN",
        default="2010-01-01",
        show_default=True,
        envvar="GATEMETER_EARLIEST",
        help="Events of before this time are dead letters.",
    )
    @click.option(
        "--latest",
        metavar="WHEN",
        default="2100-01-01",
        show_default=True,
        envvar="GATEMETER_LATEST",
        help="Events of this time and after are dead letters.",
    )
    @functools.wraps(command)
    def with_metering(
        *args: Any, prices: tuple[Path, ...], meters: tuple[Path, ...], earliest: str, latest: str, **options: Any
    ) -> Any:
        metering = Metering(price_table(prices), _times(earliest, latest), meters=meters_in(meters))
        return command(*args, metering=metering, **options)

    return with_metering


def _times(earliest: str, latest: str) -> TimeRange:
    times = TimeRange(
        _unix_ms(parse_moment(earliest, flag="--earliest")), _unix_ms(parse_moment(latest, flag="--latest"))
    )
    if times.from_ms >= times.to_ms:
        raise SettingsError(f"--earliest {earliest} is not before --latest {latest}", do="exchange them")
    return times


def _unix_ms(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp()) * _MS_PER_S
