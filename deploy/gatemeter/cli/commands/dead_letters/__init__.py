"""`gatemeter dead-letters`: events that could not be counted."""

import click

from gatemeter.cli.commands.dead_letters.list_and_show import list_command, show_command
from gatemeter.cli.commands.dead_letters.replay import replay_command
from gatemeter.cli.suggestions import SuggestingGroup


@click.group("dead-letters", cls=SuggestingGroup, short_help="List, show and replay events that could not be counted.")
def command() -> None:
    """Events that could not be counted: which, why, and counting them once they can be read.

    The reasons are explained in docs/dead-letters.md.
    """


for _command in (list_command, show_command, replay_command):
    command.add_command(_command)
