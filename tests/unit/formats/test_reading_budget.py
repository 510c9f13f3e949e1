"""A message that would take too long becomes dead letters, and nothing of it goes unaccounted."""

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.corrections.replay import Replay, ReplayOutcome
from gatemeter.errors import ConflictError
from gatemeter.events import rejection
from gatemeter.events.access_event import TimeRange
from gatemeter.formats import decoders, reading_budget
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.lines import MESSAGE_TOO_COSTLY as TOO_COSTLY
from gatemeter.schema import API_USAGE
from gatemeter.wire.frames import DEFAULT_FORMAT
from gatemeter.wire.topics import MAX_EVENT_BYTES, MAX_MESSAGE_BYTES
from tests.support.dead_letters import WIDE, dead_letters_in, meter_values, stored
from tests.support.kong_events import event_text, recorded, request_line
from tests.support.positions import ANYWHERE
from tests.support.smoke import smoke

DECODERS = Decoders(TimeRange())
COMMON = request_line("common")


def odd(number: int) -> bytes:
    """An event that only the lenient reading can count: its status is a text."""
    return event_text(event_id=f'"odd-{number}"', status='"200"')


@pytest.fixture
def small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_budget, "_UNITS_PER_MESSAGE", 10)
    monkeypatch.setattr(reading_budget, "ORIGINAL_LIMIT_BYTES", 4 * (len(odd(10)) + 1))


@pytest.mark.usefixtures("small_budget")
class TestTooManyOddEvents:
    MESSAGE = b"\n".join([COMMON, *(odd(number) for number in range(20)), request_line("last")])

    def test_those_within_the_budget_count_and_the_rest_is_kept(self) -> None:
        batch = DECODERS.decode(DEFAULT_FORMAT, [self.MESSAGE, COMMON], ANYWHERE)
        assert batch.requests.event_ids == ["common", *(f"odd-{number}" for number in range(10)), "common"]
        found = [(each.value_index, each.line, each.reason) for each in batch.rejections]
        assert found == [(0, line, TOO_COSTLY) for line in (12, 16, 20)]
        lines = [line for each in batch.rejections for line in each.original.split(b"\n")]
        assert lines == [*(odd(number) for number in range(10, 20)), request_line("last")]

    def test_common_events_cost_nothing(self) -> None:
        frame = b"\n".join([*(request_line(f"r-{number}") for number in range(50)), odd(0)])
        assert DECODERS.decode(DEFAULT_FORMAT, [frame], ANYWHERE).event_count == 51

    def test_the_rest_keeps_its_reason_behind_many_dead_letters(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rejection, "REJECTIONS_PER_MESSAGE", 1)
        message = b"\n".join([b"nonsense", b"7", *(odd(number) for number in range(20))])
        found = [(each.line, each.reason) for each in DECODERS.decode(DEFAULT_FORMAT, [message], ANYWHERE).rejections]
        assert found[:2] == [(1, "invalid_json"), (2, "too_many_rejected")]
        assert found[2:] == [(line, TOO_COSTLY) for line in (11, 15, 19)]

    def test_the_rest_can_be_replayed(self, sink: MemorySink) -> None:
        meter_values(sink, [self.MESSAGE])
        assert replayed(sink) == ({ReplayOutcome.REPLAYED: 3}, 11)


@pytest.mark.parametrize("limit", ["MESSAGE_LIMIT_BYTES", "MESSAGE_LIMIT_LINES"])
def test_a_message_beyond_a_limit_is_replayed_from_its_pieces(
    monkeypatch: pytest.MonkeyPatch, sink: MemorySink, limit: str
) -> None:
    monkeypatch.setattr(reading_budget, limit, 2)
    monkeypatch.setattr(reading_budget, "ORIGINAL_LIMIT_BYTES", 3 * len(COMMON))
    message = b"\n".join([COMMON, b"", *(request_line(f"r-{number}") for number in range(3))])
    batch = DECODERS.decode(DEFAULT_FORMAT, [message, COMMON], ANYWHERE)
    assert batch.requests.event_ids == ["common"]
    assert [(each.line, each.reason) for each in batch.rejections] == [(1, TOO_COSTLY), (5, TOO_COSTLY)]
    meter_values(sink, [message])
    assert replayed(sink) == ({ReplayOutcome.REPLAYED: 2}, 4)


