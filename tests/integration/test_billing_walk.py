"""The walk through a month in docs/billing.md: each command prints what stands below it."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from gatemeter.cli.main import main
from tests.support.databases import Store
from tests.support.documented_commands import transcripts
from tests.support.repository import ROOT

pytestmark = pytest.mark.clickhouse

PAGE = ROOT / "docs" / "billing.md"
_CHANGING = re.compile(r"[0-9a-f]{64}|[0-9,]+ bytes|[0-9,.]+ s, [0-9,]+/s|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
"""Hashes, sizes, speeds, and when a period was closed."""


def test_each_command_of_the_month_prints_what_the_page_says(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    found = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    Path("plans.toml").write_text(found[1], encoding="utf-8")
    steps = transcripts(PAGE)
    assert {command.split()[1] for command, _ in steps} >= {"plans", "bill", "close", "statement", "export"}
    for command, printed in steps:
        assert without_changing(output_of(command, store)) == without_changing(printed), command


def output_of(command: str, store: Store) -> str:
    """What a command prints on both streams, with the store of the test in place of the directory."""
    arguments = shlex.split(command)[1:]
    if arguments[-2:] == ["--data", "usage"]:
        arguments = [*arguments[:-2], *store.flags]
    with CliRunner().isolation() as (_, __, output):
        with pytest.raises(SystemExit):
            main(arguments)
        return output.getvalue().decode()


def without_changing(text: str) -> str:
    return _CHANGING.sub("...", text)
