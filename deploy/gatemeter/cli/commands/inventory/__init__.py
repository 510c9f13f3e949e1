"""`gatemeter inventory`: what gateways have configured."""

import click

from gatemeter.cli.commands.inventory.diff import diff_command
from gatemeter.cli.commands.inventory.poll import poll_command
from gatemeter.cli.commands.inventory.read import read_command
from gatemeter.cli.commands.inventory.show import show_command
from gatemeter.cli.commands.inventory.worker import replay_command, worker_command
from gatemeter.cli.suggestions import SuggestingGroup


@click.group("inventory", cls=SuggestingGroup, short_help="What gateways have configured, and what changed.")
def command() -> None:
    """Snapshots of control planes: nodes, services, routes, plugins, consumers, license; see docs/inventory.md."""


for _command in (poll_command, read_command, show_command, diff_command, worker_command, replay_command):
    command.add_command(_command)
