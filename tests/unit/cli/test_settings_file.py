from pathlib import Path

import pytest

from gatemeter.cli.settings_file import default_map_from
from gatemeter.errors import SettingsError


@pytest.fixture(autouse=True)
def _in_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def settings(text: str) -> Path:
    path = Path("settings.toml")
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_there_are_no_defaults() -> None:
    assert default_map_from(None) == {}


def test_a_file_in_the_working_directory_is_read() -> None:
    Path("gatemeter.toml").write_text('kafka = "broker:9092"', encoding="utf-8")
    assert default_map_from(None)["worker"] == {"kafka": "broker:9092"}


def test_a_top_level_key_serves_every_command_that_has_it() -> None:
    defaults = default_map_from(settings('topic = "logs"'))
    assert {name for name, values in defaults.items() if values.get("topic") == "logs"} >= {"ship", "worker"}
    assert "topic" not in defaults["meter"]


def test_a_command_s_table_comes_before_the_top() -> None:
    defaults = default_map_from(settings('topic = "logs"\n[worker]\ntopic = "mine"\nflush-interval-s = 5.0'))
    assert defaults["worker"] == {"topic": "mine", "flush_interval_s": "5.0"}
    assert defaults["ship"]["topic"] == "logs"


def test_a_nested_table_serves_a_subcommand() -> None:
    defaults = default_map_from(settings('data = "d"\n[report.billable]\nperiod = "day"'))
    assert defaults["report"]["billable"] == {"data": "d", "period": "day"}
    assert defaults["report"]["license"] == {"data": "d"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nope = 1", "unknown setting nope"),
        ("[worker]\nnope = 1", r"\[worker\]: unknown setting nope"),
        ("[nope]\nx = 1", r"there is no command \[nope\]"),
        ("x = [", "is not TOML"),
        ("data = 2026-02-01", "data is not a text, number, true, false or list"),
    ],
)
def test_what_cannot_be_used_is_named(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        default_map_from(settings(text))


def test_a_file_that_was_named_must_be_there() -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot read the settings file"):
        default_map_from(Path("none.toml"))
