from collections import defaultdict
from pathlib import Path

import click
import pytest

from gatemeter.cli.main import main
from gatemeter.cli.registry import COMMANDS, load_command
from gatemeter.cli.settings_file import (
    TableOnlyOption,
    _all_parameters,
    default_map_from,
    kafka_security_from,
    settings_path,
)
from gatemeter.errors import ExitCode, SettingsError


@pytest.fixture(autouse=True)
def _in_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def settings(text: str) -> Path:
    path = Path("settings.toml")
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_there_are_no_defaults() -> None:
    assert default_map_from(settings_path(None)) == {}


def test_a_file_in_the_working_directory_is_read() -> None:
    Path("gatemeter.toml").write_text('kafka = "broker:9092"', encoding="utf-8")
    assert default_map_from(settings_path(None))["worker"] == {"kafka": "broker:9092"}


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
        ("[report.license]\nnope = 1", r"settings\.toml \[report\.license\]: unknown setting nope"),
        ("[report.bilable]\nperiod = 'day'", r"there is no command \[report\.bilable\]; use one of license, billable"),
        ("[worker.pool]\nx = 1", r"there is no command \[worker\.pool\]; write settings directly into \[worker\]"),
        ("[nope]\nx = 1", r"there is no command \[nope\]"),
        ("x = [", "is not TOML"),
        ("data = 2026-02-01", "data is not a text, number, true, false or list"),
    ],
)
def test_what_cannot_be_used_is_named(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        default_map_from(settings(text))


def test_a_top_level_key_leaves_out_options_of_another_meaning() -> None:
    """A period is a unit in reports, a time in `explain`; `--topic` filters dead letters, and elsewhere names a log."""
    defaults = default_map_from(settings('period = "week"\ntopic = "logs"\nfrom = "2026-02"\n[explain]\nsamples = 1'))
    assert defaults["report"]["billable"] == {"period": "week", "from": "2026-02"}
    assert defaults["explain"] == {"topic": "logs", "samples": "1"}
    assert "period" not in defaults["rebuild"]
    assert defaults["prices"]["refresh"] == {}
    assert defaults["dead-letters"]["list"] == {"from": "2026-02"}
    assert default_map_from(settings('[explain]\nperiod = "2026-02"'))["explain"] == {"period": "2026-02"}


def test_options_that_share_a_key_are_written_alike() -> None:
    """Those with another kind of value, or one value instead of several, are set in their command's table."""
    kinds = defaultdict(set)
    for each in (each for name in COMMANDS for each in _all_parameters(load_command(name))):
        if isinstance(each, click.Option) and not isinstance(each, TableOnlyOption):
            choices = tuple(each.type.choices) if isinstance(each.type, click.Choice) else ()
            kinds[each.name].add((choices, each.multiple))
    assert [name for name, found in kinds.items() if len(found) > 1] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('period = "fortnight"', "'day', 'week', 'month', 'year' (in settings.toml); see gatemeter report billable"),
        ('from = "soon"', "gatemeter: settings.toml: from: 'soon' is not a date; write 2026-02"),
    ],
)
def test_a_wrong_value_is_said_to_be_in_the_file(
    text: str, said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(settings(text)), "report", "billable", "--data", str(tmp_path)])
    assert ended.value.code == ExitCode.USAGE
    assert said in capsys.readouterr().err


def test_a_file_that_was_named_must_be_there() -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot read the settings file"):
        default_map_from(Path("none.toml"))


def test_the_table_of_kafka_s_locks_belongs_to_no_command() -> None:
    path = settings('[kafka-security]\nmechanism = "PLAIN"\nca-file = "ca.pem"')
    assert kafka_security_from(path) == {"mechanism": "PLAIN", "ca-file": "ca.pem"}
    assert not any(default_map_from(path)[name] for name in ("ship", "worker"))
    assert kafka_security_from(None) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[kafka-security]\npasword = 'hunter2'", r"\[kafka-security\]: unknown setting pasword"),
        ("[kafka-security]\npassword = 7137", r"\[kafka-security\]: password is not a text; write it in quotes"),
        ("kafka-security = 'hunter2'", "kafka-security is not a table"),
    ],
)
def test_a_wrong_table_of_locks_is_refused_without_its_values(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        kafka_security_from(settings(text))
    assert "hunter2" not in str(caught.value)
    assert "7137" not in str(caught.value)
