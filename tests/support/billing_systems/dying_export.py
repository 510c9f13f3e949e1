"""`python -m tests.support.billing_systems.dying_export STEP SIDE ARGUMENT...`: a `gatemeter` command that dies.

STEP is a method of the journal of deliveries; the command kills itself `before` or `after` it is called first.
"""

import os
import signal
import sys
from typing import Any

from gatemeter.billing_systems.journal import ClickHouseJournal
from gatemeter.cli.main import main


def dies_at(step: str, side: str) -> None:
    """Let the journal die."""
    method = getattr(ClickHouseJournal, step)

    def deadly(*arguments: Any, **options: Any) -> None:
        if side == "after":
            method(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(ClickHouseJournal, step, deadly)


if __name__ == "__main__":
    dies_at(sys.argv[1], sys.argv[2])
    main(sys.argv[3:])
