"""`gatemeter inventory show`: the newest snapshots, by kind or with the entities of one."""

from datetime import datetime
from pathlib import Path

import click
import msgspec

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.moment import Moment
from gatemeter.cli.output import ResultForm, form_options, output
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.errors import InputError
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.snapshot import Snapshot
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import Record
from gatemeter.reports.inventory import latest_snapshots
from gatemeter.wiring.store import open_store

_KEYS = ("control_plane", "source", "taken_at")
_COLUMNS = (*_KEYS, "kind", "entities", "completeness", "at_least")
_LAYOUT = TableLayout(keys=("control_plane", "kind"))
_MEMBERS = tuple(field.name for field in msgspec.structs.fields(Entity))
_IN_TABLE = {
    Kind.PLUGIN: ("id", "name", "plugin_tier", "plugin_scope", "is_enabled", "service_name", "route_name"),
    Kind.ROUTE: ("id", "name", "service_name", "workspace"),
    Kind.CONSUMER: ("id", "username", "custom_id", "realm", "workspace"),
    Kind.NODE: ("id", "hostname", "version", "role", "last_seen"),
    Kind.CREDENTIAL: ("id", "name", "consumer_id", "workspace", "created_at"),
}
_OTHERS_IN_TABLE = ("id", "name", "workspace", "is_enabled")


@click.command("show", short_help="Show what is configured.")
@store_options
@click.option("--at", type=Moment(), metavar="TIME", help="As it was then (default: now).")
@click.option("--control-plane", cls=TableOnlyOption, metavar="NAME", help="Only this one.")
@click.option(
    "--kind",
    cls=TableOnlyOption,
    type=click.Choice([kind.value for kind in Kind]),
    help="The entities of this kind instead.",
)
@form_options
def show_command(
    data: Path | None,
    clickhouse: str | None,
    at: datetime | None,
    control_plane: str | None,
    kind: str | None,
    form: ResultForm,
) -> None:
    """Show how many of each kind every control plane has configured, by its newest snapshot from each source.

    A number that nobody knows is not shown: completeness says why. Of a kind that is partial there may be more.
    """
    with open_store(data, clickhouse, only_reads=True) as client:
        found = [each.snapshot for each in latest_snapshots(client, at=at, with_entities=kind is not None)]
    chosen = [each for each in found if control_plane in (None, each.control_plane.id, each.control_plane.name)]
    if not chosen and found:
        names = ", ".join(sorted({each.control_plane.name or each.control_plane.id for each in found}))
        raise InputError(f"no snapshot is of {control_plane}", where="--control-plane", do=f"there are {names}")
    if not chosen:
        raise InputError("there is no snapshot", do="take one: gatemeter inventory poll, or gatemeter inventory read")
    if kind is None:
        output([record for each in chosen for record in _counts(each)], _COLUMNS, form, _LAYOUT)
    else:
        _show_entities(chosen, Kind(kind), form)


def _counts(snapshot: Snapshot) -> list[Record]:
    return [
        {
            **_keys(snapshot),
            "kind": kind.value,
            "entities": each.known_count,
            "completeness": each.completeness.value,
            "at_least": each.count if each.known_count is None else None,
        }
        for kind in Kind
        for each in [snapshot.of(kind)]
    ]


def _show_entities(snapshots: list[Snapshot], kind: Kind, form: ResultForm) -> None:
    members = _IN_TABLE.get(kind, _OTHERS_IN_TABLE) if form.is_table else _MEMBERS
    records = [
        {**_keys(snapshot), **{name: _told(getattr(entity, name)) for name in members}}
        for snapshot in snapshots
        for entity in snapshot.of(kind).entities
    ]
    output(records, (*_KEYS, *members), form, TableLayout(keys=("control_plane", "id"), never_cut=("id",)))


def _keys(snapshot: Snapshot) -> Record:
    return {
        "control_plane": snapshot.control_plane.name or snapshot.control_plane.id,
        "source": snapshot.source.value,
        "taken_at": f"{snapshot.taken_at:%Y-%m-%dT%H:%M:%SZ}",
    }


def _told(value: object) -> object:
    return list(value) if isinstance(value, tuple) else None if value == "" else value
