"""The `ship` command up to the broker: what is wrong with the input is said before anything is sent."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from gatemeter.cli.commands.ship import command
from gatemeter.errors import GatemeterError, InputError, SettingsError
from gatemeter.shipping.shipper import ShipSummary


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "a.log"
    path.write_bytes(b"{}\n")
    return path


def ship(*arguments: object) -> None:
    CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.mark.parametrize("name", ["missing.log", "."])
def test_a_bad_path_is_found_before_the_broker_is_asked(log: Path, name: str) -> None:
    with pytest.raises(InputError):
        ship(log, log.parent / name, "--kafka", "127.0.0.1:1")


def test_a_bad_address_is_refused(log: Path) -> None:
    with pytest.raises(SettingsError, match="HOST:PORT"):
        ship(log, "--kafka", "somewhere")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--kafka", "a:1"], "Missing argument 'PATH...'"),
        (["-"], "Missing option '--kafka'"),
        (["-", "--kafka", "a:1", "--format", "xml"], "'xml' is not one of 'kong-log', 'cloudevents'"),
        (["-", "--kafka", "a:1", "--format", "oversized"], "is not one of 'kong-log', 'cloudevents'"),
    ],
)
def test_wrong_usage_is_explained(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_the_broker_may_be_named_in_the_environment(log: Path) -> None:
    with pytest.raises(GatemeterError, match="'nowhere' is not an address"):
        CliRunner(env={"GATEMETER_KAFKA": "nowhere"}).invoke(command, [str(log)], catch_exceptions=False)


def test_the_summary_is_a_sentence() -> None:
    summary = ShipSummary(events=1200, dead_letters=3, frames=4, size_bytes=2_500_000, seconds=0.5)
    assert summary.sentence() == (
        "shipped 1,200 events, 3 of them dead letters, in 4 frames: 2.5 MB in 0.5 s, 2,400 events/s"
    )
