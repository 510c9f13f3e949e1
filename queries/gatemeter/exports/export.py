"""Exports a period to a destination: files first, the manifest last."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import msgspec

from gatemeter.errors import ConflictError
from gatemeter.exports.destinations.destination import Destination
from gatemeter.exports.exported_period import ExportedPeriod
from gatemeter.exports.manifest import (
    MANIFEST_NAME,
    ExportedFile,
    Identity,
    Manifest,
    StatementRef,
    UsageDifference,
    currency_totals,
)
from gatemeter.exports.staged_file import StagedFile, stage_table, unwritable
from gatemeter.exports.table_files import Table, TableFormat
from gatemeter.whole_file import whole_file

OnProgress = Callable[[str, int], None]
"""Told what is written, and how many of its rows are."""


class ExportTables(Protocol):
    """What an export is made of."""

    @property
    def names(self) -> Sequence[str]:
        """The names of the tables."""

    def tables(self) -> Iterable[Table]:
        """The tables, each to be read once and before the next."""

    @property
    def usage_differences(self) -> Sequence[UsageDifference]:
        """What to say of the usage, once all tables are read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an export has done: `sent` of its files, 0 where all of it was there already."""

    manifest: Manifest
    sent: int


def export(
    identity: Identity,
    exported: ExportedPeriod,
    tables: ExportTables,
    form: TableFormat,
    to: Destination,
    on_progress: OnProgress,
) -> Outcome:
    """Write the tables to `to`; a second time changes nothing.

    A run that is broken off leaves no manifest, and is repeated by calling again. Raises ConflictError where something
    else is there, DeliveryError, and as reading the tables does.
    """
    there = _manifest_there(to, identity)
    with to.working_directory([f"{name}.{form.suffix}" for name in tables.names]) as folder:
        staged = [_staged(table, form, folder, on_progress) for table in tables.tables()]
        manifest = _manifest(identity, exported, tables, [each.facts for each in staged])
        if there is not None and there != manifest.encoded:
            raise ConflictError(
                f"an export of {identity.period} stands there, and numbers have changed since",
                where=to.name,
                do="name an empty place for the new one",
            )
        sent = sum(map(to.put, staged))
        if there is None:
            sent += to.put(_staged_manifest(manifest, folder))
    return Outcome(manifest, sent)


def _staged(table: Table, form: TableFormat, folder: Path, on_progress: OnProgress) -> StagedFile:
    return stage_table(table, form, folder, lambda rows: on_progress(table.name, rows))


def _manifest_there(to: Destination, identity: Identity) -> bytes | None:
    text = to.manifest()
    if text is None:
        return None
    try:
        found = Manifest.decoded(text).export
    except msgspec.DecodeError as error:
        raise ConflictError(
            f"its {MANIFEST_NAME} is not of an export", where=to.name, do="name an empty place"
        ) from error
    if found != identity:
        raise ConflictError(
            f"another export stands there: {_said(found)}, and not {_said(identity)}",
            where=to.name,
            do="name an empty place",
        )
    return text


def _said(identity: Identity) -> str:
    of = f" of {identity.account}" if identity.account else ""
    by = f" from {identity.provider}" if identity.provider else ""
    return f"{identity.kind}{of}{by}, {identity.period} by {identity.grain} ({identity.layout})"


def _manifest(
    identity: Identity, exported: ExportedPeriod, tables: ExportTables, files: Sequence[ExportedFile]
) -> Manifest:
    statement = exported.statement
    ref = (
        None
        if statement is None
        else StatementRef(number=statement.number, sha256=statement.sha256, closed_at=statement.closed_at)
    )
    return Manifest(
        export=identity,
        is_closed=statement is not None,
        statement=ref,
        totals=currency_totals(exported.lines),
        notes=exported.notes,
        usage_differences=tables.usage_differences,
        files=files,
    )


def _staged_manifest(manifest: Manifest, folder: Path) -> StagedFile:
    content, path = manifest.encoded, folder / MANIFEST_NAME
    try:
        with whole_file(path) as file:
            file.write(content)
    except OSError as error:
        raise unwritable(path, error) from error
    facts = ExportedFile(
        name=MANIFEST_NAME,
        media_type="application/json",
        rows=0,
        size_bytes=len(content),
        sha256=sha256(content).hexdigest(),
    )
    return StagedFile(path, facts)
