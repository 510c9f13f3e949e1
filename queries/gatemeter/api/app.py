"""The HTTP interface of an API: its paths, and what a refused question is answered with."""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from gatemeter.api import openapi, questions
from gatemeter.api.access import Caller, ReadAccess, require_all_rows
from gatemeter.api.access_answer import access_answer
from gatemeter.api.answers import file_answer, file_headers, json_answer, media_type_of
from gatemeter.api.entitlements_answer import EntitlementRequest, entitlements_answer
from gatemeter.api.forms import Form, wanted_form
from gatemeter.api.header_lists import header_list
from gatemeter.api.ingest_answer import OpenLag, ingest_answer, no_lag
from gatemeter.api.inventory_answer import differences_answer, inventory_answer, unused_answer, unused_of
from gatemeter.api.license_answer import license_answer
from gatemeter.api.limits import ApiLimits
from gatemeter.api.paging import Page, Paged
from gatemeter.api.refusals import problem_of, refused
from gatemeter.api.requests import (
    BillableRequest,
    DifferenceRequest,
    LicenseRequest,
    NoParameters,
    QueryForm,
    UnusedRequest,
    parse_body,
    parse_parameters,
)
from gatemeter.api.running import Pieces, RunningQuestions
from gatemeter.api.store import QueriedStore
from gatemeter.api.streamed_answer import StreamedAnswer
from gatemeter.budgets.entitlement_refresh import EntitlementRefresh
from gatemeter.clock import Clock
from gatemeter.errors import GatemeterError, SettingsError
from gatemeter.escaping import escaped
from gatemeter.httpserver.limits import discard_rest, read_body
from gatemeter.httpserver.problem import ProblemError
from gatemeter.metrics.answer_page import require_pages
from gatemeter.output.records import csv_pieces
from gatemeter.reports.period import Period
from gatemeter.reports.unused_rows import UnusedRow

Endpoint = Callable[[Request], Awaitable[Response]]

_LOG = logging.getLogger(__name__)
_BODY_TYPES = frozenset({"", "application/json"})


