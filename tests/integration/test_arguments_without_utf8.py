"""Arguments and paths that are not UTF-8: a file is metered under a name that can be stored, a text is refused."""

import json
import os
from pathlib import Path

import pytest

from tests.support.command_in_process import invoked
from tests.support.databases import Store
from tests.support.kong_events import request_line

ODD = os.fsdecode(b"caf\xe9.log")


@pytest.mark.long(reason="starts commands in another locale")
@pytest.mark.clickhouse
def test_a_log_whose_name_is_not_utf8(tmp_path: Path, store: Store) -> None:
    path = tmp_path / ODD
    path.write_bytes(request_line("a") + b"\nbroken\n")
    for _ in range(2):
        assert invoked("meter", str(path), *store.flags).exit_code == 0
    assert invoked("verify", *store.flags, "--deep", str(path)).exit_code == 0
    (letter,) = json.loads(invoked("dead-letters", "list", *store.flags, "--json").stdout)
    assert letter["topic"] == f"{tmp_path}/caf\\xe9.log"
    listed = invoked("dead-letters", "list", *store.flags, "--json", "--topic", letter["topic"])
    assert json.loads(listed.stdout) == [letter]
    assert invoked("explain", str(path), *store.flags, "--event", "a").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["report", "billable", "--consumer", ODD],
        ["dead-letters", "list", "--topic", ODD],
        ["dead-letters", "show", ODD],
        ["explain", "--consumer", ODD, "--period", "2026-02"],
        ["correct", "--reason", ODD, "access.log"],
    ],
)
def test_a_text_that_is_not_utf8_is_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    result = invoked(*arguments, "--data", str(tmp_path / "store"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "it is not UTF-8" in result.output
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("command", ["meter", "up", "report"])
def test_a_data_directory_that_is_not_utf8_is_refused(command: str, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(request_line("a") + b"\n")
    arguments = {"meter": ["meter", str(log)], "up": ["up"], "report": ["report", "billable"]}[command]
    result = invoked(*arguments, "--data", str(tmp_path / ODD))
    assert str(result.exception) == rf"{tmp_path}/caf\udce9.log: its path is not UTF-8; name another --data"
    assert [path.name for path in tmp_path.iterdir()] == ["access.log"]
