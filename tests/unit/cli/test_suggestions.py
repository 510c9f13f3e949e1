"""A misspelt command is answered with the commands that it may have meant."""

import pytest
from click.testing import CliRunner

from gatemeter.cli.main import cli, main


@pytest.mark.parametrize(
    ("arguments", "suggested"),
    [
        (["metr"], "Did you mean meter?; see gatemeter --help"),
        (["report", "bilable"], "Did you mean billable?; see gatemeter report --help"),
        (["dead-letters", "lst"], "Did you mean list?; see gatemeter dead-letters --help"),
        (["prices", "lnt", "x"], "Did you mean lint?; see gatemeter prices --help"),
        (["topics", "aply"], "Did you mean apply?; see gatemeter topics --help"),
        (["seal", "exprt"], "Did you mean export?; see gatemeter seal --help"),
        (["report", "billable", "--dat", "x"], "--data"),
    ],
)
def test_a_misspelt_name_is_suggested(arguments: list[str], suggested: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert suggested in capsys.readouterr().err


def test_a_name_like_no_command_gets_no_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["xyzzy"])
    assert "Did you mean" not in capsys.readouterr().err


@pytest.mark.parametrize("group", ["report", "dead-letters", "prices", "topics", "seal"])
def test_the_list_of_commands_cuts_no_sentence_off(monkeypatch: pytest.MonkeyPatch, group: str) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = CliRunner().invoke(cli, [group, "--help"]).output.partition("Commands:")[2]
    assert listed
    assert "..." not in listed
