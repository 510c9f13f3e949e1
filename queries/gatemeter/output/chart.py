"""Records as charts: for each group a sparkline over its periods, or a bar where there are none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from gatemeter.output.all_records import RecordSums
from gatemeter.output.captions import missing_text
from gatemeter.output.cells import UNKNOWN, number_text
from gatemeter.output.chart_series import Series, adds_up, series_of
from gatemeter.output.fitting import GAP, line_width
from gatemeter.output.layout import PERIOD, TableLayout
from gatemeter.output.period_axis import period_places
from gatemeter.output.shown_rows import with_fallbacks
from gatemeter.output.sparkline import Glyphs, bar, sparkline, terminal_glyphs, values_per_character
from gatemeter.output.text import cut_text, text_width, wrapped

MOST_GROUPS = 30
_DEFAULT_WIDTH = 80
_LEAST_DRAWN, _LEAST_LABEL = 10, 8
_MOST_CHARACTERS_OF_A_VALUE = 4

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a chart: what is drawn stands between the label and the numbers."""

    label: str
    drawn: str
    numbers: Sequence[str]


def write_chart(
    records: Iterable[Record], layout: TableLayout, stream: TextIO, width: int | None, glyphs: Glyphs | None = None
) -> None:
    """Write a chart of each of the layout's `charted` measures into `width` columns of the terminal; None is 80.

    The groups are those of the layout's keys. A value that is not known is a gap, and so is a period in which a group
    has no row. `glyphs` are those of the terminal unless given.
    """
    rows = [with_fallbacks(record, layout) for record in records]
    columns = width or _DEFAULT_WIDTH
    if not rows:
        stream.write("no rows\n")
        return
    for caption in _captions(rows, layout):
        stream.writelines(f"{line}\n" for line in wrapped(caption, columns))
    for number, measure in enumerate(layout.charted):
        stream.write("\n" if number else "")
        lines = _chart(rows, measure, layout, columns, glyphs or terminal_glyphs())
        stream.writelines(f"{line.rstrip()}\n" for line in lines)


def _captions(rows: Sequence[Record], layout: TableLayout) -> Iterator[str]:
    """What is to be known of the charted numbers: what they do not hold, and what the layout says of them."""
    sums = RecordSums(layout.summed)
    for row in rows:
        sums.add(row)
    counts = (each for each in layout.missing_counts if each.measure in ("", *layout.charted))
    yield from filter(None, (missing_text(sums.values(), each) for each in counts if each.column not in layout.charted))
    yield from layout.captions
    yield from filter(None, (layout.column_captions.get(name) for name in (PERIOD, *layout.charted)))


def _chart(rows: Sequence[Record], measure: str, layout: TableLayout, width: int, glyphs: Glyphs) -> Iterator[str]:
    found = series_of(rows, measure, layout)
    shown = found[:MOST_GROUPS]
    places = period_places(row[PERIOD] for row in rows if row.get(PERIOD))
    is_over_time = len(places) > 1
    names = (("total", "max") if adds_up(measure, layout) else ("max",)) if is_over_time else ("",)
    header = _Line(layout.header(measure), _span(places) if is_over_time else "", names)
    empty = [_Line(each.label, "", _numbers(each, measure, layout, names)) for each in shown]
    label_width, drawn_width, count = _widths([header, *empty], width)
    drawn = _sparklines(shown, places, drawn_width, glyphs) if is_over_time else _bars(shown, drawn_width, glyphs)
    lines = [header, *(_Line(each.label, text, each.numbers) for each, text in zip(empty, drawn, strict=True))]
    yield from _padded_lines(lines, label_width, drawn_width, count)
    notes = [f"{len(found) - MOST_GROUPS:,} more groups are not shown"] if len(found) > MOST_GROUPS else []
    notes += [_scale(places, drawn_width)] if is_over_time else []
    yield from wrapped(f"({'; '.join(notes)})" if notes else "", width)


def _span(places: Mapping[str, int]) -> str:
    return f"{min(places, key=places.__getitem__)} to {max(places, key=places.__getitem__)}"


def _scale(places: Mapping[str, int], drawn_width: int) -> str:
    share = values_per_character(max(places.values()) + 1, drawn_width)
    condensed = f", the greatest of {share:,} periods a character" if share > 1 else ""
    return f"each line is from 0 to its own max{condensed}; a gap is not known or has no row"


def _numbers(series: Series, measure: str, layout: TableLayout, names: Sequence[str]) -> list[str]:
    values = [series.total if name == "total" else series.greatest for name in names]
    is_money = measure in layout.money or measure in layout.unit_columns
    texts = [number_text(measure, value, is_money=is_money) for value in values]
    return [f"{text} {series.unit}".rstrip() if text != UNKNOWN else text for text in texts]


def _sparklines(shown: Sequence[Series], places: Mapping[str, int], width: int, glyphs: Glyphs) -> Iterator[str]:
    count = max(places.values()) + 1
    repeated = min(_MOST_CHARACTERS_OF_A_VALUE, max(1, width // count))
    for series in shown:
        values: list[float | None] = [None] * count
        for period, value in series.values.items():
            values[places[period]] = None if value is None else float(value)
        yield "".join(each * repeated for each in sparkline(values, width, glyphs))


def _bars(shown: Sequence[Series], width: int, glyphs: Glyphs) -> Iterator[str]:
    values = [None if each.greatest is None else float(each.greatest) for each in shown]
    greatest = max((each for each in values if each is not None), default=0.0)
    return (bar(value, greatest, width, glyphs) for value in values)


def _widths(lines: Sequence[_Line], width: int) -> tuple[int, int, int]:
    """The widths of labels and of what is drawn, and how many of the numbers have a place beside them."""
    longest = max(text_width(each.label) for each in lines)
    for count in range(len(lines[0].numbers), -1, -1):
        rest = width - line_width([0, 0, *_number_widths(lines, count)])
        label_width = min(longest, max(_LEAST_LABEL, rest // 3))
        if rest - label_width >= _LEAST_DRAWN:
            return label_width, rest - label_width, count
    label_width = min(longest, max(1, width // 3))
    return label_width, max(1, width - len(GAP) - label_width), 0


def _number_widths(lines: Sequence[_Line], count: int) -> list[int]:
    return [max(text_width(line.numbers[each]) for line in lines) for each in range(count)]


def _padded_lines(lines: Sequence[_Line], label_width: int, drawn_width: int, count: int) -> Iterator[str]:
    """The lines with their parts below each other, no wider than what is drawn needs."""
    drawn = [cut_text(each.drawn, drawn_width) for each in lines]
    needed = max(map(text_width, drawn))
    widths = _number_widths(lines, count)
    for line, text in zip(lines, drawn, strict=True):
        numbers = [" " * (size - text_width(each)) + each for size, each in zip(widths, line.numbers, strict=False)]
        yield GAP.join([_padded(cut_text(line.label, label_width), label_width), _padded(text, needed), *numbers])


def _padded(text: str, width: int) -> str:
    return text + " " * (width - text_width(text))
