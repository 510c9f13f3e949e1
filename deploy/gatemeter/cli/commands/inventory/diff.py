"""`gatemeter inventory diff`: what changed between two snapshots."""

from pathlib import Path
from typing import Any

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.output import ResultForm, form_options, output, say
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.errors import InputError, SettingsError
from gatemeter.inventory.difference import EntityChange, difference
from gatemeter.inventory.snapshot import Snapshot
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import Record
from gatemeter.reports.inventory import last_two_snapshots, snapshot_by_id
from gatemeter.wiring.store import open_store

_COLUMNS = ("change", "kind", "id", "name", "workspace", "members")
_LAYOUT = TableLayout(keys=("change", "kind", "name"), never_cut=("id",))


@click.command("diff", short_help="Show what changed between two snapshots.")
@click.argument("snapshot_ids", nargs=-1, metavar="[A B]")
@store_options
@click.option("--control-plane", cls=TableOnlyOption, metavar="NAME", help="Whose last two snapshots to compare.")
@form_options
def diff_command(
    snapshot_ids: tuple[str, ...],
    data: Path | None,
    clickhouse: str | None,
    control_plane: str | None,
    form: ResultForm,
) -> None:
    """Show which entities were added, removed or changed from snapshot A to snapshot B, by kind.

    A and B are ids of snapshots or their beginnings. Without them the last two of a control plane from the same source
    are compared. What is not known in one of them is said on stderr, and not taken for a change.
    """
    with open_store(data, clickhouse, only_reads=True) as client:
        before, after = _chosen(client, snapshot_ids, control_plane)
    found = difference(before, after)
    say(f"from {_said(before)} to {_said(after)}")
    for kind, reason in found.not_compared.items():
        say(f"{kind.value}: not compared as a whole: {reason}")
    output([_record(each) for each in found.changes], _COLUMNS, form, _LAYOUT)


def _chosen(client: Client, snapshot_ids: tuple[str, ...], control_plane: str | None) -> tuple[Snapshot, Snapshot]:
    if snapshot_ids:
        if len(snapshot_ids) != 2:
            raise SettingsError("two snapshots are compared", do="give both ids, or none")
        one, other = (_by_id(client, each) for each in snapshot_ids)
        return one, other
    pairs = last_two_snapshots(client, control_plane or "")
    if not pairs:
        who = "no control plane" if control_plane is None else f"no control plane {control_plane}"
        raise InputError(f"{who} has two snapshots from one source", do="take another one, or see inventory show")
    if len(pairs) > 1:
        names = ", ".join(sorted({each.control_plane.name or each.control_plane.id for _, each in pairs}))
        raise SettingsError(f"there are several: {names}", where="--control-plane", do="name one, or give two ids")
    return pairs[0]


def _by_id(client: Client, snapshot_id: str) -> Snapshot:
    found = snapshot_by_id(client, snapshot_id) if snapshot_id else None
    if found is None:
        raise InputError(f"not one snapshot begins with {snapshot_id!r}, or several do", do="give more of its id")
    return found.snapshot


def _said(snapshot: Snapshot) -> str:
    return f"{snapshot.taken_at:%Y-%m-%dT%H:%M:%SZ} ({snapshot.source.value}, {snapshot.id[:12]})"


def _record(change: EntityChange) -> Record:
    entity = change.entity
    return {
        "change": change.change.value,
        "kind": change.kind.value,
        "id": entity.id,
        "name": entity.name or entity.username or entity.hostname or None,
        "workspace": entity.workspace or None,
        "members": "; ".join(_member(name, *values) for name, values in change.members.items()) or None,
    }


def _member(name: str, before: Any, after: Any) -> str:
    """A hash or a time of a change says only that there was one."""
    if name in ("definition_hash", "updated_at", "target_hashes"):
        return {"definition_hash": "definition", "updated_at": "settings", "target_hashes": "targets"}[name]
    return f"{name}: {_text(before)} -> {_text(after)}"


def _text(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else "-" if value in ("", None) else str(value)
