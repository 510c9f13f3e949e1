"""`verify` says how the copies of events are known."""

import pytest
from clickhouse_connect.driver.client import Client

from tests.support.kong_events import event_text, recorded, request_line
from tests.support.verified_store import count_values, verified

pytestmark = pytest.mark.clickhouse


@pytest.mark.parametrize(
    ("values", "known_by"),
    [
        ([request_line("a"), request_line("b")], "the ids that the gateway gave the events"),
        ([event_text(event_id=None), recorded("stream_session")], "the text of the events"),
        (
            [request_line("a"), recorded("stream_session")],
            "the text of the events and the ids that the gateway gave the events",
        ),
    ],
)
def test_verify_names_what_identifies_events(empty: Client, values: list[bytes], known_by: str) -> None:
    count_values(empty, values)
    (sentence,) = verified(empty).identities
    assert sentence.startswith(f"copies are known by {known_by} in 1 log: ")


def test_a_log_of_dead_letters_alone_has_no_identities(empty: Client) -> None:
    count_values(empty, [b"nonsense"])
    assert verified(empty).identities == []
