"""The license report as JSON, as the months alone, or in a tar as the gateway's users send it."""

from collections.abc import Sequence
from datetime import timedelta
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import Response

from gatemeter.api.answers import file_answer, json_answer
from gatemeter.api.forms import Form
from gatemeter.api.requests import LicenseRequest
from gatemeter.clock import Clock
from gatemeter.escaping import escaped
from gatemeter.license_report.archive import archive_bytes, archive_stem
from gatemeter.license_report.buckets import MonthlyBucket
from gatemeter.license_report.inventoried import Inventoried
from gatemeter.license_report.notes import report_notes
from gatemeter.license_report.shapes import license_report
from gatemeter.output.records import csv_pieces, json_text

NOTE_HEADER = "x-gatemeter-note"
"""What a reader has to know and the vendor's shape has no place for; several times for several notes."""


def license_answer(
    request: Request,
    asked: LicenseRequest,
    form: Form,
    buckets: Sequence[MonthlyBucket],
    known: Inventoried,
    clock: Clock,
) -> Response:
    """The answer in one of the forms JSON, CSV and TAR; the report was made when Last-Modified says."""
    rows = [bucket.model_dump() for bucket in buckets]
    if form is Form.CSV:
        return file_answer(request, b"".join(csv_pieces(rows, list(MonthlyBucket.model_fields))), form, "license")
    report = license_report(asked.shape, buckets, known.deployment, clock)
    now = clock.now()
    notes = [
        _header_text(note) for note in report_notes(buckets, known, now, timedelta(hours=asked.inventory_max_age_h))
    ]
    # The time of the report is in it, and makes no other report of it.
    tag = repr((asked.shape, form, rows, known.deployment))
    if form is Form.TAR:
        archive = archive_bytes(json_text(report), now)
        answer = file_answer(request, archive, form, archive_stem(now), tag=tag)
    else:
        answer = json_answer(request, report, tag=tag)
    answer.headers["last-modified"] = format_datetime(now, usegmt=True)
    for note in notes:
        answer.headers.append(NOTE_HEADER, note)
    return answer


def _header_text(note: str) -> str:
    """`note` as headers can hold it: names of control planes may be of any letters."""
    return escaped(note).encode("ascii", "backslashreplace").decode()
