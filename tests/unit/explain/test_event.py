"""The sentences that say how an event was counted, from the event ledger and from the epochs of its log."""

import pytest

from gatemeter.explain.event import EventQuery, LedgerEvent
from gatemeter.explain.log_events import LogEvent
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.sink import StoredEpoch
from gatemeter.wire.event_location import EventLocation

COUNTED = LedgerEvent(
    place="id-1:0:7:1:0",
    outcome="counted",
    time="2026-02-03T10:00:00.123Z",
    hour="2026-02-03T10:00:00Z",
    consumer_id="con-1",
    topic="access",
    log_kind="kafka",
    log="id-1",
    partition=0,
    offset=7,
    line=1,
    event_index=0,
    epoch_first_offset=0,
    epoch_next_offset=10,
    rules="1",
    reason=None,
    booked_at=None,
    kept=None,
    id_hash=5,
)
CORRECTION = {"outcome": "corrected", "reason": "twice", "booked_at": "2026-03-01", "kept": "id-2:0:1:1:0"}
LOCATION = EventLocation("id-1", 0, 7, 1, 0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "counted for con-1 in the hour 2026-02-03T10:00:00Z"),
        ({"consumer_id": ""}, "counted for anonymous in the hour 2026-02-03T10:00:00Z"),
        ({"outcome": "duplicate"}, "not counted: the same event came before, near by in the same partition"),
        (CORRECTION, "counted for con-1 in the hour 2026-02-03T10:00:00Z, and retracted on 2026-03-01 because: twice"),
        ({"outcome": "corrected"}, "counted for con-1 in the hour 2026-02-03T10:00:00Z, and retracted"),
        ({"outcome": "of a later version"}, "of a later version"),
    ],
)
def test_the_outcome_of_an_event_is_a_sentence(changes: dict[str, str], sentence: str) -> None:
    assert COUNTED.model_copy(update=changes).outcome_sentence() == sentence


def test_an_event_without_a_stored_epoch_is_not_counted() -> None:
    event = LogEvent(LOCATION, "access", None, "{}")
    assert event.meaning() == "no epoch stored here holds this offset: it is not counted here"
    record = event.record()
    assert (record["epoch_first_offset"], record["epoch_next_offset"], record["rules"]) == (None, None, None)


def test_an_event_of_a_stored_epoch_names_its_offsets_and_rules() -> None:
    epoch = StoredEpoch(0, 0, 10, 10, "", -1, "3", EventCounts())
    event = LogEvent(LOCATION, "access", epoch, "{}")
    assert event.meaning().startswith("in the epoch from 0 up to 10, which is counted by the rules 3; ")
    assert event.record()["place"] == "id-1:0:7:1:0"


def test_an_event_query_is_named_as_it_was_asked() -> None:
    assert EventQuery("an-id", None, None).name == "an-id"
    assert EventQuery("", None, LOCATION).name == "id-1:0:7:1:0"


def test_the_source_of_a_cloudevent_changes_its_hashes() -> None:
    plain, sourced = EventQuery("an-id", None, None), EventQuery("an-id", "/gateway", None)
    assert len(plain.id_hashes) == 2
    assert not set(plain.id_hashes) & set(sourced.id_hashes)
