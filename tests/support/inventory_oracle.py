"""What metrics of the inventory must be, in plain Python, and a year of snapshots to ask about."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.snapshot import Completeness, ControlPlane, KindInventory, Snapshot, Source
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.reports.period import Period
from gatemeter.reports.usage_parameters import AllowedRows
from tests.support.metrics_oracle import Group
from tests.support.metrics_rows import fits

KINDS = {
    "gateway_nodes": Kind.NODE,
    "configured_services": Kind.SERVICE,
    "configured_routes": Kind.ROUTE,
    "configured_plugins": Kind.PLUGIN,
    "configured_consumers": Kind.CONSUMER,
    "configured_workspaces": Kind.WORKSPACE,
}
METRICS = ("control_planes", *KINDS)
_KNOWN = (Completeness.COMPLETE, Completeness.COUNTED)

Texts = Callable[[Kind, Entity], str]
_DIMENSIONS: dict[str, Texts] = {
    "workspace": lambda kind, each: each.name if kind is Kind.WORKSPACE else each.workspace,
    "service": lambda kind, each: (
        each.name or each.id if kind is Kind.SERVICE else each.service_name or each.service_id
    ),
    "route": lambda kind, each: each.name or each.id if kind is Kind.ROUTE else each.route_name or each.route_id,
    "plugin": lambda _kind, each: each.name,
    "plugin_scope": lambda _kind, each: each.plugin_scope,
    "plugin_tier": lambda _kind, each: each.plugin_tier,
    "realm": lambda _kind, each: each.realm,
    "node_version": lambda _kind, each: each.version,
}
DIMENSIONS = ("control_plane", *_DIMENSIONS)


@dataclass(frozen=True)
class InventoryOracle:
    """Answers from `snapshots`, for whoever may see all of them."""

    snapshots: Sequence[Snapshot]

    def answer(self, query: MetricsQuery) -> dict[Group, dict[str, int | None]]:
        """Each metric by group; a group that is in no answer has nothing that is known or not known of it."""
        groups: dict[Group, dict[str, int | None]] = {}
        for period, end in self._periods(query):
            for name in query.metrics:
                for group, value in self._at(query, name, end).items():
                    groups.setdefault((period, group), dict.fromkeys(query.metrics))[name] = value
        return groups

    def _periods(self, query: MetricsQuery) -> Iterator[tuple[str, datetime]]:
        planes = [each for each in self.snapshots if _fits_plane(query, self._name(each.control_plane.id))]
        if not planes:
            return
        hour = max(query.span.start, min(each.taken_at for each in planes).replace(minute=0, second=0, microsecond=0))
        ends: dict[str, datetime] = {}
        while hour < query.span.end:
            ends[_period(hour, query.period)] = hour + timedelta(hours=1)
            hour += timedelta(hours=1)
        yield from ends.items()

    def _at(self, query: MetricsQuery, metric: str, end: datetime) -> dict[tuple[str, ...], int | None]:
        found: dict[tuple[str, ...], int] = {}
        unknown: set[tuple[str, ...]] = set()
        is_any_unknown = False
        by_plane = all(name == "control_plane" for name in query.by)
        for plane in sorted({each.control_plane.id for each in self.snapshots}):
            seen = [each for each in self.snapshots if each.control_plane.id == plane and each.taken_at < end]
            name = self._name(plane)
            if not seen or not _fits_plane(query, name):
                continue
            if metric == "control_planes":
                found[(name,) * len(query.by)] = found.get((name,) * len(query.by), 0) + 1
                continue
            kind = KINDS[metric]
            told = _told(seen, kind)
            is_detailed = not by_plane or any(each.dimension != "control_plane" for each in query.filters)
            is_known = told.completeness is Completeness.COMPLETE or (
                told.completeness is Completeness.COUNTED and not is_detailed
            )
            is_any_unknown |= not is_known
            counts: dict[tuple[str, ...], int] = {(name,) * len(query.by): 0} if by_plane else {}
            if told.completeness is Completeness.COUNTED:
                counts = dict.fromkeys(counts, told.count or 0)
            for entity in told.entities:
                if all(fits(each, _text(each.dimension, kind, entity, name)) for each in query.filters):
                    group = tuple(_text(each, kind, entity, name) or "Empty" for each in query.by)
                    counts[group] = counts.get(group, 0) + 1
            for group, count in counts.items():
                found[group] = found.get(group, 0) + count
                if not is_known:
                    unknown.add(group)
        is_all = "control_plane" not in query.by and is_any_unknown
        return {group: None if is_all or group in unknown else count for group, count in found.items()}

    def _name(self, plane: str) -> str:
        last = max((each for each in self.snapshots if each.control_plane.id == plane), key=lambda each: each.taken_at)
        return last.control_plane.name or plane


def _told(seen: Sequence[Snapshot], kind: Kind) -> KindInventory:
    """What the last snapshot tells that was asked; of a license report where no other one tells all."""

    def last(is_report: bool) -> KindInventory:
        asked = [
            each
            for each in seen
            if (each.source is Source.LICENSE_REPORT) is is_report
            and each.of(kind).completeness is not Completeness.NOT_ASKED
        ]
        return max(asked, key=lambda each: each.taken_at).of(kind) if asked else KindInventory()

    listed, reported = last(is_report=False), last(is_report=True)
    return reported if listed.completeness not in _KNOWN and reported.completeness in _KNOWN else listed


def _text(dimension: str, kind: Kind, entity: Entity, plane: str) -> str:
    return plane if dimension == "control_plane" else _DIMENSIONS[dimension](kind, entity)


def _fits_plane(query: MetricsQuery, name: str) -> bool:
    return all(fits(each, name) for each in query.filters if each.dimension == "control_plane")


def _period(hour: datetime, period: Period | None) -> str:
    monday = hour - timedelta(days=hour.weekday())
    forms = {
        Period.HOUR: f"{hour:%Y-%m-%dT%H:00:00Z}",
        Period.DAY: f"{hour:%Y-%m-%d}",
        Period.WEEK: f"{monday:%Y-%m-%d}",
        Period.MONTH: f"{hour:%Y-%m}",
        Period.YEAR: f"{hour:%Y}",
    }
    return "" if period is None else forms[period]


@dataclass
class ChangingGateway:
    """A control plane whose configuration changes from snapshot to snapshot."""

    plane: ControlPlane
    rng: Random
    listed: dict[Kind, dict[str, Entity]] = field(default_factory=lambda: {kind: {} for kind in KINDS.values()})

    def change(self) -> None:
        """Add or take away a few entities."""
        for kind, entities in self.listed.items():
            for _ in range(self.rng.randrange(3)):
                entity = self._entity(kind)
                if entities.pop(entity.id, None) is None:
                    entities[entity.id] = entity

    def snapshot(self, at: datetime) -> Snapshot:
        """What the gateway tells now; some of it not at all, and some of it in numbers alone."""
        source = self.rng.choice([Source.ADMIN_API, Source.ADMIN_API, Source.LICENSE_REPORT])
        return Snapshot(self.plane, at, source, kinds={kind: self._told(kind, source) for kind in self.listed})

    def _told(self, kind: Kind, source: Source) -> KindInventory:
        entities = self.listed[kind].values()
        if source is Source.LICENSE_REPORT:
            return self.rng.choice([KindInventory(), KindInventory.counted(len(entities))])
        completeness = self.rng.choices(list(Completeness), [20, 1, 1, 1, 1, 3])[0]
        if completeness in (Completeness.COMPLETE, Completeness.PARTIAL):
            return KindInventory.listed(kind, entities, completeness)
        return KindInventory(completeness, len(entities) if completeness is Completeness.COUNTED else None)

    def _entity(self, kind: Kind) -> Entity:
        number, rng = self.rng.randrange(8), self.rng
        own_id = f"{self.plane.id}-{kind.value}-{number}"
        names: dict[Kind, dict[str, Any]] = {
            Kind.SERVICE: {"name": rng.choice(["pay", "search", ""])},
            Kind.ROUTE: {"name": f"route-{number}", "service_id": "s", "service_name": rng.choice(["pay", ""])},
            Kind.PLUGIN: {"name": rng.choice(["key-auth", "acl"]), "plugin_scope": rng.choice(["global", "route"])},
            Kind.CONSUMER: {"realm": rng.choice(["", "prod", "dev"])},
            Kind.NODE: {"version": rng.choice(["3.9.1", "3.10.0"])},
            Kind.WORKSPACE: {"name": f"workspace-{number}"},
        }
        workspace = "" if kind in (Kind.NODE, Kind.WORKSPACE) else rng.choice(["eu", "us", ""])
        return Entity(id=own_id, **names[kind], workspace=workspace)


def year_of_snapshots(seed: int, first: datetime = datetime(2025, 3, 1, 6, 20, tzinfo=UTC)) -> list[Snapshot]:
    """Snapshots of three control planes, the last of which begins in the middle of the year; by time."""
    rng = Random(seed)
    planes = [ControlPlane("cp-1", "production"), ControlPlane("cp-2"), ControlPlane("cp-3", "staging")]
    snapshots = []
    for number, plane in enumerate(planes):
        gateway, at = ChangingGateway(plane, rng), first + timedelta(days=160 if number == 2 else 9 * number)
        while at < first + timedelta(days=365):
            gateway.change()
            snapshots.append(gateway.snapshot(at))
            at += timedelta(hours=rng.choice([1, 5, 24, 24 * 7, 24 * 40]), minutes=rng.randrange(60))
    return sorted(snapshots, key=lambda each: each.taken_at)


def allowed_part(snapshot: Snapshot, allowed: AllowedRows) -> Snapshot | None:
    """What of a snapshot there is for somebody: entities of workspaces that are allowed; None for nothing of it."""
    if allowed.is_all:
        return snapshot
    if allowed.consumers:
        return None
    kinds = {kind: _allowed_kind(kind, each, allowed) for kind, each in snapshot.kinds.items()}
    return Snapshot(snapshot.control_plane, snapshot.taken_at, snapshot.source, kinds=kinds)


def _allowed_kind(kind: Kind, inventory: KindInventory, allowed: AllowedRows) -> KindInventory:
    if not inventory.has_entities:
        return KindInventory(Completeness.FORBIDDEN) if inventory.count is not None else inventory
    own = [each for each in inventory.entities if _DIMENSIONS["workspace"](kind, each) in allowed.workspaces]
    return KindInventory.listed(kind, own, inventory.completeness)
