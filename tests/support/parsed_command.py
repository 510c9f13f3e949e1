"""Command lines as documents show them, held against the real parsers."""

import shlex

import click

from gatemeter.cli.registry import load_command


def assert_parses(line: str) -> None:
    """Parse `gatemeter COMMAND ...` without running it; fails for what the command does not take."""
    program, *words = shlex.split(line)
    assert program == "gatemeter"
    command: click.Command = load_command(words.pop(0))
    context = click.Context(command)
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
        context = click.Context(command, parent=context)
    command.parse_args(context, words)
    assert context.params
