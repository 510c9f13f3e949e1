"""`gatemeter settle` that kills itself at the step that the first argument names."""

import functools
import os
import signal
import sys

from gatemeter.cli.commands import settle as command
from gatemeter.cli.main import main
from gatemeter.settling.settler import settle


def die_at(step: str) -> None:
    def on_step(passed: str) -> None:
        if passed == step:
            os.kill(os.getpid(), signal.SIGKILL)

    command.settle = functools.partial(settle, on_step=on_step)  # type: ignore[attr-defined]


if __name__ == "__main__":
    die_at(sys.argv[1])
    main(["settle", *sys.argv[2:]])
