"""A gateway's license report (JSON) as facts and counts, in every documented shape.

The license key stood at the top before it got an object of its own; of `counters` see `report_counters`. Sources:
the pages of license reports for 1.3, 2.7 and 3.10 on docs.konghq.com, and ReportResponse of admin-ee/3.15 in
Kong/developer.konghq.com.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from gatemeter.errors import InputError
from gatemeter.inventory.entity import LATEST_S, Kind
from gatemeter.inventory.entity_reading import text_of, whole_number
from gatemeter.inventory.report_counters import CounterFault, read_counters
from gatemeter.inventory.snapshot import GatewayFacts, KindInventory, PluginCount, ReportedCounts

Report = Mapping[str, Any]

_LONGEST_SECONDS = 20

_AGAIN = "ask the gateway for the report again"
_KEPT_AS_TOLD = frozenset(CounterFault)
"""Snapshots keep the counters as the gateway wrote them, and nobody is billed by them."""
_COUNTS = {
    Kind.WORKSPACE: "workspaces_count",
    Kind.SERVICE: "services_count",
    Kind.ROUTE: "routes_count",
    Kind.CONSUMER: "consumers_count",
    Kind.RBAC_USER: "rbac_users",
}


def is_license_report(document: object) -> bool:
    """Whether a JSON document looks like a license report of any version."""
    return isinstance(document, Mapping) and "counters" in document and "kong_version" in document


def facts_of_report(report: Report) -> GatewayFacts:
    """What the report says of the gateway, its license and the node. Raises ValueError for a text that is too long."""
    license_, system, deployment = (_object(report, name) for name in ("license", "system_info", "deployment_info"))
    database_version = text_of(report, "db_version")
    return GatewayFacts(
        gateway_version=text_of(report, "kong_version"),
        edition="enterprise",
        database=database_version.partition(" ")[0],
        database_version=database_version,
        deployment=text_of(deployment, "type"),
        hostname=text_of(system, "hostname"),
        cores=whole_number(system.get("cores")),
        uname=text_of(system, "uname"),
        license_key=text_of(license_, "license_key") or text_of(report, "license_key"),
        license_expires=text_of(license_, "license_expiration_date"),
        connected_data_planes=whole_number(deployment.get("connected_dp_count")),
        report_checksum=text_of(report, "checksum"),
    )


def counts_of_report(report: Report) -> ReportedCounts:
    """The report's numbers of plugins and requests; None for those that it lacks. Raises as `facts_of_report`."""
    plugins = _object(report, "plugins_count")
    counters = read_counters(report.get("counters"), accepted=_KEPT_AS_TOLD)
    return ReportedCounts(
        plugins=tuple(_plugins(plugins["tiers"])) if _tells_tiers(plugins) else None,
        unique_route_lambdas=whole_number(plugins.get("unique_route_lambdas")),
        unique_route_kafkas=whole_number(plugins.get("unique_route_kafkas")),
        monthly_requests=None if counters.months is None else tuple(counters.months),
        total_requests=counters.written_total,
    )


def kinds_of_report(report: Report) -> dict[Kind, KindInventory]:
    """How many there are of each kind that the report counts."""
    kinds = {kind: KindInventory.counted(whole_number(report.get(name))) for kind, name in _COUNTS.items()}
    plugins = counts_of_report(report).plugins
    kinds[Kind.PLUGIN] = KindInventory.counted(None if plugins is None else sum(each.count for each in plugins))
    return kinds


def time_of_report(report: Report) -> datetime | None:
    """When it was made; None for the versions that do not tell."""
    timestamp = whole_number(_number(report.get("timestamp")))
    return None if timestamp is None or timestamp > LATEST_S else datetime.fromtimestamp(timestamp, UTC)


def _object(report: Report, name: str) -> Report:
    value = report.get(name)
    return value if isinstance(value, Mapping) else {}


def _tells_tiers(plugins: Report) -> bool:
    """A report of gatemeter's own has null for tiers that it does not know."""
    tiers = plugins.get("tiers")
    return isinstance(tiers, Mapping) and None not in tiers.values()


def _plugins(tiers: Mapping[str, Any]) -> Iterator[PluginCount]:
    """A tier without plugins is an empty object; one published sample has 0 there."""
    for tier, plugins in tiers.items():
        for name, number in plugins.items() if isinstance(plugins, Mapping) else ():
            count = whole_number(number)
            if count is None:
                raise InputError(f"the number of plugins {name} is not a number", do=_AGAIN)
            yield PluginCount(tier, name, count)


def _number(value: object) -> object:
    """One published schema has the timestamp as a text."""
    is_number = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_SECONDS
    return int(str(value)) if is_number else value
