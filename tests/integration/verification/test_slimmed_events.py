"""`verify` says by which rules events were cut before they were sent, and where the count is by other ones."""

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.metering.ruleset import RULESET_VERSION
from tests.support.declared_meters import CREDITS, metering_with
from tests.support.kong_events import request_line
from tests.support.verified_store import count_values, verified

pytestmark = pytest.mark.clickhouse
EVENTS = [request_line("a"), request_line("b")]


def test_events_cut_to_what_is_read_are_named_and_those_cut_by_other_rules_make_a_store_unproven(
    empty: Client,
) -> None:
    current = f"{RULESET_VERSION};keep=response.headers.x-plan"
    for partition, slimmed in enumerate((current, "3", "(unreadable)")):
        count_values(empty, EVENTS, partition=partition, slimmed=slimmed)
    found = verified(empty)
    assert [note for note in found.notes if "were cut" in note] == [
        f"access: in 1 epoch events were cut to what rules {RULESET_VERSION} read before they were sent"
    ]
    cut = sorted(sentence for sentence in found.unproven if "cut" in sentence)
    for sentence, why in zip(
        cut,
        (
            "were cut by unknown rules ((unreadable))",
            f"were cut to what rules 3 read, and are counted by rules {RULESET_VERSION}: ",
        ),
        strict=True,
    ):
        assert why in sentence
    assert not found.is_proven


@pytest.mark.long(reason="verifies once more; events cut by other rules are in `make test`")
def test_events_cut_by_newer_rules_hold_what_older_ones_read(empty: Client) -> None:
    count_values(empty, EVENTS, slimmed="900000")
    found = verified(empty)
    assert any("were cut to what rules 900000 read" in note for note in found.notes)
    assert not any("cut" in sentence for sentence in found.unproven)


@pytest.mark.long(reason="verifies once more; events cut by other rules are in `make test`")
def test_meters_whose_members_were_not_kept_make_a_store_unproven(empty: Client) -> None:
    metering = metering_with(CREDITS)
    count_values(empty, EVENTS, metering, slimmed=f"{RULESET_VERSION};meters={metering.meters.version}")
    assert not any("cut" in sentence for sentence in verified(empty).unproven)
    count_values(empty, EVENTS, metering, partition=1, slimmed=RULESET_VERSION)
    (sentence,) = [each for each in verified(empty).unproven if "cut" in each]
    assert "what other meters read than those that count them" in sentence


@pytest.mark.long(reason="verifies once more; events cut by other rules are in `make test`")
def test_whole_events_are_not_named_as_cut_ones(empty: Client) -> None:
    count_values(empty, EVENTS)
    found = verified(empty)
    assert not any("cut" in sentence for sentence in (*found.notes, *found.unproven))
