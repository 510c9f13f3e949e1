"""What the commands that send events are told to leave out of them."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gatemeter.cli.commands import collect, relay, ship
from gatemeter.cli.options.slimming import slimming_options
from gatemeter.errors import SettingsError
from gatemeter.metering.ruleset import RULESET_VERSION
from gatemeter.shipping.slim_line import SlimLine
from tests.support.declared_meters import CREDITS, metering_with

LINE = (
    b'{"started_at":1770000000000,"client_ip":"203.0.113.9","request":{"id":"r","uri":"/a?b=c"},'
    b'"response":{"status":200,"headers":{"x-credits":"2"}}}'
)


@click.command()
@slimming_options
def show(slim: SlimLine) -> None:
    """Print what is sent of a line, and what frames say of it."""
    click.echo(slim.name)
    click.echo(slim("kong-log", LINE).text)


def shown(*arguments: object) -> list[str]:
    result = CliRunner().invoke(show, list(map(str, arguments)))
    if result.exception is not None:
        raise result.exception
    return result.stdout.splitlines()


def test_by_default_what_is_metered_is_sent() -> None:
    assert shown() == [
        RULESET_VERSION,
        '{"request":{"id":"r"},"response":{"status":200},"started_at":1770000000000}',
    ]


def test_whole_sends_lines_as_they_are_and_says_nothing() -> None:
    assert shown("--whole", "--keep", "client_ip") == ["", LINE.decode()]


def test_members_that_are_named_are_kept_too() -> None:
    name, line = shown("--keep", "request.uri", "--keep", "client_ip")
    assert name == f"{RULESET_VERSION};keep=client_ip,request.uri"
    assert '"uri":"/a?b=c"' in line
    assert '"client_ip":"203.0.113.9"' in line


def test_members_that_meters_read_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "meters.toml"
    path.write_text(CREDITS)
    name, line = shown("--meters", path)
    assert name == f"{RULESET_VERSION};meters={metering_with(CREDITS).meters.version}"
    assert '"headers":{"x-credits":"2"}' in line


def test_what_is_no_path_is_refused() -> None:
    with pytest.raises(SettingsError, match="is no path"):
        shown("--keep", "a..b")


@pytest.mark.parametrize("command", [ship.command, collect.command, relay.command])
def test_every_command_that_sends_events_has_the_options(command: click.Command) -> None:
    assert {"whole", "keep", "meters"} <= {parameter.name for parameter in command.params}
