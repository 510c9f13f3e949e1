"""A `gatemeter worker` that is alive but stuck: `stuck_worker HOW ONCE_FILE ARGUMENT...`.

HOW is what hangs: `seek` (the engine never lets messages flow), `agent` (messages flow, but nothing takes them) or
`loop` (nothing runs in the event loop any more). It hangs only once: if ONCE_FILE exists, the worker works.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gatemeter.cli.main import main
from gatemeter.worker import app, driver


def hang_in_seek() -> None:
    seek = driver.Consumer.perform_seek

    async def perform_seek(self: driver.Consumer) -> None:
        await seek(self)
        await asyncio.Event().wait()

    driver.Consumer.perform_seek = perform_seek  # type: ignore[method-assign]


def hang_in_agent() -> None:
    async def count_chunk(*_: Any) -> None:
        await asyncio.Event().wait()

    app.count_chunk = count_chunk  # type: ignore[assignment]


def hang_loop() -> None:
    async def count_chunk(*_: Any) -> None:
        while True:
            time.sleep(1)  # noqa: ASYNC251 - this is the fault

    app.count_chunk = count_chunk  # type: ignore[assignment]


WAYS: dict[str, Callable[[], None]] = {"seek": hang_in_seek, "agent": hang_in_agent, "loop": hang_loop}


if __name__ == "__main__":
    how, once_file = sys.argv[1], Path(sys.argv[2])
    if not once_file.exists():
        once_file.touch()
        WAYS[how]()
    main(["worker", *sys.argv[3:]])
