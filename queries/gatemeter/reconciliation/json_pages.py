"""Answers of usage and cost APIs: pages of time buckets, each with results.

OpenAI (`object: page`, `data[].results[]`, `has_more`, `next_page`; https://platform.openai.com/docs/api-reference/usage)
and Anthropic (`data[].results[]`, `has_more`, `next_page`;
https://docs.claude.com/en/api/admin-api/usage-cost/get-messages-usage-report) have this form in common.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from gatemeter.errors import InputError
from gatemeter.reconciliation.cells import Cells, UnreadableRowError
from gatemeter.reconciliation.csv_rows import read_row
from gatemeter.reconciliation.stated import Export, Interval, UnreadRow

ReadResult = Callable[[Cells, str, Interval], None]


def read_pages(
    export: Export, document: Mapping[str, Any], path: Path, edges: tuple[str, str], read: ReadResult
) -> None:
    """Call `read` with each result, its place and the interval of its bucket, whose members `edges` name.

    A bucket or result that cannot be read becomes `export.unread`. Raises InputError for numbers that contradict
    each other.
    """
    for number, bucket in enumerate(_objects(document.get("data"), path)):
        where = f"{path}: data[{number}]"
        try:
            interval = Cells(bucket).interval(*edges)
        except UnreadableRowError as error:
            export.unread.append(UnreadRow(where, str(error)))
            continue
        _read_bucket(export, _objects(bucket.get("results", bucket.get("result")), path), where, interval, read)
    export.has_more = document.get("has_more") is True


def note_missing_pages(exports: Sequence[Export]) -> None:
    """Add to `unread` of each page that says another one follows, unless a page begins where it ends."""
    for page in exports:
        end = page.span.end if page.intervals else None
        if page.has_more and not any(_follows(each, page, end) for each in exports):
            page.unread.append(
                UnreadRow(page.path, "says that there are more pages: give all of them that follow, too")
            )


def _follows(other: Export, page: Export, end: datetime | None) -> bool:
    is_same_kind = len({other.is_of_costs, page.is_of_costs} - {None}) < 2
    return other.source == page.source and is_same_kind and any(each.start == end for each in other.intervals)


def _read_bucket(
    export: Export, results: Sequence[Mapping[str, Any]], where: str, interval: Interval, read: ReadResult
) -> None:
    export.intervals.append(interval)
    for at, result in enumerate(results):
        read_row(export, Cells(result), f"{where}.results[{at}]", lambda cells, place: read(cells, place, interval))


def _objects(values: object, path: Path) -> Sequence[Mapping[str, Any]]:
    if not isinstance(values, list) or not all(isinstance(each, dict) for each in values):
        raise InputError("its data is not a list of buckets with results", where=str(path), do="ask the API again")
    return values
