"""Where a snapshot goes: Kafka, or a store; and the times that people write."""

from datetime import UTC, datetime

import click
import pytest
from click.core import ParameterSource

from gatemeter.cli.options.destination import chosen_destination
from gatemeter.cli.options.moment import Moment
from gatemeter.errors import SettingsError

FLAG, VARIABLE, FILE = ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT, ParameterSource.DEFAULT_MAP


@pytest.mark.parametrize(
    ("sources", "chosen"),
    [
        ({"kafka": FLAG, "clickhouse": VARIABLE}, "kafka"),
        ({"kafka": VARIABLE, "data": FLAG}, "data"),
        ({"kafka": FILE, "clickhouse": VARIABLE}, "clickhouse"),
        ({"kafka": FILE, "clickhouse": FILE}, "kafka"),
        ({"kafka": VARIABLE, "data": VARIABLE}, "kafka"),
        ({"data": FILE}, "data"),
    ],
)
def test_a_flag_wins_and_then_kafka(sources: dict[str, ParameterSource | None], chosen: str) -> None:
    assert chosen_destination({"kafka": None, "data": None, "clickhouse": None, **sources}) == chosen


@pytest.mark.parametrize(
    "sources",
    [{}, {"kafka": FLAG, "data": FLAG}, {"data": FLAG, "clickhouse": FLAG}, {"data": FILE, "clickhouse": FILE}],
)
def test_no_destination_and_two_are_refused(sources: dict[str, ParameterSource | None]) -> None:
    with pytest.raises(SettingsError):
        chosen_destination({"kafka": None, "data": None, "clickhouse": None, **sources})


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02-03", datetime(2026, 2, 3, tzinfo=UTC)),
        ("2026-02-03T10:05Z", datetime(2026, 2, 3, 10, 5, tzinfo=UTC)),
        ("2026-02-03T10:05:07+01:00", datetime(2026, 2, 3, 9, 5, 7, tzinfo=UTC)),
    ],
)
def test_a_moment_without_an_offset_is_utc(text: str, moment: datetime) -> None:
    assert Moment().convert(text, None, None) == moment


@pytest.mark.parametrize("text", ["yesterday", "1969-12-31", "2200-01-01", "0001-01-01T00:00+14:00", ""])
def test_a_moment_that_cannot_be_stored_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        Moment().convert(text, None, None)
