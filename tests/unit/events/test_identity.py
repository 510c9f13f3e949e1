"""Events without an id are known by where they stood, and only by that."""

from dataclasses import replace

from gatemeter.events.identity import MessagePositions
from gatemeter.wire.event_location import EventLocation
from gatemeter.wire.source_positions import SourcePosition, encode_positions

TOLD = encode_positions([SourcePosition("file", 7), SourcePosition("file", 9)]).decode()
HERE = MessagePositions("topic-id", 3, [10, 12], [None, TOLD])


def test_without_a_told_position_the_place_in_the_log_identifies() -> None:
    identities = {HERE.identity(position, b"x") for position in [(0, 1, 0), (0, 2, 0), (0, 2, 1)]}
    assert identities == {"position:topic-id/3@10+1#0", "position:topic-id/3@10+2#0", "position:topic-id/3@10+2#1"}


def test_a_told_position_identifies_a_line_wherever_it_is_now() -> None:
    elsewhere = MessagePositions("topic-id", 0, [99], [TOLD])
    assert HERE.identity((1, 2, 0), b"x") == elsewhere.identity((0, 2, 0), b"x")
    assert HERE.identity((1, 2, 0), b"x") != HERE.identity((1, 1, 0), b"x")


def test_messages_decoded_together_keep_their_own_positions() -> None:
    other = encode_positions([SourcePosition("other", 7)]).decode()
    both = MessagePositions("topic-id", 3, [10, 11], [TOLD, other])
    assert both.identity((0, 1, 0), b"x").startswith("position:file@7#0:")
    assert both.identity((1, 1, 0), b"x").startswith("position:other@7#0:")


def test_two_texts_at_one_told_position_are_two_events() -> None:
    assert HERE.identity((1, 1, 0), b"x") != HERE.identity((1, 1, 0), b"y")


def test_a_line_beyond_those_that_were_told_is_known_by_its_place() -> None:
    assert HERE.identity((1, 3, 0), b"x") == "position:topic-id/3@12+3#0"


def test_what_was_cut_out_of_a_message_keeps_its_identity() -> None:
    cut = MessagePositions.at(EventLocation("topic-id", 3, 12, 2, 4), 2, TOLD)
    assert cut.identity((0, 1, 0), b"x") == HERE.identity((1, 2, 4), b"x")
    untold = MessagePositions.at(EventLocation("topic-id", 3, 10, 2, 4), 2)
    assert untold.identity((0, 1, 0), b"x") == HERE.identity((0, 2, 4), b"x")
    assert untold.identity((0, 2, 0), b"x") == HERE.identity((0, 3, 0), b"x")


def test_one_message_of_several_keeps_its_position() -> None:
    assert HERE.of_message(1).identity((0, 2, 0), b"x") == HERE.identity((1, 2, 0), b"x")
    assert HERE.of_message(0).identity((0, 2, 0), b"x") == HERE.identity((0, 2, 0), b"x")


def test_positions_of_some_lines_are_told_alone() -> None:
    cut = MessagePositions.at(EventLocation("topic-id", 3, 12, 2, 0), 2, HERE.told(1, 2, 1))
    assert replace(cut, first_told_line=2).identity((0, 1, 0), b"x") == HERE.identity((1, 2, 0), b"x")
    assert (HERE.told(1, 3, 1), HERE.told(0, 1, 1)) == ("", "")
