"""Charts: what a line and a bar show, and that no line is wider than the terminal."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.output.chart import MOST_GROUPS, write_chart
from gatemeter.output.layout import MissingCount, TableLayout
from gatemeter.output.period_axis import period_places
from gatemeter.output.sparkline import ASCII, BLOCKS, bar, sparkline, terminal_glyphs
from gatemeter.output.text import text_width

LAYOUT = TableLayout(keys=("period", "consumer"), most_important=("requests",), totals=("requests",))
MONEY = TableLayout(keys=("period", "consumer"), charts=("cost",), unit_columns={"cost": "currency"})


def chart(rows: list[dict[str, Any]], layout: TableLayout = LAYOUT, width: int | None = 80) -> list[str]:
    stream = io.StringIO()
    write_chart(rows, layout, stream, width, BLOCKS)
    return stream.getvalue().splitlines()


def row(period: str, consumer: str, requests: int | None) -> dict[str, Any]:
    return {"period": period, "consumer": consumer, "requests": requests}


class TestSparkline:
    def test_levels_go_from_0_to_the_greatest_value(self) -> None:
        assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 80, BLOCKS) == "▁▂▃▄▅▆▇█"

    def test_an_unknown_value_is_a_gap_and_0_is_none(self) -> None:
        assert sparkline([8, None, 0, 8], 80, BLOCKS) == "█ ▁█"

    def test_negative_values_are_below_0(self) -> None:
        assert sparkline([-4, 0, 4], 80, BLOCKS) == "▁▅█"

    def test_values_that_do_not_fit_share_a_character_with_the_greatest(self) -> None:
        assert sparkline([0, 9, 0, None, None, None], 3, BLOCKS) == "█▁ "

    @pytest.mark.parametrize("values", [[], [None], [0.0, 0.0]])
    def test_nothing_and_zeros_can_be_drawn(self, values: list[float | None]) -> None:
        assert sparkline(values, 10, BLOCKS) == {0: "", 1: " ", 2: "▁▁"}[len(values)]


class TestBar:
    def test_a_bar_is_as_long_as_its_share(self) -> None:
        assert [bar(value, 8, 8, BLOCKS) for value in (8, 4, 0.5)] == ["█" * 8, "█" * 4, "▌"]

    def test_the_smallest_amount_is_seen_and_0_and_unknown_are_not(self) -> None:
        assert [bar(value, 1e9, 8, ASCII) for value in (1, 0, None)] == ["#", "", ""]


class TestGlyphs:
    @pytest.mark.parametrize(
        ("environment", "glyphs"),
        [
            ({}, BLOCKS),
            ({"LANG": "de_DE.UTF-8"}, BLOCKS),
            ({"LANG": "C.utf8"}, BLOCKS),
            ({"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, ASCII),
            ({"LANG": "de_DE.ISO-8859-15@euro"}, ASCII),
            ({"LANG": "de_DE.UTF-8@euro"}, BLOCKS),
            ({"LANG": "en_US.UTF-8", "TERM": "dumb"}, ASCII),
        ],
    )
    def test_a_terminal_without_utf_8_gets_ascii(self, environment: dict[str, str], glyphs: object) -> None:
        assert terminal_glyphs(environment) is glyphs


class TestAxis:
    def test_periods_without_rows_have_their_place(self) -> None:
        assert period_places(["2026-02-01", "2026-02-02", "2026-02-05"]) == {
            "2026-02-01": 0,
            "2026-02-02": 1,
            "2026-02-05": 4,
        }

    def test_months_years_weeks_and_hours_are_steps_of_one(self) -> None:
        assert period_places(["2025-12", "2026-02", "2026-03"])["2026-03"] == 3
        assert list(period_places(["2024", "2025"]).values()) == [0, 1]
        assert list(period_places(["2026-02-02", "2026-02-09", "2026-02-16"]).values()) == [0, 1, 2]
        assert list(period_places(["2026-02-02T23:00:00Z", "2026-02-03T00:00:00Z"]).values()) == [0, 1]

    def test_an_hour_that_a_clock_shows_twice_has_two_places(self) -> None:
        hours = ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"]
        assert list(period_places(hours).values()) == [0, 1, 2]


class TestChart:
    def test_a_group_is_a_line_over_its_periods_with_its_total(self) -> None:
        rows = [row("2026-02-01", "acme", 10), row("2026-02-02", "acme", 20), row("2026-02-04", "bolt", 50)]
        assert chart(rows) == [
            "requests  2026-02-01 to 2026-02-04  total  max",
            "bolt                  ████             50   50",
            "acme      ▅▅▅▅████                     30   20",
            "(each line is from 0 to its own max; a gap is not known or has no row)",
        ]

    def test_without_periods_a_group_is_a_bar(self) -> None:
        rows: list[dict[str, Any]] = [
            {"consumer": "acme", "requests": 1},
            {"consumer": "bolt", "requests": 2},
            {"consumer": "x", "requests": None},
        ]
        assert chart(rows, width=30) == [
            "requests",
            "bolt      " + "█" * 17 + "  2",
            "acme      " + "█" * 8 + "▌" + " " * 8 + "  1",
            "x         " + " " * 17 + "  -",
        ]

    def test_amounts_in_two_currencies_are_two_lines(self) -> None:
        rows: list[dict[str, Any]] = [
            {"period": "2026-01", "consumer": "acme", "cost": "1.50", "currency": "EUR"},
            {"period": "2026-02", "consumer": "acme", "cost": "0.25", "currency": "USD"},
            {"period": "2026-03", "consumer": "acme", "cost": "2", "currency": "EUR"},
            {"period": "2026-04", "consumer": "acme", "cost": None, "currency": None},
        ]
        lines = chart(rows, MONEY)
        assert [line.split()[0] for line in lines[1:3]] == ["acme", "acme"]
        assert lines[1].endswith("3.5 EUR     2 EUR")
        assert lines[2].endswith("0.25 USD  0.25 USD")

    def test_names_that_are_alike_have_their_ids_beside_them(self) -> None:
        layout = TableLayout(keys=("name",), most_important=("n",), fallbacks={"name": "id"})
        rows: list[dict[str, Any]] = [
            {"name": "acme", "id": "1", "n": 2},
            {"name": "acme", "id": "2", "n": 1},
            {"name": "", "id": "3", "n": 0},
        ]
        assert [line.split("  ")[0] for line in chart(rows, layout)[1:]] == ["acme / 1", "acme / 2", "3"]

    def test_control_characters_of_a_name_are_escaped(self) -> None:
        assert "\x1b" not in "".join(chart([{"consumer": "\x1b[31mred", "requests": 1}]))

    def test_what_the_numbers_do_not_hold_is_said(self) -> None:
        layout = TableLayout(
            keys=("consumer",),
            most_important=("bytes",),
            missing_counts=(MissingCount("unsized", "requests", "tell no bytes", measure="bytes"),),
        )
        rows = [{"consumer": "acme", "bytes": 5, "unsized": 2, "requests": 7}]
        assert chart(rows, layout)[0] == "2 of 7 requests tell no bytes"

    def test_more_groups_than_can_be_seen_are_counted(self) -> None:
        rows = [{"consumer": f"c{number}", "requests": number} for number in range(MOST_GROUPS + 5)]
        assert chart(rows)[-1] == "(5 more groups are not shown)"

    def test_no_rows_are_said_to_be_none(self) -> None:
        assert chart([]) == ["no rows"]

    @given(
        st.lists(
            st.tuples(st.integers(1, 28), st.text(max_size=30), st.none() | st.integers(-5, 10**12)),
            min_size=1,
            max_size=20,
        ),
        st.integers(10, 200),
    )
    def test_no_line_is_wider_than_the_terminal(self, found: list[tuple[int, str, int | None]], width: int) -> None:
        rows = [row(f"2026-02-{day:02}", consumer, requests) for day, consumer, requests in found]
        assert max(map(text_width, chart(rows, width=width))) <= width
