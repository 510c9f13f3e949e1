"""Locations of events, written and parsed."""

import pytest

from gatemeter.errors import SettingsError
from gatemeter.wire.event_location import EventLocation


@pytest.mark.parametrize("log", ["30f786f1bbf6", "Kq3-_x", "a:b:0:1"])
def test_a_location_is_parsed_as_it_is_written(log: str) -> None:
    place = EventLocation(log, 3, 2**63 - 1, 2**32 - 1, 2**32 - 1)
    assert EventLocation.parse(f" {place}\n") == place


def test_a_location_is_written_without_blanks() -> None:
    assert str(EventLocation("id", 1, 22, 3, 0)) == "id:1:22:3:0"
    assert EventLocation("id", 1, 22, 3, 0).within_log == "1:22:3:0"


@pytest.mark.parametrize(
    "text", ["", "id", "id:1:2:3", ":1:2:3:4", "id:1:2:3:x", "id:1:2:3:-4", "id:1:2::4", "id:1:2:3:٤", "1:2:3:4"]
)
def test_another_text_is_refused_with_the_right_form(text: str) -> None:
    with pytest.raises(SettingsError, match="is not a LOG:PARTITION:OFFSET:LINE:INDEX; copy a place from"):
        EventLocation.parse(text)


@pytest.mark.parametrize(
    "text",
    [f"id:{2**31}:0:1:0", f"id:0:{2**63}:1:0", f"id:0:0:{2**32}:0", f"id:0:0:1:{2**32}", f"id:0:{'9' * 5000}:1:0"],
)
def test_numbers_beyond_every_log_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="PLACE: "):
        EventLocation.parse(text)
