"""The license report as JSON, as the months alone, or in a tar as the gateway's users send it."""

from collections.abc import Sequence
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import Response

from gatemeter.api.answers import file_answer, json_answer
from gatemeter.api.forms import Form
from gatemeter.api.requests import LicenseRequest
from gatemeter.clock import Clock
from gatemeter.output.records import csv_pieces, json_text
from gatemeter.reports.license import (
    MonthlyBucket,
    archive_bytes,
    gateway_archive_name,
    legacy_license_report,
    license_report,
)


def license_answer(
    request: Request, asked: LicenseRequest, form: Form, buckets: Sequence[MonthlyBucket], clock: Clock
) -> Response:
    """The answer in one of the forms JSON, CSV and TAR; the report was made when Last-Modified says."""
    rows = [bucket.model_dump() for bucket in buckets]
    if form is Form.CSV:
        return file_answer(request, b"".join(csv_pieces(rows, list(MonthlyBucket.model_fields))), form, "license")
    report = legacy_license_report(list(buckets)) if asked.legacy else license_report(list(buckets), clock)
    tag = repr((asked.legacy, form, rows))  # the time of the report is in it, and makes no other report of it
    now = clock.now()
    if form is Form.TAR:
        archive = archive_bytes(json_text(report), now)
        answer = file_answer(request, archive, form, gateway_archive_name(now), tag=tag)
    else:
        answer = json_answer(request, report, tag=tag)
    answer.headers["last-modified"] = format_datetime(now, usegmt=True)
    return answer
