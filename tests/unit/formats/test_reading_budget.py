"""A message that would take too long becomes dead letters, and nothing of it goes unaccounted."""

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.corrections.replay import Replay, ReplayOutcome
from gatemeter.events.access_event import TimeRange
from gatemeter.formats import reading_budget
from gatemeter.formats.decoders import Decoders
from gatemeter.metering.ruleset import Metering
from gatemeter.wire.frames import DEFAULT_FORMAT
from tests.support.dead_letters import WIDE, dead_letters_in, meter_values
from tests.support.kong_events import event_text, request_line
from tests.support.logs import METERING

DECODERS = Decoders(TimeRange())
COMMON = request_line("common")


def odd(number: int) -> bytes:
    """An event that only the lenient reading can count: its status is a text."""
    return event_text(event_id=f'"odd-{number}"', status='"200"')


@pytest.fixture
def small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_budget, "_UNITS_PER_MESSAGE", 10)
    monkeypatch.setattr(reading_budget, "_LINES_PER_PIECE", 4)


@pytest.mark.usefixtures("small_budget")
class TestTooManyOddEvents:
    MESSAGE = b"\n".join([COMMON, *(odd(number) for number in range(20)), request_line("last")])

    def test_those_within_the_budget_count_and_the_rest_is_kept(self) -> None:
        batch = DECODERS.decode(DEFAULT_FORMAT, [self.MESSAGE, COMMON])
        assert batch.requests.event_ids == ["common", *(f"odd-{number}" for number in range(10)), "common"]
        found = [(each.value_index, each.line, each.reason) for each in batch.rejections]
        assert found == [(0, line, "message_too_costly") for line in (12, 16, 20)]
        lines = [line for each in batch.rejections for line in each.original.split(b"\n")]
        assert lines == [*(odd(number) for number in range(10, 20)), request_line("last")]

    def test_common_events_cost_nothing(self) -> None:
        frame = b"\n".join([*(request_line(f"r-{number}") for number in range(50)), odd(0)])
        assert DECODERS.decode(DEFAULT_FORMAT, [frame]).event_count == 51

    def test_the_rest_can_be_replayed(self, sink: MemorySink) -> None:
        meter_values(sink, [self.MESSAGE])
        replay = Replay(sink, Metering(METERING.prices, original_keys=WIDE.original_keys))
        results = replay.add(dead_letters_in(sink))
        assert {each.outcome for each in results} == {ReplayOutcome.REPLAYED}


@pytest.mark.parametrize("limit", ["MESSAGE_LIMIT_BYTES", "MESSAGE_LIMIT_LINES"])
def test_a_message_beyond_a_limit_is_one_dead_letter(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(reading_budget, limit, 2)
    batch = DECODERS.decode(DEFAULT_FORMAT, [b"\n".join([COMMON] * 3), COMMON])
    assert batch.requests.event_ids == ["common"]
    assert [(each.line, each.reason) for each in batch.rejections] == [(1, "message_too_costly")]


def test_an_array_of_too_many_events_is_one_dead_letter() -> None:
    (rejection,) = DECODERS.decode(DEFAULT_FORMAT, [b"[" + b"{}," * 10_000 + b"{}]"]).rejections
    assert (rejection.reason, rejection.detail) == ("too_many_events", "10001 in one array, up to 10000 are read")
