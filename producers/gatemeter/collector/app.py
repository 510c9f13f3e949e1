"""The HTTP interface of a collector: its paths, and the answers to requests that are refused."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gatemeter.clock import Clock
from gatemeter.collector import openapi
from gatemeter.collector.bodies import media_types
from gatemeter.collector.intake import Intake
from gatemeter.collector.metrics import CONTENT_TYPE, CollectorMetrics
from gatemeter.collector.urls import INGEST_PATH
from gatemeter.formats.format import Format
from gatemeter.formats.registry import known_formats
from gatemeter.httpserver.limits import discard_rest
from gatemeter.httpserver.problem import Answer, ProblemError, problem

_ANY_FORMAT = "/ingest/{format}"
_OWN_PATHS = ("/healthz", "/readyz", "/metrics", "/openapi.json")


class _Endpoint(NamedTuple):
    read_by: Format
    accepted: int


def endpoints() -> Mapping[str, _Endpoint]:
    """The paths that senders of a format post to by themselves."""
    return {path: _Endpoint(each, status) for each in known_formats() for path, status in each.http.paths.items()}


class CollectorApp:
    """The ASGI application. `is_ready` says whether Kafka answers; once `is_stopping`, requests are refused."""

    def __init__(
        self, intake: Intake, metrics: CollectorMetrics, clock: Clock, is_ready: Callable[[], Awaitable[bool]]
    ) -> None:
        self.is_stopping = False
        self._intake = intake
        self._metrics = metrics
        self._clock = clock
        self._is_ready = is_ready
        self._by_path = endpoints()
        self._by_name = {INGEST_PATH + each.name: _Endpoint(each, HTTPStatus.OK) for each in known_formats()}
        types = {path: (each.accepted, media_types(each.read_by)) for path, each in self._by_path.items()}
        self._openapi = msgspec.json.encode(openapi.document(types, [each.name for each in known_formats()]))

    def application(self) -> Starlette:
        """The Starlette application."""
        posts = [Route(path, _Raw(self._post), methods=None) for path in (*self._by_path, _ANY_FORMAT)]
        return Starlette(
            routes=[
                *posts,
                Route("/healthz", self._healthz),
                Route("/readyz", self._readyz),
                Route("/metrics", self._show_metrics),
                Route("/openapi.json", self._show_openapi),
            ],
            exception_handlers={HTTPException: self._refuse},
        )

    async def _refuse(self, request: Request, error: Exception) -> Response:
        """The answer to a path or method that there is not."""
        await discard_rest(request)
        if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = (error.headers or {}).get("Allow", "").split(", ")
            found = ProblemError(
                HTTPStatus.METHOD_NOT_ALLOWED, f"the path takes {' and '.join(allowed)}", allowed=allowed
            )
        else:
            paths = ", ".join([*self._by_path, _ANY_FORMAT, *_OWN_PATHS])
            found = ProblemError(HTTPStatus.NOT_FOUND, f"there is no such path; there are {paths}")
        answer = problem(found)
        return Response(answer.body, answer.status, answer.headers, answer.media_type)

    def stop(self) -> None:
        """Refuse requests from now on."""
        self.is_stopping = True

    async def _post(self, request: Request) -> Response:
        started_s, path = self._clock.monotonic_s(), request.url.path
        try:
            answer = await self._answer(request)
        except ProblemError as error:
            answer = problem(error)
            await discard_rest(request)
        except ClientDisconnect:
            answer = Answer(HTTPStatus.BAD_REQUEST)  # nobody reads it, and nothing of it was sent on
        label = path if path in self._by_path else _ANY_FORMAT
        self._metrics.requests.labels(label, answer.status).inc()
        self._metrics.seconds.observe(self._clock.monotonic_s() - started_s)
        return Response(answer.body, answer.status, answer.headers, answer.media_type or None)

    async def _answer(self, request: Request) -> Answer:
        path = request.url.path
        endpoint = self._by_path.get(path) or self._by_name.get(path)
        if request.method not in openapi.METHODS:
            raise ProblemError(
                HTTPStatus.METHOD_NOT_ALLOWED, "events are sent with POST, PUT or PATCH", allowed=openapi.METHODS
            )
        if endpoint is None:
            raise ProblemError(
                HTTPStatus.NOT_FOUND,
                f"there is no format of this name; there are {', '.join(each.name for each in known_formats())}",
            )
        if self.is_stopping:
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "the collector is stopping", retry_after_s=1)
        return await self._intake.answer(request, *endpoint)

    async def _healthz(self, _: Request) -> Response:
        return _plain("ok")

    async def _readyz(self, _: Request) -> Response:
        if self.is_stopping:
            return _plain("stopping", HTTPStatus.SERVICE_UNAVAILABLE)
        if not await self._is_ready():
            return _plain("Kafka does not answer", HTTPStatus.SERVICE_UNAVAILABLE)
        return _plain("ready")

    async def _show_metrics(self, _: Request) -> Response:
        return Response(self._metrics.text(), media_type=CONTENT_TYPE)

    async def _show_openapi(self, _: Request) -> Response:
        return Response(self._openapi, media_type="application/json")


class _Raw:
    """An endpoint whose route takes any method, so that a refused one is answered as a problem, too."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)


def _plain(text: str, status: int = HTTPStatus.OK) -> Response:
    return Response(text + "\n", status, media_type="text/plain")
