"""The repository as these tests see it: its root, its stages and its commands."""

from collections.abc import Iterator
from pathlib import Path

import click

from gatemeter.cli.registry import COMMANDS, load_command

ROOT = Path(__file__).parents[2]
STAGES = ("producers", "streams", "sinks", "queries", "deploy")


def documents() -> list[Path]:
    """Every Markdown file that people read."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its full name (`report billable`)."""
    for name in COMMANDS:
        yield from _leaves(name, load_command(name))


def command_for(arguments: list[str]) -> tuple[str, click.Command]:
    """The command that `gatemeter ARGUMENTS...` runs. Raises LookupError if there is none."""
    for name, command in commands():
        words = name.split()
        if arguments[: len(words)] == words:
            return name, command
    raise LookupError(f"gatemeter {' '.join(arguments)}: no such command")


def variables_of(command: click.Command) -> set[str]:
    """The environment variables that `command` reads."""
    found: set[str] = set()
    for parameter in command.params:
        names = parameter.envvar or ()
        found.update([names] if isinstance(names, str) else names)
    return found


def _leaves(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for child_name, child in command.commands.items():
            yield from _leaves(f"{name} {child_name}", child)
    else:
        yield name, command
