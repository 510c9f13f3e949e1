"""A `gatemeter worker` with a pause between the seek after each assignment and the flow of messages.

Faust loses messages at this point; without the pause that happens too rarely to be tested.
"""

import asyncio
import sys

from gatemeter.cli.main import main
from gatemeter.worker import driver

PAUSE_S = 0.4


def slow_down() -> None:
    seek = driver.Consumer.perform_seek

    async def perform_seek(self: driver.Consumer) -> None:
        await seek(self)
        await asyncio.sleep(PAUSE_S)

    driver.Consumer.perform_seek = perform_seek  # type: ignore[method-assign]


if __name__ == "__main__":
    slow_down()
    main(["worker", *sys.argv[1:]])
