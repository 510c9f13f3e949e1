"""Events that are known by where they stood are so in a replay too: what was shipped twice counts once."""

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.corrections.replay import Replay
from gatemeter.corrections.replay_log import EventOutcome
from gatemeter.schema import API_USAGE
from gatemeter.wire.source_positions import SourcePosition, encode_positions
from tests.support.dead_letters import WIDE, dead_letters_in, meter_values

IN_1970 = b'203.0.113.9 - acme [01/Jan/1970:01:00:00 +0000] "GET /orders HTTP/1.1" 200 %d "-" "-"'
LINES = [IN_1970 % size for size in (10, 10, 30)]
"""The first two read alike: two requests of one second."""


def told(*offsets: int) -> str:
    return encode_positions(SourcePosition("access.log", offset) for offset in offsets).decode()


def replayed(sink: MemorySink) -> dict[str, int]:
    """What became of the events of all dead letters, one letter a run."""
    found: dict[str, int] = {}
    for dead_letter in dead_letters_in(sink):
        replay = Replay(sink, WIDE)
        replay.add([dead_letter])
        for outcome, count in replay.events.items():
            found[outcome] = found.get(outcome, 0) + count
    return found


def requests(sink: MemorySink) -> int:
    return sum(row["requests"] for row in sink.rows(API_USAGE))


def test_lines_that_were_shipped_twice_count_once(sink: MemorySink) -> None:
    frame, header = b"\n".join(LINES), told(0, 90, 180)
    meter_values(sink, [frame, frame], log_format="nginx-combined", source_positions=[header, header])
    assert len(dead_letters_in(sink)) == 6
    assert replayed(sink) == {"counted": 3, "duplicates": 3}
    assert requests(sink) == 3


def test_line_that_came_in_another_frame_again_counts_once(sink: MemorySink) -> None:
    values = [b"\n".join(LINES), LINES[1]]
    meter_values(sink, values, log_format="nginx-combined", source_positions=[told(0, 90, 180), told(90)])
    assert replayed(sink) == {"counted": 3, "duplicates": 1}


def test_message_of_many_lines_keeps_the_positions_of_all(sink: MemorySink) -> None:
    """Of a format that nobody knew when it was counted, as of a mapping that was not given."""
    frame, header = b"\n".join(LINES), told(0, 90, 180)
    meter_values(sink, [frame, frame], log_format="of-tomorrow", source_positions=[header, header])
    letters = dead_letters_in(sink)
    assert [(each.reason, each.source_positions) for each in letters] == [("unknown_format", header)] * 2


def test_lines_whose_sender_told_nothing_are_known_by_their_place(sink: MemorySink) -> None:
    frame = b"\n".join(LINES)
    meter_values(sink, [frame, frame], log_format="nginx-combined")
    assert {each.source_positions for each in dead_letters_in(sink)} == {""}
    assert replayed(sink) == {"counted": 6}


@pytest.mark.parametrize(("text", "duplicates"), [(LINES[0], 1), (LINES[2], 0)])
def test_corrected_text_is_the_event_of_that_line(sink: MemorySink, text: bytes, duplicates: int) -> None:
    meter_values(sink, [b"cut", b"cut"], log_format="nginx-combined", source_positions=[told(0), told(0)])
    first, second = dead_letters_in(sink)
    replay = Replay(sink, WIDE)
    replay.correct(first, LINES[0], where="a")
    replay.correct(second, text, where="b")
    assert replay.events[EventOutcome.DUPLICATES] == duplicates
