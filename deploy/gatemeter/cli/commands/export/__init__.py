"""`gatemeter export`: a period as files, or for systems that bill."""

import click

from gatemeter.billing_systems.mapping_file import SYSTEMS
from gatemeter.cli.commands.export.billing_system import billing_system_command
from gatemeter.cli.commands.export.files import file_commands
from gatemeter.cli.commands.export.focus import focus_command
from gatemeter.cli.suggestions import SuggestingGroup


@click.group("export", cls=SuggestingGroup, short_help="A period as files, or for systems that bill.")
def command() -> None:
    """Send the bill of a period, and the usage behind it; see docs/exports.md. Sending twice changes nothing."""


for _command in (*file_commands(), focus_command, *map(billing_system_command, SYSTEMS)):
    command.add_command(_command)
