"""Starlette requests without a server."""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import Message


def request(body: bytes = b"", path: str = "/", headers: Mapping[str, str] = {}, query: str = "") -> Request:
    """A POST whose body comes in one piece, when others had their turn."""

    async def receive() -> Message:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    return Request(scope, receive)
