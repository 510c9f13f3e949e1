"""`gatemeter rebuild` that kills itself in its third write, after some tables of it were stored."""

import os
import signal
import sys
from collections.abc import Sequence

from gatemeter.cli.main import main
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.recompute import rebuild
from gatemeter.schema import TableRows

WRITES = 3


def die_in_a_write() -> None:
    write = ClickHouseSink.write
    writes = 0

    def write_or_die(self: ClickHouseSink, batch: Sequence[TableRows]) -> None:
        nonlocal writes
        writes += 1
        if writes < WRITES:
            write(self, batch)
            return
        write(self, batch[:2])
        os.kill(os.getpid(), signal.SIGKILL)

    ClickHouseSink.write = write_or_die  # type: ignore[method-assign]
    rebuild.FLUSH_ROWS = 1  # type: ignore[attr-defined]


if __name__ == "__main__":
    die_in_a_write()
    main(["rebuild", *sys.argv[1:]])
