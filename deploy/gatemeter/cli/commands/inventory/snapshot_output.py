"""Snapshots that a command has sent, as lines or JSON, and which of their counts are not known."""

from collections.abc import Sequence

from gatemeter.cli.output import ResultForm, output, say
from gatemeter.inventory.entity import Kind
from gatemeter.inventory.snapshot import Completeness, Snapshot
from gatemeter.output.records import OutputFormat, Record

COLUMNS = (
    *("control_plane", "snapshot_id", "taken_at", "source", "gateway_version", "deployment"),
    *(kind.value + "s" for kind in Kind),
)


def snapshot_record(snapshot: Snapshot) -> Record:
    """The snapshot as `COLUMNS`: the counts that are known."""
    return {
        "control_plane": snapshot.control_plane.name or snapshot.control_plane.id,
        "snapshot_id": snapshot.id,
        "taken_at": f"{snapshot.taken_at:%Y-%m-%dT%H:%M:%SZ}",
        "source": snapshot.source.value,
        "gateway_version": snapshot.facts.gateway_version or None,
        "deployment": snapshot.facts.deployment or None,
        **{kind.value + "s": snapshot.of(kind).known_count for kind in Kind},
    }


def say_sent(snapshots: Sequence[Snapshot], *, json: bool) -> None:
    """One line a snapshot on stdout, or all as JSON; on stderr what is not known, and why."""
    if json:
        output([snapshot_record(each) for each in snapshots], COLUMNS, ResultForm(OutputFormat.JSON))
        return
    for snapshot in snapshots:
        record = snapshot_record(snapshot)
        known = [
            f"{record[kind.value + 's']:,} {_plural(kind)}" for kind in Kind if record[kind.value + "s"] is not None
        ]
        told = ", ".join(known) or "nothing that can be counted"
        say(f"{record['control_plane']} at {record['taken_at']}: {told}; snapshot {snapshot.id[:12]}", err=False)
        for kind in Kind:
            if reason := why_unknown(snapshot, kind):
                say(f"{record['control_plane']}: {_plural(kind)}: {reason}")


def why_unknown(snapshot: Snapshot, kind: Kind) -> str:
    """Why a count is not known; '' where it is, or where nobody asked."""
    inventory = snapshot.of(kind)
    match inventory.completeness:
        case Completeness.PARTIAL:
            return f"at least {inventory.count:,}; there may be more"
        case Completeness.FORBIDDEN:
            return "the gateway does not let this token read them"
    return ""


def _plural(kind: Kind) -> str:
    return {Kind.RBAC_USER: "RBAC users"}.get(kind, kind.value.replace("_", " ") + "s")
