"""The options of commands that send events to Kafka: what of an event goes there."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from gatemeter.cli.options.metering import meters_in, meters_option
from gatemeter.errors import SettingsError
from gatemeter.formats.slimming.slimmer import Slimmer
from gatemeter.metering.ruleset import RULESET_VERSION
from gatemeter.meters.meters import Meters
from gatemeter.shipping.slim_line import KeepWhole, SlimLine


def slimming_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--whole`, `--meters` and `--keep`; `command` gets `slim: SlimLine`."""

    @meters_option
    @click.option(
        "--whole",
        is_flag=True,
        envvar="GATEMETER_WHOLE",
        help="Send events as they are, with headers, addresses and bodies, instead of what is metered of them.",
    )
    @click.option(
        "--keep",
        multiple=True,
        metavar="MEMBER",
        envvar="GATEMETER_KEEP",
        help="Send this member too, as in response.headers.x-credits; may be repeated.",
    )
    @functools.wraps(command)
    def with_slim(*arguments: Any, whole: bool, meters: tuple[Path, ...], keep: Sequence[str], **options: Any) -> Any:
        return command(*arguments, slim=KeepWhole() if whole else _slimmer(meters_in(meters), keep), **options)

    return with_slim


def _slimmer(meters: Meters, kept_paths: Sequence[str]) -> SlimLine:
    try:
        return Slimmer(RULESET_VERSION, meters, kept_paths)
    except ValueError as error:
        raise SettingsError(str(error), where="--keep") from error
