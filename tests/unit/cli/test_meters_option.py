"""`--meters` and its key in the settings file."""

import json
from pathlib import Path

from tests.support.command_in_process import invoked, read
from tests.support.declared_meters import BYTES_OUT
from tests.support.kong_events import event_text


def test_meters_of_the_settings_file_are_those_of_the_flag(tmp_path: Path) -> None:
    log, meters, settings = (tmp_path / name for name in ("access.log", "meters.toml", "gatemeter.toml"))
    log.write_bytes(event_text() + b"\n")
    meters.write_text(BYTES_OUT)
    settings.write_text(f'meters = ["{meters}"]\n')
    by_file = json.loads(invoked("--config", settings, "decode", log, "--json").stdout)
    by_flag = read("decode", log, "--meters", meters)
    assert by_file == by_flag
    assert [each["value"] for each in by_flag[0]["meters"]] == ["1200"]


def test_a_file_that_declares_no_meter_is_refused(tmp_path: Path) -> None:
    meters = tmp_path / "meters.toml"
    meters.write_text("[meter]\n")
    assert "write each as a table [[meters]]" in str(invoked("decode", meters, "--meters", meters).exception)


def test_up_refuses_meters_before_anything_is_started(tmp_path: Path) -> None:
    result = invoked("up", "--data", tmp_path / "data", "--meters", tmp_path / "none.toml")
    assert "cannot be read" in str(result.exception)
    assert not (tmp_path / "data").exists()
