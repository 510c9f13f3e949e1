"""Whose entities a license report has: of one control plane of the inventory, or the sum of all of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TypeVar

from clickhouse_connect.driver.client import Client

from gatemeter.errors import SettingsError
from gatemeter.inventory.snapshot import Snapshot
from gatemeter.license_report.control_plane import KnownControlPlane, known_control_plane
from gatemeter.license_report.deployment import NOTHING_KNOWN, Deployment, License, PluginCounts
from gatemeter.output.text import shortened
from gatemeter.reports.inventory import latest_snapshots

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Inventoried:
    """What a report tells beside its counters. `control_planes` are those that told it; none without an inventory."""

    deployment: Deployment = NOTHING_KNOWN
    control_planes: Sequence[KnownControlPlane] = ()

    @property
    def label(self) -> str | None:
        """Whose report it is: a control plane, or several; None without an inventory."""
        return ", ".join(each.label for each in self.control_planes) or None

    @property
    def told_at(self) -> datetime | None:
        """When the oldest of the snapshots was taken."""
        return min((each.told_at for each in self.control_planes), default=None)


def inventoried(client: Client, control_plane: str | None, *, has_topics: bool) -> Inventoried:
    """What the newest snapshots of the store tell of `control_plane`, an id or name; None is all of them.

    Raises as `fetch` does, and SettingsError for a control plane that is not there, and for one of several without the
    topics of its gateways: requests are not stored by control plane, so the report would have those of all.
    """
    stored = [each.snapshot for each in latest_snapshots(client)]
    known = [known_control_plane(snapshots) for snapshots in _by_control_plane(stored)]
    chosen = known if control_plane is None else [_named(known, control_plane)]
    if len(chosen) < len(known) and not has_topics:
        raise SettingsError(
            f"the inventory has {len(known)} control planes, and requests are stored by topic",
            where="--control-plane",
            do="name the topics or files of its gateways with --topic, or leave it out for the sum of all",
        )
    return Inventoried(deployment_of(chosen), chosen)


def deployment_of(control_planes: Sequence[KnownControlPlane]) -> Deployment:
    """The deployment of one control plane; of several the sums of counts, and what is the same in all of them.

    What cannot be added up is not known: functions and brokers, which several may share, and the system of a node.
    """
    deployments = [each.deployment for each in control_planes]
    if len(deployments) <= 1:
        return deployments[0] if deployments else NOTHING_KNOWN
    return Deployment(
        kong_version=_same(each.kong_version for each in deployments),
        db_version=_same(each.db_version for each in deployments),
        license=_same(each.license for each in deployments) or License(None, None),
        plugins=_summed_plugins([each.plugins for each in deployments]),
        services_count=_sum(deployments, lambda each: each.services_count),
        routes_count=_sum(deployments, lambda each: each.routes_count),
        consumers_count=_sum(deployments, lambda each: each.consumers_count),
        rbac_users=_sum(deployments, lambda each: each.rbac_users),
        workspaces_count=_sum(deployments, lambda each: each.workspaces_count),
        deployment_type=_same(each.deployment_type for each in deployments),
        connected_dp_count=_sum(deployments, lambda each: each.connected_dp_count),
    )


def _by_control_plane(snapshots: Sequence[Snapshot]) -> list[list[Snapshot]]:
    ordered = sorted(snapshots, key=lambda snapshot: snapshot.control_plane.id)
    return [list(group) for _, group in groupby(ordered, lambda snapshot: snapshot.control_plane.id)]


def _named(known: Sequence[KnownControlPlane], name: str) -> KnownControlPlane:
    found = [each for each in known if name in (each.id, each.name)]
    if len(found) == 1:
        return found[0]
    ids = ", ".join(each.id for each in found or known) or "none"
    what = f"{shortened(name)} names {len(found)} control planes" if found else f"there is no {shortened(name)}"
    raise SettingsError(what, where="--control-plane", do=f"the inventory has {ids}")


def _same(values: Iterable[Value | None]) -> Value | None:
    different = set(values)
    return different.pop() if len(different) == 1 else None


def _sum(deployments: Iterable[Deployment], count: Callable[[Deployment], int | None]) -> int | None:
    counts = [count(each) for each in deployments]
    known = [each for each in counts if each is not None]
    return sum(known) if len(known) == len(counts) else None


def _summed_plugins(plugins: Sequence[PluginCounts | None]) -> PluginCounts | None:
    known = [each for each in plugins if each is not None]
    if len(known) < len(plugins):
        return None
    return PluginCounts(
        _added(each.free for each in known),
        _added(each.enterprise for each in known),
        _added(each.custom for each in known),
    )


def _added(counts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(sorted(total.items()))
