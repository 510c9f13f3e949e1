"""The report in each of the shapes that the vendor has documented, in the order of members of its examples.

Members that the text of a document names and its example lacks come last. What is not known is null.
"""

from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from json import dumps
from typing import Any

from gatemeter.clock import Clock
from gatemeter.license_report.buckets import MonthlyBucket, total_requests
from gatemeter.license_report.deployment import Deployment, DeploymentType, PluginCounts


class Shape(StrEnum):
    """A shape, by the first version of the gateway whose documents show it, but for 3.10, which is that of 3.5."""

    V3_10 = "3.10"
    """Months and their total, counts of entities and plugins, a license with its date, a checksum."""
    V2_7 = "2.7"
    """Months, the counts of services, workspaces and RBAC users."""
    V1_3 = "1.3"
    """As 2.7, with one counter for all requests."""


def license_report(
    shape: Shape, buckets: Sequence[MonthlyBucket], deployment: Deployment, clock: Clock
) -> dict[str, Any]:
    """The report as it is now; `timestamp` is in Unix seconds."""
    match shape:
        case Shape.V3_10:
            return _current_report(buckets, deployment, int(clock.now().timestamp()))
        case Shape.V2_7:
            return _early_report([bucket.model_dump() for bucket in buckets], deployment)
        case Shape.V1_3:
            return _early_report({"req_cnt": total_requests(buckets)}, deployment)


def report_checksum(report: dict[str, Any]) -> str:
    """gatemeter's own checksum (the vendor's is not public), in hex, so that a stored report can be verified.

    SHA-256 over the report without its `checksum`, as JSON in ASCII with sorted keys and no spaces.
    """
    content = {name: value for name, value in report.items() if name != "checksum"}
    return sha256(dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _current_report(buckets: Sequence[MonthlyBucket], deployment: Deployment, timestamp: int) -> dict[str, Any]:
    report: dict[str, Any] = {
        "plugins_count": {
            "tiers": _tiers(deployment.plugins),
            "unique_route_lambdas": deployment.unique_route_lambdas,
            "unique_route_kafkas": deployment.unique_route_kafkas,
        },
        "routes_count": deployment.routes_count,
        "timestamp": timestamp,
        "license": {
            "license_expiration_date": deployment.license.license_expiration_date,
            "license_key": deployment.license.license_key,
        },
        "checksum": "",
        "counters": {
            "buckets": [bucket.model_dump() for bucket in buckets],
            "total_requests": total_requests(buckets),
        },
        "services_count": deployment.services_count,
        "kong_version": deployment.kong_version,
        "db_version": deployment.db_version,
        "system_info": {"cores": deployment.cores, "uname": deployment.uname, "hostname": deployment.hostname},
        "deployment_info": _deployment_info(deployment),
        "workspaces_count": deployment.workspaces_count,
        "consumers_count": deployment.consumers_count,
        "rbac_users": deployment.rbac_users,
    }
    return {**report, "checksum": report_checksum(report)}


def _tiers(plugins: PluginCounts | None) -> dict[str, Any]:
    if plugins is None:
        return {"enterprise": None, "free": None, "custom": None}
    return {"enterprise": dict(plugins.enterprise), "free": dict(plugins.free), "custom": dict(plugins.custom)}


def _deployment_info(deployment: Deployment) -> dict[str, Any]:
    """The number of data planes stands only where there can be some: in hybrid mode."""
    if deployment.deployment_type is not DeploymentType.HYBRID:
        return {"type": deployment.deployment_type}
    return {"type": deployment.deployment_type, "connected_dp_count": deployment.connected_dp_count}


def _early_report(counters: Any, deployment: Deployment) -> dict[str, Any]:
    return {
        "counters": counters,
        "db_version": deployment.db_version,
        "kong_version": deployment.kong_version,
        "license_key": deployment.license.license_key,
        "rbac_users": deployment.rbac_users,
        "services_count": deployment.services_count,
        "system_info": {"cores": deployment.cores, "hostname": deployment.hostname, "uname": deployment.uname},
        "workspaces_count": deployment.workspaces_count,
    }
