"""A load of HTTP posts over kept connections, cheap enough to leave the machine to the server."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from gatemeter.errors import StopError


@dataclass(frozen=True, slots=True)
class Load:
    """`count` posts of `bodies` in turn over `connections`; with `posts_per_s` no faster than that."""

    url: str
    bodies: Sequence[bytes]
    count: int
    connections: int
    posts_per_s: float | None = None

    def run(self) -> list[float]:
        """The seconds that each answer took. Raises StopError for an answer that is not 200."""
        return asyncio.run(self._run())

    async def _run(self) -> list[float]:
        seconds: list[float] = []
        began_s = time.monotonic()
        await asyncio.gather(*(self._post_all(first, began_s, seconds) for first in range(self.connections)))
        return seconds

    async def _post_all(self, first: int, began_s: float, seconds: list[float]) -> None:
        address = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for number in range(first, self.count, self.connections):
            if self.posts_per_s is not None:
                await asyncio.sleep(max(0.0, began_s + number / self.posts_per_s - time.monotonic()))
            body = self.bodies[number % len(self.bodies)]
            sent_s = time.monotonic()
            writer.write(_HEAD % len(body) + body)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]))
            seconds.append(time.monotonic() - sent_s)
            if not head.startswith(b"HTTP/1.1 200"):
                raise StopError(f"an answer was {head[:40]!r}", where=self.url)
        writer.close()
        await writer.wait_closed()


_HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
