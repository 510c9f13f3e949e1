"""A mapping that a process was given is a format of that process; messages name it by what it says."""

from pathlib import Path

import pytest

from gatemeter.events.access_event import TimeRange
from gatemeter.formats import registry
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.event_counter import EventCounter
from gatemeter.formats.field_mapping.file import load_mapping
from gatemeter.formats.field_mapping.reader import format_of
from gatemeter.shipping.shipper import MessageCounts
from tests.support.kong_events import request_line
from tests.support.positions import ANYWHERE

MAPPING = """
name = "orders"
identity = { kind = "id", paths = ["id"] }
time = { path = "at", unit = "ms" }
"""
EVENT = b'{"id":"a","at":1772000000123}'


@pytest.fixture
def name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    path = tmp_path / "orders.toml"
    path.write_text(MAPPING, encoding="utf-8")
    monkeypatch.setattr(registry, "_given", {})
    mapping = format_of(load_mapping(path))
    registry.give_format(mapping)
    return mapping.name


def test_messages_that_name_it_are_read_by_it_alone(name: str) -> None:
    batch = Decoders(TimeRange()).decode(name, [EVENT + b"\n" + request_line("r")], ANYWHERE)
    assert batch.requests.event_ids == ["a"]
    assert [each.reason for each in batch.rejections] == ["request_id_missing"]
    assert EventCounter(TimeRange()).count(name, EVENT) == MessageCounts(1, 0)


def test_other_messages_are_read_as_before(name: str) -> None:
    batch = Decoders(TimeRange()).decode("kong-log", [EVENT, request_line("r")], ANYWHERE)
    assert batch.requests.event_ids == ["r"]
    assert name not in Decoders(TimeRange()).decode("kong-log", [EVENT], ANYWHERE).rejections[0].detail


def test_process_without_it_keeps_the_message_for_later(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, given = registry.shown_name(name), dict(registry._given)
    monkeypatch.setattr(registry, "_given", {})
    (rejection,) = Decoders(TimeRange()).decode(name, [EVENT], ANYWHERE).rejections
    masked = registry.shown_name(name)
    assert (rejection.reason, rejection.original, shown) == ("unknown_format", EVENT, name)
    assert name not in masked
    monkeypatch.setattr(registry, "_given", given)
    assert registry.name_of_shown(masked) == name
