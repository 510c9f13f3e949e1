"""Every command of the how-to pages is understood by the command that it names, with all its values."""

from pathlib import Path

import pytest

from tests.support.documented_commands import HOW_TO_PAGES, command_lines, documented_mapping
from tests.support.parsed_command import assert_parses

LINES = [(path, line) for path in HOW_TO_PAGES for line in command_lines(path)]


@pytest.mark.parametrize(("path", "line"), LINES, ids=[f"{path.stem}-{line[:50]}" for path, line in LINES])
def test_a_command_of_a_page_parses(path: Path, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("orders.toml").write_text(documented_mapping(), encoding="utf-8")
    assert_parses(line)


@pytest.mark.parametrize("path", HOW_TO_PAGES, ids=lambda path: path.stem)
def test_every_page_has_commands(path: Path) -> None:
    assert command_lines(path)
