"""`gatemeter inventory read`: snapshots from files."""

from datetime import datetime
from pathlib import Path

import click

from gatemeter.cli.commands.inventory.snapshot_output import say_sent
from gatemeter.cli.options.destination import Destination, destination_options
from gatemeter.cli.options.moment import Moment
from gatemeter.cli.options.tiers import tiers_option
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.clock import SystemClock
from gatemeter.inventory.plugin_tiers import PluginTiers
from gatemeter.inventory.snapshot_files import FileOrigin, require_believable_time, snapshot_of_files


@click.command("read", short_help="Read decK files, declarative configuration or a license report.")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...", type=click.Path(readable=False, path_type=Path))
@click.option(
    "--control-plane",
    cls=TableOnlyOption,
    metavar="NAME",
    help="Whose configuration it is; needed unless the file says so.",
)
@click.option(
    "--taken-at", type=Moment(), metavar="TIME", help="When it was true (default: as the file says, else its time)."
)
@tiers_option
@destination_options
@click.option("--json", is_flag=True, help="What was sent, as a JSON list of one object.")
def read_command(
    paths: tuple[Path, ...],
    control_plane: str | None,
    taken_at: datetime | None,
    tiers: PluginTiers,
    destination: Destination,
    *,
    json: bool,
) -> None:
    """Read what files say that a gateway has configured, and send it as one snapshot.

    FILE is YAML or JSON: of deck gateway dump (one file a workspace), of a gateway without a database, or one license
    report. Reading the same file again changes nothing.
    """
    snapshot = snapshot_of_files(paths, FileOrigin(control_plane, taken_at), tiers)
    require_believable_time(snapshot, SystemClock().now())
    with destination() as send:
        send(snapshot)
    say_sent([snapshot], json=json)
