"""Which configured entities are called, and which called names are configured, by ids, names and workspaces."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gatemeter.reports.configured_and_called import CalledName, ConfiguredEntity, Hours, Matching

EARLIER = datetime(2026, 1, 1, tzinfo=UTC)
MORNING = datetime(2026, 2, 3, 6, tzinfo=UTC)


def entity(own_id: str, *names: str, workspace: str = "") -> ConfiguredEntity:
    name = names[-1] if names else ""
    return ConfiguredEntity("service", "cp", own_id, name, workspace, "", names, MORNING, MORNING)


def called(own_id: str, *names: str, workspace: str = "", **hours: Any) -> CalledName:
    some = Hours(3, MORNING, MORNING)
    told = {"last_ever": MORNING, "asked": some, "known": some, **hours}
    return CalledName("service", own_id, names, workspace, "", **told)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (entity("a1", "pay"), called("a1", "pay"), True),
        (entity("a1", "pay"), called("a1", "old-name"), True),
        (entity("a1", "pay"), called("", "pay"), True),
        (entity("a1", "pay", "pay-v2"), called("", "pay"), True),
        (entity("name:pay", "pay"), called("b2", "pay"), True),
        (entity("a1", "pay"), called("b2", "pay"), False),
        (entity("a1", "pay"), called("", "search"), False),
        (entity("a1"), called("", ""), False),
        (entity("name:eu/pay", "pay", workspace="eu"), called("", "pay", workspace="eu"), True),
        (entity("name:eu/pay", "pay", workspace="eu"), called("", "pay"), True),
        (entity("name:eu/pay", "pay", workspace="eu"), called("", "pay", workspace="0a1b-id-of-eu"), True),
    ],
)
def test_an_entity_is_called_by_its_id_or_where_one_is_missing_its_name(
    one: ConfiguredEntity, other: CalledName, is_same: bool
) -> None:
    matching = Matching([one], [other])
    assert [each for each, _ in matching.not_called()] == ([] if is_same else [one])
    assert list(matching.not_configured()) == ([] if is_same else [other])


def test_one_name_in_two_known_workspaces_is_two_services() -> None:
    eu, us = (entity(f"name:{each}/pay", "pay", workspace=each) for each in ("eu", "us"))
    matching = Matching([eu, us], [called("", "pay", workspace="us")])
    assert list(matching.not_called()) == [(eu, None)]
    assert list(matching.not_configured()) == []


def test_what_was_called_before_the_hours_is_told_with_its_last_call() -> None:
    before = [called("a1", asked=Hours(), known=Hours()), called("", "pay", asked=Hours(), last_ever=EARLIER)]
    assert list(Matching([entity("a1", "pay")], before).not_called()) == [(entity("a1", "pay"), MORNING)]


def test_a_call_in_hours_that_no_snapshots_span_is_no_finding() -> None:
    outside = called("b2", "search", known=Hours())
    assert list(Matching([], [outside]).not_configured()) == []


def test_a_route_is_never_taken_for_a_service_of_its_name() -> None:
    matching = Matching([entity("a1", "pay")], [CalledName("route", "", ["pay"], "", "", MORNING, Hours(1), Hours(1))])
    assert [each.id for each, _ in matching.not_called()] == ["a1"]
