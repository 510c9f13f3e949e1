"""How many questions are worked on at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gatemeter.httpserver.limits import place_in


class Places:
    """So many places for all callers, and so many of them for one; whoever asks waits for one up to `wait_s`."""

    def __init__(self, at_once: int, per_caller: int, wait_s: float) -> None:
        self._of_all = asyncio.Semaphore(at_once)
        self._per_caller = per_caller
        self._wait_s = wait_s
        self._own: dict[str, asyncio.Semaphore] = {}

    @asynccontextmanager
    async def of(self, caller: str) -> AsyncIterator[None]:
        """A place for a block. Raises TooManyError if none is free in time."""
        own = self._own.setdefault(caller, asyncio.Semaphore(self._per_caller))
        async with place_in(own, self._wait_s), place_in(self._of_all, self._wait_s):
            yield