class Api:
    """The ASGI application over a store; once `stop` was called, questions are refused."""

    def __init__(
        self,
        store: QueriedStore,
        access: ReadAccess,
        limits: ApiLimits,
        clock: Clock,
        open_lag: OpenLag = no_lag,
        entitlements: EntitlementRefresh | None = None,
    ) -> None:
        self._running = RunningQuestions(store, limits)
        self._access = access
        self._limits = limits
        self._clock = clock
        self._open_lag = open_lag
        self._entitlements = entitlements
        self._is_stopping = False
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
                Route("/api/v1/inventory", self._answering(self._inventory)),
                Route("/api/v1/inventory/diff", self._answering(self._inventory_diff)),
                Route("/api/v1/inventory/unused", self._answering(self._unused)),
                Route("/api/v1/entitlements/{consumer:path}", self._answering(self._entitlements_of)),
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
            if _has_two_lengths(request):
                what = "a request has a content-length or a transfer-encoding, not both"
                return _refused_and_closed(ProblemError(HTTPStatus.BAD_REQUEST, what))
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
        form = _asked_form(request, parse_parameters(QueryForm, _parameters(request)))
        asked = parse_body(await self._body(request))
        page = _page(asked, form, asked.granularity.period, len(asked.by))
        now = (page and page.now) or self._clock.now()
        query, span = asked.query(caller.allowed), asked.span(now)
        if form is not Form.JSON:
            found = questions.query_csv if form is Form.CSV else questions.query_parquet
            return await self._file(request, caller, form, "query", functools.partial(found, query=query, span=span))
        if page is None:
            document = await self._running.ask(
                request, caller, lambda client: questions.query_rows(client, query, span, self._limits.rows)
            )
        else:
            require_pages(query, is_compared=asked.compare)
            document = await self._running.ask(
                request, caller, lambda client: questions.query_page(client, query, span, page, now)
            )
        # An answer of many rows takes a second to write, in which others are served.
        return await asyncio.to_thread(json_answer, request, document)

    async def _metrics(self, request: Request) -> Response:
        self._access.caller(request)
        parse_parameters(NoParameters, _parameters(request))
        return json_answer(request, self._catalogue)

    async def _access_of_caller(self, request: Request) -> Response:
        caller = self._access.caller(request)
        parse_parameters(NoParameters, _parameters(request))
        by = None if self._entitlements is None else self._entitlements.subject.value
        found = await self._running.ask(request, caller, lambda client: access_answer(client, caller.allowed, by))
        return json_answer(request, found)

    async def _ingest(self, request: Request) -> Response:
        caller = self._access.caller(request)
        require_all_rows(caller.allowed, "ingest health")
        parse_parameters(NoParameters, _parameters(request))
        return json_answer(
            request, await self._running.ask(request, caller, lambda client: ingest_answer(client, self._open_lag))
        )

    async def _entitlements_of(self, request: Request) -> Response:
        # A gateway asks for every request, and is answered from memory: no store is to be spared.
        caller = self._access.caller(request, is_rated=False)
        asked = parse_parameters(EntitlementRequest, _parameters(request))
        consumer = request.path_params["consumer"]
        found = entitlements_answer(self._entitlements, consumer, caller.allowed, self._clock.now())
        if asked.deny and not found["has_access"]:
            raise ProblemError(HTTPStatus.FORBIDDEN, "a budget of the consumer is used up")
        return json_answer(request, found)

    async def _inventory(self, request: Request) -> Response:
        caller = self._access.caller(request)
        require_all_rows(caller.allowed, "the inventory")
        parse_parameters(NoParameters, _parameters(request))
        return json_answer(request, await self._running.ask(request, caller, inventory_answer))

    async def _inventory_diff(self, request: Request) -> Response:
        caller = self._access.caller(request)
        require_all_rows(caller.allowed, "the inventory")
        asked = parse_parameters(DifferenceRequest, _parameters(request))
        found = await self._running.ask(
            request,
            caller,
            lambda client: differences_answer(client, asked.control_plane, asked.before, asked.after),
        )
        return json_answer(request, found)

    async def _unused(self, request: Request) -> Response:
        caller = self._access.caller(request)
        require_all_rows(caller.allowed, "what nobody uses")
        asked = parse_parameters(UnusedRequest, _parameters(request))
        form = wanted_form(request, (Form.JSON, Form.CSV), {Form.CSV: asked.csv})
        span = asked.written_span()
        report = await self._running.ask(request, caller, lambda client: unused_of(client, span, asked.tz))
        answer = unused_answer(report)
        if form is Form.JSON:
            return json_answer(request, answer)
        body = b"".join(csv_pieces(answer["rows"], list(UnusedRow.model_fields)))
        return file_answer(request, body, form, "unused")

    async def _billable(self, request: Request) -> Response:
        caller = self._access.caller(request)
        asked = parse_parameters(BillableRequest, _parameters(request))
        form = _asked_form(request, asked)
        page = _page(asked, form, asked.period, 1)
        asked.written_span()
        if form is not Form.JSON:
            found = questions.billable_csv if form is Form.CSV else questions.billable_file
            pieces = functools.partial(found, request=asked, allowed=caller.allowed)
            return await self._file(request, caller, form, "billable", pieces)
        if page is None:
            rows = await self._running.ask(
                request,
                caller,
                lambda client: questions.billable_rows(client, asked, caller.allowed, self._limits.rows),
            )
            return await asyncio.to_thread(json_answer, request, rows)
        now = self._clock.now()
        rows, following = await self._running.ask(
            request, caller, lambda client: questions.billable_rows_of_page(client, asked, caller.allowed, page, now)
        )
        return _with_link(await asyncio.to_thread(json_answer, request, rows), request, following)

    async def _license(self, request: Request) -> Response:
        caller = self._access.caller(request)
        require_all_rows(caller.allowed, "the license report")
        asked = parse_parameters(LicenseRequest, _parameters(request))
        form = _asked_form(request, asked, Form.TAR)
        if form is Form.PARQUET:
            return await self._file(request, caller, form, "license", lambda it: questions.license_file(it, asked))
        facts = await self._running.ask(request, caller, lambda client: questions.license_facts(client, asked))
        return license_answer(request, asked, form, *facts, self._clock)

    async def _healthz(self, request: Request) -> Response:
        return json_answer(request, {"status": "ok"})

    async def _readyz(self, request: Request) -> Response:
        await self._running.ask(request, Caller("readyz"), questions.require_answering)
        return json_answer(request, {"status": "ready"})

    async def _show_openapi(self, request: Request) -> Response:
        return json_answer(request, self._openapi)

    async def _body(self, request: Request) -> bytes:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in _BODY_TYPES:
            raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a question is application/json")
        if {each.lower() for each in header_list(request.headers, "content-encoding")} - {"identity"}:
            raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a question is not compressed: no content-encoding")
        return await read_body(request, self._limits.body_bytes, self._limits.body_s)

    async def _file(self, request: Request, caller: Caller, form: Form, name: str, pieces: Pieces) -> Response:
        """The answer whole if it is short, else in chunks while it is read."""
        stream = await self._running.stream(request, caller, pieces)
        try:
            begin, is_all = await stream.begin(self._limits.whole_bytes)
            if not is_all:
                _require_chunks(request)
        except BaseException:
            await stream.close()
            raise
        if is_all:
            await stream.close()
            return await asyncio.to_thread(file_answer, request, begin, form, name)
        return StreamedAnswer(begin, stream, file_headers(name, form), media_type_of(form))


