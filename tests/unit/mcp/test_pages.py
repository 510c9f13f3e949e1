"""Pages of rows: what is shown, what is left out, and where the next page begins."""

from typing import Any

import pytest

from gatemeter.mcp.pages import MOST_CHARACTERS, page_of

ROWS: list[dict[str, Any]] = [{"n": number} for number in range(10)]


@pytest.mark.parametrize(
    ("offset", "most_rows", "shown", "next_offset"),
    [(0, 10, 10, None), (0, 4, 4, 4), (8, 4, 2, None), (10, 4, 0, None), (99, 4, 0, None)],
)
def test_a_page_says_what_is_left_out(offset: int, most_rows: int, shown: int, next_offset: int | None) -> None:
    found = page_of(ROWS, offset, most_rows)
    assert found["rows"] == ROWS[offset : offset + shown]
    assert (found["row_count"], found["rows_left_out"]) == (10, 10 - shown)
    assert found["next_offset"] == next_offset


def test_a_page_of_long_rows_ends_before_it_is_too_long() -> None:
    rows = [{"consumer": "x" * (MOST_CHARACTERS // 3)} for _ in range(10)]
    found = page_of(rows, 0, 10)
    assert (len(found["rows"]), found["next_offset"]) == (2, 2)


def test_a_row_that_is_too_long_alone_is_shown_alone() -> None:
    rows = [{"consumer": "x" * 2 * MOST_CHARACTERS}, *ROWS]
    assert page_of(rows, 0, 10)["next_offset"] == 1
