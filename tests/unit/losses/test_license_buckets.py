"""License reports as counters: every shape, several clusters, reports that repeat each other, and impossible ones."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gatemeter.errors import InputError
from gatemeter.license_report.shapes import report_checksum
from gatemeter.losses.counter_file import GatewayCounters
from gatemeter.losses.reading import Reading
from gatemeter.losses.window import month_borders

MARCH_10 = datetime(2026, 3, 10, tzinfo=UTC)


def _report(months: dict[str, int], host: str = "a", at: datetime = MARCH_10) -> dict[str, Any]:
    buckets = [{"bucket": month, "request_count": count} for month, count in months.items()]
    return {
        "timestamp": int(at.timestamp()),
        "checksum": "3f786850e387550fdab836ed7e6dc881de23001b",
        "kong_version": "3.10.0.2-enterprise-edition",
        "counters": {"buckets": buckets, "total_requests": sum(months.values())},
        "system_info": {"cores": 4, "hostname": host, "uname": "Linux x86_64"},
    }


def _readings(folder: Path, *reports: dict[str, Any], zone: str | None = "UTC") -> dict[str, Reading]:
    paths = []
    for number, report in enumerate(reports):
        paths.append(folder / f"{number}.json")
        paths[-1].write_text(json.dumps(report))
    found = GatewayCounters.of_files(paths).readings(month_borders, ZoneInfo(zone) if zone else None)
    return {reading.window.month: reading for reading in found}


def test_a_month_that_is_over_is_exact_and_undated_requests_are_in_none(tmp_path: Path) -> None:
    found = _readings(tmp_path, _report({"2026-01": 1200, "UNKNOWN": 5, "2026-02": 800}))
    assert {month: (each.least, each.most) for month, each in found.items()} == {
        "2026-01": (1200, 1200),
        "2026-02": (800, 800),
    }
    assert found["2026-02"].window.end.latest == datetime(2026, 3, 1, tzinfo=UTC)


def test_requests_of_no_month_are_told_beside_the_readings(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(_report({"UNKNOWN": 5, "2026-02": 800})))
    assert list(GatewayCounters.of_files([path]).undated()) == [(str(path), 5)]


def test_the_bound_of_a_month_holds_every_time_zone_unless_one_is_named(tmp_path: Path) -> None:
    window = _readings(tmp_path, _report({"2026-01": 1}), zone=None)["2026-01"].window
    assert window.start.latest - window.start.earliest == timedelta(hours=26)
    berlin = _readings(tmp_path, _report({"2026-01": 1}), zone="Europe/Berlin")["2026-01"].window
    assert berlin.start.earliest == berlin.start.latest == datetime(2025, 12, 31, 23, tzinfo=UTC)


def test_the_running_month_ends_when_the_report_was_made(tmp_path: Path) -> None:
    window = _readings(tmp_path, _report({"2026-03": 7}))["2026-03"].window
    assert window.end.latest == MARCH_10


def test_reports_of_one_cluster_count_once_and_of_two_are_added(tmp_path: Path) -> None:
    first, later = (
        _report({"2026-02": 800, "2026-03": 10}),
        _report({"2026-02": 800, "2026-03": 90}, at=MARCH_10 + timedelta(days=1)),
    )
    assert _readings(tmp_path, first, first, later)["2026-03"].seen == 90
    same_counts = _report({"2026-02": 800, "2026-03": 95}, host="b", at=MARCH_10 + timedelta(days=2))
    assert _readings(tmp_path, first, same_counts)["2026-02"].seen == 800
    other = _readings(tmp_path, first, _report({"2026-02": 5}, host="b"))["2026-02"]
    assert (other.least, other.most) == (805, 805)


def test_clusters_that_may_be_one_give_a_range(tmp_path: Path) -> None:
    found = _readings(tmp_path, _report({"2026-03": 10}), _report({"2026-03": 12}, host="b"))["2026-03"]
    assert (found.least, found.most) == (12, 22)


def test_a_month_that_one_cluster_does_not_tell_of_has_no_upper_bound(tmp_path: Path) -> None:
    older = _report({"2026-01": 7}, host="b", at=datetime(2026, 2, 20, tzinfo=UTC))
    found = _readings(tmp_path, _report({"2026-01": 1200, "2026-02": 800}), older)["2026-02"]
    assert (found.least, found.most) == (800, None)


def test_a_count_that_fell_is_a_lower_bound(tmp_path: Path) -> None:
    found = _readings(tmp_path, _report({"2026-02": 800}), _report({"2026-02": 30}, at=MARCH_10 + timedelta(days=1)))
    assert (found["2026-02"].least, found["2026-02"].most) == (800, None)


def test_the_older_shapes_are_read(tmp_path: Path) -> None:
    of_2_7 = {**_report({}), "counters": [{"bucket": "2026-02", "request_count": 4}]}
    assert _readings(tmp_path, of_2_7)["2026-02"].seen == 4
    of_1_3 = {**_report({}), "counters": {"req_cnt": 22}}
    assert _readings(tmp_path, of_1_3)[""].seen == 22


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"counters": {"buckets": [{"bucket": "2026-13", "request_count": 1}]}}, "neither a month"),
        ({"counters": {"buckets": [{"bucket": "2026-02", "request_count": -1}]}}, "no month or no count"),
        ({"counters": {"buckets": [{"bucket": "2026-02", "request_count": 1}], "total_requests": 2}}, "add up to 1"),
        (
            {
                "counters": {
                    "buckets": [{"bucket": "2026-02", "request_count": 1}, {"bucket": "2026-02", "request_count": 2}]
                }
            },
            "a month twice",
        ),
        ({"counters": {"req_cnt": "22"}}, "neither buckets nor"),
        ({"timestamp": None}, "no timestamp"),
        ({"timestamp": "9" * 5_000}, "no timestamp"),
        ({"timestamp": 0}, "no timestamp"),
        ({"system_info": {"hostname": "a" * 5_000}}, "hostname has 5000 characters"),
    ],
)
def test_a_report_that_cannot_be_is_refused(tmp_path: Path, change: dict[str, Any], what: str) -> None:
    with pytest.raises(InputError, match=what):
        _readings(tmp_path, {**_report({"2026-02": 1}), **change})


def test_a_report_without_any_month_tells_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file tells of requests of a month or a node"):
        _readings(tmp_path, _report({}))


def test_gatemeters_own_report_is_not_the_gateways(tmp_path: Path) -> None:
    own = {**_report({"2026-02": 4}), "kong_version": None}
    own["checksum"] = report_checksum(own)
    with pytest.raises(InputError, match="gatemeter's own counts"):
        _readings(tmp_path, own)
