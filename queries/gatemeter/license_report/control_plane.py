"""A control plane's facts and counts for the license report, put together from its newest snapshots."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.plugin_targets import KAFKA_PLUGINS, LAMBDA_PLUGINS
from gatemeter.inventory.plugin_tiers import PluginTier
from gatemeter.inventory.snapshot import Completeness, PluginCount, Snapshot, Source
from gatemeter.license_report.deployment import (
    NO_LICENSE,
    UNLICENSED,
    Deployment,
    DeploymentType,
    License,
    PluginCounts,
    hashed_hostname,
)

_COUNTED_KAFKA_PLUGINS = KAFKA_PLUGINS - {"kafka-log"}
"""Plugins that produce to and consume from Kafka in place of an upstream; a plugin that logs is none of them."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class KnownControlPlane:
    """What is known of one control plane; the oldest of the snapshots that it is from is of `told_at`.

    `untiered` are plugins that no table of tiers lists: they are counted as custom.
    """

    id: str
    name: str
    deployment: Deployment
    told_at: datetime
    untiered: Sequence[str] = ()

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.id


def known_control_plane(snapshots: Sequence[Snapshot]) -> KnownControlPlane:
    """What snapshots of one control plane tell, one of each source: each value is of the newest that has it."""
    newest = _Newest(snapshots)
    plugins = newest.first(_plugin_counts)
    deployment = Deployment(
        kong_version=newest.first(lambda snapshot: snapshot.facts.gateway_version or None),
        db_version=newest.first(lambda snapshot: snapshot.facts.database_version or None),
        license=newest.first(_license) or License(None, None),
        plugins=_by_tier(plugins),
        unique_route_lambdas=newest.first(_unique_lambdas),
        unique_route_kafkas=newest.first(_unique_kafkas),
        services_count=newest.count(Kind.SERVICE),
        routes_count=newest.count(Kind.ROUTE),
        consumers_count=newest.count(Kind.CONSUMER),
        rbac_users=newest.count(Kind.RBAC_USER),
        workspaces_count=newest.count(Kind.WORKSPACE),
        cores=newest.first(lambda snapshot: snapshot.facts.cores),
        hostname=newest.first(_hostname),
        uname=newest.first(lambda snapshot: snapshot.facts.uname or None),
        deployment_type=newest.first(_deployment_type),
        connected_dp_count=newest.first(_data_planes),
    )
    untiered = sorted({each.name for each in plugins or () if each.tier == PluginTier.UNKNOWN})
    return KnownControlPlane(newest.control_plane.id, newest.control_plane.name, deployment, newest.told_at, untiered)


class _Newest:
    """Asks snapshots, the newest first, and remembers which of them have answered."""

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        self._snapshots = sorted(snapshots, key=lambda snapshot: snapshot.taken_at, reverse=True)
        self.control_plane = self._snapshots[0].control_plane
        self.told_at = self._snapshots[0].taken_at

    def first(self, told: Callable[[Snapshot], Value | None]) -> Value | None:
        for snapshot in self._snapshots:
            if (value := told(snapshot)) is not None:
                self.told_at = min(self.told_at, snapshot.taken_at)
                return value
        return None

    def count(self, kind: Kind) -> int | None:
        return self.first(lambda snapshot: snapshot.of(kind).known_count)


def _license(snapshot: Snapshot) -> License | None:
    """An open-source gateway has no license; of another one that names none nobody knows whether it has one."""
    facts = snapshot.facts
    if facts.license_key == UNLICENSED or (not facts.license_key and facts.edition == "community"):
        return NO_LICENSE
    return License(facts.license_key, facts.license_expires or None) if facts.license_key else None


def _plugin_counts(snapshot: Snapshot) -> Sequence[PluginCount] | None:
    if snapshot.reported.plugins is not None:
        return snapshot.reported.plugins
    inventory = snapshot.of(Kind.PLUGIN)
    if inventory.completeness is not Completeness.COMPLETE:
        return None
    instances = Counter((plugin.plugin_tier, plugin.name) for plugin in inventory.entities)
    return [PluginCount(tier, name, count) for (tier, name), count in sorted(instances.items())]


def _by_tier(plugins: Sequence[PluginCount] | None) -> PluginCounts | None:
    if plugins is None:
        return None
    tiers = (PluginTier.FREE, PluginTier.ENTERPRISE)
    free, enterprise = ({each.name: each.count for each in plugins if each.tier == tier} for tier in tiers)
    return PluginCounts(free, enterprise, {each.name: each.count for each in plugins if each.tier not in tiers})


def _unique_lambdas(snapshot: Snapshot) -> int | None:
    if snapshot.reported.unique_route_lambdas is not None:
        return snapshot.reported.unique_route_lambdas
    return _distinct_targets(snapshot, LAMBDA_PLUGINS)


def _unique_kafkas(snapshot: Snapshot) -> int | None:
    if snapshot.reported.unique_route_kafkas is not None:
        return snapshot.reported.unique_route_kafkas
    return _distinct_targets(snapshot, _COUNTED_KAFKA_PLUGINS)


def _distinct_targets(snapshot: Snapshot, names: frozenset[str]) -> int | None:
    """Distinct targets of plugins on routes without a service; None where not all plugins and routes are listed."""
    plugins, routes = snapshot.of(Kind.PLUGIN), snapshot.of(Kind.ROUTE)
    if {plugins.completeness, routes.completeness} != {Completeness.COMPLETE}:
        return None
    serviceless = {route.id for route in routes.entities if not route.service_id}
    return len(set(_targets(plugins.entities, names, serviceless)))


def _targets(plugins: Iterable[Entity], names: frozenset[str], routes: set[str]) -> Iterator[str]:
    for plugin in plugins:
        if plugin.name in names and plugin.route_id in routes:
            yield from plugin.target_hashes


def _hostname(snapshot: Snapshot) -> str | None:
    """Hashed; the hostname in a license report is taken as it is, for the vendor shows it so."""
    facts = snapshot.facts
    if not facts.hostname:
        return None
    is_reported = snapshot.source is Source.LICENSE_REPORT or facts.report_checksum
    return facts.hostname if is_reported else hashed_hostname(facts.hostname)


def _deployment_type(snapshot: Snapshot) -> DeploymentType | None:
    found = snapshot.facts.deployment
    return DeploymentType(found) if found in set(DeploymentType) else None


def _data_planes(snapshot: Snapshot) -> int | None:
    if snapshot.facts.connected_data_planes is not None:
        return snapshot.facts.connected_data_planes
    nodes = snapshot.of(Kind.NODE)
    if nodes.completeness is not Completeness.COMPLETE:
        return None
    return sum(node.role == "data_plane" for node in nodes.entities)
