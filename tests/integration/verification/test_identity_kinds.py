"""`verify` says how the copies of events are known."""

from dataclasses import replace

import pytest
from clickhouse_connect.driver.client import Client

from tests.support.kong_events import event_text, recorded, request_line
from tests.support.verified_store import LOG, count_values, verified

pytestmark = pytest.mark.clickhouse


LOGS = {
    "the ids that the gateway gave the events": [request_line("a"), request_line("b")],
    "the text of the events": [event_text(event_id=None), recorded("stream_session")],
    "the text of the events and the ids that the gateway gave the events": [
        request_line("a"),
        recorded("stream_session"),
    ],
}
"""Events of a log, by how its copies are known."""


def test_verify_names_what_identifies_the_events_of_each_log(empty: Client) -> None:
    """A log of dead letters alone has no identities."""
    for number, values in enumerate([*LOGS.values(), [b"nonsense"]]):
        count_values(empty, values, log=replace(LOG, identity=f"id-{number}", name=f"topic-{number}"))
    assert sorted(verified(empty).identities) == sorted(
        f"copies are known by {known_by} in 1 log: topic-{number}" for number, known_by in enumerate(LOGS)
    )
