"""The `gatemeter` command: finds a subcommand's module when it is needed, and turns errors into one line.

A value comes from, in this order: the flag, the environment (`GATEMETER_...`), the settings file. stdout carries
results only; progress, notes and errors go to stderr.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

import click
import stamina.instrumentation

from gatemeter.cli.settings_file import default_map_from
from gatemeter.errors import ExitCode, GatemeterError, StopError

COMMANDS = {
    "up": "Run the embedded stack (Kafka, ClickHouse, workers) until Ctrl-C.",
    "meter": "Meter log files without a broker.",
    "ship": "Send log files to Kafka.",
    "worker": "Run one worker: from Kafka to ClickHouse.",
    "report": "License, billable, latency, model and tool reports.",
    "decode": "Show how each event of a file is understood.",
    "dead-letters": "List, show and replay events that could not be counted.",
    "verify": "Prove that the stored numbers are what was consumed.",
    "rebuild": "Count a log again, into a fresh database.",
    "correct": "Take back events that were counted more than once.",
    "explain": "Walk from a number to its events, or say how an event was counted.",
    "prices": "The price book: what applies, checks, and its refresh.",
    "reprice": "Compute stored costs again with the present price book.",
    "generate": "Write a month of synthetic traffic and the truth about it.",
    "migrate": "Create or update the ClickHouse tables.",
    "topics": "Create or check the Kafka topics.",
    "demo": "A month of traffic through the whole embedded stack.",
}


def load_command(name: str) -> click.Command:
    """The command NAME, which lives in `gatemeter.cli.commands.NAME`, with `_` for `-`."""
    command: click.Command = importlib.import_module(f"gatemeter.cli.commands.{name.replace('-', '_')}").command
    return command


class _LazyGroup(click.Group):
    """Imports a command only when it is called, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = load_command(cmd_name)
        _show_variables(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="GATEMETER_CONFIG",
    help="Settings file (TOML); ./gatemeter.toml is read when it is there.",
)
@click.version_option(package_name="gatemeter", prog_name="gatemeter")
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> None:
    """Turn API-gateway access logs into numbers a company can bill on."""
    ctx.default_map = default_map_from(config)


def _show_variables(command: click.Command) -> None:
    """Let the help of every option name its environment variable."""
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            parameter.show_envvar = True
    if isinstance(command, click.Group):
        for child in command.commands.values():
            _show_variables(child)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with a documented exit code (`ExitCode`)."""
    stamina.instrumentation.set_on_retry_hooks([])  # it would log each try; we say it when we give up
    try:
        result: Any = cli.main(
            args=arguments, prog_name="gatemeter", standalone_mode=False, auto_envvar_prefix="GATEMETER"
        )
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except click.ClickException as error:
        click.echo(_usage_line(error), err=True)
        sys.exit(ExitCode.USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("gatemeter: interrupted", err=True)
        sys.exit(ExitCode.INTERRUPTED)
    except GatemeterError as error:
        click.echo(f"gatemeter: {error}", err=True)
        sys.exit(error.exit_code if isinstance(error, StopError) else ExitCode.INTERNAL)
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):
            sys.exit(ExitCode.OK)  # the reader of our output had enough (head)
        raise
    sys.exit(result if isinstance(result, int) else ExitCode.OK)


def _usage_line(error: click.ClickException) -> str:
    """What is wrong with the call, and whose help says how it goes."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "gatemeter"
    return f"gatemeter: {' '.join(error.format_message().split()).rstrip('.')}; see {command} --help"
