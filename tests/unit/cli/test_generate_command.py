"""The `generate` command: options in, file and truth out, one clear line for nonsense."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gatemeter.cli.commands.generate import command
from gatemeter.errors import SettingsError


def test_it_writes_log_and_truth(tmp_path: Path) -> None:
    out = tmp_path / "a.log"
    result = CliRunner().invoke(command, ["--out", str(out), "--events", "40", "--month", "2026-03", "--bad", "0"])
    assert result.exit_code == 0, result.output
    assert len(out.read_bytes().splitlines()) == 40
    assert json.loads((tmp_path / "a.log.truth.json").read_text())["license"]["buckets"][0]["bucket"] == "2026-03"


@pytest.mark.parametrize(("flag", "value"), [("--month", "now"), ("--ai", "2"), ("--out", "-")])
def test_nonsense_is_refused(tmp_path: Path, flag: str, value: str) -> None:
    arguments = ["--out", str(tmp_path / "a.log"), flag, value]
    with pytest.raises(SettingsError, match=flag):
        CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []
