"""Decoding for the tests of the decoder, with each column by its name."""

from gatemeter.events.batch import EventBatch
from tests.support.kong_events import request_line
from tests.support.logs import DECODERS
from tests.support.positions import ANYWHERE

GOOD = request_line("good")


class Decoded:
    """What messages decode to, each column of API usage by its name."""

    def __init__(self, batch: EventBatch) -> None:
        usage = batch.requests.api_usage
        assert {len(column) for column in usage.columns} == {len(batch.requests.event_ids)}
        self.batch = batch
        self.rejections = batch.rejections
        self.event_count = batch.event_count
        self.event_ids = batch.requests.event_ids
        self.keys = usage.keys
        self.request_bytes, self.response_bytes = usage.sums
        self.request_ms, self.upstream_ms, self.gateway_ms = usage.latencies_ms
        self.other_kind = len(batch.others.event_ids)


def decode(*values: bytes, log_format: str = "kong-log") -> Decoded:
    return Decoded(DECODERS.decode(log_format, values, ANYWHERE))


def reasons(batch: Decoded) -> list[str]:
    return [rejection.reason for rejection in batch.rejections]


def places(batch: Decoded) -> list[tuple[int, int, int]]:
    """Message, line and index in an array of each rejection."""
    return [(rejection.value_index, rejection.line, rejection.event_index) for rejection in batch.rejections]


def only_key(batch: Decoded) -> tuple[object, ...]:
    """The key of the one event, without team and organisation, which Kong's events do not tell, and kinds of sizes."""
    assert reasons(batch) == []
    (key,) = batch.keys
    before, (team, organisation), after = key[:9], key[9:11], key[11:-2]
    assert (team, organisation) == ("", "")
    return before + after
