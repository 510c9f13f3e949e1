"""The answers of ClickHouse's HTTP interface: their headers, bodies and errors."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from gatemeter.embedded import clickhouse_request as wire
from gatemeter.embedded.clickhouse_engine import Answer
from gatemeter.embedded.clickhouse_errors import http_status

_UNAUTHORIZED = 401
_PIECE_BYTES = 256 * 1024
_BINARY = "application/octet-stream"
_CONTENT_TYPES = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "JSON": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
}


class FileResponse(StreamingResponse):
    """An answer that is read from a file while it is sent; the file is closed then, or by `close` if it is not sent."""

    def __init__(self, pieces: Iterator[bytes], file: BinaryIO, headers: dict[str, str], media_type: str) -> None:
        super().__init__(pieces, headers=headers, media_type=media_type)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, as ASGI has it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.close()

    def close(self) -> None:
        """Free what the file takes of the disk."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class AnswerHeaders:
    """Builds answers as a server in `timezone` gives them."""

    timezone: str

    def success(self, answer: Answer, output_format: str | None, accepted_encodings: str, query_id: str) -> Response:
        """The rows in `output_format` (None: the statement has no rows), compressed if an encoding is accepted."""
        headers = self._common(query_id) | {"X-ClickHouse-Summary": _summary(answer)}
        if output_format is not None:
            headers["X-ClickHouse-Format"] = output_format
        media_type = _CONTENT_TYPES.get(headers.get("X-ClickHouse-Format", "TabSeparated"), _BINARY)
        encoding = wire.encoding_of(accepted_encodings) if answer.body else ""
        pieces = _pieces(answer)
        if encoding:
            headers["Content-Encoding"] = encoding
            pieces = wire.compressed(pieces, encoding)
        if answer.rest is None:
            return Response(b"".join(pieces), headers=headers, media_type=media_type)
        headers |= {} if encoding else {"Content-Length": str(answer.size_bytes)}
        return FileResponse(pieces, answer.rest, headers, media_type)

    def failure(self, message: str, code: int, query_id: str, *, closing: bool = False) -> Response:
        """The error `code` with ClickHouse's status for it. `closing` ends the connection: its body was not read."""
        text = message if message.startswith("Code: ") else f"Code: {code:d}. DB::Exception: {message}"
        headers = self._common(query_id) | {"X-ClickHouse-Exception-Code": str(int(code))}
        status = http_status(code)
        headers |= {"WWW-Authenticate": 'Basic realm="ClickHouse"'} if status == _UNAUTHORIZED else {}
        headers |= {"Connection": "close"} if closing else {}
        return PlainTextResponse(text + "\n", status_code=status, headers=headers)

    def _common(self, query_id: str) -> dict[str, str]:
        # The client chooses the id; characters that a header cannot hold are replaced or left out.
        safe_id = query_id.encode("ascii", "replace").decode().translate({13: None, 10: None})
        return {
            "X-ClickHouse-Query-Id": safe_id,
            "X-ClickHouse-Timezone": self.timezone,
            "X-ClickHouse-Server-Display-Name": "gatemeter",
        }


def _pieces(answer: Answer) -> Iterator[bytes]:
    yield answer.body
    if answer.rest is not None:
        while piece := answer.rest.read(_PIECE_BYTES):
            yield piece


def _summary(answer: Answer) -> str:
    return json.dumps(
        {
            "read_rows": str(answer.rows_read),
            "read_bytes": str(answer.bytes_read),
            "written_rows": str(answer.rows_written),
            "written_bytes": str(answer.bytes_written),
            "result_bytes": str(answer.size_bytes),
            "elapsed_ns": str(answer.elapsed_ns),
        }
    )
