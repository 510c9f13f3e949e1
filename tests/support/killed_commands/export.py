"""An export to the address of the first argument that kills itself: at a `row`, or once it has `put` a file."""

import os
import signal
import sys
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from gatemeter.clock import SystemClock
from gatemeter.exports.destinations.addresses import destination_at
from gatemeter.exports.destinations.destination import Destination
from gatemeter.exports.staged_file import StagedFile
from gatemeter.exports.table_files import Row, Table
from tests.support.exports import MadeUpTables, exported_to


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class DyingTables(MadeUpTables):
    def tables(self) -> Iterator[Table]:
        for table in MadeUpTables.tables(self):
            yield Table(table.name, table.columns, dying_rows(table))


def dying_rows(table: Table) -> Iterator[Row]:
    for number, row in enumerate(table.rows):
        if table.name == "usage" and number == 5:
            die()
        yield row


@dataclass(frozen=True, slots=True)
class DyingDestination:
    """Passes on everything, and kills the process once a file is put."""

    to: Destination

    @property
    def name(self) -> str:
        return self.to.name

    def manifest(self) -> bytes | None:
        return self.to.manifest()

    def working_directory(self, names: Collection[str]) -> AbstractContextManager[Path]:
        return self.to.working_directory(names)

    def put(self, file: StagedFile) -> bool:
        self.to.put(file)
        die()
        return True


def main(address: str, step: str) -> None:
    to = destination_at(address, "", SystemClock())
    if step == "row":
        exported_to(to, tables=DyingTables)
    else:
        exported_to(DyingDestination(to))


if __name__ == "__main__":
    main(*sys.argv[1:])
