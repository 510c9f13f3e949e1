"""The examples that end every help: each parses, and those that need only a metered directory run."""

import click
import pytest

from gatemeter.cli.registry import COMMANDS, EXAMPLES, load_command
from tests.support.command_in_process import run
from tests.support.parsed_command import assert_parses

LINES = [line for lines in EXAMPLES.values() for line in lines]


def paths() -> list[str]:
    """Every command and group by the words behind `gatemeter`."""
    found = [""]
    for name in COMMANDS:
        command = load_command(name)
        children = command.commands if isinstance(command, click.Group) else {}
        found += [name, *(f"{name} {child}" for child in children)]
    return found


def test_every_command_has_two_examples() -> None:
    assert sorted(EXAMPLES) == sorted(paths())
    assert {len(lines) for lines in EXAMPLES.values()} == {2}


@pytest.mark.parametrize("path", paths())
def test_every_help_ends_with_its_examples(path: str) -> None:
    help_text = run(*path.split(), "--help").stdout
    assert help_text.splitlines()[-3:] == ["  Examples:", *(f"    {line}" for line in EXAMPLES[path])]


@pytest.mark.parametrize("line", sorted(set(LINES)))
def test_every_example_parses(line: str) -> None:
    assert_parses(line)
