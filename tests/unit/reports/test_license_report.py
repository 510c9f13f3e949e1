import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from gatemeter.clock import ManualClock
from gatemeter.reports.license import MonthlyBucket, legacy_license_report, license_report, report_checksum

GOLDEN = Path(__file__).parents[2] / "golden"
BUCKETS = [MonthlyBucket(bucket="2026-01", request_count=1200), MonthlyBucket(bucket="2026-02", request_count=800)]
CLOCK = ManualClock(datetime(2026, 2, 3, 10, tzinfo=UTC))


def test_has_the_vendors_shape_and_field_order() -> None:
    text = json.dumps(license_report(BUCKETS, CLOCK), indent=2) + "\n"
    assert text == (GOLDEN / "license_report.json").read_text()


def test_has_the_legacy_shape() -> None:
    text = json.dumps(legacy_license_report(BUCKETS), indent=2) + "\n"
    assert text == (GOLDEN / "license_report_legacy.json").read_text()


def test_counts_nothing_without_buckets() -> None:
    assert license_report([], CLOCK)["counters"] == {"buckets": [], "total_requests": 0}


def test_the_checksum_can_be_verified_from_the_printed_report() -> None:
    printed = json.loads(json.dumps(license_report(BUCKETS, CLOCK), indent=7))
    stated = printed.pop("checksum")
    assert stated == hashlib.sha256(json.dumps(printed, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def test_the_checksum_covers_every_number() -> None:
    report = license_report(BUCKETS, CLOCK)
    report["counters"]["buckets"][0]["request_count"] += 1
    assert report_checksum(report) != report["checksum"]
