"""Answers that are sent while they are read from the store. One that cannot be completed is broken off, never ended."""

import logging

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gatemeter.api.running import AnswerStream
from gatemeter.errors import GatemeterError
from gatemeter.escaping import escaped

_LOG = logging.getLogger(__name__)


class StreamedAnswer(Response):
    """`begin`, and what follows in `stream`, in chunks.

    After an error the last chunk is missing and the connection ends, so that no client takes the answer for whole.
    """

    def __init__(self, begin: bytes, stream: AnswerStream, headers: dict[str, str], media_type: str) -> None:
        super().__init__(headers=headers, media_type=media_type)
        del self.headers["content-length"]
        self._begin = begin
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, as ASGI has it."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await self._send_pieces(send, is_head=scope["method"] == "HEAD")
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except ClientDisconnect:
            pass
        except Exception as error:  # noqa: BLE001 - every fault ends the answer, and is one line of the log
            is_own_fault = not isinstance(error, GatemeterError)
            path = escaped(scope["path"])
            _LOG.error("%s: broken off: %s", path, escaped(str(error)), exc_info=is_own_fault)
        finally:
            await self._stream.close()

    async def _send_pieces(self, send: Send, *, is_head: bool) -> None:
        if is_head:
            return
        await send({"type": "http.response.body", "body": self._begin, "more_body": True})
        while piece := await self._stream.next_piece():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
