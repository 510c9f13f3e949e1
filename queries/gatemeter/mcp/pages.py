"""A page of the rows of an answer: agents read every character, so that large answers are told in parts."""

import json
from collections.abc import Sequence
from typing import Any

MOST_CHARACTERS = 40_000
"""Of the rows of a page as JSON, but for a single row that is longer."""


def page_of(rows: Sequence[dict[str, Any]], offset: int, most_rows: int) -> dict[str, Any]:
    """The rows from `offset`, and what is left out behind them.

    `next_offset` is where the next page begins, None behind the last one.
    """
    shown: list[dict[str, Any]] = []
    characters = 0
    for row in rows[offset : offset + most_rows]:
        characters += len(json.dumps(row))
        if shown and characters > MOST_CHARACTERS:
            break
        shown.append(row)
    end = offset + len(shown)
    left_out = max(0, len(rows) - end)
    return {
        "rows": shown,
        "row_count": len(rows),
        "rows_left_out": len(rows) - len(shown),
        "next_offset": end if left_out else None,
    }
