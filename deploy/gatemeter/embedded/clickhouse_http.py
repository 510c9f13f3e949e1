"""The part of ClickHouse's HTTP interface that ordinary clients use, over the engine in this process.

It takes queries and commands in the body or the `query` argument, in any format, with typed parameters, settings and a
database as arguments; inserts with their data in the body; compression in both directions; basic authentication. It
answers with error codes and summaries. It offers neither sessions with state, nor external data, nor progress headers.
The engine writes an answer to a file, from which it is sent once the statement has ended: an answer of any size takes
little memory, and one that cannot be completed is an error from its first byte.

Whoever has no login gets an answer before a body is read. A statement ends when its client has left.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gatemeter.embedded.clickhouse_accounts import Account, Role, login_of, role_of
from gatemeter.embedded.clickhouse_answer import AnswerHeaders, FileResponse
from gatemeter.embedded.clickhouse_call import Call, run
from gatemeter.embedded.clickhouse_engine import Engine
from gatemeter.embedded.clickhouse_errors import ErrorCode
from gatemeter.embedded.clickhouse_request import Session
from gatemeter.httpserver.limits import LimitError, TooLargeError, TooManyError, TooSlowError, place_in, read_body

_STATEMENTS = {Role.ADMINISTRATOR: 12, Role.READER: 4, Role.ANALYST: 4}
"""How many statements of a role run at the same time."""
_BODY_BYTES = {Role.ADMINISTRATOR: 512 * 1024 * 1024, Role.READER: 1024 * 1024, Role.ANALYST: 1024 * 1024}
_ANSWER_BYTES = {Role.ADMINISTRATOR: 16 * 1024**3, Role.READER: 1024**3, Role.ANALYST: 1024**3}
"""How much of the disk an answer may take while it is written and sent."""
_LIMIT_CODES: dict[type[LimitError], ErrorCode] = {
    TooLargeError: ErrorCode.LIMIT_EXCEEDED,
    TooSlowError: ErrorCode.TIMEOUT_EXCEEDED,
    TooManyError: ErrorCode.TOO_MANY_SIMULTANEOUS_QUERIES,
}
_BODY_TIMEOUT_S = 120.0
_PLACE_TIMEOUT_S = 30.0
_LOOK_INTERVAL_S = 1.0
_KILL_INTERVAL_S = 1.0


class ClickHouseInterface:
    """The endpoints. Statements run in threads, so that a long one does not delay others."""

    def __init__(self, engine: Engine, accounts: Sequence[Account]) -> None:
        self._engine = engine
        self._accounts = accounts
        timezone = engine.query("SELECT timezone()", Session(), "TabSeparated").body.decode().strip()
        self._headers = AnswerHeaders(timezone)
        self._pool = ThreadPoolExecutor(sum(_STATEMENTS.values()), thread_name_prefix="query")
        # Of its own, so that a kill does not wait behind the statements.
        self._killers = ThreadPoolExecutor(1, thread_name_prefix="kill")
        self._places = {role: asyncio.Semaphore(count) for role, count in _STATEMENTS.items()}

    def application(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/ping", _alive),
                Route("/replicas_status", _alive),
                Route("/", _Endpoint(self._serve), methods=["GET", "POST"]),
                Route("/{database}", self._greet),
            ]
        )

    async def _greet(self, request: Request) -> Response:
        """The address that people are given, as it is: says whether its login is right."""
        role = role_of(login_of(request.headers, {}), self._accounts)
        return await _alive(request) if role else self._refused(request, "")

    async def _serve(self, request: Request, places: AsyncExitStack) -> Response:
        login = login_of(request.headers, request.query_params)
        query_id = request.query_params.get("query_id") or str(uuid.uuid4())
        role = role_of(login, self._accounts)
        if request.method == "GET" and not request.query_params and (role or login is None):
            return await _alive(request)
        if role is None:
            return self._refused(request, query_id)
        try:
            await places.enter_async_context(place_in(self._places[role], _PLACE_TIMEOUT_S))
            body = await read_body(request, _BODY_BYTES[role], _BODY_TIMEOUT_S)
            return await self._answer(request, Call.of(request, body, query_id, role))
        except LimitError as error:
            return self._headers.failure(error.what, _LIMIT_CODES[type(error)], query_id, closing=True)
        except ClientDisconnect:
            return Response()  # nobody reads it
        except asyncio.CancelledError:  # by the server, when its time to end is over
            return self._headers.failure("The server is stopping", ErrorCode.ABORTED, query_id, closing=True)

    async def _answer(self, request: Request, call: Call) -> Response:
        work = asyncio.get_running_loop().run_in_executor(self._pool, run, self._engine, self._headers, call)
        gone = asyncio.create_task(_disconnected(request))
        either: set[asyncio.Future[Any]] = {work, gone}
        is_too_large = is_answered = False
        try:
            while not work.done():
                await asyncio.wait(either, timeout=_LOOK_INTERVAL_S, return_when=asyncio.FIRST_COMPLETED)
                is_too_large = is_too_large or self._engine.answer_bytes(call.tag) > _ANSWER_BYTES[call.role]
                if (is_too_large or gone.done()) and not work.done():
                    # Again and again: the statement may not have begun yet.
                    await asyncio.get_running_loop().run_in_executor(self._killers, self._engine.kill, call.tag)
                    await asyncio.wait({work}, timeout=_KILL_INTERVAL_S)
            is_answered = not is_too_large
        finally:
            gone.cancel()
            if not is_answered:
                work.add_done_callback(_close)
        return self._too_large(call) if is_too_large else work.result()

    def _too_large(self, call: Call) -> Response:
        message = (
            f"The answer is larger than {_ANSWER_BYTES[call.role]} bytes. Ask for less (LIMIT, WHERE, fewer columns) "
            "or choose a shorter FORMAT, such as TabSeparated or Native. (TOO_MANY_ROWS_OR_BYTES)"
        )
        return self._headers.failure(message, ErrorCode.TOO_MANY_ROWS_OR_BYTES, call.query_id)

    def _refused(self, request: Request, query_id: str) -> Response:
        if login_of(request.headers, request.query_params) is None:
            message = "Authentication failed: a user and a password are needed. (AUTHENTICATION_FAILED)"
            return self._headers.failure(message, ErrorCode.REQUIRED_PASSWORD, query_id, closing=True)
        message = (
            "Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)"
        )
        return self._headers.failure(message, ErrorCode.AUTHENTICATION_FAILED, query_id, closing=True)


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """Keeps what `serve` has taken until its response was sent, so that few answers wait on the disk."""

    serve: Callable[[Request, AsyncExitStack], Awaitable[Response]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        async with AsyncExitStack() as places:
            response = await self.serve(request, places)
            await response(scope, receive, send)


def _close(unsent: asyncio.Future[Response]) -> None:
    if not unsent.cancelled() and unsent.exception() is None and isinstance(response := unsent.result(), FileResponse):
        response.close()


async def _alive(_: Request) -> Response:
    return PlainTextResponse("Ok.\n")


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