def _require_chunks(request: Request) -> None:
    """Raises ProblemError: without chunks, an answer that is broken off would look whole."""
    if request.scope["http_version"] == "1.0":
        raise ProblemError(HTTPStatus.UPGRADE_REQUIRED, "an answer that is so long needs HTTP/1.1")


def _asked_form(request: Request, asked: QueryForm | BillableRequest | LicenseRequest, *more: Form) -> Form:
    said = {Form.CSV: asked.csv, Form.PARQUET: asked.parquet}
    if isinstance(asked, LicenseRequest):
        said[Form.TAR] = asked.tar
    return wanted_form(request, (Form.JSON, Form.CSV, Form.PARQUET, *more), said)


def _page(asked: Paged, form: Form, period: Period | None, group_count: int) -> Page | None:
    page = asked.page()
    if page is not None and form is not Form.JSON:
        raise SettingsError("pages are of answers in JSON", where="page_size", do="ask for all rows, or for JSON")
    return page and page.checked(period, group_count)


def _with_link(answer: Response, request: Request, following: str | None) -> Response:
    """`answer` with a header that names the next page (RFC 8288)."""
    if following is not None:
        query = urlencode(
            [*((n, v) for n, v in request.query_params.multi_items() if n != "next"), ("next", following)]
        )
        answer.headers["link"] = f'<{request.url.path}?{query}>; rel="next"'
    return answer


async def _unknown_path_or_method(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these
    await discard_rest(request)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "").split(", ")
        what = f"the path takes {' and '.join(allowed)}"
        return refused(ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, what, allowed=allowed))
    return refused(ProblemError(HTTPStatus.NOT_FOUND, f"there is no such path; there are {', '.join(openapi.PATHS)}"))


def _parameters(request: Request) -> dict[str, list[str]]:
    # In one go: looking each of some thousand names up among all others would hold everybody up for many seconds.
    found: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        found.setdefault(name, []).append(value)
    return found


def _has_two_lengths(request: Request) -> bool:
    """Whether a proxy may take another part of what was sent for the body (RFC 9112, section 6.3)."""
    return "transfer-encoding" in request.headers and "content-length" in request.headers


def _refused_and_closed(error: ProblemError) -> Response:
    answer = refused(error)
    answer.headers["connection"] = "close"
    return answer
