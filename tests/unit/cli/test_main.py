from collections.abc import Callable
from pathlib import Path

import click
import pytest

from gatemeter.cli import main as cli
from gatemeter.cli.registry import COMMANDS
from gatemeter.errors import ExitCode, InputError, RetryableError

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs the command line; its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def runner(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(list(arguments))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return runner


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run: Run, command: str) -> None:
    code, said, _ = run(command, "--help")
    assert code == ExitCode.OK
    assert said.startswith(f"Usage: gatemeter {command}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "No such command 'nope'; see gatemeter --help"),
        (["ship"], "Missing argument 'PATH...'; see gatemeter ship --help"),
        (["report", "nope"], "No such command 'nope'; see gatemeter report --help"),
        (["topics"], None),
    ],
)
def test_a_wrong_call_is_said_on_stderr(run: Run, arguments: list[str], said: str | None) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (ExitCode.USAGE, "")
    assert err.startswith("Usage:") if said is None else err == f"gatemeter: {said}\n"


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            InputError("is a directory", where="/tmp", do="name a file"),
            3,
            "gatemeter: /tmp: is a directory; name a file\n",
        ),
        (RetryableError("busy"), 1, "gatemeter: busy\n"),
        (KeyboardInterrupt(), 130, "\ngatemeter: interrupted\n"),
    ],
)
def test_an_error_ends_in_its_exit_code_and_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(cli._LazyGroup, "get_command", lambda *_: click.Command("ship", callback=fail))
    assert run("ship") == (code, "", said)


def test_a_flag_comes_before_the_environment_and_that_before_the_file(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = click.Option(["--topic"], envvar="GATEMETER_TOPIC")
    command = click.Command("ship", params=[topic], callback=lambda topic: click.echo(topic))
    monkeypatch.setattr(cli._LazyGroup, "get_command", lambda *_: command)
    Path("gatemeter.toml").write_text('topic = "file"', encoding="utf-8")
    assert run("ship")[1] == "file\n"
    monkeypatch.setenv("GATEMETER_TOPIC", "environment")
    assert run("ship")[1] == "environment\n"
    assert run("ship", "--topic", "flag")[1] == "flag\n"
