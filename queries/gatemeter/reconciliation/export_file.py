"""Files to reconcile with: which kind one is, by what it holds, and what it states."""

import codecs
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gatemeter.errors import InputError
from gatemeter.imported_usage.history_file import IDENTITY_COLUMNS
from gatemeter.inventory.documents import read_document
from gatemeter.output.text import count_of
from gatemeter.reconciliation.anthropic_export import (
    is_anthropic_page,
    read_anthropic_costs,
    read_anthropic_page,
    read_anthropic_usage,
)
from gatemeter.reconciliation.aws_export import REQUIRED as CUR_COLUMNS
from gatemeter.reconciliation.aws_export import column_of, read_cur
from gatemeter.reconciliation.csv_rows import CsvExport
from gatemeter.reconciliation.focus_export import REQUIRED as FOCUS_COLUMNS
from gatemeter.reconciliation.focus_export import read_focus
from gatemeter.reconciliation.json_pages import note_missing_pages
from gatemeter.reconciliation.openai_export import (
    is_openai_page,
    read_openai_costs,
    read_openai_page,
    read_openai_usage,
)
from gatemeter.reconciliation.stated import Export

_BEGIN_BYTES = 4_096
_EXPOSITION = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*(?:\{[^\n]*\})?[ \t]+[-+0-9.NI][^\n,;]*(?:\n|$)")
_KNOWN = (
    "give an export or an answer of the API of OpenAI or Anthropic, an AWS Cost and Usage Report, FOCUS, a gateway's "
    "license report or metrics, or a CSV of requests by consumer (docs/reconcile.md)"
)


def is_gateway_counters(path: Path) -> bool:
    """Whether the file holds a gateway's own counters, which `losses.counter_file` reads. Raises InputError."""
    begin = _begin(path).lstrip()
    if begin[:1] == "{":
        document = _document(path)
        return isinstance(document, dict) and ("counters" in document or isinstance(document.get("server"), dict))
    return begin.startswith(("#", "Active connections:")) or _EXPOSITION.match(begin) is not None


def is_history(path: Path) -> bool:
    """Whether the file is a CSV of requests by consumer, which `imported_usage.history_file` reads."""
    header = _begin(path).split("\n")[0]
    names = {each.strip().strip('"') for each in header.split(",")}
    return bool(names & {"requests", *IDENTITY_COLUMNS})


def read_exports(paths: Sequence[Path]) -> Sequence[Export]:
    """What providers' exports state.

    Raises InputError for a file of another kind, one without a row that could be read, or with two currencies.
    """
    exports: list[Export] = []
    for path in paths:
        found = _read(path)
        _require_rows(path, found)
        _require_one_currency(path, found)
        exports.extend(found)
    note_missing_pages(exports)
    return exports


def _begin(path: Path) -> str:
    """How the file begins, as a shell of Windows may have written it, too: behind a mark, and in UTF-16."""
    try:
        with path.open("rb") as file:
            begin = file.read(_BEGIN_BYTES)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    is_wide = begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return begin.decode("utf-16" if is_wide else "utf-8-sig", "replace")


def _read(path: Path) -> Sequence[Export]:
    if _begin(path).lstrip()[:1] == "{":
        return [_read_json(_document(path), path)]
    file = CsvExport(path)
    names = set(file.header)
    if "usage_date_utc" in names:
        return [read_anthropic_costs(file) if "cost_usd" in names else read_anthropic_usage(file)]
    if {"start_time", "end_time"} <= names and names & {"amount_value", "input_tokens"}:
        return [read_openai_costs(file) if "amount_value" in names else read_openai_usage(file)]
    if set(CUR_COLUMNS) <= {column_of(name) for name in names}:
        return [read_cur(file)]
    if set(FOCUS_COLUMNS) <= names:
        return read_focus(file)
    raise InputError("its columns are those of no export that is known", where=f"{path}:1", do=_KNOWN)


def _document(path: Path) -> Any:
    try:
        return read_document(path, parse_float=str)  # numbers stay as they are written
    except InputError as error:
        raise InputError(error.what, where=error.where, do="ask the API again, and save its whole answer") from error


def _read_json(document: Any, path: Path) -> Export:
    if isinstance(document, dict) and is_openai_page(document):
        return read_openai_page(document, path)
    if isinstance(document, dict) and is_anthropic_page(document):
        return read_anthropic_page(document, path)
    raise InputError("it is JSON of no export that is known", where=str(path), do=_KNOWN)


def _require_rows(path: Path, exports: Sequence[Export]) -> None:
    if any(each.amounts or each.intervals for each in exports):
        return
    unread = [row for each in exports for row in each.unread]
    left_out = [f"{count} {what}" for each in exports for what, count in each.left_out.items()]
    if unread:
        what = f"none of its rows can be read, of {count_of(len(unread), 'row')} the first: {unread[0].what}"
        raise InputError(what, where=unread[0].where, do="export it again")
    raise InputError(
        "has no rows of calls to models" + (f": {', '.join(left_out)}" if left_out else ""),
        where=str(path),
        do="export a time and a service that were used",
    )


def _require_one_currency(path: Path, exports: Sequence[Export]) -> None:
    found = sorted({amount.currency for each in exports for amount in each.amounts if amount.currency})
    if len(found) > 1:
        raise InputError(
            f"has amounts in {' and '.join(found)}, which are never added", where=str(path), do="export each by itself"
        )
