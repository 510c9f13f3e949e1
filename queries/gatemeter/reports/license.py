"""The license report in the gateway vendor's two shapes: 3.10 with monthly buckets, and 1.3 with one counter.

What access logs cannot tell (versions, entity counts, the machine) is null, never invented. Without a license the
vendor writes the key UNLICENSED and the date 2017-7-20; so do we, as no license is known here.

A license report in a tar archive, as the vendor asks for it to be sent.
"""

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict

from gatemeter.clickhouse.query import fetch, fetch_parquet, query_sql
from gatemeter.clock import Clock
from gatemeter.output.whole_file import write_whole
from gatemeter.reports.parquet import model_columns, parquet_sql

UNLICENSED = "UNLICENSED"
NO_LICENSE_DATE = "2017-7-20"


class MonthlyBucket(BaseModel):
    """The requests of one calendar month (UTC); `bucket` is `2026-02`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    bucket: str
    request_count: int


@dataclass(frozen=True, slots=True)
class LicenseParameters:
    """Whether requests that the gateway answered itself (`source` is `kong`) are left out."""

    exclude_gateway_answers: bool = False

    @property
    def query_parameters(self) -> dict[str, int]:
        """The parameters of the report's SQL."""
        return {"exclude_gateway_answers": int(self.exclude_gateway_answers)}


def monthly_buckets(client: Client, parameters: LicenseParameters) -> list[MonthlyBucket]:
    """The months that have requests, by month. Raises RetryableError or StopError as `fetch` does."""
    return [MonthlyBucket.model_validate(row) for row in fetch(client, "license", parameters.query_parameters)]


def license_parquet(client: Client, parameters: LicenseParameters) -> Iterator[bytes]:
    """The months as the pieces of a Parquet file. Raises as `fetch_parquet` does."""
    sql = parquet_sql(query_sql("license"), model_columns(MonthlyBucket, MonthlyBucket.model_fields))
    return fetch_parquet(client, "license", sql, parameters.query_parameters)


def license_report(buckets: list[MonthlyBucket], clock: Clock) -> dict[str, Any]:
    """The 3.10 shape, in the vendor's field order; `timestamp` is in Unix seconds."""
    body: dict[str, Any] = {
        "kong_version": None,
        "db_version": None,
        "license": {"license_key": UNLICENSED, "license_expiration_date": NO_LICENSE_DATE},
        "counters": {"buckets": [bucket.model_dump() for bucket in buckets], "total_requests": _total(buckets)},
        "plugins_count": {
            "tiers": {"free": None, "enterprise": None, "custom": None},
            "unique_route_lambdas": None,
            "unique_route_kafkas": None,
        },
        "services_count": None,
        "routes_count": None,
        "consumers_count": None,
        "rbac_users": None,
        "workspaces_count": None,
        "system_info": {"cores": None, "hostname": None, "uname": None},
        "deployment_info": {"type": None, "connected_dp_count": None},
    }
    timestamp = int(clock.now().timestamp())
    return {"timestamp": timestamp, "checksum": report_checksum({"timestamp": timestamp, **body}), **body}


def legacy_license_report(buckets: list[MonthlyBucket]) -> dict[str, Any]:
    """The 1.3 shape: one counter of all requests."""
    return {
        "counters": {"req_cnt": _total(buckets)},
        "db_version": None,
        "kong_version": None,
        "license_key": UNLICENSED,
        "rbac_users": None,
        "services_count": None,
        "system_info": {"cores": None, "hostname": None, "uname": None},
        "workspaces_count": None,
    }


def report_checksum(report: dict[str, Any]) -> str:
    """gatemeter's own checksum (the vendor's is not public), in hex, so that a stored report can be verified.

    SHA-256 over the report without its `checksum`, as JSON in ASCII with sorted keys and no spaces.
    """
    content = {name: value for name, value in report.items() if name != "checksum"}
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _total(buckets: list[MonthlyBucket]) -> int:
    return sum(bucket.request_count for bucket in buckets)


MEMBER_NAME = "response.json"


def default_archive_name(now: datetime) -> str:
    """`report-20260203T100500Z.tar`."""
    return f"report-{now:%Y%m%dT%H%M%SZ}.tar"


def gateway_archive_name(now: datetime) -> str:
    """`report-2026_02_03_10_05_AM`, as the vendor's documents name theirs, in UTC."""
    return f"report-{now:%Y_%m_%d_%I_%M_%p}"


def archive_bytes(report_json: str, now: datetime) -> bytes:
    """A tar that holds `report_json` as one file."""
    content, archived = report_json.encode(), io.BytesIO()
    member = tarfile.TarInfo(MEMBER_NAME)
    member.size, member.mtime, member.mode = len(content), int(now.timestamp()), 0o644
    with tarfile.open(fileobj=archived, mode="w") as archive:
        archive.addfile(member, io.BytesIO(content))
    return archived.getvalue()


def write_archive(path: Path, report_json: str, now: datetime) -> None:
    """Write a tar at `path` that holds `report_json` as one file. Raises SettingsError when it cannot be written."""
    write_whole(path, [archive_bytes(report_json, now)])
