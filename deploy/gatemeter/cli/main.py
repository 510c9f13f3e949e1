"""The `gatemeter` command: finds a subcommand's module when it is needed, and turns errors into one line.

A value comes from, in this order: the flag, the environment (`GATEMETER_...`), the settings file. stdout carries
results only; progress, notes and errors go to stderr.
"""

import os
import sys
from pathlib import Path
from typing import Any

import click
import stamina.instrumentation

from gatemeter.cli.registry import COMMANDS, examples_text, load_command
from gatemeter.cli.settings_file import SettingsFileContext, default_map_from, kafka_security_from, settings_path
from gatemeter.cli.stdout import end_after, replace_closed_stdout
from gatemeter.cli.suggestions import SuggestingGroup
from gatemeter.errors import ExitCode, GatemeterError, StopError
from gatemeter.escaping import escaped
from gatemeter.kafka.security_settings import configure
from gatemeter.output.text import environment_columns


class _LazyGroup(SuggestingGroup):
    """Imports a command only when it is called, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return with_complete_help(load_command(cmd_name), cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_LazyGroup,
    epilog=examples_text(""),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
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
    path = settings_path(config)
    ctx.default_map = default_map_from(path)
    configure(kafka_security_from(path))
    SettingsFileContext.remember(ctx, path)


def with_complete_help(command: click.Command, path: str) -> click.Command:
    """`command`, called `gatemeter PATH`, with a help that names environment variables and ends with examples."""
    command.epilog = examples_text(path)
    command.context_class = SettingsFileContext
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            parameter.show_envvar = True
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            with_complete_help(child, f"{path} {name}")
    return command


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with a documented exit code (`ExitCode`)."""
    stamina.instrumentation.set_on_retry_hooks([])  # it would log each try; the last error says it all
    replace_closed_stdout()
    if environment_columns() is None:
        os.environ.pop("COLUMNS", None)  # libraries would read it as a number
    try:
        result: Any = cli.main(
            args=arguments, prog_name="gatemeter", standalone_mode=False, auto_envvar_prefix="GATEMETER"
        )
        sys.stdout.flush()
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
    except OSError as error:
        code = end_after(error)
        if code is None:
            raise
        sys.exit(code)
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):
            sys.exit(ExitCode.OK)  # the reader of our output had enough (head)
        raise
    sys.exit(result if isinstance(result, int) else ExitCode.OK)


def _usage_line(error: click.ClickException) -> str:
    """What is wrong with the call, and whose help says how it goes."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "gatemeter"
    return escaped(f"gatemeter: {' '.join(error.format_message().split()).rstrip('.')}; see {command} --help")
