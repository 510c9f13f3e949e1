"""Settles usage beside what else a process does, every ten minutes."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import timedelta

from gatemeter.background import repeated
from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from gatemeter.errors import GatemeterError
from gatemeter.settling.settler import QUIET, settle

EVERY = timedelta(minutes=10)


def settling(
    clickhouse_url: str, note: Callable[[str], None], *, every: timedelta = EVERY, quiet: timedelta = QUIET
) -> AbstractContextManager[None]:
    """Settle what the server holds and was not written to within `quiet`, first after `every`, until the block ends.

    `note` gets what went wrong; the next run is tried all the same. A run under way when the block ends is left alone:
    it leaves nothing behind that anybody reads.
    """

    def settle_all(is_over: threading.Event) -> None:
        try:
            with closing(connect(ClickHouseAddress.parse(clickhouse_url))) as client:
                for _ in settle(client, quiet=quiet):
                    if is_over.is_set():
                        return
        except GatemeterError as error:
            if not is_over.is_set():
                note(f"usage is not settled: {error}")

    every_s = every.total_seconds()
    return repeated("settling", settle_all, every_s=every_s, first_after_s=every_s)
