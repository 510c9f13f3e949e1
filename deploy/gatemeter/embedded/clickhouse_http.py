"""The part of ClickHouse's HTTP interface that ordinary clients use, over the engine in this process.

It takes queries and commands in the body or the `query` argument, in any format, with typed parameters, settings and a
database as arguments; inserts with their data in the body; compression in both directions; basic authentication. It
answers with error codes and summaries. It offers neither sessions with state, nor external data, nor progress headers.
Answers are built in memory.
"""

import asyncio
import hmac
import json
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gatemeter.embedded import clickhouse_request as wire
from gatemeter.embedded.clickhouse_engine import Answer, Engine, EngineError
from gatemeter.embedded.clickhouse_errors import ErrorCode, http_status

_THREADS = 16
_BINARY = "application/octet-stream"
_CONTENT_TYPES = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "JSON": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
}


@dataclass(frozen=True, slots=True)
class Account:
    """The only user."""

    user: str
    password: str

    def admits(self, user: str, password: str) -> bool:
        """Whether user and password are right, in a time that does not depend on them."""
        right_user = hmac.compare_digest(user.encode(), self.user.encode())
        return hmac.compare_digest(password.encode(), self.password.encode()) and right_user


@dataclass(frozen=True, slots=True)
class _Call:
    """One statement, and the form in which its answer is wanted."""

    statement: bytes
    session: wire.Session
    default_format: str
    accepted_encodings: str
    query_id: str


class ClickHouseInterface:
    """The endpoints. Statements run in threads, so that a long one does not delay others."""

    def __init__(self, engine: Engine, account: Account) -> None:
        self._engine = engine
        self._account = account
        self._timezone = engine.query("SELECT timezone()", wire.Session(), "TabSeparated").body.decode().strip()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="query")

    def application(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/ping", _alive),
                Route("/replicas_status", _alive),
                Route("/", self._serve, methods=["GET", "POST"]),
            ]
        )

    async def _serve(self, request: Request) -> Response:
        arguments = dict(request.query_params)
        query_id = arguments.get("query_id") or str(uuid.uuid4())
        body = await request.body()
        if request.method == "GET" and not arguments:
            return await _alive(request)
        if not self._account.admits(*_credentials(request.headers, arguments)):
            return self._authentication_failed(query_id)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._answer, request.headers, arguments, body, query_id)

    def _answer(self, headers: Mapping[str, str], arguments: dict[str, str], body: bytes, query_id: str) -> Response:
        try:
            return self._run(_call(headers, arguments, body, query_id))
        except (wire.BadRequest, EngineError) as error:
            return self._failure(error.what, error.code, query_id)

    def _run(self, call: _Call) -> Response:
        insert = wire.parse_insert(call.statement)
        if insert is not None:
            return self._success(self._engine.insert(insert, call.session), None, call)
        try:
            statement = call.statement.decode()
        except UnicodeDecodeError as error:
            raise wire.BadRequest(f"The statement is not UTF-8: {error}", code=ErrorCode.SYNTAX_ERROR) from error
        answer = self._engine.query(statement, call.session, call.default_format)
        return self._success(answer, wire.output_format(statement, call.default_format), call)

    def _success(self, answer: Answer, output_format: str | None, call: _Call) -> Response:
        headers = self._headers(call.query_id) | {"X-ClickHouse-Summary": _summary(answer)}
        if output_format is not None or answer.body:
            headers["X-ClickHouse-Format"] = output_format or call.default_format
        body = answer.body
        if body and call.accepted_encodings:
            body, encoding = wire.compress(body, call.accepted_encodings)
            headers |= {"Content-Encoding": encoding} if encoding else {}
        media_type = _CONTENT_TYPES.get(headers.get("X-ClickHouse-Format", "TabSeparated"), _BINARY)
        return Response(body, headers=headers, media_type=media_type)

    def _failure(self, message: str, code: int, query_id: str) -> Response:
        text = message if message.startswith("Code: ") else f"Code: {code}. DB::Exception: {message}"
        headers = self._headers(query_id) | {"X-ClickHouse-Exception-Code": str(int(code))}
        return PlainTextResponse(text + "\n", status_code=http_status(code), headers=headers)

    def _authentication_failed(self, query_id: str) -> Response:
        message = (
            "Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)"
        )
        return self._failure(message, ErrorCode.AUTHENTICATION_FAILED, query_id)

    def _headers(self, query_id: str) -> dict[str, str]:
        # The client chooses the id; characters that a header cannot hold are replaced or left out.
        safe_id = query_id.encode("ascii", "replace").decode().translate({13: None, 10: None})
        return {
            "X-ClickHouse-Query-Id": safe_id,
            "X-ClickHouse-Timezone": self._timezone,
            "X-ClickHouse-Server-Display-Name": "gatemeter",
        }


async def _alive(_: Request) -> Response:
    return PlainTextResponse("Ok.\n")


def _call(headers: Mapping[str, str], arguments: dict[str, str], body: bytes, query_id: str) -> _Call:
    body = wire.decompress(body, headers.get("content-encoding", ""))
    content_type = headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        arguments, body = arguments | wire.form_fields(content_type, body), b""
    statement = wire.statement_bytes(arguments.get("query", ""), body)
    if not statement.strip():
        raise wire.BadRequest("Empty query", code=ErrorCode.SYNTAX_ERROR)
    wants_compression = arguments.get("enable_http_compression", "0") in {"1", "true"}
    return _Call(
        statement=statement,
        session=wire.session_from(arguments),
        default_format=arguments.get("default_format") or headers.get("x-clickhouse-format") or "TabSeparated",
        accepted_encodings=headers.get("accept-encoding", "") if wants_compression else "",
        query_id=query_id,
    )


def _credentials(headers: Mapping[str, str], arguments: Mapping[str, str]) -> tuple[str, str]:
    basic = wire.basic_credentials(headers.get("authorization", ""))
    if basic is not None:
        return basic
    user = headers.get("x-clickhouse-user") or arguments.get("user", "")
    return user, headers.get("x-clickhouse-key") or arguments.get("password", "")


def _summary(answer: Answer) -> str:
    return json.dumps(
        {
            "read_rows": str(answer.rows_read),
            "read_bytes": str(answer.bytes_read),
            "written_rows": str(answer.rows_written),
            "written_bytes": str(answer.bytes_written),
            "result_bytes": str(len(answer.body)),
            "elapsed_ns": str(answer.elapsed_ns),
        }
    )
