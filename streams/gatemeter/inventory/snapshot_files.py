"""Snapshots from files: declarative configuration in one or more files, or a license report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gatemeter.errors import InputError, SettingsError
from gatemeter.inventory.declarative import (
    KINDS,
    control_plane_of,
    declared_entities,
    is_declarative,
    is_partial,
    workspace_of,
)
from gatemeter.inventory.documents import read_document
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.license_report import (
    counts_of_report,
    facts_of_report,
    is_license_report,
    kinds_of_report,
    time_of_report,
)
from gatemeter.inventory.plugin_tiers import PluginTiers
from gatemeter.inventory.snapshot import (
    NOT_ASKED,
    Completeness,
    ControlPlane,
    GatewayFacts,
    KindInventory,
    Snapshot,
    Source,
)

_MAY_BE_LEFT_OUT = {
    Kind.CONSUMER: "consumers",
    Kind.CONSUMER_GROUP: "consumer_groups",
    Kind.CREDENTIAL: "consumers",
}
"""What decK can be told to leave out of a file: where it is missing nobody knows whether there is any."""

_EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)
"""Archives and images may set the times of files to 1970 or 1980."""
_CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class FileOrigin:
    """What the person says about files: the control plane's id, and when they were true; None where they do not."""

    control_plane: str | None = None
    taken_at: datetime | None = None


def snapshot_of_files(paths: Sequence[Path], origin: FileOrigin, tiers: PluginTiers) -> Snapshot:
    """The snapshot that files tell together: declarative ones of several workspaces, or one license report.

    Without a time from `origin` it was taken when a license report says, else when the newest file was last written.
    Raises InputError, and SettingsError where nothing tells whose configuration it is.
    """
    documents = {path: read_document(path) for path in paths}
    try:
        return _of_documents(documents, origin, tiers)
    except ValueError as error:
        where = ", ".join(map(str, paths))
        raise InputError(str(error), where=where, do="correct it, or ask the gateway for the file again") from error


def require_believable_time(snapshot: Snapshot, now: datetime) -> None:
    """Raises InputError for a snapshot from before 2010, or of a time to come: it would hide all that follow it."""
    if not _EARLIEST <= snapshot.taken_at <= now + _CLOCKS_DIFFER:
        raise InputError(
            f"it is said to be of {snapshot.taken_at:%Y-%m-%dT%H:%M:%SZ}, which cannot be",
            where=snapshot.origin,
            do="say with --taken-at when it was true",
        )


def _of_documents(documents: Mapping[Path, Any], origin: FileOrigin, tiers: PluginTiers) -> Snapshot:
    if len(documents) == 1 and is_license_report(only := next(iter(documents.values()))):
        return _of_report(next(iter(documents)), only, origin)
    for path, document in documents.items():
        if not is_declarative(document):
            raise InputError(
                "is neither declarative configuration (it has no _format_version) nor a license report",
                where=str(path),
                do="give a file of deck gateway dump, Kong's declarative configuration, or one license report",
            )
    return _of_declarations(documents, origin, tiers)


def _of_report(path: Path, report: Mapping[str, Any], origin: FileOrigin) -> Snapshot:
    facts = facts_of_report(report)
    try:
        reported, kinds = counts_of_report(report), kinds_of_report(report)
    except InputError as error:
        raise InputError(error.what, where=str(path), do=error.do) from error
    return Snapshot(
        control_plane=_control_plane(origin.control_plane or facts.hostname, path),
        taken_at=origin.taken_at or time_of_report(report) or _written_at([path]),
        source=Source.LICENSE_REPORT,
        origin=path.name,
        facts=facts,
        reported=reported,
        kinds=kinds,
    )


def _of_declarations(documents: Mapping[Path, Mapping[str, Any]], origin: FileOrigin, tiers: PluginTiers) -> Snapshot:
    found: dict[Kind, list[Entity]] = {kind: [] for kind in KINDS}
    for path, document in documents.items():
        for kind, entities in _declared(path, document, tiers).items():
            found[kind] += entities
    _require_distinct(found)
    paths = list(documents)
    names = sorted({name for document in documents.values() if (name := control_plane_of(document))})
    if len(names) > 1 and origin.control_plane is None:
        raise SettingsError(f"the files are of several control planes: {', '.join(names)}", do="read each by itself")
    return Snapshot(
        control_plane=_control_plane(origin.control_plane or next(iter(names), ""), paths[0]),
        taken_at=origin.taken_at or _written_at(paths),
        source=Source.DECLARATIVE,
        origin=", ".join(path.name for path in paths),
        facts=GatewayFacts(deployment="hybrid" if names else ""),
        kinds={
            **{kind: _inventory(kind, entities, documents) for kind, entities in found.items()},
            Kind.WORKSPACE: _workspaces(documents),
        },
    )


def _declared(path: Path, document: Mapping[str, Any], tiers: PluginTiers) -> dict[Kind, list[Entity]]:
    try:
        return declared_entities(document, tiers)
    except InputError as error:
        raise InputError(error.what, where=f"{path}: {error.where}", do=error.do) from error


def _inventory(kind: Kind, entities: list[Entity], documents: Mapping[Path, Mapping[str, Any]]) -> KindInventory:
    name = _MAY_BE_LEFT_OUT.get(kind)
    if name is not None and not entities and any(name not in document for document in documents.values()):
        return NOT_ASKED
    is_whole = not any(is_partial(document) for document in documents.values())
    return KindInventory.listed(kind, entities, Completeness.COMPLETE if is_whole else Completeness.PARTIAL)


def _workspaces(documents: Mapping[Path, Mapping[str, Any]]) -> KindInventory:
    """Those that the files are for; there may be others."""
    names = sorted({name for document in documents.values() if (name := workspace_of(document))})
    workspaces = [Entity(id=f"name:{name}", name=name) for name in names]
    return KindInventory.listed(Kind.WORKSPACE, workspaces, Completeness.PARTIAL) if names else NOT_ASKED


def _require_distinct(found: Mapping[Kind, Sequence[Entity]]) -> None:
    for kind, entities in found.items():
        seen: set[str] = set()
        for entity in entities:
            if entity.id in seen:
                raise InputError(f"the {kind.value} {entity.id} is in two files", do="give each workspace one file")
            seen.add(entity.id)


def _control_plane(name: str, path: Path) -> ControlPlane:
    if not name:
        raise SettingsError(
            "the file does not say whose configuration it is", where=str(path), do="say --control-plane NAME"
        )
    return ControlPlane(name)


def _written_at(paths: Sequence[Path]) -> datetime:
    newest_s = max(path.stat().st_mtime for path in paths)
    return datetime.fromtimestamp(int(newest_s), UTC)
