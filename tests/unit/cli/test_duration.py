"""Lengths of time on the command line."""

from datetime import timedelta

import click
import pytest

from gatemeter.cli.options.duration import Duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("10m", 600), (" 2H ", 7_200), ("0s", 0), ("999999h", 3_599_996_400)]
)
def test_a_length_of_time_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert Duration().convert(text, None, None) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "10", "m", "-1m", "1.5h", "10 m", "1d", "\N{ARABIC-INDIC DIGIT ONE}m", "9" * 99 + "s"]
)
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write 30s, 10m or 2h"):
        Duration().convert(text, None, None)
