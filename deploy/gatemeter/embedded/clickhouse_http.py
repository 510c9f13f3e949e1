"""The part of ClickHouse's HTTP interface that ordinary clients use, over the engine in this process.

It takes queries and commands in the body or the `query` argument, in any format, with typed parameters, settings and a
database as arguments; inserts with their data in the body; compression in both directions; basic authentication. It
answers with error codes and summaries. It offers neither sessions with state, nor external data, nor progress headers.
Answers are built in memory.

Whoever has no login gets an answer before a body is read. A statement ends when its client has left.
"""

import asyncio
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gatemeter.embedded.clickhouse_accounts import Account, Role, login_of, role_of
from gatemeter.embedded.clickhouse_answer import AnswerHeaders
from gatemeter.embedded.clickhouse_call import Call, run
from gatemeter.embedded.clickhouse_engine import Engine
from gatemeter.embedded.clickhouse_errors import ErrorCode
from gatemeter.embedded.clickhouse_request import Session
from gatemeter.embedded.http_limits import LimitError, place_in, read_body

_STATEMENTS = {Role.ADMINISTRATOR: 12, Role.READER: 4}
"""How many statements of a role run at the same time."""
_BODY_BYTES = {Role.ADMINISTRATOR: 512 * 1024 * 1024, Role.READER: 1024 * 1024}
_PLACE_TIMEOUT_S = 30.0
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
                Route("/", self._serve, methods=["GET", "POST"]),
                Route("/{database}", self._greet),
            ]
        )

    async def _greet(self, request: Request) -> Response:
        """The address that people are given, as it is: says whether its login is right."""
        role = role_of(login_of(request.headers, {}), self._accounts)
        return await _alive(request) if role else self._refused(request, "")

    async def _serve(self, request: Request) -> Response:
        login = login_of(request.headers, request.query_params)
        query_id = request.query_params.get("query_id") or str(uuid.uuid4())
        role = role_of(login, self._accounts)
        if request.method == "GET" and not request.query_params and (role or login is None):
            return await _alive(request)
        if role is None:
            return self._refused(request, query_id)
        try:
            async with place_in(self._places[role], _PLACE_TIMEOUT_S):
                body = await read_body(request, _BODY_BYTES[role])
                return await self._answer(request, Call.of(request, body, query_id, role))
        except LimitError as error:
            return self._headers.failure(error.what, error.code, query_id, closing=True)
        except ClientDisconnect:
            return Response()  # nobody reads it
        except asyncio.CancelledError:  # by the server, when its time to end is over
            return self._headers.failure("The server is stopping", ErrorCode.ABORTED, query_id, closing=True)

    async def _answer(self, request: Request, call: Call) -> Response:
        work = asyncio.get_running_loop().run_in_executor(self._pool, run, self._engine, self._headers, call)
        gone = asyncio.create_task(_disconnected(request))
        either: set[asyncio.Future[Any]] = {work, gone}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            while not work.done():
                # Again and again: the statement may not have begun yet.
                await asyncio.get_running_loop().run_in_executor(self._killers, self._engine.kill, call.tag)
                await asyncio.wait({work}, timeout=_KILL_INTERVAL_S)
        finally:
            gone.cancel()
        return work.result()

    def _refused(self, request: Request, query_id: str) -> Response:
        if login_of(request.headers, request.query_params) is None:
            message = "Authentication failed: a user and a password are needed. (AUTHENTICATION_FAILED)"
            return self._headers.failure(message, ErrorCode.REQUIRED_PASSWORD, query_id, closing=True)
        message = (
            "Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)"
        )
        return self._headers.failure(message, ErrorCode.AUTHENTICATION_FAILED, query_id, closing=True)


async def _alive(_: Request) -> Response:
    return PlainTextResponse("Ok.\n")


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
