"""What `gatemeter mcp` refuses before it speaks the protocol."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from gatemeter.errors import InstallError, SettingsError
from tests.support.command_in_process import invoked

STORE = ("mcp", "--clickhouse", "http://127.0.0.1:1/gatemeter")


def test_a_missing_extra_names_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "mcp" else find(name, *rest))
    error: Any = invoked(*STORE).exception
    assert isinstance(error, InstallError)
    assert "pip install 'gatemeter[mcp]'" in str(error)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--token", "gm_x"], "belong together"),
        (["--token-file", "tokens.jsonl"], "belong together"),
        (["--token", "gm_x", "--token-file", "tokens.jsonl", "--consumer", "acme"], "beside --consumer"),
        (["--consumer", ""], "an empty name allows nothing"),
    ],
)
def test_rights_that_are_not_clear_are_refused(options: list[str], why: str) -> None:
    error: Any = invoked(*STORE, *options).exception
    assert isinstance(error, SettingsError)
    assert why in str(error)


def test_a_token_that_is_not_in_its_file_is_refused_at_the_start(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.jsonl"
    tokens.touch()
    error: Any = invoked(*STORE, "--token-file", tokens, env={"GATEMETER_TOKEN": "gm_x"}).exception
    assert isinstance(error, SettingsError)
    assert "the token is not known" in str(error)
