"""Asking an ASGI application without a server."""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Message

Answered = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""


async def ask_application(
    application: ASGIApp, method: str, path: str, body: bytes, headers: Mapping[str, str], query: str
) -> Answered:
    """One request with a body that arrives at once, and its answer."""
    sent: list[Message] = []
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path,
        "http_version": "1.1",
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()],
    }

    bodies = iter([body])

    async def receive() -> Message:
        for each in bodies:
            return {"type": "http.request", "body": each, "more_body": False}
        return await asyncio.Future()  # the client does not leave

    async def send(message: Message) -> None:
        sent.append(message)

    await application(scope, receive, send)
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(each.get("body", b"") for each in sent[1:])
