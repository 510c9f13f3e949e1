"""`gatemeter correct`, some hundred copies at a time, that kills itself in its second page.

The first argument says how many tables of that page are written before.
"""

import os
import signal
import sys
from collections.abc import Sequence

from gatemeter.cli.commands import correct
from gatemeter.cli.main import main
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.schema import TableRows

COPIES_AT_ONCE = 90


def die_in_a_write(tables: int) -> None:
    write = ClickHouseSink.write
    writes = 0

    def write_or_die(self: ClickHouseSink, batch: Sequence[TableRows]) -> None:
        nonlocal writes
        writes += 1
        if writes == 1:
            write(self, batch)
            return
        write(self, batch[:tables])
        os.kill(os.getpid(), signal.SIGKILL)

    ClickHouseSink.write = write_or_die  # type: ignore[method-assign]
    correct.COPIES_AT_ONCE = COPIES_AT_ONCE


if __name__ == "__main__":
    die_in_a_write(int(sys.argv[1]))
    main(["correct", *sys.argv[2:]])
