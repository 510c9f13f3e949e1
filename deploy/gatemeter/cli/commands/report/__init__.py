"""`gatemeter report`: what the stored numbers say."""

import click

from gatemeter.cli.commands.report.license import license_command
from gatemeter.cli.commands.report.meters import meters_command
from gatemeter.cli.commands.report.unused import unused_command
from gatemeter.cli.commands.report.usage import billable_command, latency_command, llm_command, tools_command
from gatemeter.cli.suggestions import SuggestingGroup


@click.group(
    "report", cls=SuggestingGroup, short_help="License, billable, latency, LLM, tools, meters and unused reports."
)
def command() -> None:
    """Read the stored numbers. Results go to stdout; times are UTC unless --tz names another zone."""


for _command in (
    *(license_command, billable_command, latency_command, llm_command, tools_command, meters_command),
    unused_command,
):
    command.add_command(_command)
