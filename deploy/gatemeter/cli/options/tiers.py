"""The option `--plugin-tiers`: tiers of plugins that the packaged table does not list, or lists otherwise."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gatemeter.inventory.plugin_tiers import packaged_tiers

Command = Callable[..., Any]


def tiers_option(command: Command) -> Command:
    """Add --plugin-tiers; `command` gets `tiers: PluginTiers`."""

    @click.option(
        "--plugin-tiers",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="GATEMETER_PLUGIN_TIERS",
        help='TOML file with the tiers of plugins of your own: custom = ["my-plugin"].',
    )
    @functools.wraps(command)
    def with_tiers(*arguments: Any, plugin_tiers: Path | None, **options: Any) -> Any:
        tiers = packaged_tiers()
        return command(*arguments, tiers=tiers if plugin_tiers is None else tiers.with_file(plugin_tiers), **options)

    return with_tiers
