import pytest

from gatemeter.demo.summary import folded

SPEED = "made 2,412/s; shipped 1,556/s; shipped, counted and stored 260/s in all"


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (None, [f"speed        {SPEED}"]),
        (120, [f"speed        {SPEED}"]),
        (60, ["speed        made 2,412/s; shipped 1,556/s; shipped, counted", "             and stored 260/s in all"]),
    ],
)
def test_a_line_is_folded_behind_its_label(width: int | None, lines: list[str]) -> None:
    assert list(folded("speed", SPEED, width)) == lines


def test_a_narrow_terminal_still_shows_everything() -> None:
    shown = " ".join(line[13:] for line in folded("speed", SPEED, 3))
    assert shown == SPEED
