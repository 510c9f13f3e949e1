"""The HTTP interface of an API: its paths, and what a refused question is answered with."""

import asyncio
import contextlib
import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from gatemeter.api import openapi, questions
from gatemeter.api.access import Caller, ReadAccess
from gatemeter.api.access_answer import access_answer
from gatemeter.api.answers import csv_answer, json_answer, wants_csv
from gatemeter.api.ingest_answer import ingest_answer, require_operator
from gatemeter.api.limits import ApiLimits
from gatemeter.api.refusals import problem_of, refused
from gatemeter.api.requests import BillableRequest, LicenseRequest, NoParameters, parse_body, parse_parameters
from gatemeter.api.store import QueriedStore
from gatemeter.clock import Clock
from gatemeter.errors import GatemeterError
from gatemeter.escaping import escaped
from gatemeter.httpserver.limits import discard_rest, place_in, read_body
from gatemeter.httpserver.problem import ProblemError
from gatemeter.reports.billable import BillableRow
from gatemeter.reports.license import MonthlyBucket, legacy_license_report, license_report

Result = TypeVar("Result")
Endpoint = Callable[[Request], Awaitable[Response]]

_LOG = logging.getLogger(__name__)
_BODY_TYPES = frozenset({"", "application/json"})


class Api:
    """The ASGI application over a store; once `stop` was called, questions are refused."""

    def __init__(self, store: QueriedStore, access: ReadAccess, limits: ApiLimits, clock: Clock) -> None:
        self._store = store
        self._access = access
        self._limits = limits
        self._clock = clock
        self._is_stopping = False
        self._places = asyncio.Semaphore(limits.at_once)
        self._places_by_token: dict[str, asyncio.Semaphore] = {}
        self._catalogue = questions.catalogue()
        self._openapi = openapi.document()

    def application(self, pages: Sequence[Route] = ()) -> Starlette:
        """The Starlette application; `pages` are further routes, which need no store."""
        application = Starlette(
            routes=[
                Route("/api/v1/query", self._answering(self._query), methods=["POST"]),
                Route("/api/v1/metrics", self._answering(self._metrics)),
                Route("/api/v1/access", self._answering(self._access_of_caller)),
                Route("/api/v1/ingest", self._answering(self._ingest)),
                Route("/billable", self._answering(self._billable)),
                Route("/license/report", self._answering(self._license)),
                Route("/healthz", self._answering(self._healthz)),
                Route("/readyz", self._answering(self._readyz)),
                Route("/openapi.json", self._answering(self._show_openapi)),
                *pages,
            ],
            exception_handlers={HTTPException: _unknown_path_or_method},
        )
        application.router.redirect_slashes = False
        return application

    def stop(self) -> None:
        """Refuse questions from now on."""
        self._is_stopping = True

    def _answering(self, endpoint: Endpoint) -> Endpoint:
        """`endpoint`, whose errors are answered as problems."""

        @functools.wraps(endpoint)
        async def answering(request: Request) -> Response:
            try:
                self._require_running()
                return await endpoint(request)
            except ClientDisconnect:
                return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it
            except Exception as error:  # noqa: BLE001 - every fault is one answer, and one line of the log
                found = problem_of(error)
                if found.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    is_own_fault = not isinstance(error, GatemeterError)
                    _LOG.error("%s: %s", escaped(request.url.path), escaped(str(error)), exc_info=is_own_fault)
                await discard_rest(request)
                return refused(found)

        return answering

    def _require_running(self) -> None:
        if self._is_stopping:
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "the server is stopping", retry_after_s=1)

    async def _query(self, request: Request) -> Response:
        caller = self._access.caller(request)
        parse_parameters(NoParameters, _parameters(request))
        is_csv = wants_csv(request)
        asked = parse_body(await self._body(request))
        query, span = asked.query(caller.allowed), asked.span(self._clock.now())
        found = await self._ask(caller, lambda client: questions.answer_query(client, query, span, self._limits.rows))
        # An answer of many rows takes a second to write, in which others are served.
        if is_csv:
            return await asyncio.to_thread(csv_answer, request, found.rows, found.columns, "query")
        document = {"columns": found.columns, "rows": found.rows, "notes": found.notes}
        return await asyncio.to_thread(json_answer, request, document)

    async def _metrics(self, request: Request) -> Response:
        self._access.caller(request)
        parse_parameters(NoParameters, _parameters(request))
        return json_answer(request, self._catalogue)

    async def _access_of_caller(self, request: Request) -> Response:
        caller = self._access.caller(request)
        parse_parameters(NoParameters, _parameters(request))
        return json_answer(request, await self._ask(caller, lambda client: access_answer(client, caller.allowed)))

    async def _ingest(self, request: Request) -> Response:
        caller = self._access.caller(request)
        require_operator(caller.allowed)
        parse_parameters(NoParameters, _parameters(request))
        return json_answer(request, await self._ask(caller, ingest_answer))

    async def _billable(self, request: Request) -> Response:
        caller = self._access.caller(request)
        asked = parse_parameters(BillableRequest, _parameters(request))
        is_csv = wants_csv(request, asked=asked.csv)
        asked.written_span()
        found = await self._ask(
            caller, lambda client: questions.billable_rows(client, asked, caller.allowed, self._limits.rows)
        )
        if is_csv:
            return await asyncio.to_thread(csv_answer, request, found, list(BillableRow.model_fields), "billable")
        return await asyncio.to_thread(json_answer, request, found)

    async def _license(self, request: Request) -> Response:
        caller = self._access.caller(request)
        questions.require_all_rows(caller.allowed)
        asked = parse_parameters(LicenseRequest, _parameters(request))
        is_csv = wants_csv(request, asked=asked.csv)
        buckets = await self._ask(caller, lambda client: questions.license_buckets(client, asked))
        rows = [bucket.model_dump() for bucket in buckets]
        if is_csv:
            return csv_answer(request, rows, list(MonthlyBucket.model_fields), "license")
        # Its time is in the report, and makes no other report of it.
        report = legacy_license_report(buckets) if asked.legacy else license_report(buckets, self._clock)
        return json_answer(request, report, tag=repr((asked.legacy, rows)))

    async def _healthz(self, request: Request) -> Response:
        return json_answer(request, {"status": "ok"})

    async def _readyz(self, request: Request) -> Response:
        await self._ask(Caller("readyz"), questions.require_answering)
        return json_answer(request, {"status": "ready"})

    async def _show_openapi(self, request: Request) -> Response:
        return json_answer(request, self._openapi)

    async def _body(self, request: Request) -> bytes:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in _BODY_TYPES:
            raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a question is application/json")
        return await read_body(request, self._limits.body_bytes, self._limits.body_s)

    async def _ask(self, caller: Caller, question: Callable[[Any], Result]) -> Result:
        async with self._place(caller):
            return await asyncio.to_thread(self._store.ask, question)

    @contextlib.asynccontextmanager
    async def _place(self, caller: Caller) -> AsyncIterator[None]:
        """Raises TooManyError if too much is asked at the same time."""
        own = self._places_by_token.setdefault(caller.key, asyncio.Semaphore(self._limits.at_once_per_token))
        async with place_in(own, self._limits.place_s), place_in(self._places, self._limits.place_s):
            yield


async def _unknown_path_or_method(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these
    await discard_rest(request)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "").split(", ")
        return refused(ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, "the path takes another method", allowed=allowed))
    return refused(ProblemError(HTTPStatus.NOT_FOUND, "there is no such path; /openapi.json names them all"))


def _parameters(request: Request) -> dict[str, list[str]]:
    return {name: request.query_params.getlist(name) for name in request.query_params}
