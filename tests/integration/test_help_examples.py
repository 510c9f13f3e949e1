"""The examples of the help that need nothing but a log and a metered directory run as they are written."""

import shlex
from pathlib import Path

import pytest

from gatemeter.cli.examples import EXAMPLES
from tests.support.command_in_process import run

pytestmark = pytest.mark.clickhouse

NEEDS_MORE = (
    *("--kafka", "--clickhouse", "PLACE", "EVENT-ID", "prices.toml"),
    *("gatemeter up", "gatemeter demo", "gatemeter serve", "gatemeter mcp", "/var/lib"),
)
RUNNABLE = sorted(
    {line for lines in EXAMPLES.values() for line in lines if not any(need in line for need in NEEDS_MORE)}
)
CHANGES = ("gatemeter generate", "gatemeter rebuild", "gatemeter correct access.log", "gatemeter billable forget")
"""These write files that other examples read, or need something to correct or to forget."""

FILES = {
    "history.csv": "period,consumer_username,requests\n2025-12,acme,120\n",
    "usage.csv": "consumer_username,total\nacme,130\n",
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with `access.log`, `demo-data`, which holds its numbers, and the files that examples read."""
    path = tmp_path_factory.mktemp("examples")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        run_line("gatemeter generate --out access.log --events 500")
        run_line("gatemeter meter access.log --data demo-data --event-ledger")
        run_line("gatemeter report license --data demo-data --tar report.tar")
    for name, text in FILES.items():
        (path / name).write_text(text)
    return path


def run_line(line: str) -> str:
    return run(*shlex.split(line)[1:]).output


@pytest.mark.parametrize("line", [line for line in RUNNABLE if not line.startswith(CHANGES)])
def test_an_example_that_needs_only_a_store_runs(directory: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.chdir(directory)
    assert run_line(line)
