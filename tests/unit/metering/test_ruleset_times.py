"""The settings that a stored ruleset version was counted by."""

import pytest

from gatemeter.events.access_event import TimeRange
from gatemeter.metering.ruleset import RULESET_VERSION, ruleset_version
from tests.support.logs import METERING


@pytest.mark.parametrize("times", [TimeRange(), TimeRange(-5, 7), TimeRange(0, 4_102_444_800_000)])
def test_the_times_of_a_version_are_those_it_was_made_of(times: TimeRange) -> None:
    metering = METERING.by_ruleset(ruleset_version(times))
    assert metering is not None
    assert metering.times == times


@pytest.mark.parametrize("version", ["", "3", "3;times=1..2", f"{RULESET_VERSION}0", f"{RULESET_VERSION};times=x"])
def test_a_version_of_another_gatemeter_has_none(version: str) -> None:
    assert METERING.by_ruleset(version) is None
