"""`gatemeter worker` that is alive and does nothing: `stuck_worker HOW MARK_FILE ARGUMENT...`.

HOW says what hangs: `seek` (the engine never lets messages flow), `agent` (messages flow and nothing takes them) or
`loop` (nothing in the event loop runs any more). It hangs once only: where MARK_FILE is there already, it works.
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
            time.sleep(1)  # noqa: ASYNC251 - the fault that is asked for

    app.count_chunk = count_chunk  # type: ignore[assignment]


WAYS: dict[str, Callable[[], None]] = {"seek": hang_in_seek, "agent": hang_in_agent, "loop": hang_loop}


if __name__ == "__main__":
    how, mark = sys.argv[1], Path(sys.argv[2])
    if not mark.exists():
        mark.touch()
        WAYS[how]()
    main(["worker", *sys.argv[3:]])
