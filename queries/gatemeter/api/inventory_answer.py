"""What is configured: the newest snapshots, what changed between two of them, and what nobody uses."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict, Field

from gatemeter.errors import SettingsError
from gatemeter.inventory.difference import Difference, EntityChange, difference
from gatemeter.inventory.snapshot import Snapshot
from gatemeter.reports.inventory import last_two_snapshots, latest_snapshots, snapshot_by_id
from gatemeter.reports.period import WrittenSpan
from gatemeter.reports.unused import UnusedReport, unused_report
from gatemeter.reports.unused_rows import UnusedRow
from gatemeter.reports.zoned_span import span_in_zone

_MOST_CHANGES = 1_000
_LONGEST_VALUE = 200
_HASHES = frozenset({"definition_hash", "target_hashes", "updated_at"})
"""Of these a change says only that there was one."""


class _Answered(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ToldKind(_Answered):
    """How much a snapshot tells of a kind."""

    kind: str
    completeness: str
    count: int | None = Field(description="How many there are; null where the snapshot does not tell all.")
    at_least: int | None = Field(description="How many are listed, where there may be more.")


class ToldSnapshot(_Answered):
    """A snapshot of a control plane, without its entities. Times are UTC; null is not told."""

    snapshot_id: str
    control_plane_id: str
    control_plane: str
    taken_at: str
    source: str
    gateway_version: str | None
    deployment: str | None
    database: str | None
    connected_data_planes: int | None
    kinds: list[ToldKind]


class InventoryAnswer(_Answered):
    """The answer of `GET /api/v1/inventory`: the newest snapshot of each control plane and source."""

    snapshots: list[ToldSnapshot]


class ChangedMember(_Answered):
    """A member of an entity that is not as it was; both are null where only a hash or a time says so."""

    member: str
    before: str | None
    after: str | None


class ToldChange(_Answered):
    """What became of an entity: added, removed or changed."""

    change: str
    kind: str
    id: str
    name: str | None
    workspace: str | None
    members: list[ChangedMember]


class NotCompared(_Answered):
    """A kind of which one of the snapshots does not list all; only changed entities of it are told."""

    kind: str
    reason: str


class ToldDifference(_Answered):
    """From one snapshot of a control plane to the next one."""

    before: ToldSnapshot
    after: ToldSnapshot
    change_count: int
    changes: list[ToldChange] = Field(description=f"The first {_MOST_CHANGES:,}.")
    not_compared: list[NotCompared]


class DifferencesAnswer(_Answered):
    """The answer of `GET /api/v1/inventory/diff`; empty where no control plane has two snapshots of one source."""

    differences: list[ToldDifference]


class UnusedAnswer(_Answered):
    """The answer of `GET /api/v1/inventory/unused`."""

    rows: list[UnusedRow]
    notes: list[str] = Field(description="What is not known.")


def inventory_answer(client: Client) -> dict[str, Any]:
    """An `InventoryAnswer` as JSON. Raises as `latest_snapshots` does."""
    found = latest_snapshots(client, with_entities=False)
    return InventoryAnswer(snapshots=[_told(each.snapshot) for each in found]).model_dump()


def differences_answer(
    client: Client, control_plane: str | None, before: str | None, after: str | None
) -> dict[str, Any]:
    """A `DifferencesAnswer` as JSON. Raises SettingsError for ids that name no snapshot, and as `fetch` does."""
    pairs: Iterable[tuple[Snapshot, Snapshot]] = ()
    if before is None and after is None:
        pairs = last_two_snapshots(client, control_plane or "")
    elif before is None or after is None or control_plane is not None:
        raise SettingsError(
            "before and after belong together, and stand without control_plane", do="give both, or none"
        )
    else:
        pairs = [(_by_id(client, before, "before"), _by_id(client, after, "after"))]
    return DifferencesAnswer(differences=[_difference(*pair) for pair in pairs]).model_dump()


def unused_answer(report: UnusedReport) -> dict[str, Any]:
    """An `UnusedAnswer` as JSON."""
    return UnusedAnswer(rows=list(report.rows), notes=list(report.notes)).model_dump(mode="json")


def unused_of(client: Client, span: WrittenSpan, time_zone: str) -> UnusedReport:
    """Raises as `span_in_zone` and `unused_report` do."""
    return unused_report(client, span_in_zone(client, span, time_zone))


def _by_id(client: Client, snapshot_id: str, where: str) -> Snapshot:
    found = snapshot_by_id(client, snapshot_id) if snapshot_id else None
    if found is None:
        raise SettingsError("not one snapshot has this id, or begins with it", where=where, do="give more of its id")
    return found.snapshot


def _told(snapshot: Snapshot) -> ToldSnapshot:
    facts = snapshot.facts
    return ToldSnapshot(
        snapshot_id=snapshot.id,
        control_plane_id=snapshot.control_plane.id,
        control_plane=snapshot.control_plane.name or snapshot.control_plane.id,
        taken_at=f"{snapshot.taken_at:%Y-%m-%dT%H:%M:%SZ}",
        source=snapshot.source.value,
        gateway_version=facts.gateway_version or None,
        deployment=facts.deployment or None,
        database=facts.database or None,
        connected_data_planes=facts.connected_data_planes,
        kinds=[
            ToldKind(
                kind=kind.value,
                completeness=each.completeness.value,
                count=each.known_count,
                at_least=each.count if each.known_count is None else None,
            )
            for kind, each in snapshot.kinds.items()
        ],
    )


def _difference(before: Snapshot, after: Snapshot) -> ToldDifference:
    found: Difference = difference(before, after)
    return ToldDifference(
        before=_told(before),
        after=_told(after),
        change_count=len(found.changes),
        changes=[_change(each) for each in found.changes[:_MOST_CHANGES]],
        not_compared=[NotCompared(kind=kind.value, reason=reason) for kind, reason in found.not_compared.items()],
    )


def _change(change: EntityChange) -> ToldChange:
    entity = change.entity
    return ToldChange(
        change=change.change.value,
        kind=change.kind.value,
        id=entity.id,
        name=entity.name or entity.username or entity.hostname or None,
        workspace=entity.workspace or None,
        members=_members(change.members),
    )


def _members(members: Mapping[str, Sequence[Any]]) -> list[ChangedMember]:
    return [
        ChangedMember(
            member=name,
            before=None if name in _HASHES else _text(before),
            after=None if name in _HASHES else _text(after),
        )
        for name, (before, after) in members.items()
    ]


def _text(value: Any) -> str | None:
    text = ", ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return text[:_LONGEST_VALUE] or None
