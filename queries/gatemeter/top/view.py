"""Draws a frame for a terminal of a given size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gatemeter.escaping import escaped
from gatemeter.output.cells import UNKNOWN, significant
from gatemeter.output.sparkline import Glyphs, sparkline
from gatemeter.output.text import ELLIPSIS, text_start, text_width
from gatemeter.reports.topic_lag import PartitionLag
from gatemeter.top.reading import Reading, Row

_SIDE_BY_SIDE_COLUMNS = 120
_LEAST_ROWS = 1
_ROWS_WITHOUT_HEIGHT = 10
_LABEL_COLUMNS = 12
_SECONDS_OF_AN_HOUR = 3_600
_PERCENT = 100
_MOST_ERRORS = 0.05
"""From this share on a rate of errors is drawn as a warning."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What one frame shows.

    `counted_per_s` is None before there are two readings. `lag` is None where it is not known, and `notes` say why.
    """

    store: str
    reading: Reading
    counted_per_s: float | None
    lag: Sequence[PartitionLag] | None
    notes: Sequence[str] = ()


def drawn(frame: Frame, width: int, height: int | None, glyphs: Glyphs) -> RenderableType:
    """The frame in at most `width` columns and `height` lines of the terminal; None for as many as it takes."""
    head = [*_head(frame, width, glyphs)]
    notes = [_line("note", each, width, "yellow") for each in frame.notes]
    is_wide = width >= _SIDE_BY_SIDE_COLUMNS
    rows = _ROWS_WITHOUT_HEIGHT if height is None else _rows_that_fit(height - len(head) - len(notes), is_wide=is_wide)
    if rows < _LEAST_ROWS:
        return Group(*[*head, *notes][: height or None])
    table_width = (width - 2) // 2 if is_wide else width
    tables = [
        _groups(name, found, rows, table_width)
        for name, found in (("consumer", frame.reading.consumers), ("route", frame.reading.routes))
    ]
    return Group(*head, *notes, Text(), *([_beside(*tables)] if is_wide else [tables[0], Text(), tables[1]]))


def _head(frame: Frame, width: int, glyphs: Glyphs) -> Iterator[Text]:
    reading, traffic = frame.reading, frame.reading.traffic
    yield Text(_cut(f"gatemeter top  {escaped(frame.store)}  {reading.at:%Y-%m-%d %H:%M:%S} UTC", width), "bold")
    yield _line("hours", _hours(reading), width, "yellow" if reading.is_older else "")
    yield _line("requests/s", f"{significant(reading.requests_per_s)}, {traffic['request_count'] or 0:,} in all", width)
    rate = traffic["error_rate"]
    errors = "not known" if rate is None else f"{significant(rate * _PERCENT)} % of requests with a known status"
    yield _line("errors", errors, width, "red" if rate is not None and rate >= _MOST_ERRORS else "")
    latencies = (traffic["latency_request_p50"], traffic["latency_request_p99"])
    yield _line("latency", "p50 {} ms, p99 {} ms".format(*map(significant, latencies)), width)
    for label, text in _costs(reading):
        yield _line(label, text, width)
    yield _line("counting", _counting(frame), width)
    yield _line(
        "lag", _lag(frame.lag), width, "yellow" if frame.lag and any(each.messages for each in frame.lag) else ""
    )
    line = sparkline(reading.requests_by_hour, max(1, width - _LABEL_COLUMNS), glyphs)
    yield _line(f"last {len(reading.requests_by_hour)} h", line, width)


def _hours(reading: Reading) -> str:
    end = min(reading.at, reading.span.end)
    text = f"{reading.span.start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    return f"{text}, no usage since" if reading.is_older else text


def _costs(reading: Reading) -> Iterator[tuple[str, str]]:
    """A line for each currency and for what was reported: two amounts for the same calls are never added."""
    hours = Decimal(str(reading.seconds)) / _SECONDS_OF_AN_HOUR
    unpriced = f"; {reading.unpriced_calls:,} calls without a price" if reading.unpriced_calls else ""
    computed = [each for each in reading.costs if each.evidence != "reported"]
    for currency in dict.fromkeys(each.currency for each in computed):
        parts = [f"{each.evidence} {_an_hour(each.amount, hours)}" for each in computed if each.currency == currency]
        total = sum((each.amount for each in computed if each.currency == currency), Decimal(0))
        yield "cost/h", f"{_an_hour(total, hours)} {escaped(currency) or '?'} ({', '.join(parts)}{unpriced})"
    for each in reading.costs:
        if each.evidence == "reported":
            currency = escaped(each.currency) or "in a currency not told"
            yield "reported/h", f"{_an_hour(each.amount, hours)} {currency}, by the gateway, for the same calls"
    if not reading.costs:
        yield (
            "cost/h",
            f"not known{unpriced}" if reading.unpriced_calls else "0, no calls to models that cost something",
        )


def _an_hour(amount: Decimal, hours: Decimal) -> str:
    return significant(float(amount / hours))


def _counting(frame: Frame) -> str:
    rate = "" if frame.counted_per_s is None else f"{significant(frame.counted_per_s)} events/s; "
    letters = f", {frame.reading.dead_letters:,} of them dead letters" if frame.reading.dead_letters else ""
    return f"{rate}{frame.reading.consumed:,} events so far{letters}"


def _lag(lag: Sequence[PartitionLag] | None) -> str:
    if lag is None:
        return "not known"
    waiting = sum(each.messages or 0 for each in lag)
    parts = (f"{each.partition}: {UNKNOWN if each.messages is None else f'{each.messages:,}'}" for each in lag)
    return f"{waiting:,} messages not stored ({'  '.join(parts)})"


def _line(label: str, text: str, width: int, style: str = "") -> Text:
    shown = _cut(text, max(1, width - _LABEL_COLUMNS))
    return Text.assemble((label.ljust(_LABEL_COLUMNS)[: max(0, width - text_width(shown))], "dim"), (shown, style))


def _cut(text: str, width: int) -> str:
    """The beginning of a line, whose end matters least."""
    return text if text_width(text) <= width else text_start(text, width - 1) + ELLIPSIS


def _rows_that_fit(lines: int, *, is_wide: bool) -> int:
    """Of each table; above each are a blank line and its header."""
    return lines - 2 if is_wide else (lines - 4) // 2


def _groups(name: str, rows: Sequence[Row], count: int, width: int) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, width=width, header_style="dim")
    numbers = _numbers(width)
    table.add_column(f"top {name}", ratio=1, no_wrap=True, overflow="ellipsis")
    for header, _ in numbers:
        table.add_column(header, justify="right", no_wrap=True)
    for row in rows[:count]:
        table.add_row(Text(escaped(str(row[name]))), *(_number(row[metric], metric) for _, metric in numbers))
    if not rows:
        table.add_row(Text("none in these hours", style="dim"), *([""] * len(numbers)))
    return table


def _numbers(width: int) -> list[tuple[str, str]]:
    """The columns of numbers that have a place beside a name."""
    all_of_them = [
        ("requests", "request_count"),
        ("errors %", "error_rate"),
        ("p99 ms", "latency_request_p99"),
        ("p50 ms", "latency_request_p50"),
    ]
    return all_of_them[: max(1, (width - 16) // 11)]


def _number(value: Any, metric: str) -> str:
    if value is None:
        return UNKNOWN
    if metric == "request_count":
        return f"{value:,}"
    return significant(value * _PERCENT if metric == "error_rate" else value)


def _beside(left: Table, right: Table) -> Table:
    both = Table.grid(padding=(0, 2, 0, 0))
    both.add_row(left, right)
    return both
