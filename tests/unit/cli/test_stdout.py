"""Output that cannot be written, seen from a shell."""

import subprocess
from pathlib import Path

import pytest

from gatemeter.errors import ExitCode
from tests.support.gatemeter_command import COMMAND, TIMEOUT_S, environment
from tests.support.smoke import smoke

LONG = pytest.mark.long(reason="starts the command once more; another form of output is in `make test`")
LISTED = ("prices", "list", "--model", "gpt-4o")


def in_shell(redirection: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f'"$@" {redirection}', "sh", *COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        env={**environment(), **variables},
    )


@pytest.mark.parametrize(
    "buffering",
    smoke([{}, {"PYTHONUNBUFFERED": "1"}], 1, reason="Python writes it at once, and not at the end"),
)
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(LISTED, id="table"),
        pytest.param((*LISTED, "--csv"), id="csv", marks=LONG),
        pytest.param((*LISTED, "--json"), id="json", marks=LONG),
        pytest.param(("--help",), id="help"),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
def test_a_full_stdout_is_one_line_on_stderr(arguments: tuple[str, ...], buffering: dict[str, str]) -> None:
    done = in_shell("> /dev/full", *arguments, **buffering)
    assert done.returncode == ExitCode.USAGE
    assert done.stderr.startswith("gatemeter: stdout: cannot be written: No space left on device;")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((*LISTED, "--csv"), id="csv"),
        pytest.param(LISTED, id="table", marks=LONG),
        pytest.param((*LISTED, "--json"), id="json", marks=LONG),
    ],
)
def test_a_closed_stdout_is_one_line_on_stderr(arguments: tuple[str, ...]) -> None:
    done = in_shell(">&-", *arguments)
    assert done.returncode == ExitCode.USAGE
    assert done.stderr.startswith("gatemeter: stdout: cannot be written: Bad file descriptor;")
    assert done.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def listed() -> str:
    """What the command prints where no width is given."""
    return in_shell("", *LISTED).stdout


@pytest.mark.parametrize("columns", smoke(["9" * 5000, "\u00b2", "wide"], 1, reason="no number either"))
def test_a_width_that_is_no_number_is_ignored(columns: str, listed: str) -> None:
    done = in_shell("", *LISTED, COLUMNS=columns)
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    assert done.stdout == listed