@pytest.mark.parametrize(
    ("message", "reasons"),
    [
        (b" \n \n ", ["empty_message"]),
        (b"5\n" + b"y" * (MAX_EVENT_BYTES + 1) + b"\n5", [TOO_COSTLY, "line_too_long", TOO_COSTLY]),
    ],
    ids=["blank", "long line"],
)
def test_of_a_message_beyond_a_limit_each_piece_has_its_reason(
    monkeypatch: pytest.MonkeyPatch, message: bytes, reasons: list[str]
) -> None:
    monkeypatch.setattr(reading_budget, "MESSAGE_LIMIT_BYTES", 2)
    assert [each.reason for each in DECODERS.decode(DEFAULT_FORMAT, [message], ANYWHERE).rejections] == reasons


def test_an_array_of_too_many_events_is_one_dead_letter() -> None:
    (rejection,) = DECODERS.decode(DEFAULT_FORMAT, [b"[" + b"{}," * 10_000 + b"{}]"], ANYWHERE).rejections
    assert (rejection.reason, rejection.detail) == ("too_many_events", "10001 in one array, up to 10000 are read")


def test_an_array_of_too_many_events_is_replayed_whole(sink: MemorySink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoders, "MOST_EVENTS_OF_A_LINE", 10)
    meter_values(sink, [array_of(range(11))])
    assert [each.reason for each in dead_letters_in(sink)] == ["too_many_events"]
    assert replayed(sink) == ({ReplayOutcome.REPLAYED: 1}, 11)


def test_a_piece_of_long_arrays_is_replayed_whole(sink: MemorySink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_budget, "_UNITS_PER_MESSAGE", 50)
    meter_values(sink, [b"\n".join(array_of(range(start, start + 40)) for start in range(0, 320, 40))])
    assert replayed(sink) == ({ReplayOutcome.REPLAYED: 1}, 240)
    assert requests_in(sink) == 320


def test_a_line_that_nobody_can_count_holds_no_other_back(sink: MemorySink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_budget, "_UNITS_PER_MESSAGE", 1)
    meter_values(sink, [b"\n".join([odd(0), odd(1), b"nonsense", COMMON])])
    assert replayed(sink) == ({ReplayOutcome.PARTLY_REPLAYED: 1}, 2)
    assert [each.reason for each in dead_letters_in(sink)] == [TOO_COSTLY]
    before = stored(sink)
    assert replayed(sink) == ({ReplayOutcome.PARTLY_REPLAYED: 1}, 0)
    assert stored(sink) == before


def test_one_event_is_no_correction_of_many(sink: MemorySink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_budget, "_UNITS_PER_MESSAGE", 1)
    meter_values(sink, [b"\n".join([odd(0), odd(1), b"nonsense"])])
    (dead_letter,) = dead_letters_in(sink)
    with pytest.raises(ConflictError, match="several events"):
        Replay(sink, WIDE).correct(dead_letter, COMMON, where="event.json")


@pytest.mark.parametrize("batch_size", smoke([50, 1, 1_000], 1, reason="batches of another size are in `make test`"))
def test_a_full_message_of_batches_is_within_the_budget(batch_size: int) -> None:
    event = recorded("proxied")
    count = MAX_MESSAGE_BYTES // (len(event) + 1)
    batch = b"[" + b",".join([event] * batch_size) + b"]"
    message = b"\n".join([batch] * (count // batch_size))
    assert DECODERS.decode(DEFAULT_FORMAT, [message], ANYWHERE).rejections == []


def array_of(numbers: range) -> bytes:
    return b"[" + b",".join(map(odd, numbers)) + b"]"


def replayed(sink: MemorySink) -> tuple[dict[ReplayOutcome, int], int]:
    """What became of the dead letters, and how many requests are counted more."""
    before = requests_in(sink)
    replay = Replay(sink, WIDE)
    replay.add(dead_letters_in(sink))
    return dict(replay.dead_letters), requests_in(sink) - before


def requests_in(sink: MemorySink) -> int:
    return sum(row["requests"] for row in sink.rows(API_USAGE))
