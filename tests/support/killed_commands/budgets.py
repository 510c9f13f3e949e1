"""`gatemeter budgets watch` that kills itself at the step that the first argument names."""

import os
import signal
import sys

from gatemeter.budgets import crossings_topic
from gatemeter.budgets.watching import Watcher
from gatemeter.cli.main import main

SHORTEST_SESSION_S = 6.0
"""The brokers allow no shorter one: so long the next watcher waits for a dead one."""


def die_at(step: str) -> None:
    def on_step(passed: str) -> None:
        if passed == step:
            os.kill(os.getpid(), signal.SIGKILL)

    crossings_topic.SESSION_S = SHORTEST_SESSION_S
    begin = Watcher.__init__

    def dying(self: Watcher, *arguments: object) -> None:
        begin(self, *arguments)  # type: ignore[arg-type]
        self.on_step = on_step

    Watcher.__init__ = dying  # type: ignore[assignment]


if __name__ == "__main__":
    die_at(sys.argv[1])
    main(["budgets", "watch", *sys.argv[2:]])
