"""A frame says where each of its lines came from, in few bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.wire.source_positions import SourcePosition, decode_positions, encode_positions

POSITIONS = st.lists(st.builds(SourcePosition, st.sampled_from(["a", "b@1", "ü"]), st.integers(0, 2**62)))


@given(POSITIONS)
def test_positions_are_read_as_they_were_written(positions: list[SourcePosition]) -> None:
    assert list(decode_positions(encode_positions(positions).decode())) == positions


def test_lines_of_one_source_cost_a_step_each() -> None:
    lines = [SourcePosition("3fa9c1", offset) for offset in (7, 8, 9, 12)]
    assert encode_positions([*lines, SourcePosition("b", 2)]) == b'[["3fa9c1",7,1,1,3],["b",2]]'


@pytest.mark.parametrize(
    "value",
    [
        *["", "x", "{}", "[1]", '[["a"]]', "[[]]", '[["",1]]', '[["a","b"]]', "[[1,2]]", '[["a",1.5]]', "[" * 9_999],
        '[["a",1,"b",2]]',
    ],
)
def test_what_is_not_such_a_header_says_nothing(value: str) -> None:
    assert list(decode_positions(value)) == []
