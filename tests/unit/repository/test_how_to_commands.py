"""Every command of the how-to pages is understood by the command that it names, with all its values."""

import shlex
from pathlib import Path

import click
import pytest

from gatemeter.cli.registry import load_command
from tests.support.documented_commands import HOW_TO_PAGES, command_lines, documented_mapping

LINES = [(path, line) for path in HOW_TO_PAGES for line in command_lines(path)]


@pytest.mark.parametrize(("path", "line"), LINES, ids=[f"{path.stem}-{line[:50]}" for path, line in LINES])
def test_a_command_of_a_page_parses(path: Path, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("orders.toml").write_text(documented_mapping(), encoding="utf-8")
    program, *words = shlex.split(line)
    assert program == "gatemeter"
    command: click.Command = load_command(words.pop(0))
    context = click.Context(command)
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
        context = click.Context(command, parent=context)
    command.parse_args(context, words)
    assert context.params


@pytest.mark.parametrize("path", HOW_TO_PAGES, ids=lambda path: path.stem)
def test_every_page_has_commands(path: Path) -> None:
    assert command_lines(path)
