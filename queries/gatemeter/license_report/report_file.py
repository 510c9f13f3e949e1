"""A license report in a file: as JSON, or in a tar, in any of the documented shapes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatemeter.errors import InputError
from gatemeter.inventory.documents import members_by_name
from gatemeter.inventory.report_counters import CounterFault, CounterForm, read_counters
from gatemeter.license_report.archive import report_text
from gatemeter.license_report.buckets import MonthlyBucket
from gatemeter.license_report.shapes import Shape

_LARGEST_FILE_BYTES = 32 * 1024 * 1024
_ANOTHER_FILE = "name a file that gatemeter report license wrote"


_ACCEPTED = frozenset({CounterFault.MONTH_TWICE, CounterFault.OTHER_TOTAL})
"""What a check tells as differences; a file with another fault was never written by gatemeter."""

_SHAPES = {
    CounterForm.ONE_NUMBER: Shape.V1_3,
    CounterForm.MONTHS: Shape.V2_7,
    CounterForm.MONTHS_AND_TOTAL: Shape.V3_10,
}


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report that was read. `buckets` is None in the shape that has no months."""

    path: Path
    report: dict[str, Any]
    shape: Shape
    buckets: Sequence[MonthlyBucket] | None
    total_requests: int

    @property
    def checksum(self) -> str | None:
        """The checksum that stands in it; None for shapes without one."""
        return self.report.get("checksum")


def read_report(path: Path) -> ReportFile:
    """The report in `path`. Raises InputError for anything else than a license report."""
    where = str(path)
    report = _document(report_text(read_bytes(path), where), where)
    try:
        counters = read_counters(report.get("counters"), accepted=_ACCEPTED)
    except InputError as error:
        raise InputError(f"has no counters of a license report: {error.what}", where=where, do=_ANOTHER_FILE) from error
    if not isinstance(report.get("checksum", ""), str):
        raise InputError("its checksum is not a text", where=where, do=_ANOTHER_FILE)
    months = [MonthlyBucket(bucket=each.bucket, request_count=each.requests) for each in counters.months or ()]
    buckets = None if counters.months is None else months
    return ReportFile(path, report, _SHAPES[counters.form], buckets, counters.total)


def read_bytes(path: Path) -> bytes:
    """The content of a file. Raises InputError if it cannot be read, or is larger than any report."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if len(content) > _LARGEST_FILE_BYTES:
        raise InputError("is too large for a license report", where=str(path), do=_ANOTHER_FILE)
    return content


def _document(text: bytes, where: str) -> dict[str, Any]:
    try:
        document = json.loads(text, object_pairs_hook=members_by_name, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON: {error}", where=where, do=_ANOTHER_FILE) from error
    if not isinstance(document, dict):
        raise InputError("is not a JSON object", where=where, do=_ANOTHER_FILE)
    return document


def _refused(constant: str) -> Any:
    msg = f"{constant} is not a number of JSON"
    raise ValueError(msg)
